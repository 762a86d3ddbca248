package org.nesteddune;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * What a part of the runtime has to tell an operator who asks: what it does, and what is wrong with its configuration. An OSGi service;
 * thread-safe and quick.
 */
@ConsumerType
public interface StatusReport {

    /** What the lines are about, a few words. */
    String title();

    /** A line each; none if there is nothing to say. */
    List<String> lines();
}
