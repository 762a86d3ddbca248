package org.nesteddune.internal.proc;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.Node;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Dirent;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Stat;

/**
 * A guest's {@code /proc}: its processes are the guests of this runtime, its other files are those of the host's that
 * say nothing about processes and can do no harm, for reading only. Everything else is not there.
 */
public final class ProcTree extends Node {

    /** {@code PROC_ROOT_INO} of {@code linux/proc_ns.h}. */
    private static final int ROOT = 1;

    private static final int SELF = 2;
    private static final int THREAD_SELF = 3;
    private static final int MOUNTS = 4;
    private static final int NET = 5;
    private static final int PROCESSORS = 6;

    /** Inode numbers of the tree's parts, far enough apart. */
    private static final long HOST = 1L << 32;

    private static final long PROCESSES = 1L << 40;

    private static final Set<String> FILES = sorted("buddyinfo", "cgroups", "cmdline", "consoles", "cpuinfo", "crypto",
            "devices", "diskstats", "dma", "filesystems", "interrupts", "ioports", "loadavg", "meminfo", "misc",
            "modules", "partitions", "softirqs", "stat", "swaps", "uptime", "version", "vmstat", "zoneinfo");

    private static final Set<String> KERNEL = sorted("acct", "arch", "bootloader_type", "bootloader_version",
            "cap_last_cap", "core_pattern", "core_pipe_limit", "core_uses_pid", "ctrl-alt-del", "dmesg_restrict",
            "domainname", "hostname", "io_uring_disabled", "kptr_restrict", "max_lock_depth", "ngroups_max",
            "numa_balancing", "osrelease", "ostype", "overflowgid", "overflowuid", "panic",
            "perf_event_max_sample_rate", "perf_event_mlock_kb", "perf_event_paranoid", "pid_max", "printk",
            "randomize_va_space", "sched_autogroup_enabled", "sched_child_runs_first", "sched_rr_timeslice_ms",
            "sched_rt_period_us", "sched_rt_runtime_us", "soft_watchdog", "sysrq", "tainted",
            "threads-max", "timer_migration", "unprivileged_bpf_disabled", "version", "watchdog");

    private static final Set<String> VM = sorted("admin_reserve_kbytes", "compact_unevictable_allowed",
            "dirty_background_bytes", "dirty_background_ratio", "dirty_bytes", "dirty_expire_centisecs", "dirty_ratio",
            "dirty_writeback_centisecs", "laptop_mode", "max_map_count", "min_free_kbytes", "mmap_min_addr",
            "mmap_rnd_bits", "nr_hugepages", "nr_overcommit_hugepages", "oom_dump_tasks", "oom_kill_allocating_task",
            "overcommit_kbytes", "overcommit_memory", "overcommit_ratio", "page-cluster", "panic_on_oom", "swappiness",
            "user_reserve_kbytes", "vfs_cache_pressure", "watermark_scale_factor", "zone_reclaim_mode");

    private static final Set<String> FS = sorted("aio-max-nr", "aio-nr", "dentry-state", "dir-notify-enable",
            "file-max", "file-nr", "inode-nr", "inode-state", "lease-break-time", "leases-enable", "mount-max", "nr_open",
            "overflowgid", "overflowuid", "pipe-max-size", "pipe-user-pages-hard", "pipe-user-pages-soft",
            "protected_fifos", "protected_hardlinks", "protected_regular", "protected_symlinks", "suid_dumpable");

    private static final Set<String> NETWORK = sorted("arp", "dev", "dev_mcast", "fib_trie", "fib_triestat", "if_inet6",
            "igmp", "igmp6", "ipv6_route", "netlink", "netstat", "packet", "protocols", "ptype", "raw", "raw6", "route",
            "rt6_stats", "rt_cache", "snmp", "snmp6", "sockstat", "sockstat6", "softnet_stat", "tcp", "tcp6", "udp",
            "udp6", "udplite", "udplite6", "unix", "wireless");

    private static final Set<String> NET_CORE = sorted("netdev_max_backlog", "optmem_max", "rmem_default", "rmem_max",
            "somaxconn", "wmem_default", "wmem_max");

    private static final Set<String> NET_IPV4 = sorted("icmp_echo_ignore_all", "ip_default_ttl", "ip_forward",
            "ip_local_port_range", "ip_nonlocal_bind", "ip_unprivileged_port_start", "ping_group_range",
            "tcp_available_congestion_control", "tcp_congestion_control", "tcp_fastopen", "tcp_fin_timeout",
            "tcp_keepalive_intvl", "tcp_keepalive_probes", "tcp_keepalive_time", "tcp_max_syn_backlog", "tcp_mem",
            "tcp_rmem", "tcp_syncookies", "tcp_timestamps", "tcp_tw_reuse", "tcp_window_scaling", "tcp_wmem");

    private final long device;
    private final String root;
    private final HostDirectory host;
    private final Node network;

