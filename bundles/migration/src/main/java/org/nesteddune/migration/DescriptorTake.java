package org.nesteddune.migration;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessTable;
import org.nesteddune.kernel.SignalFile;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.linux.Stat;
import org.nesteddune.syscall.ErrnoException;

/**
 * Opens for a guest what a native process has open: further descriptors of the same open file descriptions (pidfd_getfd(2)). What goes
 * by a process's own numbers or signals is made again: epoll instances and signalfd.
 */
final class DescriptorTake {

    private static final String EPOLL = "anon_inode:[eventpoll]";
    private static final String SIGNALS = "anon_inode:[signalfd]";

    /** {@code linux/kcmp.h}. */
    private static final int KCMP_FILE = 0;

    private final int pid;
    private final ProcFiles proc;
    private final DescriptorTable target;
    private final FsContext files;
    private final ProcessTable processes;
    private final boolean packed;
    private final Map<String, List<Integer>> byName = new HashMap<>();
    private final List<Integer> instances = new ArrayList<>();

    /** @param packed how {@code struct epoll_event} is laid out */
    DescriptorTake(int pid, DescriptorTable target, FsContext files, ProcessTable processes, boolean packed) {
        this.pid = pid;
        this.proc = new ProcFiles(pid);
        this.target = target;
        this.files = files;
        this.processes = processes;
        this.packed = packed;
    }

    void take() throws EscapeException {
        for (int number : proc.numbers("fd")) {
            String name = proc.link("fd/" + number);
            Map<String, String> information = proc.fields("fdinfo/" + number);
            int flags = Integer.parseInt(information.get("flags"), 8);
            OpenFile known = known(number, name);
            OpenFile file = known != null ? known : open(number, name, flags, information);
            target.set(number, file, (flags & OpenFlags.O_CLOEXEC) != 0);
            if (known == null) {
                byName.computeIfAbsent(name, none -> new ArrayList<>()).add(number);
                if (name.equals(EPOLL)) {
                    instances.add(number);
                }
            }
        }
    }

    /** Enters in epoll instances what they watch. */
    void watch(Process guest) throws EscapeException {
        for (int instance : instances) {
            fill(guest, instance);
        }
    }

    /** The same description, if it has been taken under another number. */
    private OpenFile known(int number, String name) {
        for (int other : byName.getOrDefault(name, List.of())) {
            if (Linux.call(SyscallNumbers.SYS_kcmp, pid, pid, KCMP_FILE, number, other) == 0) {
                return target.get(other);
            }
        }
        return null;
    }

    private OpenFile open(int number, String name, int flags, Map<String, String> information) throws EscapeException {
        if (name.equals(SIGNALS)) {
            long mask = Long.parseUnsignedLong(information.get("sigmask"), 16);
            return new SignalFile(processes, new SignalSet(mask, 0), flags & OpenFlags.O_NONBLOCK);
        }
        try {
            if (name.equals(EPOLL)) {
                return HostFile.adopt((int) ErrnoException.check(
                        Linux.call(SyscallNumbers.SYS_epoll_create1, OpenFlags.O_CLOEXEC)), EPOLL);
            }
            HostFile file = HostFile.adopt(Foreign.descriptor(pid, number), name.startsWith("/") ? name : null);
            if (file.type() != Stat.S_IFDIR) {
                return file;
            }
            // A path may start from it, for which it has to be known where it lies for the guest.
            file.release();
            return files.open(null, name, OpenFlags.O_DIRECTORY | flags & (OpenFlags.O_PATH | OpenFlags.O_CLOEXEC), 0);
        } catch (ErrnoException failed) {
            throw new EscapeException("its descriptor " + number + " (" + name + ") cannot be taken: "
                    + Errno.text(failed.errno()), failed);
        }
    }

    private void fill(Process guest, int instance) throws EscapeException {
        OpenFile file = target.get(instance);
        try (NativeBuffer event = new NativeBuffer(16)) {
            for (String line : proc.text("fdinfo/" + instance).split("\n")) {
                if (line.startsWith("tfd:")) {
                    watch(guest, file, MadeAnew.parse(line), event);
                }
            }
        } finally {
            file.release();
        }
    }

    private void watch(Process guest, OpenFile instance, MadeAnew.Entry entry, NativeBuffer event) throws EscapeException {
        OpenFile watched;
        try {
            watched = target.get(entry.number());
        } catch (ErrnoException closed) {
            throw new EscapeException("it watches a file by epoll whose descriptor has been closed");
        }
        try {
            int host = watched.enterPolling(guest, entry.number());
            Memory.putInt(event.address(), entry.events());
            Memory.putLong(event.address() + (packed ? 4 : 8), entry.data());
            long result = Linux.call(SyscallNumbers.SYS_epoll_ctl, instance.hostDescriptor(), Poll.EPOLL_CTL_ADD,
                    host, event.address());
            if (result < 0) {
                watched.leavePolling(guest, entry.number());
                throw new EscapeException("descriptor " + entry.number() + " cannot be watched: " + Errno.text((int) -result));
            }
        } finally {
            watched.release();
        }
    }
}
