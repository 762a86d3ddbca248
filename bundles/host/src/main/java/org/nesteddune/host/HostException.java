package org.nesteddune.host;

import org.nesteddune.linux.Errno;

/**
 * A system call of the host failed where that was not expected. Carries the call's name, the error and the arguments.
 * Immutable.
 */
public final class HostException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String call;
    private final int errno;
    private final long[] arguments;

    /**
     * Describes a failed call.
     *
     * @param call its name, with the request for an ioctl, such as {@code ioctl(KVM_CREATE_VM)}
     * @param errno the error number, positive
     * @param arguments the arguments, in hexadecimal in the message
     */
    public HostException(String call, int errno, long... arguments) {
        super(message(call, errno, arguments));
        this.call = call;
        this.errno = errno;
        this.arguments = arguments.clone();
    }

    /**
     * Hands back the raw result of a call when it is none of failure.
     *
     * @throws HostException when the result is from -4095 to -1
     */
    public static long check(String call, long result, long... arguments) {
        if (Errno.isError(result)) {
            throw new HostException(call, (int) -result, arguments);
        }
        return result;
    }

    /** The name of the call that failed. */
    public String call() {
        return call;
    }

    /** The error number, positive; {@link Errno} names it. */
    public int errno() {
        return errno;
    }

    /** The arguments of the call. */
    public long[] arguments() {
        return arguments.clone();
    }

    private static String message(String call, int errno, long[] arguments) {
        StringBuilder text = new StringBuilder(call);
        String separator = " with ";
        for (long argument : arguments) {
            text.append(separator).append("0x").append(Long.toHexString(argument));
            separator = ", ";
        }
        return text.append(" failed: ").append(Errno.text(errno)).append(" (").append(Errno.name(errno)).append(')')
            .toString();
    }
}
