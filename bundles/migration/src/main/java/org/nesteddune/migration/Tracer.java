package org.nesteddune.migration;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ptrace;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Wait;

/** ptrace(2) of the host about the threads of one process. For the one thread that attached to it. */
final class Tracer implements AutoCloseable {

    /** __WALL of {@code linux/wait.h}: children of all kinds. */
    private static final int WALL = 0x40000000;

    private static final int PTRACE_O_TRACECLONE = 1 << Ptrace.PTRACE_EVENT_CLONE;

    private static final int OPTIONS = Ptrace.PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE;

    /** {@code linux/ptrace.h}; the structure: address (u64), size, signature, flags, padding (u32 each). */
    private static final int PTRACE_GET_RSEQ_CONFIGURATION = 0x420f;
    private static final int RSEQ_CONFIGURATION = 24;

    /** Children and tracees of the calling thread alone ({@code linux/wait.h}). */
    private static final int WNOTHREAD = 0x20000000;

    private static final long FAULTS = NativeSignal.FAULTS.with(Signal.SIGTRAP).low();

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long LOOK_NANOS = 20_000;

    /** Room for any set of registers. */
    private static final int SPACE = 16384;
    private static final int VECTOR = SPACE;
    private static final int STATUS = SPACE + 16;

    private final NativeBuffer buffer = new NativeBuffer(SPACE + 32);

    /** Why a thread has stopped, as wait(2) tells it. */
    record Stop(int status) {

        boolean isStop() {
            return (status & 0xff) == 0x7f;
        }

        int signal() {
            return status >> 8 & 0xff;
        }

        /** PTRACE_EVENT_*, or 0. */
        int event() {
            return status >> 16 & 0xff;
        }
    }

    /** Attaches to a process and stops it; it dies with the runtime until it is let go. */
    void seize(int pid) throws EscapeException {
        attach(pid, Ptrace.PTRACE_O_EXITKILL);
        interrupt(pid);
        awaitEvent(pid, Ptrace.PTRACE_EVENT_STOP);
    }

    /** Attaches to a thread, which runs on. */
    void attach(int tid, int options) throws EscapeException {
        request("PTRACE_SEIZE", Ptrace.PTRACE_SEIZE, tid, 0, options | OPTIONS);
    }

    /** From now on the process dies with the runtime. */
    void bind(int tid) throws EscapeException {
        request("PTRACE_SETOPTIONS", Ptrace.PTRACE_SETOPTIONS, tid, 0, Ptrace.PTRACE_O_EXITKILL | OPTIONS);
    }

    /** Stops a thread that has been attached to; signals that are being delivered are, before. */
    void stop(int tid) throws EscapeException {
        interrupt(tid);
        long end = System.nanoTime() + PATIENCE_NANOS;
        for (; ; ) {
            Stop stop = await(tid, end);
            if (stop.event() == Ptrace.PTRACE_EVENT_STOP) {
                if (stop.signal() != Signal.SIGTRAP) {
                    throw new EscapeException("it is stopped; let it go on first (SIGCONT)");
                }
                if (!hasFault(tid)) {
                    return;
                }
                // The kernel would deliver it with the first trap, blocked or not; so it is delivered now.
                goOn(tid);
                continue;
            }
            if (stop.event() != 0) {
                throw unexpected(stop);
            }
            interrupt(tid);
            goOn(tid, stop.signal());
        }
    }

    /** Whether a signal waits that a thread's own instruction has caused. */
    private static boolean hasFault(int tid) throws EscapeException {
        return (ProcFiles.set(new ProcFiles(tid).fields("status"), "SigPnd") & FAULTS) != 0;
    }

    void interrupt(int tid) throws EscapeException {
        request("PTRACE_INTERRUPT", Ptrace.PTRACE_INTERRUPT, tid, 0, 0);
    }

    void goOn(int tid) throws EscapeException {
        goOn(tid, 0);
    }

    /** Lets a thread go on with a signal that it has stopped for. */
    void goOn(int tid, int signal) throws EscapeException {
        request("PTRACE_CONT", Ptrace.PTRACE_CONT, tid, 0, signal);
    }

