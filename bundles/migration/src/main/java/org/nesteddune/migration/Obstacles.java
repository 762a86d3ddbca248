package org.nesteddune.migration;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.fs.FileOwner;
import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Process;
import org.nesteddune.mm.Vma;
import org.nesteddune.syscall.ErrnoException;

/** What a guest has open or mapped that the host's kernel does not know, or not as the guest does. Stateless. */
final class Obstacles {

    private Obstacles() {}

    /** @throws EscapeException with one sentence about the first thing that is found */
    static void check(Process process) throws EscapeException {
        String found;
        try {
            found = descriptors(process, process.descriptors());
        } catch (ErrnoException ended) {
            found = "it has ended";
        }
        if (found == null) {
            found = mappings(process.memory().mappings());
        }
        if (found != null) {
            throw EscapeException.impossible(process, found);
        }
    }

    private static String descriptors(Process process, DescriptorTable table) {
        List<Integer> numbers = new ArrayList<>();
        table.forEach(numbers::add);
        for (int number : numbers) {
            OpenFile file;
            try {
                file = table.get(number);
            } catch (ErrnoException closed) {
                continue;
            }
            try {
                String reason = MadeAnew.is(file) ? MadeAnew.obstacle(file, process, table) : reason(file, process);
                if (reason != null) {
                    return "its descriptor " + number + " (" + file.path() + ") " + reason;
                }
            } finally {
                file.release();
            }
        }
        return null;
    }

    private static String reason(OpenFile file, Process process) {
        if (!(file instanceof HostFile) || file.hostDescriptor() < 0) {
            return "is of dune's own making, and the host has none like it";
        }
        FileOwner owner = Descriptors.signalled(file);
        // Another process is told by dune, as before.
        return owner == null || owner.target() instanceof Process
                ? null
                : "announces its data by signals (O_ASYNC), to a single thread or to a process group";
    }

    private static String mappings(List<Vma> mappings) {
        for (Vma vma : mappings) {
            OpenFile file = vma.file();
            if (file == null || MemoryMove.isClock(vma)) {
                continue;
            }
            if (file.watchesMappings()) {
                return "it has attached System V shared memory at 0x" + Long.toHexString(vma.start());
            }
            if (file.hostDescriptor() < 0) {
                return "its mapping at 0x" + Long.toHexString(vma.start()) + " (" + file.path()
                        + ") is of a file of dune's own making";
            }
        }
        return null;
    }
}
