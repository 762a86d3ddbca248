package org.nesteddune.syscalls.sockets;

import static org.nesteddune.host.SyscallNumbers.SYS_getsockopt;
import static org.nesteddune.host.SyscallNumbers.SYS_setsockopt;

import org.nesteddune.fs.GuestRange;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Socket;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.socket.PeerCredentials;
import org.nesteddune.socket.SocketFile;
import org.nesteddune.socket.UnixSocket;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/**
 * {@code setsockopt} and {@code getsockopt}. Options are the host's, read and written in the guest's memory by the host's
 * kernel, but for those that tell who somebody is, and those that have pointers or descriptors in them.
 */
final class OptionCalls {

    /** Bytes in {@code struct sock_fprog} ({@code linux/filter.h}): length at 0 (16 bits), address at 8; an instruction. */
    private static final int SOCK_FPROG = 16;

    private static final int INSTRUCTION = 8;

    /** BPF_MAXINSNS of {@code linux/bpf_common.h}. */
    private static final int MOST_INSTRUCTIONS = 4096;

    /** Bytes in {@code struct ucred} and {@code struct linger}. */
    private static final int UCRED = 12;

    private static final int LINGER = 8;

    /** SO_ORIGINAL_DST of {@code linux/netfilter_ipv4.h}, the one harmless option of netfilter. */
    private static final int SO_ORIGINAL_DST = 80;

    /** Where netfilter's options begin ({@code IPT_BASE_CTL}), whose tables have pointers in them. */
    private static final int NETFILTER = 64;

    /** The last of IPv6's that are netfilter's (IP6T_SO_SET_ADD_COUNTERS), and two more that only ask. */
    private static final int IP6T_LAST = 65;

    private static final int IP6T_MATCH = 68;
    private static final int IP6T_TARGET = 69;

    /** PACKET_FANOUT_DATA of {@code linux/if_packet.h}: a program by its address. */
    private static final int PACKET_FANOUT_DATA = 22;

    private static final String LIMITS =
            "no TCP_ZEROCOPY_RECEIVE, no tables of netfilter, no SO_PASSPIDFD";

    private OptionCalls() {}

    static void addTo(Syscall.Table table) {
        table.partial("setsockopt", "fd fd, enum:sol level, int optname, inbuf:optlen optval, int optlen", LIMITS,
                        OptionCalls::setsockopt)
                .partial("getsockopt", "fd fd, enum:sol level, int optname, out:sockopt optval, inout:int optlen",
                        LIMITS, OptionCalls::getsockopt);
    }

    /** 0 if the host may be asked for the option, otherwise the error. */
    private static int refusal(SocketFile socket, int level, int option, boolean set) {
        if (level == Socket.SOL_SOCKET) {
            return 0;
        }
        if (socket.domain() == Socket.AF_UNIX) {
            return Errno.EOPNOTSUPP;
        }
        boolean passes = switch (level) {
            case Socket.SOL_IP -> option < NETFILTER || !set && option == SO_ORIGINAL_DST;
            case Socket.SOL_IPV6 -> option < NETFILTER
                    || option > IP6T_LAST && (set || option != IP6T_MATCH && option != IP6T_TARGET);
            case Socket.SOL_TCP -> option != Socket.TCP_ZEROCOPY_RECEIVE;
            case Socket.SOL_PACKET -> option != PACKET_FANOUT_DATA;
            default -> true;
        };
        return passes ? 0 : Errno.ENOPROTOOPT;
    }

    private static long setsockopt(Task task, SyscallArguments a) {
        SocketFile socket = Sockets.get(task, a.getInt(0));
        try {
            int level = task.architecture().abi().socketLevelFromGuest(a.getInt(1));
            int option = task.architecture().abi().socketOptionFromGuest(level, a.getInt(2));
            long value = a.get(3);
            int length = a.getInt(4);
            if (length < 0) {
                return -Errno.EINVAL;
            }
            Granted.checkOption(task, level, option, false);
            int refusal = refusal(socket, level, option, true);
            if (refusal != 0) {
                return -refusal;
            }
            if (level == Socket.SOL_SOCKET) {
                switch (option) {
                    case Socket.SO_ATTACH_FILTER, Socket.SO_ATTACH_REUSEPORT_CBPF:
                        return attach(task, socket, option, value, length);
                    case Socket.SO_ATTACH_BPF, Socket.SO_ATTACH_REUSEPORT_EBPF:
                        return attachProgram(task, value, length);
                    case Socket.SO_PASSPIDFD, Socket.SO_PEERPIDFD:
                        return -Errno.ENOPROTOOPT;
                    default:
                        break;
                }
            }
            long usable = length == 0 ? 0 : GuestRange.clip(task.memory(), value, length);
            long result = Linux.call(SYS_setsockopt, socket.hostDescriptor(), level, option,
                    task.memory().host(value, usable), usable);
            if (result == 0 && level == Socket.SOL_SOCKET) {
                note(task, socket, option);
            }
            return result;
        } finally {
            socket.release();
        }
    }

    /** Remembers what dune has to know of itself, as the host has understood it. */
    private static void note(Task task, SocketFile socket, int option) {
        long scratch = task.scratch();
        switch (option) {
            case Socket.SO_PASSCRED:
                if (socket.unix() != null) {
                    socket.unix().passesCredentials(ask(socket, option, scratch, Integer.BYTES)
                            && Memory.getInt(scratch + 8) != 0);
                }
                break;
            case Socket.SO_LINGER: // struct linger: l_onoff, l_linger
                socket.lingers(ask(socket, option, scratch, LINGER)
                        && Memory.getInt(scratch + 8) != 0
                        && Memory.getInt(scratch + 12) != 0);
                break;
            default:
                break;
        }
    }

