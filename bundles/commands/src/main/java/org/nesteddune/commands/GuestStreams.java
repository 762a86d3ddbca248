package org.nesteddune.commands;

import org.nesteddune.GuestSpec;

/** Host descriptors for a guest's standard input, output and error, and what has to be done to keep them going. */
interface GuestStreams extends AutoCloseable {

    /** Descriptor for the guest's input. */
    int in();

    /** Descriptor for the guest's output. */
    int out();

    /** Descriptor for the guest's errors. */
    int err();

    /** What the guest has to do with the terminal of this process. */
    GuestSpec.Terminal terminal();

    /** The guest has its own copies of the descriptors and runs. */
    void started();

    /** Whatever the guest has written is passed on, and what was opened is closed. Idempotent. */
    @Override
    void close();
}
