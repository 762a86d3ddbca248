package org.nesteddune.itest;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a test needs of the machine: absolute paths of devices, names of programs to be found in PATH, {@link #ROOT},
 * {@link #DISTRIBUTION} and the like. Where something is missing the test is reported as skipped, with the reason.
 */
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Needs {

    /** That the tests are run by user 0. */
    String ROOT = "user 0";

    /** That the runnable distribution has been made; the build does so before these tests. */
    String DISTRIBUTION = "the distribution";

    /** A stock Apache Karaf; it is fetched if it can be. */
    String KARAF = "Apache Karaf";

    /** A root of another architecture's packages, whose name follows; it is made if it can be. */
    String FOREIGN = "packages of ";

    /** {@code /dev/kvm}, {@code gawk} … */
    String[] value();
}
