package org.nesteddune.internal.task;

import java.util.function.LongSupplier;
import org.nesteddune.host.HostIdentity;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.syscall.ErrnoException;

/**
 * Makes the host check what a task does by the task's own credentials: its host thread has their identity from the moment
 * they differ from the runtime's until the thread ends. So the host decides about files, ports, priorities and all else
 * that a guest asks of it as it would for a process of that user, and nothing is to be done at a call. Work for the
 * runtime that is done on such a thread goes through {@link HostIdentity#asProcess}. Stateless; for the task's own thread.
 */
public final class TaskIdentity {

    private TaskIdentity() {}

    /**
     * The calling thread works for these credentials from now on, until {@link #giveBack}.
     *
     * @throws ErrnoException EPERM or EINVAL if the host will not have it; then all is as it was
     */
    public static void assume(Credentials credentials) {
        HostIdentity identity = credentials.hostIdentity();
        if (identity != HostIdentity.present()) {
            ClassFiles.open();
            ErrnoException.check(identity.assume());
        }
    }

    /** Does something as the real user of the calling thread's task. */
    static long asReal(Credentials credentials, LongSupplier action) {
        HostIdentity present = HostIdentity.present();
        HostIdentity real = credentials.asReal().hostIdentity();
        if (real.equals(present)) {
            return action.getAsLong();
        }
        assume(credentials.asReal());
        try {
            return action.getAsLong();
        } finally {
            ErrnoException.check(present.assume());
        }
    }

    /** The calling thread works for the runtime again. */
    public static void giveBack() {
        HostIdentity.PROCESS.assume();
    }

    /**
     * The JVM opens the files of its class path one by one, when a class was not found in those before. A thread of
     * another identity might not be able to; so all are opened first, which a search that finds nothing does.
     */
    private static final class ClassFiles {

        static {
            ClassLoader.getSystemClassLoader().getResource(TaskIdentity.class.getName() + "/none");
        }

        private ClassFiles() {}

        static void open() {
            // The class initialiser is the once.
        }
    }
}
