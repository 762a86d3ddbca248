package org.nesteddune.internal.proc;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.Node;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.Inspection;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Dirent;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Stat;
import org.nesteddune.mm.Vma;
import org.nesteddune.syscall.ErrnoException;

/**
 * {@code /proc/PID} or {@code /proc/PID/task/TID}. What leads to memory or files of the process is there for those who may
 * {@linkplain Inspection look into} it.
 */
final class ProcessDirectory extends Node {

    /** Names, and whether they are only for those who may look into the process. The order is that of the inode numbers. */
    private static final Map<String, Boolean> NAMES = names();

    private final ProcTree tree;
    private final Process process;
    private final Task task;

    /** @param task the thread whose directory it is; null for that of the process */
    ProcessDirectory(ProcTree tree, Process process, Task task, long inode) {
        super(inode, Stat.S_IFDIR | 0555);
        this.tree = tree;
        this.process = process;
        this.task = task;
    }

    private static Map<String, Boolean> names() {
        Map<String, Boolean> names = new java.util.LinkedHashMap<>();
        for (String name : List.of("auxv", "cwd", "environ", "exe", "fd", "fdinfo", "maps", "mem", "root", "smaps",
                "smaps_rollup", "personality")) {
            names.put(name, true);
        }
        for (String name : List.of("cgroup", "cmdline", "comm", "coredump_filter", "limits", "loginuid", "mountinfo", "mounts", "net",
                "oom_score_adj", "sessionid", "setgroups", "stat", "statm", "status", "task", "wchan", "children")) {
            names.put(name, false);
        }
        return names;
    }

    @Override
    public Process process() {
        return task == null ? process : null;
    }

    @Override
    public int uid() {
        return process.credentials().effectiveUid();
    }

    @Override
    public int gid() {
        return process.credentials().effectiveGid();
    }

    @Override
    public int creationError() {
        return Errno.ENOENT;
    }

    /** What a process's directory has and a thread's has not, or the other way round. */
    private boolean isElsewhere(String name) {
        return name.equals("task") && task != null || name.equals("children") && task == null;
    }

    private long number(String name) {
        int index = 1;
        for (String other : NAMES.keySet()) {
            if (other.equals(name)) {
                break;
            }
            index++;
        }
        return inode() + ((long) index << 16);
    }

    @Override
    public List<Entry> entries(FsContext.Owner caller) {
        List<Entry> entries = new ArrayList<>();
        for (String name : NAMES.keySet()) {
            if (isElsewhere(name)) {
                continue;
            }
            int type = switch (name) {
                case "cwd", "exe", "root" -> Dirent.DT_LNK;
                case "fd", "fdinfo", "net", "task" -> Dirent.DT_DIR;
                default -> Dirent.DT_REG;
            };
            entries.add(new Entry(name, number(name), type));
        }
        return entries;
    }

    @Override
    public Node child(FsContext.Owner caller, String name) {
        Boolean secret = NAMES.get(name);
        if (secret == null || isElsewhere(name)) {
            return null;
        }
        boolean own = caller.process() == process;
        if (name.equals("net")) {
            return tree.network();
        }
        if (secret && !Inspection.isAllowed(caller, process)) {
            return new Refused(number(name), mode(name));
        }
        ProcessText text = new ProcessText(process, task, caller);
        long device = tree.device();
        long number = number(name);
        Node made = switch (name) {
            case "auxv" -> TextNode.bytes(number, 0400, device, process::auxiliaryVector);
            case "environ" -> TextNode.bytes(number, 0400, device, process::environment);
            case "cmdline" -> TextNode.bytes(number, 0444, device, process::commandLine);
            case "cwd" -> directoryLink(number, () -> alive().fs().workingPlace(), ".");
            case "root" -> directoryLink(number, () -> alive().fs().rootPlace(), "/");
            case "exe" -> new MagicLink(number, 0777, this::executablePath, this::executable);
            case "fd" -> new DescriptorDirectory(number, process, false, device);
            case "fdinfo" -> new DescriptorDirectory(number, process, true, device);
            case "maps" -> TextNode.text(number, device, () -> process.memory().mapsText());
            case "smaps" -> TextNode.text(number, device, text::smaps);
            case "smaps_rollup" -> TextNode.text(number, device, text::smapsRollup);
            case "mem" -> new MemoryNode(number, device, process.memory());
            case "personality" -> TextNode.text(number, device, text::personality);
            case "comm" -> own
                    ? TextNode.writable(number, device, text::comm, text::rename)
                    : TextNode.text(number, device, text::comm);
            case "coredump_filter" -> TextNode.writable(number, device, text::coreFilter, text::coreFilter);
            case "limits" -> TextNode.text(number, device, text::limits);
            case "stat" -> TextNode.text(number, device, text::stat);
            case "statm" -> TextNode.text(number, device, text::statm);
            case "status" -> TextNode.text(number, device, text::status);
            case "mounts" -> TextNode.text(number, device, () -> MountText.mounts(tree.root(), rootPlace()));
            case "mountinfo" -> TextNode.text(number, device, () -> MountText.mountInfo(tree.root(), rootPlace()));
            case "cgroup" -> TextNode.text(number, device,
                    () -> String.join("\n", HostText.lines("/proc/self/cgroup")) + "\n"); // the host's thread of it is there
            case "wchan" -> TextNode.text(number, device, () -> "0");
            case "loginuid", "sessionid" -> TextNode.text(number, device, () -> "4294967295"); // unset
            case "setgroups" -> TextNode.text(number, device, () -> "allow\n");
            case "oom_score_adj" -> TextNode.text(number, device,
                    () -> String.join("\n", HostText.lines("/proc/self/oom_score_adj")) + "\n"); // shares its fate
            case "children" -> TextNode.text(number, device, text::children);
            case "task" -> new TaskList(number);
            default -> null;
        };
        // As those of a process that another user must not look into belong to user 0 (task_dump_owner of fs/proc/base.c).
        return made == null || process.settings().dumpable() != 1 ? made : made.ownedBy(uid(), gid());
    }

