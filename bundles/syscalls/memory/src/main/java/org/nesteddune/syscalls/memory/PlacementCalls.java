package org.nesteddune.syscalls.memory;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.Vma;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/**
 * On which memory nodes pages are (mm/mempolicy.c, mm/migrate.c). A guest's nodes are the host's: the policy of a task is that of
 * its host thread, which children inherit with the thread, and that of a mapping is that of the host's mapping.
 */
final class PlacementCalls {

    /** {@code MPOL_F_ADDR} of linux/mempolicy.h: the policy of the mapping at an address is asked for. */
    private static final long MPOL_F_ADDR = 2;

    /** {@code MPOL_F_NODE}: the node of the page there, instead of the policy. */
    private static final long MPOL_F_NODE = 1;

    /** The kernel looks at no set of nodes that is longer than a page. */
    private static final int MOST_NODES = 4096 * 8;

    /** Pages that {@link #movePages} asks the host about at a time. */
    private static final int CHUNK = 512;

    private PlacementCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.partial("mbind", "addr addr, ulong len, int mode, addr nodemask, ulong maxnode, hex flags",
                        "a fork's child does not inherit it", PlacementCalls::bind)
                .full("set_mempolicy", "int mode, addr nodemask, ulong maxnode", PlacementCalls::setPolicy)
                .full(
                        "get_mempolicy",
                        "addr mode, addr nodemask, ulong maxnode, addr addr, hex flags",
                        PlacementCalls::getPolicy)
                .errno("migrate_pages", "pid pid, ulong maxnode, addr old_nodes, addr new_nodes", Errno.ENOSYS,
                        "a process of the host has the pages of all guests")
                .partial(
                        "move_pages",
                        "pid pid, ulong count, addr pages, addr nodes, addr status, hex flags",
                        "EPERM for other processes",
                        PlacementCalls::movePages)
                .errno(
                        "set_mempolicy_home_node",
                        "addr start, ulong len, ulong home_node, hex flags",
                        Errno.ENOSYS,
                        "as a kernel before Linux 5.17");
    }

    /** The host's address of a set of nodes, of which the kernel reads or writes whole words. */
    private static long nodes(AddressSpace memory, long address, long count) {
        if (address == 0) {
            return 0;
        }
        boolean refused = count < 0 || count > MOST_NODES;
        return memory.host(address, refused ? 1 : (count + 63) / 64 * 8);
    }

    private static long setPolicy(Task task, SyscallArguments a) {
        long nodes = nodes(task.memory(), a.get(1), a.get(2));
        return task.hostThread()
                .change(thread -> Linux.call(SyscallNumbers.SYS_set_mempolicy, a.getInt(0), nodes, a.get(2)));
    }

    private static long getPolicy(Task task, SyscallArguments a) {
        AddressSpace memory = task.memory();
        long mode = a.get(0) == 0 ? 0 : memory.host(a.get(0), Integer.BYTES);
        long nodes = nodes(memory, a.get(1), a.get(2));
        long address = a.get(3);
        if ((a.get(4) & ~MPOL_F_NODE) == MPOL_F_ADDR) {
            if (memory.find(address) == null) {
                return -Errno.EFAULT;
            }
            address = memory.host(address, 1);
        }
        return Linux.call(SyscallNumbers.SYS_get_mempolicy, mode, nodes, a.get(2), address, a.get(4));
    }

    private static long bind(Task task, SyscallArguments a) {
        AddressSpace memory = task.memory();
        long start = a.get(0);
        long page = memory.pageSize();
        long length = a.get(1) + page - 1 & -page;
        if (start % page != 0 || Long.compareUnsigned(start + length, start) < 0) {
            return -Errno.EINVAL;
        }
        long nodes = nodes(memory, a.get(3), a.get(4));
        if (length == 0) {
            // What is wrong with the policy the host says even then.
            return Linux.call(SyscallNumbers.SYS_mbind, 0, 0, a.getInt(2), nodes, a.get(4), a.get(5));
        }
        for (long at = start; at < start + length; ) {
            Vma vma = memory.find(at);
            if (vma == null) {
                return -Errno.EFAULT;
            }
            at = vma.end();
        }
        return Linux.call(
                SyscallNumbers.SYS_mbind, memory.host(start, length), length, a.getInt(2), nodes, a.get(4), a.get(5));
    }

    private static long movePages(Task task, SyscallArguments a) {
        int pid = a.getInt(0);
        if (pid != 0 && pid != task.process().pid()) {
            return task.process().table().process(pid) == null ? -Errno.ESRCH : -Errno.EPERM;
        }
        long count = a.get(1);
        long missing = 0;
        try (NativeBuffer buffer = new NativeBuffer(CHUNK * 16)) {
            for (long done = 0; Long.compareUnsigned(done, count) < 0; ) {
                int now = (int) Math.min(CHUNK, count - done < 0 ? CHUNK : count - done);
                long result = movePages(task, a, done, now, buffer.address());
                if (result < 0) {
                    return result;
                }
                missing += result;
                done += now;
            }
        }
        return missing;
    }

    /** Moves some of the pages. The buffer has room for an address, a node and a status for each. */
    private static long movePages(Task task, SyscallArguments a, long done, int count, long buffer) {
        AddressSpace memory = task.memory();
        long nodes = a.get(3) == 0 ? 0 : buffer + CHUNK * 8L;
        long status = buffer + CHUNK * 12L;
        for (int i = 0; i < count; i++) {
            Memory.putLong(buffer + i * 8L, page(memory, memory.readLong(a.get(2) + (done + i) * 8)));
            if (nodes != 0) {
                Memory.putInt(nodes + i * 4L, memory.readInt(a.get(3) + (done + i) * 4));
            }
        }
        long result = Linux.call(SyscallNumbers.SYS_move_pages, 0, count, buffer, nodes, status, a.getInt(5));
        for (int i = 0; result >= 0 && i < count; i++) {
            memory.writeInt(a.get(4) + (done + i) * 4, Memory.getInt(status + i * 4L));
        }
        return result;
    }

    /** The host's address of a page; one where nothing ever is for what the guest has not mapped. */
    private static long page(AddressSpace memory, long address) {
        try {
            return memory.find(address) == null ? 0 : memory.host(address, 1);
        } catch (GuestFault outside) {
            return 0;
        }
    }
}
