package org.nesteddune.engine.kvm;

import org.nesteddune.engine.EngineException;
import org.nesteddune.linux.Errno;

/**
 * A request to KVM failed. Carries the request's name, the error, the arguments and, for a vCPU, its registers and last
 * exit. Immutable.
 */
public final class KvmException extends EngineException {

    private static final long serialVersionUID = 1L;

    private final String ioctl;
    private final int errno;
    private final long[] arguments;
    private final String state;

    /**
     * Describes a failed request.
     *
     * @param ioctl its name, {@code KVM_CREATE_VM}
     * @param errno the error number, positive
     * @param hint what the operator can do, or what was being tried; null or a part of a sentence
     * @param state a vCPU's registers and last exit in several lines, or null
     * @param arguments the arguments or the members of the structure passed
     */
    public KvmException(String ioctl, int errno, String hint, String state, long... arguments) {
        super(message(ioctl, errno, hint, state, arguments));
        this.ioctl = ioctl;
        this.errno = errno;
        this.state = state;
        this.arguments = arguments.clone();
    }

    /** The name of the request that failed. */
    public String ioctl() {
        return ioctl;
    }

    /** The error number, positive. */
    public int errno() {
        return errno;
    }

    /** The arguments of the request. */
    public long[] arguments() {
        return arguments.clone();
    }

    /** The vCPU's registers and last exit, or null where the request was not for a vCPU. */
    public String state() {
        return state;
    }

    private static String message(String ioctl, int errno, String hint, String state, long[] arguments) {
        StringBuilder text = new StringBuilder("ioctl ").append(ioctl);
        String separator = " with ";
        for (long argument : arguments) {
            text.append(separator).append("0x").append(Long.toHexString(argument));
            separator = ", ";
        }
        text.append(" failed: ").append(Errno.text(errno)).append(" (").append(Errno.name(errno)).append(')');
        if (hint != null) {
            text.append("; ").append(hint);
        }
        if (state != null) {
            text.append('\n').append(state);
        }
        return text.toString();
    }
}
