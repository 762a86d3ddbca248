package org.nesteddune.migration;

import org.nesteddune.escape.EscapeException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;

/**
 * Signals to a parked process that are not meant for its guest: what is sent with them tells them from others of the same number.
 * Thread-safe.
 */
final class OwnSignals implements AutoCloseable {

    static final int WAKING = 64;

    private static final long COOKIE = 0x64756e6577616b65L;

    /** The same for the one that is made SIGSTOP when it is delivered. Were it sent as that, it would take away a SIGCONT that waits. */
    private static final long STOPPING = 0x64756e6573746f70L;

    private final int pid;

    /** −1 once the process is gone. Guarded by this. */
    private int handle;

    /** Whether any may be sent. Guarded by this. */
    private boolean allowed = true;

    private OwnSignals(int pid, int handle) {
        this.pid = pid;
        this.handle = handle;
    }

    static OwnSignals to(int pid) throws EscapeException {
        long handle = Linux.call(SyscallNumbers.SYS_pidfd_open, pid, 0);
        if (handle < 0) {
            throw new EscapeException("process " + pid + " is gone: " + Errno.text((int) -handle));
        }
        return new OwnSignals(pid, (int) handle);
    }

    /** Wakes whoever waits for the process. */
    void wake() {
        send(WAKING, COOKIE);
    }

    /** Makes the process stop, by its first thread, which is the one that is seen to do so. */
    void stop() {
        send(WAKING, STOPPING);
    }

    /** Makes the process go on. */
    void resume() {
        send(Signal.SIGCONT, COOKIE);
    }

    private synchronized void send(int signal, long cookie) {
        if (handle < 0 || !allowed) {
            return;
        }
        try (NativeBuffer info = new NativeBuffer(NativeSignal.SIZE)) {
            Memory.putInt(info.address(), signal);
            Memory.putInt(info.address() + NativeSignal.CODE, Signal.SI_QUEUE);
            Memory.putLong(info.address() + NativeSignal.VALUE, cookie);
            if (cookie == STOPPING) {
                Linux.call(SyscallNumbers.SYS_rt_tgsigqueueinfo, pid, pid, signal, info.address());
            } else {
                Linux.call(SyscallNumbers.SYS_pidfd_send_signal, handle, signal, info.address(), 0);
            }
        }
    }

    /** Whether any are sent from here on. */
    synchronized void allow(boolean value) {
        allowed = value;
    }

    /**
     * Has the process take one signal of the number that they have, whoever sent it.
     *
     * @param script of its first thread, which stands still and blocks it
     * @return {@code siginfo_t}; null if none waits
     */
    static byte[] take(Script script) throws EscapeException {
        script.room(1, KernelStructures.SIGNAL_SET + NativeSignal.SIZE + Timespec.SIZE);
        long set = script.data(Script.structure(KernelStructures.SIGNAL_SET).putLong(Signal.bit(WAKING)).array());
        long info = script.space(NativeSignal.SIZE);
        long noTime = script.space(Timespec.SIZE);
        script.attempt("rt_sigtimedwait", set, info, noTime, KernelStructures.SIGNAL_SET);
        script.run();
        if (script.result(0) != WAKING) {
            return null;
        }
        byte[] taken = new byte[NativeSignal.SIZE];
        Memory.copyFrom(script.own(info), taken, 0, taken.length);
        return taken;
    }

    /** Whether a signal is one of those. */
    static boolean isOne(byte[] info) {
        return NativeSignal.code(info) == Signal.SI_QUEUE && (value(info) == COOKIE || value(info) == STOPPING);
    }

    /** Whether one of those is to become SIGSTOP. */
    static boolean isToStop(byte[] info) {
        return value(info) == STOPPING;
    }

    /** Whether one of those wakes whoever waits. */
    static boolean isToWake(int signal, byte[] info) {
        return signal == WAKING && !isToStop(info);
    }

    private static long value(byte[] info) {
        return Script.buffer(info).getLong(NativeSignal.VALUE);
    }

    /** The process is none of ours any more. Idempotent. */
    @Override
    public synchronized void close() {
        Spawner.close(handle);
        handle = -1;
    }
}
