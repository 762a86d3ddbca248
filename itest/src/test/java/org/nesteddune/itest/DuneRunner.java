package org.nesteddune.itest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.AssumptionViolatedException;
import org.junit.Test;
import org.junit.runner.Description;
import org.junit.runner.Runner;
import org.junit.runner.manipulation.Filter;
import org.junit.runner.manipulation.Filterable;
import org.junit.runner.manipulation.NoTestsRemainException;
import org.junit.runner.notification.Failure;
import org.junit.runner.notification.RunNotifier;
import org.junit.runners.model.FrameworkMethod;
import org.junit.runners.model.InitializationError;
import org.junit.runners.model.TestClass;
import org.ops4j.pax.exam.junit.PaxExam;

/**
 * Runs tests in the framework, after it has reported those whose {@link Needs} are not met as skipped. That has to be
 * done here: Pax Exam takes a test that gives up inside the framework for one that has passed. Pax Exam's own runner is
 * made only for tests that are to run, because one that is made and not used leaves the framework without its tests.
 */
public final class DuneRunner extends Runner implements Filterable {

    private final Class<?> testClass;
    private final List<Description> tests = new ArrayList<>();

    /** Called by JUnit. */
    public DuneRunner(Class<?> testClass) {
        this.testClass = testClass;
        List<FrameworkMethod> methods = new ArrayList<>(new TestClass(testClass).getAnnotatedMethods(Test.class));
        methods.sort(Comparator.comparing(FrameworkMethod::getName));
        for (FrameworkMethod method : methods) {
            tests.add(Description.createTestDescription(testClass, method.getName(), method.getAnnotations()));
        }
    }

    @Override
    public Description getDescription() {
        Description description = Description.createSuiteDescription(testClass);
        tests.forEach(description::addChild);
        return description;
    }

    @Override
    public void filter(Filter filter) throws NoTestsRemainException {
        tests.removeIf(test -> !filter.shouldRun(test));
        if (tests.isEmpty()) {
            throw new NoTestsRemainException();
        }
    }

    @Override
    public void run(RunNotifier notifier) {
        Set<String> wanted = new LinkedHashSet<>();
        for (Description test : tests) {
            String missing = missing(test);
            if (missing == null) {
                wanted.add(test.getMethodName());
            } else {
                notifier.fireTestStarted(test);
                notifier.fireTestAssumptionFailed(new Failure(test, new AssumptionViolatedException(missing)));
                notifier.fireTestFinished(test);
            }
        }
        if (wanted.isEmpty()) {
            return;
        }
        try {
            PaxExam framework = new PaxExam(testClass);
            framework.filter(new Names(wanted));
            framework.run(notifier);
        } catch (InitializationError | NoTestsRemainException failed) {
            notifier.fireTestFailure(new Failure(getDescription(), failed));
        }
    }

    private String missing(Description test) {
        String missing = missing(testClass.getAnnotation(Needs.class));
        return missing != null ? missing : missing(test.getAnnotation(Needs.class));
    }

    private static String missing(Needs needs) {
        if (needs != null) {
            for (String need : needs.value()) {
                if (need.startsWith("/dev/")) {
                    Path path = Path.of(need);
                    if (!Files.isReadable(path) || !Files.isWritable(path)) {
                        return need + (Files.exists(path) ? " may not be opened" : " is missing");
                    }
                } else if (need.startsWith(Needs.FOREIGN)) {
                    String reason = ForeignRoot.missing(need.substring(Needs.FOREIGN.length()));
                    if (reason != null) {
                        return reason;
                    }
                } else if (need.equals(Needs.ROOT)) {
                    if (!isRoot()) {
                        return "only user 0 can be other users";
                    }
                } else if (need.equals(Needs.KARAF)) {
                    String reason = Karaf.missing();
                    if (reason != null) {
                        return reason;
                    }
                } else if (need.equals(Needs.DISTRIBUTION)) {
                    if (!isBuilt()) {
                        return "the distribution has not been built";
                    }
                } else if (Tools.find(need) == null) {
                    return "the program " + need + " is missing";
                }
            }
        }
        return null;
    }

    private static boolean isBuilt() {
        Path made = Path.of(System.getProperty("dune.itest.sources"), "../../../../features/target").normalize();
        try (Stream<Path> all = Files.list(made)) {
            return all.anyMatch(each -> Files.exists(each.resolve("lib/org.nesteddune.launcher.jar")));
        } catch (IOException none) {
            return false;
        }
    }

    private static boolean isRoot() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        } catch (IOException | UnsupportedOperationException unknown) {
            return false;
        }
    }

    /** Lets tests through by the names of their methods. */
    private static final class Names extends Filter {

        private final Set<String> names;

        Names(Set<String> names) {
            this.names = names;
        }

        @Override
        public boolean shouldRun(Description description) {
            return description.getMethodName() == null || names.contains(description.getMethodName());
        }

        @Override
        public String describe() {
            return "tests whose needs are met";
        }
    }
}
