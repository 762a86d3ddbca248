package org.nesteddune;

/** A program cannot be started. The message is one sentence that says what is wrong and what to do. */
public class LaunchException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What of a {@link GuestSpec} cannot be had. */
    public enum Part {
        /** The program, its interpreter or what it needs. */
        PROGRAM,
        /** The user that it is to be. */
        USER,
        /** The root or the working directory. */
        DIRECTORY,
        /** The engine that was asked for. */
        ENGINE,
        /** The profile: a private directory of it. */
        PROFILE,
        /** None: the host or the runtime gives nothing more at the moment. */
        RUNTIME
    }

    private final Part part;
    private final int errno;

    /**
     * @param errno generic error number that {@code execve} would give (ENOENT, EACCES, ENOEXEC, …), 0 if the fault is
     *     not the program's
     */
    public LaunchException(Part part, int errno, String message) {
        super(message);
        this.part = part;
        this.errno = errno;
    }

    /** Without an error number. */
    public LaunchException(Part part, String message, Throwable cause) {
        super(message, cause);
        this.part = part;
        this.errno = 0;
    }

    /** What it fails by. */
    public Part part() {
        return part;
    }

    /** See the constructor. */
    public int errno() {
        return errno;
    }
}
