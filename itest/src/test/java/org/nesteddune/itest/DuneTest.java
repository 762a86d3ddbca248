package org.nesteddune.itest;

import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.options;

import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerSuite;

/** What all tests in the framework share: one framework with the bundles of the distribution. */
@RunWith(DuneRunner.class)
@ExamReactorStrategy(PerSuite.class)
public abstract class DuneTest {

    /** The framework's content, the same for every test so that it is started once. */
    @Configuration
    public Option[] framework() {
        return options(junitBundles(), composite(Bundles.fromClassPath()));
    }
}