    /** Lets a thread execute one instruction, and waits for that. */
    void step(int tid) throws EscapeException {
        request("PTRACE_SINGLESTEP", Ptrace.PTRACE_SINGLESTEP, tid, 0, 0);
        Stop stop = await(tid);
        if (stop.event() != 0 || stop.signal() != Signal.SIGTRAP) {
            throw unexpected(stop);
        }
    }

    /** What a thread has stopped for: {@code siginfo_t}. */
    byte[] signalInfo(int tid) throws EscapeException {
        request("PTRACE_GETSIGINFO", Ptrace.PTRACE_GETSIGINFO, tid, 0, buffer.address());
        return buffer.bytes(0, NativeSignal.SIZE);
    }

    void toCallStop(int tid) throws EscapeException {
        request("PTRACE_SYSCALL", Ptrace.PTRACE_SYSCALL, tid, 0, 0);
    }

    void detach(int tid) throws EscapeException {
        request("PTRACE_DETACH", Ptrace.PTRACE_DETACH, tid, 0, 0);
    }

    /** The thread that has been made, behind PTRACE_EVENT_CLONE. */
    int newThread(int tid) throws EscapeException {
        request("PTRACE_GETEVENTMSG", Ptrace.PTRACE_GETEVENTMSG, tid, 0, buffer.address());
        return (int) Memory.getLong(buffer.address());
    }

    /** Sets the blocked signals. */
    void mask(int tid, long signals) throws EscapeException {
        Memory.putLong(buffer.address(), signals);
        request("PTRACE_SETSIGMASK", Ptrace.PTRACE_SETSIGMASK, tid, Long.BYTES, buffer.address());
    }

    /** The blocked signals. */
    long mask(int tid) throws EscapeException {
        request("PTRACE_GETSIGMASK", Ptrace.PTRACE_GETSIGMASK, tid, Long.BYTES, buffer.address());
        return Memory.getLong(buffer.address());
    }

    /** A thread's restartable sequences: address, length, signature; zeros if it has none. */
    long[] restartableSequences(int tid) {
        Memory.fill(buffer.address(), RSEQ_CONFIGURATION, (byte) 0);
        long result = Linux.call(
                SyscallNumbers.SYS_ptrace, PTRACE_GET_RSEQ_CONFIGURATION, tid, RSEQ_CONFIGURATION, buffer.address());
        return result < 0
                ? new long[3]
                : new long[] {
                    Memory.getLong(buffer.address()),
                    Integer.toUnsignedLong(Memory.getInt(buffer.address() + 8)),
                    Integer.toUnsignedLong(Memory.getInt(buffer.address() + 12))
                };
    }

    /** The general registers. */
    byte[] registers(int tid) throws EscapeException {
        return read(tid, Elf.NT_PRSTATUS);
    }

    void registers(int tid, byte[] set) throws EscapeException {
        write(tid, Elf.NT_PRSTATUS, set);
    }

    /** Changes the general registers. */
    void change(int tid, Consumer<byte[]> change) throws EscapeException {
        byte[] set = registers(tid);
        change.accept(set);
        registers(tid, set);
    }

    byte[] read(int tid, int set) throws EscapeException {
        vector(SPACE);
        request("PTRACE_GETREGSET", Ptrace.PTRACE_GETREGSET, tid, set, buffer.address() + VECTOR);
        byte[] content = new byte[(int) Memory.getLong(buffer.address() + VECTOR + 8)];
        Memory.copyFrom(buffer.address(), content, 0, content.length);
        return content;
    }

    void write(int tid, int set, byte[] content) throws EscapeException {
        Memory.copyTo(buffer.address(), content, 0, content.length);
        vector(content.length);
        request("PTRACE_SETREGSET", Ptrace.PTRACE_SETREGSET, tid, set, buffer.address() + VECTOR);
    }

    private void vector(long length) {
        Memory.putLong(buffer.address() + VECTOR, buffer.address());
        Memory.putLong(buffer.address() + VECTOR + 8, length);
    }

