package org.nesteddune.migration;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.escape.ShellCode;
import org.nesteddune.host.Memory;
import org.nesteddune.linux.Errno;

/**
 * System calls that a thread of the new process is to make. They are gathered and made together, because each stop of a traced
 * thread costs more than a hundred calls. For the thread that traces.
 */
final class Script {

    private static final int MOST = (Shell.DATA - Shell.CALLS) / ShellCode.ENTRY - 1;
    private static final int RESULT = 56;
    private static final int NOT_MADE = 0x5a5a5a5a;
    private static final long ERROR_DOES_NOT_MATTER = 1L << 32;
    private static final int ALIGNMENT = 16;

    /** The number behind the last call. */
    private static final long LAST = 0xffffffffL;

    /** A call that was entered; {@code expected} is the result that it must have, null for any but an error. */
    private record Entry(String name, String about, Long expected) {}

    private final Shell shell;
    private final SyscallNumbers numbers;
    private final int tid;
    private final List<Entry> entries = new ArrayList<>();
    private int data = Shell.DATA;

    /** @param numbers the architecture's, which are the host's */
    Script(Shell shell, SyscallNumbers numbers, int tid) {
        this.shell = shell;
        this.numbers = numbers;
        this.tid = tid;
    }

    /** Whether the process was there before, and has its place among others. */
    boolean isSettled() {
        return shell.isSettled();
    }

    /** Whether the process leads a session already. */
    boolean leadsSession() throws EscapeException {
        return shell.isSettled() && new ProcFiles(shell.pid()).session() == shell.pid();
    }

    /** Makes sure that so many calls and bytes can be added without anything being made before. */
    void room(int calls, int bytes) throws EscapeException {
        if (entries.size() + calls > MOST || data + bytes + (calls + 1) * ALIGNMENT > Shell.WAITING) {
            run();
        }
    }

    /** Room for a structure of the kernel's, to be filled from its beginning. */
    static ByteBuffer structure(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A structure of the kernel's. */
    static ByteBuffer buffer(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Puts bytes where the process can find them until the calls have been made; the process's address of them. */
    long data(byte[] bytes) {
        long address = space(bytes.length);
        Memory.copyTo(own(address), bytes, 0, bytes.length);
        return address;
    }

    /** Room for a result or a structure, zero at first; the process's address. */
    long space(int length) {
        int at = data;
        data += length + ALIGNMENT - 1 & -ALIGNMENT;
        if (data > Shell.WAITING) {
            throw new IllegalStateException("no room was asked for");
        }
        Memory.fill(shell.window() + at, length, (byte) 0);
        return shell.tableAddress() + at;
    }

    /** This process's address of what the process has in the table. */
    long own(long address) {
        return address - shell.tableAddress() + shell.window();
    }

    /** Adds a call that must not fail. */
    void add(String name, String about, long... arguments) throws EscapeException {
        enter(new Entry(name, about, null), 0, arguments);
    }

    /** Adds a call that must have a result. */
    void expect(long result, String name, String about, long... arguments) throws EscapeException {
        enter(new Entry(name, about, result), 0, arguments);
    }

    /** Adds a call that may fail. */
    void attempt(String name, long... arguments) throws EscapeException {
        enter(new Entry(name, "", null), ERROR_DOES_NOT_MATTER, arguments);
    }

    private void enter(Entry entry, long flag, long[] arguments) throws EscapeException {
        room(1, 0);
        int number = numbers.number(entry.name);
        if (number < 0) {
            throw new EscapeException("the host has no system call " + entry.name);
        }
        long at = shell.window() + Shell.CALLS + (long) entries.size() * ShellCode.ENTRY;
        Memory.putLong(at, number | flag);
        for (int i = 0; i < 6; i++) {
            Memory.putLong(at + 8 + 8L * i, i < arguments.length ? arguments[i] : 0);
        }
        Memory.putLong(at + RESULT, NOT_MADE);
        entries.add(flag == 0 ? entry : new Entry(entry.name, null, null));
    }

    /** The result of a call by its index, after {@link #run} and before the next call is added. */
    long result(int index) {
        return Memory.getLong(shell.window() + Shell.CALLS + (long) index * ShellCode.ENTRY + RESULT);
    }

    /** Writes lists of one call where they stay: one that waits without end (pause(2)), and one that goes on with what was interrupted. */
    static void writeWaiting(Shell shell, SyscallNumbers numbers) {
        long at = shell.window() + Shell.WAITING;
        Memory.putLong(at, numbers.number("pause") | ERROR_DOES_NOT_MATTER);
        Memory.putLong(at + ShellCode.ENTRY, LAST);
        long again = shell.window() + Shell.GOING_ON;
        Memory.putLong(again, numbers.number("restart_syscall") | ERROR_DOES_NOT_MATTER);
        Memory.putLong(again + ShellCode.ENTRY, LAST);
    }

    /** Makes the calls. */
    void run() throws EscapeException {
        int count = entries.size();
        if (count == 0) {
            data = Shell.DATA;
            return;
        }
        Memory.putLong(shell.window() + Shell.CALLS + (long) count * ShellCode.ENTRY, LAST);
        shell.carryOut(tid);
        for (int i = 0; i < count; i++) {
            check(entries.get(i), result(i));
        }
        entries.clear();
        data = Shell.DATA;
    }

    private static void check(Entry entry, long result) throws EscapeException {
        if (entry.about == null) {
            return;
        }
        if (Errno.isError(result)) {
            throw new EscapeException("the native process could not " + entry.about + ": " + entry.name + ": "
                    + Errno.text((int) -result));
        }
        if (entry.expected != null && result != entry.expected) {
            throw new EscapeException("the native process could not " + entry.about + ": " + entry.name + " gave 0x"
                    + Long.toHexString(result) + " instead of 0x" + Long.toHexString(entry.expected));
        }
    }
}
