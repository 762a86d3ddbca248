package org.nesteddune;

/** A program cannot be started. The message is one sentence that says what is wrong and what to do. */
public class LaunchException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int errno;

    /**
     * @param errno generic error number that {@code execve} would give (ENOENT, EACCES, ENOEXEC, …), 0 if the fault is
     *     not the program's
     */
    public LaunchException(int errno, String message) {
        super(message);
        this.errno = errno;
    }

    public LaunchException(String message, Throwable cause) {
        super(message, cause);
        this.errno = 0;
    }

    /** See the constructor. */
    public int errno() {
        return errno;
    }
}
