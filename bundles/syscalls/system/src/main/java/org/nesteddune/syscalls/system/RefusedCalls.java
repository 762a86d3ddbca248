package org.nesteddune.syscalls.system;

import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.Syscall;

/** Calls that a Linux in a container refuses, or that a kernel without the feature does not have. */
final class RefusedCalls {

    private static final String HOST = "belongs to the host";
    private static final String OLD = "gone from current kernels";
    private static final String NOT_BUILT = "as a kernel built without it";

    private RefusedCalls() {
    }

    static void addTo(Syscall.Table table) {
        host(table);
        kernelFeatures(table);
        historic(table);
    }

    private static void host(Syscall.Table table) {
        table.errno("sethostname", "str name, int len", Errno.EPERM, HOST)
                .errno("setdomainname", "str name, int len", Errno.EPERM, HOST)
                .errno("syslog", "int type, addr buf, int len", Errno.EPERM, HOST)
                .errno("reboot", "hex magic1, hex magic2, hex cmd, addr arg", Errno.EPERM, HOST)
                .errno("kexec_load", "hex entry, ulong nr_segments, addr segments, hex flags", Errno.EPERM, HOST)
                .errno("kexec_file_load", "fd kernel_fd, fd initrd_fd, ulong cmdline_len, addr cmdline, hex flags",
                        Errno.EPERM, HOST)
                .errno("init_module", "addr module_image, size len, addr param_values", Errno.EPERM, HOST)
                .errno("finit_module", "fd fd, addr param_values, hex flags", Errno.EPERM, HOST)
                .errno("delete_module", "addr name, hex flags", Errno.EPERM, HOST)
                .errno("swapon", "addr specialfile, hex swap_flags", Errno.EPERM, HOST)
                .errno("swapoff", "addr specialfile", Errno.EPERM, HOST)
                .errno("acct", "addr name", Errno.EPERM, HOST)
                .errno("quotactl", "hex cmd, addr special, int id, addr addr", Errno.EPERM, HOST)
                .errno("quotactl_fd", "fd fd, hex cmd, int id, addr addr", Errno.EPERM, HOST)
                .errno("vhangup", "", Errno.EPERM, HOST)
                .errno("bpf", "int cmd, addr attr, uint size", Errno.EPERM, HOST)
                .errno("perf_event_open", "addr attr, pid pid, int cpu, fd group_fd, hex flags", Errno.EPERM, HOST)
                .errno("lookup_dcookie", "ulong cookie, addr buf, size len", Errno.EPERM, HOST)
                .errno("fanotify_init", "hex flags, hex event_f_flags", Errno.EPERM, HOST)
                .errno("fanotify_mark", "fd fanotify_fd, hex flags, hex mask, dirfd dirfd, addr pathname",
                        Errno.EPERM, HOST)
                .errno("open_by_handle_at", "fd mount_fd, addr handle, hex flags", Errno.EPERM, HOST)
                .errno("userfaultfd", "hex flags", Errno.EPERM, HOST);
    }

    private static void kernelFeatures(Syscall.Table table) {
        table.errno("keyctl", "int cmd, hex arg2, hex arg3, hex arg4, hex arg5", Errno.ENOSYS, NOT_BUILT)
                .errno("add_key", "addr type, addr description, addr payload, size plen, int ringid",
                        Errno.ENOSYS, NOT_BUILT)
                .errno("request_key", "addr type, addr description, addr callout_info, int destringid",
                        Errno.ENOSYS, NOT_BUILT)
                .errno("io_uring_setup", "uint entries, addr p", Errno.ENOSYS, NOT_BUILT)
                .errno("io_uring_enter",
                        "fd fd, uint to_submit, uint min_complete, hex flags, addr argp, size argsz",
                        Errno.ENOSYS, NOT_BUILT)
                .errno("io_uring_register", "fd fd, uint opcode, addr arg, uint nr_args", Errno.ENOSYS, NOT_BUILT)
                .errno("landlock_create_ruleset", "addr attr, size size, hex flags", Errno.ENOSYS, NOT_BUILT)
                .errno("landlock_add_rule", "fd ruleset_fd, int rule_type, addr rule_attr, hex flags",
                        Errno.ENOSYS, NOT_BUILT)
                .errno("landlock_restrict_self", "fd ruleset_fd, hex flags", Errno.ENOSYS, NOT_BUILT)
                .errno("lsm_get_self_attr", "uint attr, addr ctx, addr size, hex flags", Errno.ENOSYS, NOT_BUILT)
                .errno("lsm_set_self_attr", "uint attr, addr ctx, uint size, hex flags", Errno.ENOSYS, NOT_BUILT)
                .errno("lsm_list_modules", "addr ids, addr size, hex flags", Errno.ENOSYS, NOT_BUILT)
                .errno("map_shadow_stack", "addr addr, size size, hex flags", Errno.ENOSYS, NOT_BUILT)
                .errno("nfsservctl", "int cmd, addr argp, addr resp", Errno.ENOSYS, OLD);
    }

    private static void historic(Syscall.Table table) {
        table.errno("sysfs", "int option, hex arg1, hex arg2", Errno.ENOSYS, NOT_BUILT)
                .errno("uselib", "addr library", Errno.ENOSYS, NOT_BUILT)
                .errno("ustat", "hex dev, addr ubuf", Errno.ENOSYS, NOT_BUILT)
                .errno("_sysctl", "addr args", Errno.ENOSYS, OLD)
                .errno("create_module", "addr name, size size", Errno.ENOSYS, OLD)
                .errno("get_kernel_syms", "addr table", Errno.ENOSYS, OLD)
                .errno("query_module", "addr name, int which, addr buf, size bufsize, addr ret", Errno.ENOSYS, OLD)
                .errno("afs_syscall", "", Errno.ENOSYS, OLD)
                .errno("tuxcall", "", Errno.ENOSYS, OLD)
                .errno("security", "", Errno.ENOSYS, OLD)
                .errno("vserver", "", Errno.ENOSYS, OLD)
                .errno("getpmsg", "", Errno.ENOSYS, OLD)
                .errno("putpmsg", "", Errno.ENOSYS, OLD)
                .errno("epoll_ctl_old", "", Errno.ENOSYS, OLD)
                .errno("epoll_wait_old", "", Errno.ENOSYS, OLD);
    }
}
