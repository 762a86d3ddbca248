package org.nesteddune.internal.loader;

import org.nesteddune.linux.Errno;

/** A program cannot be loaded: the error number of {@code execve}, and a sentence for the operator. */
public final class LoadException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int errno;

    public LoadException(int errno, String message) {
        super(message);
        this.errno = errno;
    }

    static LoadException notExecutable(String path, String why) {
        return new LoadException(Errno.ENOEXEC, path + ": " + why);
    }

    /** Generic error number, positive. */
    public int errno() {
        return errno;
    }
}
