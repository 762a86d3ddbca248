package org.nesteddune;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Measures the system calls of all guests. Whoever registers one as an OSGi service is told of every call that returns, from then on; if
 * there are several, the one that ranks highest is. While there is none a call pays nothing for it.
 */
@ConsumerType
public interface CallMeter {

    /**
     * A call has returned. Called on the guest's thread, by many at a time: it must be quick, neither wait nor throw, and do nothing that
     * depends on which user of the host the thread is. One that throws is not called again.
     *
     * @param name of the call; null for all that nobody serves, as a guest can make up numbers
     * @param nanos time in the handler, that in which it waited included
     * @param result as the guest gets it: −errno for an error, also one of the kernel's own numbers for a call to be begun anew
     */
    void called(String name, long nanos, long result);
}
