package org.nesteddune.syscall;

import org.nesteddune.linux.Errno;

/** A system call fails with an error number. It carries no stack trace, because guests cause it at will. */
public final class ErrnoException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int errno;

    /** @param errno generic error number, positive */
    public ErrnoException(int errno) {
        super(null, null, false, false);
        this.errno = errno;
    }

    /** Throws if a raw kernel result is an error, otherwise returns it. */
    public static long check(long result) {
        if (result < 0 && result >= -4095) {
            throw new ErrnoException((int) -result);
        }
        return result;
    }

    /** The generic error number, positive. */
    public int errno() {
        return errno;
    }

    @Override
    public String getMessage() {
        return Errno.name(errno);
    }
}