    /**
     * @param device the device number that its files show
     * @param root the host directory that is the guest's root, canonical; for the table of mounts
     */
    public ProcTree(long device, String root) {
        super(ROOT, Stat.S_IFDIR | 0555);
        this.device = device;
        this.root = root;
        // The host's own link /proc/net goes by way of the asking thread.
        network = new HostDirectory(HOST + (1L << 36), "/proc/" + ProcessHandle.current().pid() + "/net", NETWORK,
                Map.of());
        IpcFiles ipc = new IpcFiles(device, HOST + (1L << 35));
        host = new HostDirectory(HOST, "/proc", FILES, Map.of("sys", sysctl(ipc), "sysvipc", ipc.objects()));
    }

    private static Set<String> sorted(String... names) {
        return java.util.Collections.unmodifiableSet(new TreeSet<>(List.of(names)));
    }

    private static Node sysctl(IpcFiles ipc) {
        long[] next = {HOST + (1L << 34)};
        Map<String, Node> kernel = new TreeMap<>(ipc.kernelLimits());
        kernel.put("random", directory(next, "/kernel/random",
                sorted("boot_id", "entropy_avail", "poolsize", "uuid"), Map.of()));
        kernel.put("seccomp", directory(next, "/kernel/seccomp", sorted("actions_avail"), Map.of()));
        kernel.put("yama", directory(next, "/kernel/yama", sorted("ptrace_scope"), Map.of()));
        return directory(next, "", Set.of(), Map.of(
                "kernel", directory(next, "/kernel", KERNEL, kernel),
                "vm", directory(next, "/vm", VM, Map.of()),
                "fs", directory(next, "/fs", FS, Map.of(
                        "mqueue", ipc.queueLimits(),
                        "epoll", directory(next, "/fs/epoll", sorted("max_user_watches"), Map.of()),
                        "inotify", directory(next, "/fs/inotify",
                                sorted("max_queued_events", "max_user_instances", "max_user_watches"), Map.of()))),
                "net", directory(next, "/net", Set.of(), Map.of(
                        "core", directory(next, "/net/core", NET_CORE, Map.of()),
                        "ipv4", directory(next, "/net/ipv4", NET_IPV4, Map.of())))));
    }

    private static Node directory(long[] next, String path, Set<String> files, Map<String, Node> directories) {
        next[0] += 1L << 26;
        return new HostDirectory(next[0], "/proc/sys" + path, files, directories);
    }

    /** A directory that all look at as their own. */
    Node network() {
        return network;
    }

    long device() {
        return device;
    }

    /** The host directory that is the guest's root. */
    String root() {
        return root;
    }

    @Override
    public Node child(FsContext.Owner caller, String name) {
        Process self = caller.process();
        switch (name) {
            case "self":
                return self == null ? null : new Link(SELF, Integer.toString(self.pid()));
            case "thread-self":
                Task task = caller.currentTask();
                return task == null ? null : new Link(THREAD_SELF, task.process().pid() + "/task/" + task.tid());
            case "mounts":
                return new Link(MOUNTS, "self/mounts");
            case "net":
                return new Link(NET, "self/net");
            case "cpuinfo":
                return processors(caller, self);
            default:
                int pid = PidNames.parse(name);
                return pid < 0 ? host.child(caller, name) : process(self, pid);
        }
    }

    /** The host's for an architecture that is the host's. */
    private Node processors(FsContext.Owner caller, Process self) {
        String text = self == null
                ? null
                : self.architecture().processorInfo(Runtime.getRuntime().availableProcessors());
        return text == null ? host.child(caller, "cpuinfo") : TextNode.text(PROCESSORS, device, () -> text);
    }

    private Node process(Process self, int id) {
        if (self == null) {
            return null;
        }
        Process process = self.table().process(id);
        if (process != null) {
            return new ProcessDirectory(this, process, null, inode(id));
        }
        // A thread's number leads to its process too, though it is not listed.
        Task task = self.table().task(id);
        return task == null ? null : new ProcessDirectory(this, task.process(), task, inode(id));
    }

    private static long inode(int id) {
        return PROCESSES + ((long) id << 24);
    }

    @Override
    public List<Entry> entries(FsContext.Owner caller) {
        List<Entry> entries = new ArrayList<>(host.entries(caller));
        Process self = caller.process();
        if (self != null) {
            entries.add(new Entry("self", SELF, Dirent.DT_LNK));
            entries.add(new Entry("thread-self", THREAD_SELF, Dirent.DT_LNK));
            entries.add(new Entry("mounts", MOUNTS, Dirent.DT_LNK));
            entries.add(new Entry("net", NET, Dirent.DT_LNK));
            for (Process process : self.table().processes()) {
                entries.add(new Entry(Integer.toString(process.pid()), inode(process.pid()), Dirent.DT_DIR));
            }
        }
        return entries;
    }

    @Override
    public int creationError() {
        return Errno.ENOENT;
    }
}
