package org.nesteddune.internal.dump;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.nesteddune.arch.CoreLayout.Note;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalInfoLayout;
import org.nesteddune.internal.trace.ByteMemory;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Elf;
import org.nesteddune.mm.CoreSegment;
import org.nesteddune.mm.Vma;

/** The notes of a core file, in the kernel's order. */
final class CoreNotes {

    private static final int PROCESS_SIZE = 136; // struct elf_prpsinfo
    private static final int NAME_SIZE = 16;
    private static final int ARGUMENTS_SIZE = 80;

    private CoreNotes() {}

    /** @param threads the one that the signal came to first */
    static byte[] of(Task task, SignalInfo info, List<CoreThread> threads, List<CoreSegment> segments) {
        List<Note> notes = new ArrayList<>();
        notes.add(threads.get(0).status());
        notes.add(new Note(CoreThread.CORE, Elf.NT_PRPSINFO, processInfo(task)));
        notes.add(new Note(CoreThread.CORE, Elf.NT_SIGINFO, signalInfo(task, info)));
        notes.add(new Note(CoreThread.CORE, Elf.NT_AUXV, task.process().auxiliaryVector()));
        notes.add(new Note(CoreThread.CORE, Elf.NT_FILE, files(segments, task.memory().pageSize())));
        notes.addAll(threads.get(0).registers());
        for (CoreThread thread : threads.subList(1, threads.size())) {
            notes.add(thread.status());
            notes.addAll(thread.registers());
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        notes.forEach(note -> write(all, note));
        return all.toByteArray();
    }

    private static void write(ByteArrayOutputStream all, Note note) {
        byte[] name = (note.name() + "\0").getBytes(StandardCharsets.US_ASCII);
        ByteBuffer head = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        head.putInt(name.length).putInt(note.content().length).putInt(note.type());
        all.writeBytes(head.array());
        all.writeBytes(name);
        pad(all);
        all.writeBytes(note.content());
        pad(all);
    }

    private static void pad(ByteArrayOutputStream all) {
        while (all.size() % 4 != 0) {
            all.write(0);
        }
    }

    /**
     * {@code struct elf_prpsinfo} of 64-bit machines: state as number, letter and zombie flag, nice value; flags (8), uid,
     * gid, pid, ppid, pgrp, sid; name (16) and arguments (80).
     */
    private static byte[] processInfo(Task task) {
        Process process = task.process();
        ByteBuffer info = ByteBuffer.allocate(PROCESS_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        info.put((byte) 0).put((byte) 'R').put((byte) 0).put((byte) 0).putInt(0).putLong(0);
        info.putInt(task.credentials().uid()).putInt(task.credentials().gid());
        info.putInt(process.pid())
                .putInt(process.parentPid())
                .putInt(process.group().id())
                .putInt(process.group().session().id());
        put(info, task.name().getBytes(StandardCharsets.ISO_8859_1), NAME_SIZE);
        byte[] arguments = process.commandLine();
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = arguments[i] == 0 ? (byte) ' ' : arguments[i];
        }
        put(info, arguments, ARGUMENTS_SIZE);
        return info.array();
    }

    private static void put(ByteBuffer target, byte[] text, int size) {
        int end = target.position() + size;
        target.put(text, 0, Math.min(text.length, size - 1)).position(end);
    }

    private static byte[] signalInfo(Task task, SignalInfo info) {
        byte[] bytes = new byte[SignalInfoLayout.SIZE];
        task.process().architecture().abi().writeSignalInfo(new ByteMemory(0, bytes), 0, info);
        return bytes;
    }

    /** Count, page size, then start, end and page of each file mapping; then the names. */
    private static byte[] files(List<CoreSegment> segments, int pageSize) {
        List<Vma> files = segments.stream()
                .map(CoreSegment::vma)
                .filter(vma -> vma.file() != null && vma.name().isEmpty())
                .toList();
        ByteBuffer table = ByteBuffer.allocate(16 + files.size() * 24).order(ByteOrder.LITTLE_ENDIAN);
        ByteArrayOutputStream names = new ByteArrayOutputStream();
        table.putLong(files.size()).putLong(pageSize);
        for (Vma vma : files) {
            table.putLong(vma.start()).putLong(vma.end()).putLong(vma.offset() / pageSize);
            names.writeBytes((vma.file().path() + "\0").getBytes(StandardCharsets.ISO_8859_1));
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(table.array());
        all.writeBytes(names.toByteArray());
        return all.toByteArray();
    }
}