    private static int mode(String name) {
        return switch (name) {
            case "cwd", "exe", "root" -> Stat.S_IFLNK | 0777;
            case "fd", "fdinfo" -> Stat.S_IFDIR | 0500;
            default -> Stat.S_IFREG | 0400;
        };
    }

    private Node directoryLink(long number, Supplier<String> text, String path) {
        return new MagicLink(
                number,
                0777,
                () -> {
                    String shown = text.get();
                    return shown == null ? "(unreachable)" : shown;
                },
                () -> alive().fs().open(null, path, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0));
    }

    /** Which of the mounts it sees at all; all if nobody knows any more. */
    private String rootPlace() {
        String place = process.tasks().isEmpty() ? "/" : process.fs().rootPlace();
        return place == null ? "/" : place;
    }

    /** The process; ENOENT if it has ended. */
    private Process alive() {
        if (process.tasks().isEmpty()) {
            throw new ErrnoException(Errno.ENOENT);
        }
        return process;
    }

    /** The program's mapped file, so that the link leads to what runs even if its name is another's now. */
    private OpenFile mappedExecutable() {
        String path = process.executable();
        for (Vma vma : alive().memory().mappings()) {
            if (vma.file() != null && vma.file().path().equals(path) && vma.file().tryRetain()) {
                return vma.file();
            }
        }
        return null;
    }

    private String executablePath() {
        OpenFile file = mappedExecutable();
        if (file == null) {
            return process.executable();
        }
        try {
            return file.currentPath();
        } finally {
            file.release();
        }
    }

    private OpenFile executable() {
        OpenFile file = mappedExecutable();
        return file != null ? file : process.fs().open(null, process.executable(), OpenFlags.O_PATH, 0);
    }

    /** {@code task}. */
    private final class TaskList extends Node {

        TaskList(long inode) {
            super(inode, Stat.S_IFDIR | 0555);
        }

        @Override
        public Node child(FsContext.Owner caller, String name) {
            int tid = PidNames.parse(name);
            for (Task each : process.tasks()) {
                if (each.tid() == tid) {
                    return new ProcessDirectory(tree, process, each, inode() + ((long) tid << 32));
                }
            }
            return null;
        }

        @Override
        public List<Entry> entries(FsContext.Owner caller) {
            List<Entry> entries = new ArrayList<>();
            for (Task each : process.tasks()) {
                entries.add(new Entry(
                        Integer.toString(each.tid()), inode() + ((long) each.tid() << 32), Dirent.DT_DIR));
            }
            return entries;
        }
    }

    /** What belongs to another guest: it can be seen to be there, and no more. */
    private static final class Refused extends Node {

        Refused(long inode, int mode) {
            super(inode, mode);
        }

        @Override
        public Node child(FsContext.Owner caller, String name) {
            throw new ErrnoException(Errno.EACCES);
        }

        @Override
        public List<Entry> entries(FsContext.Owner caller) {
            throw new ErrnoException(Errno.EACCES);
        }

        @Override
        public String target(FsContext.Owner caller) {
            throw new ErrnoException(Errno.EACCES);
        }

        @Override
        public OpenFile jump(FsContext.Owner caller) {
            throw new ErrnoException(Errno.EACCES);
        }
    }
}
