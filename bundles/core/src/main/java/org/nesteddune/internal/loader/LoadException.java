package org.nesteddune.internal.loader;

import org.nesteddune.linux.Errno;

/** A program cannot be loaded: the error number of {@code execve}, and a sentence for the operator. */
public final class LoadException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int errno;
    private final boolean forWantOfBackend;

    public LoadException(int errno, String message) {
        this(errno, message, false);
    }

    private LoadException(int errno, String message, boolean forWantOfBackend) {
        super(message);
        this.errno = errno;
        this.forWantOfBackend = forWantOfBackend;
    }

    /** There is no architecture or engine for a program at the moment. */
    public static LoadException noBackend(int errno, String message) {
        return new LoadException(errno, message, true);
    }

    /** Whether another bundle is all that is needed. */
    public boolean isForWantOfBackend() {
        return forWantOfBackend;
    }

    static LoadException notExecutable(String path, String why) {
        return new LoadException(Errno.ENOEXEC, path + ": " + why);
    }

    /** Generic error number, positive. */
    public int errno() {
        return errno;
    }
}
