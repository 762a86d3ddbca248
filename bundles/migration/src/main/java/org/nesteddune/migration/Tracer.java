package org.nesteddune.migration;

import org.nesteddune.escape.EscapeException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ptrace;
import org.nesteddune.linux.Signal;

/** ptrace(2) of the host about the threads of one process. For the one thread that attached to it. */
final class Tracer implements AutoCloseable {

    /** __WALL of {@code linux/wait.h}: children of all kinds. */
    private static final int WALL = 0x40000000;

    private static final int PTRACE_O_TRACECLONE = 1 << Ptrace.PTRACE_EVENT_CLONE;

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
        request("PTRACE_SEIZE", Ptrace.PTRACE_SEIZE, pid, 0,
                Ptrace.PTRACE_O_EXITKILL | Ptrace.PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE);
        interrupt(pid);
        awaitEvent(pid, Ptrace.PTRACE_EVENT_STOP);
    }

    void interrupt(int tid) throws EscapeException {
        request("PTRACE_INTERRUPT", Ptrace.PTRACE_INTERRUPT, tid, 0, 0);
    }

    void goOn(int tid) throws EscapeException {
        request("PTRACE_CONT", Ptrace.PTRACE_CONT, tid, 0, 0);
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

    /** The general registers. */
    byte[] registers(int tid) throws EscapeException {
        return read(tid, Elf.NT_PRSTATUS);
    }

    void registers(int tid, byte[] set) throws EscapeException {
        write(tid, Elf.NT_PRSTATUS, set);
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
