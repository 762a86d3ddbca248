package org.nesteddune.itest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.AssumptionViolatedException;
import org.junit.runner.Description;
import org.junit.runner.manipulation.Filter;
import org.junit.runner.manipulation.NoTestsRemainException;
import org.junit.runner.notification.Failure;
import org.junit.runner.notification.RunNotifier;
import org.junit.runners.model.InitializationError;
import org.ops4j.pax.exam.junit.PaxExam;

/**
 * Runs tests in the framework, after it has reported those whose {@link Needs} are not met as skipped. That has to be
 * done here: Pax Exam takes a test that gives up inside the framework for one that has passed.
 */
public final class DuneRunner extends PaxExam {

    private final Set<Description> skipped = new HashSet<>();

    public DuneRunner(Class<?> testClass) throws InitializationError {
        super(testClass);
    }

    @Override
    public void run(RunNotifier notifier) {
        int all = 0;
        for (Description test : getDescription().getChildren()) {
            all++;
            String missing = missing(test);
            if (missing != null) {
                skipped.add(test);
                notifier.fireTestStarted(test);
                notifier.fireTestAssumptionFailed(new Failure(test, new AssumptionViolatedException(missing)));
                notifier.fireTestFinished(test);
            }
        }
        if (skipped.size() == all) {
            return;
        }
        if (!skipped.isEmpty()) {
            try {
                filter(new NotSkipped());
            } catch (NoTestsRemainException none) {
                return;
            }
        }
        super.run(notifier);
    }

    private String missing(Description test) {
        String missing = missing(test.getTestClass().getAnnotation(Needs.class));
        return missing != null ? missing : missing(test.getAnnotation(Needs.class));
    }

    private static String missing(Needs needs) {
        if (needs != null) {
            for (String need : needs.value()) {
                if (need.startsWith("/")) {
                    Path path = Path.of(need);
                    if (!Files.isReadable(path) || !Files.isWritable(path)) {
                        return need + (Files.exists(path) ? " may not be opened" : " is missing");
                    }
                } else if (Tools.find(need) == null) {
                    return "the program " + need + " is missing";
                }
            }
        }
        return null;
    }

    /** Lets through what was not skipped. */
    private final class NotSkipped extends Filter {

        @Override
        public boolean shouldRun(Description description) {
            return !skipped.contains(description);
        }

        @Override
        public String describe() {
            return "tests whose needs are met";
        }
    }
}
