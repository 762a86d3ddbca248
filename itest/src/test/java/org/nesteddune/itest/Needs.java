package org.nesteddune.itest;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a test needs of the machine: absolute paths of devices, and names of programs to be found in PATH. Where something
 * is missing the test is reported as skipped, with the reason.
 */
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Needs {

    /** {@code /dev/kvm}, {@code gawk} … */
    String[] value();
}
