package org.nesteddune.internal.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.nesteddune.arch.CoreLayout;
import org.nesteddune.arch.CoreLayout.Note;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Elf;

/**
 * What a core file says of one thread: {@code struct elf_prstatus} (linux/elfcore.h) as 64-bit machines have it, with the
 * registers in it, and the architecture's other notes.
 *
 * <pre>
 *   0 si_signo  4 si_code  8 si_errno  12 cursig (2)
 *  16 sigpend  24 sighold  32 pid  36 ppid  40 pgrp  44 sid
 *  48 utime  64 stime  80 cutime  96 cstime (struct timeval each)
 * 112 the general registers, then fpvalid (4, padded to 8)
 * </pre>
 */
public final class CoreThread {

    static final String CORE = "CORE";

    private static final int REGISTERS = 112;
    private static final long MICRO = 1_000;
    private static final long SECOND = 1_000_000_000;

    private final List<Note> notes;

    private CoreThread(List<Note> notes) {
        this.notes = notes;
    }

    /**
     * Writes down what a task is. Called on its own thread, because its registers are no other's.
     *
     * @param signal what ends the process, by the guest's number
     * @param blocked its signal mask, by the guest's numbers
     */
    public static CoreThread of(Task task, CoreLayout layout, int signal, SignalSet blocked) {
        Process process = task.process();
        byte[] registers = layout.generalRegisters(task.cpu());
        ByteBuffer status = ByteBuffer.allocate(REGISTERS + registers.length + 8).order(ByteOrder.LITTLE_ENDIAN);
        status.putInt(signal).putInt(0).putInt(0).putShort((short) signal).putShort((short) 0);
        status.putLong(process.architecture().abi().signalSetToGuest(task.pendingSignals().set()).low()).putLong(blocked.low());
        status.putInt(task.tid())
                .putInt(process.parentPid())
                .putInt(process.group().id())
                .putInt(process.group().session().id());
        Process.CpuTimes own = task.tid() == process.pid() ? process.cpuTimes() : task.cpuTimes();
        Process.CpuTimes children = process.childrenUsage().times();
        for (long time : new long[] {own.user(), own.system(), children.user(), children.system()}) {
            status.putLong(time / SECOND).putLong(time % SECOND / MICRO);
        }
        status.put(registers).putInt(1);
        List<Note> notes = new ArrayList<>();
        notes.add(new Note(CORE, Elf.NT_PRSTATUS, status.array()));
        notes.addAll(layout.registerNotes(task.cpu()));
        return new CoreThread(notes);
    }

    /** NT_PRSTATUS. */
    Note status() {
        return notes.get(0);
    }

    /** The notes behind it. */
    List<Note> registers() {
        return notes.subList(1, notes.size());
    }
}
