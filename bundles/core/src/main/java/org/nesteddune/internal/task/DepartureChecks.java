package org.nesteddune.internal.task;

import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.fs.HostStatus;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.fs.Terminal;
import org.nesteddune.host.HostIdentity;
import org.nesteddune.kernel.Process;
import org.nesteddune.linux.Mman;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.SharedPlace;
import org.nesteddune.mm.Vma;
import org.nesteddune.syscall.ErrnoException;

/** What keeps a guest in dune, because it is dune's and no native process can have it. Stateless. */
final class DepartureChecks {

    private DepartureChecks() {}

    /** @throws EscapeException with one sentence about the first thing that is found */
    static void check(GuestProcess process) throws EscapeException {
        String reason = reason(process);
        if (reason != null) {
            throw EscapeException.impossible(process, reason);
        }
    }

    private static String reason(GuestProcess process) {
        GuestTask first = process.threadGroup().first();
        if (process.isExiting() || first == null) {
            return "it has ended";
        }
        if (process.leaving().emigrant() != null) {
            return "it has escaped already and is process " + process.leaving().emigrant().pid() + " of the host";
        }
        if (first.tid() != process.pid()) {
            return "its first thread has ended";
        }
        if (process.hold() != null) {
            return "it is held: " + process.hold().reason();
        }
        if (process.groupStop().isStopped()) {
            return "it is stopped; let it go on first (SIGCONT)";
        }
        if (process.confinement() != null) {
            return "the profile '" + process.confinement().profile().name() + "' limits it, and nothing would outside dune";
        }
        if (!process.children().isEmpty()) {
            return "it has children in dune, which it could not wait for any more (the first is "
                    + process.children().get(0).pid() + ")";
        }
        if (process.image().mm().isShared()) {
            return "it shares its memory with another guest (vfork, or clone with CLONE_VM)";
        }
        if (process.anchor() != null && !process.credentials().equals(process.anchor().credentials())) {
            return "it has changed its user, groups or capabilities in dune";
        }
        if (process.anchor() == null && !process.credentials().hostIdentity().equals(HostIdentity.PROCESS)) {
            return "it runs as user " + Integer.toUnsignedString(process.credentials().uid())
                    + ", which is not the user that dune runs as";
        }
        String found = terminal(process);
        if (found == null) {
            found = tasks(process, first);
        }
        return found != null ? found : rest(process);
    }

    /** The terminal that the runtime was started on controls its native children too; another one goes with the session's leader. */
    private static String terminal(GuestProcess process) {
        Terminal terminal = process.terminal();
        if (terminal == null || terminal.isOwn()) {
            return null;
        }
        if (process.session() != process.pid()) {
            return "its terminal is that of the session of guest " + process.session() + ", which stays in dune";
        }
        GuestProcess companion = process.processes().jobs().companion(process);
        return companion == null ? null : "guest " + companion.pid() + " belongs to the session that it leads, and to its terminal";
    }

    private static String tasks(GuestProcess process, GuestTask first) {
        int sharers = 0;
        for (GuestTask task : process.threadGroup().tasks()) {
            if (task.tracee().isTraced() || !task.tracees().isEmpty()) {
                return "ptrace is in use between it and another guest";
            }
            if (task.files().fs() != first.files().fs() || task.files().descriptors() != first.files().descriptors()) {
                return "its threads do not share one working directory and one set of descriptors";
            }
            if (!task.credentials().equals(first.credentials())) {
                return "its threads have different credentials";
            }
            if (task.settings().parentDeathSignal() != 0) {
                return "it wants a signal at its parent's end (PR_SET_PDEATHSIG), and its parent is a guest";
            }
            if (task.settings().hasUndoList()) {
                return "it has semaphore operations to be taken back at its end (SEM_UNDO)";
            }
            sharers++;
        }
        // The process has each once more for itself.
        if (first.files().fs().users() > sharers + 1 || first.files().descriptors().users() > sharers + 1) {
            return "it shares its working directory or its descriptors with another guest (CLONE_FS, CLONE_FILES)";
        }
        return null;
    }

    private static String rest(GuestProcess process) {
        if (process.timers().count() != 0) {
            return "it has timers of timer_create";
        }
        if (!process.memory().aioContexts().isEmpty()) {
            return "it has contexts of asynchronous I/O (io_setup)";
        }
        if (process.descriptors().recordLocks().areHeld()) {
            return "it holds record locks (fcntl F_SETLK)";
        }
        String bound = boundDescriptor(process);
        if (bound != null) {
            return bound;
        }
        String sharer = sharer(process);
        if (sharer != null) {
            return sharer;
        }
        FileStatus own = new FileStatus();
        FileStatus hosts = new FileStatus();
        process.fs().status(null, "/", true, own);
        return HostStatus.ofHost("/", hosts) != 0 || own.inode != hosts.inode || own.device != hosts.device
                ? "its root directory is not the host's"
                : null;
    }

    /** What is open and nobody outside can use. */
    private static String boundDescriptor(GuestProcess process) {
        String[] found = new String[1];
        process.descriptors().forEach(descriptor -> {
            try {
                OpenFile file = process.descriptors().get(descriptor);
                String reason = file.boundToDune();
                file.release();
                found[0] = found[0] != null || reason == null ? found[0] : "its descriptor " + descriptor + " " + reason;
            } catch (ErrnoException closed) {
                // by another process that has the same table
            }
        });
        for (Vma vma : process.memory().mappings()) {
            String reason = found[0] != null || vma.file() == null ? null : vma.file().boundToDune();
            found[0] = reason == null ? found[0] : "a file that it has mapped " + reason;
        }
        return found[0];
    }

    /** Memory that it has in common with relatives would be two from then on. */
    private static String sharer(GuestProcess process) {
        Set<Object> own = sharedMemory(process);
        if (!own.isEmpty()) {
            for (Process other : process.table().processes()) {
                if (other != process && !Collections.disjoint(own, sharedMemory(other))) {
                    return "it shares anonymous memory with guest " + other.pid();
                }
            }
        }
        return null;
    }

    private static Set<Object> sharedMemory(Process process) {
        Set<Object> found = new HashSet<>();
        AddressSpace memory = process.memory();
        for (Vma vma : memory.mappings()) {
            if (vma.file() == null && (vma.flags() & Mman.MAP_SHARED) != 0) {
                SharedPlace place = memory.sharedPlace(vma.start());
                if (place != null) {
                    found.add(place.object());
                }
            }
        }
        return found;
    }
}
