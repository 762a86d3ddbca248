package org.nesteddune.migration;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.SignalFile;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.syscall.ErrnoException;

/**
 * Descriptors that are not passed but made again in the new process: epoll instances, whose entries go by the numbers that
 * descriptors have in a process, and signalfd, which is about the process that reads it. What is in a host instance is told by
 * {@code /proc/self/fdinfo} (proc(5)).
 */
final class MadeAnew {

    private static final String EPOLL = "anon_inode:[eventpoll]";

    private final Script script;
    private final Process process;
    private final DescriptorTable table;
    private final boolean packed;

    /** @param packed how {@code struct epoll_event} is laid out */
    MadeAnew(Script script, Process process, boolean packed) {
        this.script = script;
        this.process = process;
        this.table = process.descriptors();
        this.packed = packed;
    }

    /** An entry of an instance: a number of the guest's, or the host's before that is known. */
    record Entry(int number, int events, long data) {}

    static boolean is(OpenFile file) {
        return file instanceof SignalFile || isEpoll(file);
    }

    private static boolean isEpoll(OpenFile file) {
        return file.path().equals(EPOLL) && file.hostDescriptor() >= 0;
    }

    /**
     * Looks whether all of a guest's instances can be made again.
     *
     * @return null, or what is in the way
     */
    static String obstacle(OpenFile file, Process process, DescriptorTable table) {
        if (!isEpoll(file)) {
            return null;
        }
        for (Process other : process.table().processes()) {
            if (other != process && has(other, file)) {
                return "is shared with guest " + other.pid();
            }
        }
        try {
            entries(file, hostNumbers(process, table));
            return null;
        } catch (EscapeException unknown) {
            return unknown.getMessage();
        }
    }

    private static boolean has(Process process, OpenFile file) {
        try {
            return process.descriptors().has(file);
        } catch (ErrnoException ended) {
            return false;
        }
    }

    /** Makes those among the descriptors, after all others are there. */
    void make(List<Integer> numbers) throws EscapeException {
        Map<OpenFile, Integer> made = new LinkedHashMap<>();
        for (int number : numbers) {
            OpenFile file = table.get(number);
            try {
                Integer known = made.putIfAbsent(file, number);
                Descriptors.place(
                        script, known == null ? create(file) : known, number, table.closeOnExec(number) == 1, known == null);
            } finally {
                file.release();
            }
        }
        Map<Integer, Integer> hosts = hostNumbers(process, table);
        for (Map.Entry<OpenFile, Integer> each : made.entrySet()) {
            if (isEpoll(each.getKey())) {
                fill(each.getValue(), entries(each.getKey(), hosts));
            }
        }
        script.run();
    }

    private int create(OpenFile file) throws EscapeException {
        script.run();
        script.room(1, KernelStructures.SIGNAL_SET);
        if (file instanceof SignalFile signals) {
            long mask = script.data(Script.structure(KernelStructures.SIGNAL_SET).putLong(signals.mask().low()).array());
            script.add("signalfd4", "make a signalfd", -1, mask, KernelStructures.SIGNAL_SET,
                    file.statusFlags() & OpenFlags.O_NONBLOCK | OpenFlags.O_CLOEXEC);
        } else {
            script.add("epoll_create1", "make an epoll instance", OpenFlags.O_CLOEXEC);
        }
        script.run();
        return (int) script.result(0);
    }

    private void fill(int instance, List<Entry> entries) throws EscapeException {
        for (Entry entry : entries) {
            ByteBuffer event = Script.structure(16).putInt(entry.events);
            if (!packed) {
                event.putInt(0);
            }
            event.putLong(entry.data);
            script.room(1, 16);
            script.add("epoll_ctl", "watch descriptor " + entry.number,
                    instance, Poll.EPOLL_CTL_ADD, entry.number, script.data(event.array()));
        }
    }

    /** The guest's numbers by the host descriptors under which they are entered. */
    private static Map<Integer, Integer> hostNumbers(Process process, DescriptorTable table) {
        Map<Integer, Integer> numbers = new HashMap<>();
        List<Integer> all = new ArrayList<>();
        table.forEach(all::add);
        for (int number : all) {
            OpenFile file = table.get(number);
            try {
                int host = file.polledAs(process, number);
                if (host >= 0) {
                    numbers.put(host, number);
                }
            } finally {
                file.release();
            }
        }
        return numbers;
    }

    private static List<Entry> entries(OpenFile file, Map<Integer, Integer> numbers) throws EscapeException {
        List<Entry> entries = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + file.hostDescriptor()))) {
                if (line.startsWith("tfd:")) {
                    Entry host = parse(line);
                    Integer number = numbers.get(host.number);
                    if (number == null) {
                        throw new EscapeException("watches a file whose descriptor there has been closed");
                    }
                    entries.add(new Entry(number, host.events, host.data));
                }
            }
        } catch (IOException | NumberFormatException unreadable) {
            throw new EscapeException("cannot be looked into: " + unreadable, unreadable);
        }
        return entries;
    }

    /** {@code tfd:        5 events:       19 data:                5  pos:0 ino:a sdev:9}, numbers but the first hexadecimal. */
    static Entry parse(String line) {
        String[] words = line.replace(":", " ").strip().split(" +");
        return new Entry(
                Integer.parseInt(words[1]), Integer.parseUnsignedInt(words[3], 16), Long.parseUnsignedLong(words[5], 16));
    }
}