    /** Asks the host for an option; the answer is at offset 8. */
    private static boolean ask(SocketFile socket, int option, long scratch, int size) {
        Memory.putInt(scratch, size);
        return Linux.call(SYS_getsockopt, socket.hostDescriptor(), Socket.SOL_SOCKET, option, scratch + 8, scratch)
                == 0;
    }

    /** Attaches a program of classic BPF, whose instructions are elsewhere in the guest's memory. */
    private static long attach(Task task, SocketFile socket, int option, long value, int length) {
        if (length != SOCK_FPROG) {
            return -Errno.EINVAL;
        }
        GuestMemory memory = task.memory();
        int count = memory.readShort(value) & 0xffff;
        long program = memory.readLong(value + 8);
        if (count == 0 || count > MOST_INSTRUCTIONS) {
            return -Errno.EINVAL;
        }
        long scratch = task.scratch();
        Memory.putLong(scratch, count);
        Memory.putLong(scratch + 8, memory.host(program, (long) count * INSTRUCTION));
        return Linux.call(SYS_setsockopt, socket.hostDescriptor(), Socket.SOL_SOCKET, option, scratch, SOCK_FPROG);
    }

    /** Guests have no descriptors of BPF programs: any that is open is something else. */
    private static long attachProgram(Task task, long value, int length) {
        if (length != Integer.BYTES) {
            return -Errno.EINVAL;
        }
        return task.descriptors().isOpen(task.memory().readInt(value)) ? -Errno.EINVAL : -Errno.EBADF;
    }

    private static long getsockopt(Task task, SyscallArguments a) {
        SocketFile socket = Sockets.get(task, a.getInt(0));
        try {
            int level = task.architecture().abi().socketLevelFromGuest(a.getInt(1));
            int option = task.architecture().abi().socketOptionFromGuest(level, a.getInt(2));
            long value = a.get(3);
            int length = task.memory().readInt(a.get(4));
            int refusal = refusal(socket, level, option, false);
            if (refusal != 0) {
                return -refusal;
            }
            if (length < 0) {
                return -Errno.EINVAL;
            }
            if (level == Socket.SOL_SOCKET) {
                UnixSocket unix = socket.unix();
                switch (option) {
                    case Socket.SO_PEERCRED:
                        return peerCredentials(task, socket, value, length, a.get(4));
                    case Socket.SO_PEERGROUPS:
                        if (unix != null && unix.peer() != null) {
                            return peerGroups(task, unix.peer(), value, length, a.get(4));
                        }
                        break;
                    case Socket.SO_PASSPIDFD, Socket.SO_PEERPIDFD:
                        return -Errno.ENOPROTOOPT;
                    case Socket.SO_TYPE:
                        return type(task, socket, value, length, a.get(4));
                    default:
                        break;
                }
            }
            // A filter is asked for by its length in instructions.
            boolean instructions = level == Socket.SOL_SOCKET && option == Socket.SO_ATTACH_FILTER;
            long size = instructions ? Math.min(length, MOST_INSTRUCTIONS) * (long) INSTRUCTION : length;
            long usable = size == 0 ? 0 : GuestRange.clip(task.memory(), value, size);
            long scratch = task.scratch();
            Memory.putInt(scratch, (int) (instructions ? usable / INSTRUCTION : usable));
            long result = Linux.call(SYS_getsockopt, socket.hostDescriptor(), level, option,
                    task.memory().host(value, usable), scratch);
            if (result >= 0) {
                task.memory().writeInt(a.get(4), Memory.getInt(scratch));
            }
            return result;
        } finally {
            socket.release();
        }
    }

    private static long type(Task task, SocketFile socket, long value, int length, long lengthAddress) {
        Memory.putInt(task.scratch(), task.architecture().abi().socketTypeToGuest(socket.socketType()));
        return answer(task, Integer.BYTES, value, length, lengthAddress);
    }

    /** Copies the start of the scratch area out, as far as there is room. */
    private static long answer(Task task, int size, long value, int length, long lengthAddress) {
        int count = Math.min(size, length);
        if (count > 0) {
            task.memory().writeFrom(value, task.scratch(), count);
        }
        task.memory().writeInt(lengthAddress, count);
        return 0;
    }

    /** Who is at the other end; of strangers only the ids, since their pids are of another namespace. */
    private static long peerCredentials(
            Task task, SocketFile socket, long value, int length, long lengthAddress) {
        long scratch = task.scratch();
        PeerCredentials peer = socket.unix() == null ? null : socket.unix().peer();
        if (peer == null) {
            Memory.putInt(scratch + UCRED, UCRED);
            long result = Linux.call(SYS_getsockopt, socket.hostDescriptor(), Socket.SOL_SOCKET, Socket.SO_PEERCRED,
                    scratch, scratch + UCRED);
            if (result < 0) {
                return result;
            }
            Memory.putInt(scratch, 0);
        } else {
            Memory.putInt(scratch, peer.pid());
            Memory.putInt(scratch + 4, peer.uid());
            Memory.putInt(scratch + 8, peer.gid());
        }
        return answer(task, UCRED, value, length, lengthAddress);
    }

    private static long peerGroups(Task task, PeerCredentials peer, long value, int length, long lengthAddress) {
        int needed = peer.groups().size() * Integer.BYTES;
        task.memory().writeInt(lengthAddress, needed);
        if (length < needed) {
            return -Errno.ERANGE;
        }
        for (int i = 0; i < peer.groups().size(); i++) {
            task.memory().writeInt(value + (long) i * Integer.BYTES, peer.groups().get(i));
        }
        return 0;
    }
}
