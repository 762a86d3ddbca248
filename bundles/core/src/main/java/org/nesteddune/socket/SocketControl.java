package org.nesteddune.socket;

import static org.nesteddune.host.SyscallNumbers.SYS_ioctl;

import org.nesteddune.fs.GuestRange;
import org.nesteddune.fs.IoContext;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ioctl;

/**
 * The {@code ioctl}s of sockets. Guests may ask about the host's network interfaces and not change them. Stateless.
 */
final class SocketControl {

    /** Bytes in {@code struct ifreq}, {@code struct ifconf} and {@code struct arpreq} ({@code linux/if.h}, if_arp.h). */
    private static final int IFREQ = 40;

    private static final int IFCONF = 16;
    private static final int ARPREQ = 68;

    private static final int TIMESPEC = 16;

    private SocketControl() {}

    static long ioctl(IoContext io, int descriptor, int command, long argument) {
        switch (command) {
            case Ioctl.FIONREAD, Ioctl.TIOCOUTQ, Ioctl.SIOCATMARK, Ioctl.SIOCOUTQNSD:
                return call(io, descriptor, command, argument, Integer.BYTES);
            case Ioctl.SIOCGSTAMP, Ioctl.SIOCGSTAMPNS, Ioctl.SIOCGSTAMP_NEW, Ioctl.SIOCGSTAMPNS_NEW:
                return call(io, descriptor, command, argument, TIMESPEC);
            case Ioctl.SIOCGIFNAME, Ioctl.SIOCGIFFLAGS, Ioctl.SIOCGIFADDR, Ioctl.SIOCGIFDSTADDR,
                    Ioctl.SIOCGIFBRDADDR, Ioctl.SIOCGIFNETMASK, Ioctl.SIOCGIFMETRIC, Ioctl.SIOCGIFMTU,
                    Ioctl.SIOCGIFHWADDR, Ioctl.SIOCGIFINDEX, Ioctl.SIOCGIFPFLAGS, Ioctl.SIOCGIFTXQLEN,
                    Ioctl.SIOCGIFMAP:
                return call(io, descriptor, command, argument, IFREQ);
            case Ioctl.SIOCGARP:
                return call(io, descriptor, command, argument, ARPREQ);
            case Ioctl.SIOCGIFCONF:
                return interfaces(io, descriptor, argument);
            case Ioctl.SIOCSIFLINK, Ioctl.SIOCSIFFLAGS, Ioctl.SIOCSIFADDR, Ioctl.SIOCSIFDSTADDR,
                    Ioctl.SIOCSIFBRDADDR, Ioctl.SIOCSIFNETMASK, Ioctl.SIOCSIFMETRIC, Ioctl.SIOCSIFMTU,
                    Ioctl.SIOCSIFNAME, Ioctl.SIOCSIFHWADDR, Ioctl.SIOCSIFTXQLEN, Ioctl.SIOCADDMULTI,
                    Ioctl.SIOCDELMULTI, Ioctl.SIOCADDRT, Ioctl.SIOCDELRT, Ioctl.SIOCSARP, Ioctl.SIOCDARP:
                io.memory().readTo(argument, io.scratch(), IFREQ); // a bad address is told first
                return -Errno.EPERM;
            case Ioctl.SIOCETHTOOL:
                return -Errno.EOPNOTSUPP; // as a device that knows none of it; its data hides behind a pointer
            default:
                return -Errno.ENOTTY;
        }
    }

    private static long call(IoContext io, int descriptor, int command, long argument, int size) {
        return io.blockingCall(SYS_ioctl, descriptor, command & 0xffffffffL, io.memory().host(argument, size), 0, 0, 0);
    }

    /** {@code struct ifconf}: length at 0 (32 bits), the buffer's address at 8. */
    private static long interfaces(IoContext io, int descriptor, long argument) {
        long scratch = io.scratch();
        io.memory().readTo(argument, scratch, IFCONF);
        int length = Memory.getInt(scratch);
        long buffer = Memory.getLong(scratch + 8);
        if (buffer != 0 && length > 0) {
            int usable = (int) GuestRange.clip(io.memory(), buffer, length);
            Memory.putInt(scratch, usable);
            Memory.putLong(scratch + 8, io.memory().host(buffer, usable));
        }
        long result = Linux.ioctl(descriptor, Ioctl.SIOCGIFCONF, scratch);
        if (result == 0) {
            io.memory().writeInt(argument, Memory.getInt(scratch));
        }
        return result;
    }
}
