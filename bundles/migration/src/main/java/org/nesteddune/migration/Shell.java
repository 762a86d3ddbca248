package org.nesteddune.migration;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
 * A native process that is made into something: it has a table in common with this process, and carries out the system calls that are
 * written there ({@link Script}). Its other end of a socket brings descriptors. Either it has been started for that, executes an
 * ELF file of one page and ends with the runtime until it is released; or it is one that was there before ({@link #settle}). It
 * is traced. For the thread that made it.
 */
final class Shell implements NativeShell, AutoCloseable {

    /** What the child's descriptors are at first. */
    static final int TABLE_DESCRIPTOR = 3;

    static final int SOCKET_DESCRIPTOR = 4;

    /** The table: a page of code, calls to be made, and what they point to. */
    static final int CALLS = ShellElf.PAGE;

    static final int DATA = CALLS + (512 << 10);

    /** A list that waits without end. */
    static final int WAITING = DATA + (508 << 10);

    /** A list that goes on with a wait for a time. */
    static final int GOING_ON = WAITING + 4 * ShellCode.ENTRY;

    static final int TABLE_LENGTH = DATA + (512 << 10);

    /** Bytes of guest addresses that it needs at once. */
    static final long SPAN = ShellElf.PAGE + TABLE_LENGTH;

    /** A signal that has come meanwhile, and has had no effect. */
    record Stray(int tid, int signal, byte[] info) {}

    private final ShellCode code;
    private final Tracer tracer;
    private final List<Integer> threads = new ArrayList<>();
    private final List<Stray> strays = new ArrayList<>();
    private final Set<Integer> waits = new HashSet<>();
    private final List<Integer> endedWaits = new ArrayList<>();
    private final long base;
    private long window;
    private int socket = -1;
    private int otherSocket = SOCKET_DESCRIPTOR;
    private int pid;
    private boolean settled;
    private boolean bare;
    private long instruction;
    private long name;
    private boolean released;

    private Shell(ShellCode code, Tracer tracer, long base) {
        this.code = code;
        this.tracer = tracer;
        this.base = base;
    }

    /**
     * Starts a process.
     *
     * @param base where {@link #SPAN} bytes are free for it, a page multiple
     */
    static Shell start(ShellCode code, long base) throws EscapeException {
        Shell shell = new Shell(code, new Tracer(), base);
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

    /**
     * Gives a process that is there already the table. Its first thread makes the calls for that; what its registers are then is the
     * caller's to set right. Nothing but a mapping at {@code base} is left of them.
     *
     * @param threads its threads, the process's own first; they stand still, and block all signals but SIGTRAP
     * @param base where {@link #SPAN} bytes are free, a page multiple
     * @param instruction where a system-call instruction is in its memory
     * @param name where there is a short text
     */
    static Shell settle(ShellCode code, Tracer tracer, List<Integer> threads, long base, long instruction, long name)
            throws EscapeException {
        Shell shell = new Shell(code, tracer, base);
        shell.settled = true;
        shell.instruction = instruction;
        shell.name = name;
        shell.pid = threads.get(0);
        shell.threads.addAll(threads);
        boolean good = false;
        try {
            shell.mapTable();
            good = true;
            return shell;
        } finally {
            if (!good) {
                shell.free();
            }
        }
    }

    private void mapTable() throws EscapeException {
        int file = (int) madeCall("memfd_create", SyscallNumbers.SYS_memfd_create, name, Mman.MFD_CLOEXEC);
        try {
            madeCall("ftruncate", SyscallNumbers.SYS_ftruncate, file, TABLE_LENGTH);
            int own = Foreign.descriptor(pid, file);
            try {
                window = Spawner.map(own, TABLE_LENGTH);
            } finally {
                Spawner.close(own);
            }
            byte[] loop = code.loop();
            Memory.copyTo(window, loop, 0, loop.length);
            int fixed = Mman.MAP_SHARED | Mman.MAP_FIXED_NOREPLACE;
            madeCall("mmap", SyscallNumbers.SYS_mmap,
                    tableAddress(), ShellElf.PAGE, Mman.PROT_READ | Mman.PROT_EXEC, fixed, file, 0);
            try {
                madeCall("mmap", SyscallNumbers.SYS_mmap, tableAddress() + ShellElf.PAGE,
                        TABLE_LENGTH - ShellElf.PAGE, Mman.PROT_READ | Mman.PROT_WRITE, fixed, file, ShellElf.PAGE);
            } catch (EscapeException full) {
                madeCall("munmap", SyscallNumbers.SYS_munmap, tableAddress(), ShellElf.PAGE);
                throw full;
            }
        } finally {
            madeCall("close", SyscallNumbers.SYS_close, file);
        }
    }

    /** Makes one call that must not fail. */
    private long madeCall(String name, long number, long... arguments) throws EscapeException {
        long result = call(pid, instruction, number, arguments);
        if (Errno.isError(result)) {
            throw new EscapeException("it cannot make a call: " + name + ": " + Errno.text((int) -result));
        }
        return result;
    }

    /** Takes the table away from a process that was there before. */
    void unsettle() throws EscapeException {
        madeCall("munmap", SyscallNumbers.SYS_munmap, tableAddress(), TABLE_LENGTH);
    }

    /** The table has been taken away. */
    void bare() {
        bare = true;
    }

    /** If the table has been taken away, maps it again; all threads stand still. */
    void cover() throws EscapeException {
        if (bare) {
            free();
            mapTable();
            bare = false;
        }
    }

    /** Makes a socket whose other end is here, in a process that was there before. */
    void connect(Script script) throws EscapeException {
        script.room(1, 16);
        long pair = script.space(8);
        script.add("socketpair", "make a socket", Socket.AF_UNIX, Socket.SOCK_DGRAM | Socket.SOCK_CLOEXEC, 0, pair);
        script.run();
        int own = Memory.getInt(script.own(pair));
        otherSocket = Memory.getInt(script.own(pair) + 4);
        socket = Foreign.descriptor(pid, own);
    }

    /** Ends the connection on this side. */
    void disconnect() {
        Spawner.close(socket);
        socket = -1;
    }

    /** Which descriptor of the process is its end of the socket at first. */
    int otherSocket() {
        return otherSocket;
    }

    /** Whether the process was there before. */
    boolean isSettled() {
        return settled;
    }

    /** Signals that have come since this was asked last; all but those that every process has to bear are blocked meanwhile. */
    List<Stray> takeStrays() {
        List<Stray> taken = List.copyOf(strays);
        strays.clear();
        return taken;
    }

    /** Has the process send itself what has come; all but the signal of its traps is blocked. */
    void giveBackStrays() throws EscapeException {
        for (Stray stray : takeStrays()) {
            if (stray.signal() == Signal.SIGTRAP) {
                strays.add(stray);
                continue;
            }
            // Who is not the one that gets it may not pretend that it comes from somebody else.
            boolean isThreads = NativeSignal.code(stray.info()) == Signal.SI_TKILL;
            Script script = new Script(this, code.syscallNumbers(), isThreads ? stray.tid() : pid);
            script.room(1, stray.info().length);
            long info = script.data(stray.info());
            if (isThreads) {
                script.attempt("rt_tgsigqueueinfo", pid, stray.tid(), stray.signal(), info);
            } else {
                script.attempt("rt_sigqueueinfo", pid, stray.signal(), info);
            }
            script.run();
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
            window = Spawner.map(table, TABLE_LENGTH);
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
        tracer.change(pid, registers -> code.jump(registers, base + ShellElf.codeOffset() + code.mappingOffset()));
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
        begin(tid, CALLS);
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
            } else if (stop.event() == 0 && stop.signal() == Signal.SIGTRAP && isOwnTrap(tid)) {
                return;
            } else if (settled && stop.event() == 0 && stop.signal() != (Signal.SIGTRAP | Ptrace.SYSCALL_GOOD)) {
                putAside(tid, stop);
                tracer.goOn(tid);
            } else {
                throw Tracer.unexpected(stop);
            }
        }
    }

    private boolean isOwnTrap(int tid) throws EscapeException {
        return !settled || NativeSignal.code(tracer.signalInfo(tid)) == Signal.SI_KERNEL;
    }

    private void putAside(int tid, Tracer.Stop stop) throws EscapeException {
        if (NativeSignal.FAULTS.has(stop.signal()) && NativeSignal.code(tracer.signalInfo(tid)) > 0) {
            throw Tracer.unexpected(stop);
        }
        strays.add(new Stray(tid, stop.signal(), tracer.signalInfo(tid)));
    }

    private void awaitCallStop(int tid) throws EscapeException {
        for (; ; ) {
            Tracer.Stop stop = tracer.await(tid);
            if (stop.signal() == (Signal.SIGTRAP | Ptrace.SYSCALL_GOOD)) {
                return;
            }
            if (!settled || stop.event() != 0) {
                throw Tracer.unexpected(stop);
            }
            putAside(tid, stop);
            tracer.toCallStop(tid);
        }
    }

    /** Lets a thread wait without end in the table, or go on waiting for a time; it runs then. */
    void park(int tid) throws EscapeException {
        begin(tid, waits.contains(tid) ? GOING_ON : WAITING);
    }

    private void begin(int tid, int list) throws EscapeException {
        tracer.change(tid, registers ->
                code.carryOut(registers, tableAddress() + code.loopOffset(), tableAddress() + list));
        tracer.goOn(tid);
    }

    /** When it is parked, a thread goes on with the wait for a time that it was called out of. */
    void keepsWaiting(int tid) {
        waits.add(tid);
    }

    /** Whether a thread still has that to wait for. */
    boolean isWaiting(int tid) {
        return waits.contains(tid);
    }

    /** Whether a stop says that the time has come. */
    boolean isEndOfWait(int tid, Tracer.Stop stop) throws EscapeException {
        return waits.contains(tid) && stop.event() == 0 && stop.signal() == Signal.SIGTRAP && isOwnTrap(tid);
    }

    void waitIsOver(int tid) {
        waits.remove(tid);
        endedWaits.add(tid);
    }

    /** For which threads the time has come since this was asked last. */
    List<Integer> takeEndedWaits() {
        List<Integer> taken = List.copyOf(endedWaits);
        endedWaits.clear();
        return taken;
    }

    /** Lets a thread end, which is not the process's first one. */
    void end(int tid, int exit) throws EscapeException {
        beginCall(tid, exit, 0);
        tracer.reap(tid);
        threads.remove(Integer.valueOf(tid));
        waits.remove(tid);
    }

    /** Lets a thread make a call of which it does not come back. */
    void beginCall(int tid, int number, long argument) throws EscapeException {
        tracer.change(tid, registers -> code.call(registers, callInstruction(), number, argument));
        tracer.goOn(tid);
    }

    /** Makes sure that a thread stands still, wherever it is. */
    void interrupt(int tid) throws EscapeException {
        try {
            tracer.registers(tid);
        } catch (EscapeException running) {
            stop(tid);
        }
    }

    /** Stops a thread that runs, whatever signals come. */
    void stop(int tid) throws EscapeException {
        tracer.interrupt(tid);
        for (; ; ) {
            Tracer.Stop stop = tracer.await(tid);
            if (stop.event() == Ptrace.PTRACE_EVENT_STOP) {
                return;
            }
            if (stop.event() != 0) {
                throw Tracer.unexpected(stop);
            }
            if (isEndOfWait(tid, stop)) {
                waitIsOver(tid);
            } else {
                putAside(tid, stop);
            }
            tracer.goOn(tid);
        }
    }

    /** Makes one call, from the end of which the thread's registers are free to be set. */
    long call(int tid, long instruction, long number, long... arguments) throws EscapeException {
        tracer.change(tid, registers -> code.call(registers, instruction, number, arguments));
        tracer.toCallStop(tid);
        awaitCallStop(tid);
        tracer.toCallStop(tid);
        awaitCallStop(tid);
        return code.result(tracer.registers(tid));
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
        free();
        tracer.close();
    }

    /** The same but for the tracer. */
    void free() {
        disconnect();
        if (window != 0) {
            Linux.munmap(window, TABLE_LENGTH);
            window = 0;
        }
    }
}