    private static void request(String name, int request, int tid, long address, long data) throws EscapeException {
        long result = Linux.call(SyscallNumbers.SYS_ptrace, request, tid, address, data);
        if (result < 0) {
            throw new EscapeException("the native process cannot be traced: " + name + ": " + Errno.text((int) -result));
        }
    }

    /** Waits until a thread stops, but not for ever: it may be in a wait that nothing interrupts. */
    private Stop await(int tid, long end) throws EscapeException {
        long status = buffer.address() + STATUS;
        while (Linux.call(SyscallNumbers.SYS_wait4, tid, status, WALL | Wait.WNOHANG, 0) == 0) {
            if (System.nanoTime() > end) {
                throw new EscapeException("its thread " + tid + " does not stop: it is in a wait that cannot be interrupted (vfork, or a device)");
            }
            LockSupport.parkNanos(this, LOOK_NANOS);
        }
        Stop stop = new Stop(Memory.getInt(status));
        if (!stop.isStop()) {
            throw new EscapeException("its thread " + tid + " has ended");
        }
        return stop;
    }

    /** Waits until a thread stops; one that ends instead is an error. */
    Stop await(int tid) throws EscapeException {
        long status = buffer.address() + STATUS;
        for (; ; ) {
            long result = Linux.call(SyscallNumbers.SYS_wait4, tid, status, WALL, 0);
            if (result == -Errno.EINTR) {
                continue;
            }
            if (result < 0) {
                throw new EscapeException("the native process is gone: " + Errno.text((int) -result));
            }
            Stop stop = new Stop(Memory.getInt(status));
            if (!stop.isStop()) {
                throw new EscapeException("the native process has ended before it was complete (wait status 0x"
                        + Integer.toHexString(stop.status()) + ")");
            }
            return stop;
        }
    }

    /** Leaves a thread in its process's stop, and learns of the end of that. */
    void listen(int tid) throws EscapeException {
        request("PTRACE_LISTEN", Ptrace.PTRACE_LISTEN, tid, 0, 0);
    }

    /** What has become of one of the threads. */
    record Change(int tid, Stop stop) {}

    /** Waits until one of all threads that the calling thread traces stops or ends. */
    Change awaitAny() throws EscapeException {
        return awaitAny(0);
    }

    /** The same; null if nothing has happened until now. */
    Change lookForAny() throws EscapeException {
        return awaitAny(Wait.WNOHANG);
    }

    private Change awaitAny(int options) throws EscapeException {
        long status = buffer.address() + STATUS;
        long result;
        do {
            result = Linux.call(SyscallNumbers.SYS_wait4, -1, status, WALL | WNOTHREAD | options, 0);
        } while (result == -Errno.EINTR);
        if (result < 0) {
            throw new EscapeException("the native process is gone: " + Errno.text((int) -result));
        }
        return result == 0 ? null : new Change((int) result, new Stop(Memory.getInt(status)));
    }

    /** Waits for the stop that an event stands for. */
    void awaitEvent(int tid, int event) throws EscapeException {
        Stop stop = await(tid);
        if (stop.event() != event) {
            throw unexpected(stop);
        }
    }

    /** Waits for the beginning or end of a system call. */
    void awaitCallStop(int tid) throws EscapeException {
        Stop stop = await(tid);
        if (stop.signal() != (Signal.SIGTRAP | Ptrace.SYSCALL_GOOD)) {
            throw unexpected(stop);
        }
    }

    /** Waits until a killed thread is gone. */
    void reap(int tid) {
        long status = buffer.address() + STATUS;
        long result;
        do {
            result = Linux.call(SyscallNumbers.SYS_wait4, tid, status, WALL, 0);
        } while (result == -Errno.EINTR || result > 0 && new Stop(Memory.getInt(status)).isStop());
    }

    static EscapeException unexpected(Stop stop) {
        return new EscapeException("the native process stopped unexpectedly (wait status 0x"
                + Integer.toHexString(stop.status()) + ")");
    }

    @Override
    public void close() {
        buffer.close();
    }
}
