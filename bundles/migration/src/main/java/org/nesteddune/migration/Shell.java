package org.nesteddune.migration;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.escape.NativeShell;
import org.nesteddune.escape.ShellCode;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.Ptrace;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Socket;

/**
 * A native process that is made into something: it executes an ELF file of one page, has a table in common with this process, and
 * carries out the system calls that are written there ({@link Script}). Its other end of a socket brings descriptors. It is
 * traced, and ends with the runtime until it is released. For the thread that made it.
 */
final class Shell implements NativeShell, AutoCloseable {

    /** What the child's descriptors are at first. */
    static final int TABLE_DESCRIPTOR = 3;

    static final int SOCKET_DESCRIPTOR = 4;

    /** The table: a page of code, calls to be made, and what they point to. */
    static final int CALLS = ShellElf.PAGE;

    static final int DATA = CALLS + (512 << 10);
    static final int TABLE_LENGTH = DATA + (512 << 10);

    /** Bytes of guest addresses that it needs at once. */
    static final long SPAN = ShellElf.PAGE + TABLE_LENGTH;

    private final ShellCode code;
    private final Tracer tracer = new Tracer();
    private final List<Integer> threads = new ArrayList<>();
    private final long base;
    private long window;
    private int socket = -1;
    private int pid;
    private boolean released;

    private Shell(ShellCode code, long base) {
        this.code = code;
        this.base = base;
    }

    /**
     * Starts a process.
     *
     * @param base where {@link #SPAN} bytes are free for it, a page multiple
     */
    static Shell start(ShellCode code, long base) throws EscapeException {
        Shell shell = new Shell(code, base);
        boolean good = false;
        try {
            shell.spawn();
            shell.begin();
            good = true;
            return shell;
        } finally {
            if (!good) {
                shell.abandon();
            }
        }
    }

    private void spawn() throws EscapeException {
        int program = -1;
        int table = -1;
        int other = -1;
        try (NativeBuffer pair = new NativeBuffer(16)) {
            byte[] beginning = code.beginning(tableAddress(), TABLE_LENGTH, TABLE_DESCRIPTOR);
            byte[] elf = ShellElf.of(code.elfMachine(), base, beginning);
            program = Spawner.memoryFile("dune-escape", elf, elf.length);
            table = Spawner.memoryFile("dune-escape-table", code.loop(), TABLE_LENGTH);
            window = Linux.mmap(0, TABLE_LENGTH, Mman.PROT_READ | Mman.PROT_WRITE, Mman.MAP_SHARED, table, 0);
            if (Errno.isError(window)) {
                long error = window;
                window = 0;
                Spawner.check("mmap", error);
            }
            Spawner.check("socketpair", Linux.call(
                    SyscallNumbers.SYS_socketpair, Socket.AF_UNIX, Socket.SOCK_DGRAM | Socket.SOCK_CLOEXEC, 0, pair.address()));
            socket = Memory.getInt(pair.address());
            other = Memory.getInt(pair.address() + 4);
            pid = Spawner.spawn(program, table, other);
        } finally {
            Spawner.close(program);
            Spawner.close(table);
            Spawner.close(other);
        }
    }

    private void begin() throws EscapeException {
        tracer.seize(pid);
        threads.add(pid);
        byte[] registers = tracer.registers(pid);
        code.jump(registers, base + ShellElf.codeOffset() + code.mappingOffset());
        tracer.registers(pid, registers);
        tracer.goOn(pid);
        awaitTrap(pid);
    }

    @Override
    public int pid() {
        return pid;
    }

    ShellCode code() {
        return code;
    }

    Tracer tracer() {
        return tracer;
    }

    /** The thread ids, the process's own first. */
    List<Integer> threads() {
        return threads;
    }

    /** This process's address of the table. */
    long window() {
        return window;
    }

    /** The child's address of the table. */
    long tableAddress() {
        return base + ShellElf.PAGE;
    }

    /** The end of the socket whose other end the child has. */
    int socket() {
        return socket;
    }

    /** Carries out the list that is in the table, on a thread that stands behind a trap or has just been made. */
    void carryOut(int tid) throws EscapeException {
        byte[] registers = tracer.registers(tid);
        code.carryOut(registers, tableAddress() + code.loopOffset(), tableAddress() + CALLS);
        tracer.registers(tid, registers);
        tracer.goOn(tid);
        awaitTrap(tid);
    }

    /** Takes in threads that are made on the way. */
    private void awaitTrap(int tid) throws EscapeException {
        for (; ; ) {
            Tracer.Stop stop = tracer.await(tid);
            if (stop.event() == Ptrace.PTRACE_EVENT_CLONE) {
                int made = tracer.newThread(tid);
                tracer.awaitEvent(made, Ptrace.PTRACE_EVENT_STOP);
                threads.add(made);
                tracer.goOn(tid);
            } else if (stop.event() == 0 && stop.signal() == Signal.SIGTRAP) {
                return;
            } else {
                throw Tracer.unexpected(stop);
            }
        }
    }

    /** Makes one call, from the end of which the thread's registers are free to be set. */
    long call(int tid, long instruction, long number, long... arguments) throws EscapeException {
        byte[] registers = tracer.registers(tid);
        code.call(registers, instruction, number, arguments);
        tracer.registers(tid, registers);
        tracer.toCallStop(tid);
        tracer.awaitCallStop(tid);
        tracer.toCallStop(tid);
        tracer.awaitCallStop(tid);
        return code.result(tracer.registers(tid));
    }

    /** Writes to the child's memory, whatever lies there. */
    void write(long address, byte[] content) throws EscapeException {
        try (NativeBuffer copy = new NativeBuffer(content.length); NativeBuffer vectors = new NativeBuffer(4 * Long.BYTES)) {
            Memory.copyTo(copy.address(), content, 0, content.length);
            Memory.putLong(vectors.address(), copy.address());
            Memory.putLong(vectors.address() + 8, content.length);
            Memory.putLong(vectors.address() + 16, address);
            Memory.putLong(vectors.address() + 24, content.length);
            long result = Linux.process_vm_writev(pid, vectors.address(), 1, vectors.address() + 16, 1);
            if (result != content.length) {
                throw new EscapeException("0x" + Long.toHexString(address) + " of the native process could not be written: "
                        + (Errno.isError(result) ? Errno.text((int) -result) : "only in part"));
            }
        }
    }

    /** The child's address of a system-call instruction in the table. */
    long callInstruction() {
        return tableAddress() + code.callOffset();
    }

    @Override
    public void release() throws EscapeException {
        try {
            for (int tid : threads) {
                tracer.detach(tid);
                released = true;
            }
        } catch (EscapeException gone) {
            // Somebody has killed it; that it ran for a moment makes no difference then.
            if (!released) {
                abandon();
                throw gone;
            }
        }
        close();
    }

    @Override
    public void abandon() {
        if (pid != 0 && !released) {
            Linux.kill(pid, Signal.SIGKILL);
            reap();
            pid = 0;
        }
        close();
    }

    /** A process is not gone before its threads are, each of which is this thread's to wait for. */
    private void reap() {
        for (int tid : threads) {
            if (tid != pid) {
                tracer.reap(tid);
            }
        }
        tracer.reap(pid);
    }

    /** Frees what this side has; the process stays. Idempotent. */
    @Override
    public void close() {
        Spawner.close(socket);
        socket = -1;
        if (window != 0) {
            Linux.munmap(window, TABLE_LENGTH);
            window = 0;
        }
        tracer.close();
    }
}
