package org.nesteddune.syscalls.memory;

import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.Syscall;

/** Calls about memory nodes, of which a guest has one: as a kernel without CONFIG_NUMA answers them. */
final class PlacementCalls {

    private static final String NOTE = "a guest has no NUMA nodes";

    private PlacementCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.errno("mbind", "addr addr, ulong len, int mode, addr nodemask, ulong maxnode, hex flags", Errno.ENOSYS, NOTE)
                .errno("set_mempolicy", "int mode, addr nodemask, ulong maxnode", Errno.ENOSYS, NOTE)
                .errno(
                        "get_mempolicy",
                        "addr mode, addr nodemask, ulong maxnode, addr addr, hex flags",
                        Errno.ENOSYS,
                        NOTE)
                .errno("migrate_pages", "pid pid, ulong maxnode, addr old_nodes, addr new_nodes", Errno.ENOSYS, NOTE)
                .errno(
                        "move_pages",
                        "pid pid, ulong count, addr pages, addr nodes, addr status, hex flags",
                        Errno.ENOSYS,
                        NOTE)
                .errno(
                        "set_mempolicy_home_node",
                        "addr start, ulong len, ulong home_node, hex flags",
                        Errno.ENOSYS,
                        NOTE);
    }
}
