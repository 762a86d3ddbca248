package org.nesteddune.internal.proc;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.Node;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.ipc.IpcLimit;
import org.nesteddune.kernel.ipc.IpcLimits;
import org.nesteddune.kernel.ipc.IpcNamespace;
import org.nesteddune.kernel.ipc.IpcPermissions;
import org.nesteddune.kernel.ipc.MessageQueues;
import org.nesteddune.kernel.ipc.SemaphoreSets;
import org.nesteddune.kernel.ipc.SharedSegments;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Stat;
import org.nesteddune.syscall.ErrnoException;

/**
 * What {@code /proc} has of the guests' IPC namespace: {@code sysvipc}, and the limits in {@code sys/kernel} and
 * {@code sys/fs/mqueue}. The formats are those of {@code ipc/shm.c}, {@code sem.c}, {@code msg.c} and
 * {@code ipc_sysctl.c}.
 */
final class IpcFiles {

    private static final List<IpcLimit> SEMAPHORES =
            List.of(IpcLimit.SEMMSL, IpcLimit.SEMMNS, IpcLimit.SEMOPM, IpcLimit.SEMMNI);

    private final long device;
    private long nextInode;

    /**
     * @param device the device number that the files show
     * @param firstInode the first of fifty inode numbers for them
     */
    IpcFiles(long device, long firstInode) {
        this.device = device;
        this.nextInode = firstInode;
    }

    /** {@code /proc/sysvipc}. */
    Node objects() {
        Map<String, Node> files = new LinkedHashMap<>();
        files.put("msg", new File(nextInode++, 0444, device, IpcFiles::queues, List.of()));
        files.put("sem", new File(nextInode++, 0444, device, IpcFiles::semaphores, List.of()));
        files.put("shm", new File(nextInode++, 0444, device, IpcFiles::segments, List.of()));
        return new StaticDirectory(nextInode++, files);
    }

    /** What is in {@code /proc/sys/kernel}. */
    Map<String, Node> kernelLimits() {
        Map<String, Node> files = limits(IpcLimit.SHMMAX, IpcLimit.SHMALL, IpcLimit.SHMMNI, IpcLimit.SHM_RMID_FORCED,
                IpcLimit.MSGMAX, IpcLimit.MSGMNB, IpcLimit.MSGMNI);
        files.put("sem", limit(SEMAPHORES));
        return files;
    }

    /** {@code /proc/sys/fs/mqueue}. */
    Node queueLimits() {
        return new StaticDirectory(nextInode++, limits(IpcLimit.MSG_DEFAULT, IpcLimit.MSG_MAX, IpcLimit.MSGSIZE_DEFAULT,
                IpcLimit.MSGSIZE_MAX, IpcLimit.QUEUES_MAX));
    }

    private Map<String, Node> limits(IpcLimit... limits) {
        Map<String, Node> files = new LinkedHashMap<>();
        for (IpcLimit limit : limits) {
            files.put(limit.fileName(), limit(List.of(limit)));
        }
        return files;
    }

    private Node limit(List<IpcLimit> limits) {
        return new File(nextInode++, 0644, device, namespace -> {
            List<String> values = new ArrayList<>();
            limits.forEach(limit -> values.add(Long.toUnsignedString(namespace.limits().get(limit))));
            return String.join("\t", values) + "\n";
        }, limits);
    }

    private static String segments(IpcNamespace namespace) {
        StringBuilder text = new StringBuilder("       key      shmid perms                  size  cpid  lpid nattch"
                + "   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap\n");
        for (SharedSegments.Status each : namespace.sharedMemory().all()) {
            IpcPermissions owner = each.permissions();
            text.append(String.format(Locale.ROOT,
                    "%10d %10d  %4o %21s %5d %5d  %5d %5s %5s %5s %5s %10d %10d %10d %21d %21d\n",
                    owner.key(), each.id(), owner.mode(), Long.toUnsignedString(each.size()), each.creatorPid(),
                    each.lastPid(), each.mappings(), id(owner.uid()), id(owner.gid()), id(owner.creatorUid()),
                    id(owner.creatorGid()), each.attachTime(), each.detachTime(), each.changeTime(), each.resident(), 0));
        }
        return text.toString();
    }

    private static String semaphores(IpcNamespace namespace) {
        StringBuilder text = new StringBuilder(
                "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n");
        for (SemaphoreSets.Status each : namespace.semaphores().all()) {
            IpcPermissions owner = each.permissions();
            text.append(String.format(Locale.ROOT, "%10d %10d  %4o %10d %5s %5s %5s %5s %10d %10d\n",
                    owner.key(), each.id(), owner.mode(), each.size(), id(owner.uid()), id(owner.gid()),
                    id(owner.creatorUid()), id(owner.creatorGid()), each.operationTime(), each.changeTime()));
        }
        return text.toString();
    }

    private static String queues(IpcNamespace namespace) {
        StringBuilder text = new StringBuilder("       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid"
                + "  cuid  cgid      stime      rtime      ctime\n");
        for (MessageQueues.Status each : namespace.messageQueues().all()) {
            IpcPermissions owner = each.permissions();
            text.append(String.format(Locale.ROOT,
                    "%10d %10d  %4o  %10d %10d %5d %5d %5s %5s %5s %5s %10d %10d %10d\n",
                    owner.key(), each.id(), owner.mode(), each.bytes(), each.messages(), each.lastSender(),
                    each.lastReceiver(), id(owner.uid()), id(owner.gid()), id(owner.creatorUid()),
                    id(owner.creatorGid()), each.sendTime(), each.receiveTime(), each.changeTime()));
        }
        return text.toString();
    }

    private static String id(int id) {
        return Integer.toUnsignedString(id);
    }

    /** A file about the namespace of whoever opens it; user 0 may write limits. */
    private static final class File extends Node {

        private final long device;
        private final Function<IpcNamespace, String> content;
        private final List<IpcLimit> limits;

        File(long inode, int permissions, long device, Function<IpcNamespace, String> content, List<IpcLimit> limits) {
            super(inode, Stat.S_IFREG | permissions);
            this.device = device;
            this.content = content;
            this.limits = limits;
        }

        @Override
        public OpenFile open(FsContext.Owner caller, String path, int flags) {
            Process process = caller.process();
            if (process == null) {
                throw new ErrnoException(Errno.EACCES);
            }
            Task task = caller.currentTask();
            boolean isRoot = task != null && task.credentials().fsUid() == 0;
            if (OpenFlags.isWritable(flags) && !isRoot) {
                throw new ErrnoException(Errno.EACCES);
            }
            IpcNamespace namespace = process.table().ipc();
            return new GeneratedFile(this, device, path, flags,
                    () -> content.apply(namespace).getBytes(StandardCharsets.ISO_8859_1),
                    limits.isEmpty() ? null : bytes -> set(namespace.limits(), bytes));
        }

        /** As many values as there are; the first that is none is an error. */
        private void set(IpcLimits target, byte[] bytes) {
            String[] words = new String(bytes, StandardCharsets.ISO_8859_1).strip().split("\\s+");
            try {
                for (int i = 0; i < words.length && i < limits.size(); i++) {
                    if (!target.set(limits.get(i), Long.parseUnsignedLong(words[i]))) {
                        throw new ErrnoException(Errno.EINVAL);
                    }
                }
            } catch (NumberFormatException none) {
                throw new ErrnoException(Errno.EINVAL);
            }
        }
    }
}
