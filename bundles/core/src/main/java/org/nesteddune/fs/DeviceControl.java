package org.nesteddune.fs;

import static org.nesteddune.host.SyscallNumbers.SYS_ioctl;

import org.nesteddune.arch.GuestAbi;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ioctl;

/**
 * The {@code ioctl}s that reach the host, each with the size of what its argument points to, so that the kernel is only
 * ever given guest memory. Everything else is ENOTTY, as for a device that does not know the command. Job control is
 * {@link TerminalFile}'s. Stateless.
 */
final class DeviceControl {

    /** RNDGETENTCNT of {@code linux/random.h}. */
    private static final int RNDGETENTCNT = 0x80045200;

    /** Bytes in the kernel's {@code struct termio}, {@code termios}, {@code termios2} and {@code winsize}. */
    private static final int TERMIO = 18;
    private static final int TERMIOS = 36;
    private static final int TERMIOS2 = 44;
    private static final int WINSIZE = 8;

    /** Bytes in {@code struct file_clone_range} and {@code struct fsxattr} of {@code linux/fs.h}. */
    private static final int CLONE_RANGE = 32;
    private static final int FSXATTR = 28;

    private static final int INT = 4;
    private static final int LONG = 8;

    private DeviceControl() {}

    static long ioctl(IoContext io, int descriptor, int command, long argument) {
        switch (command) {
            case Ioctl.TIOCSTI:
                return -Errno.EIO; // as since Linux 6.2 without dev.tty.legacy_tiocsti
            case Ioctl.TCSBRK, Ioctl.TCSBRKP, Ioctl.TCXONC, Ioctl.TCFLSH, Ioctl.TIOCEXCL, Ioctl.TIOCNXCL,
                    Ioctl.TIOCSBRK, Ioctl.TIOCCBRK:
                return io.blockingCall(SYS_ioctl, descriptor, number(command), argument, 0, 0, 0);
            case Ioctl.FICLONE:
                return cloneFile(io, descriptor, argument);
            case Ioctl.FICLONERANGE:
                return cloneRange(io, descriptor, argument);
            default:
                int size = size(command);
                if (size < 0) {
                    return -Errno.ENOTTY;
                }
                if ((size == TERMIOS || size == TERMIOS2) && io instanceof Task task
                        && task.architecture().abi().terminalSettingsSize(size == TERMIOS2) != 0) {
                    return settings(task, descriptor, command, argument, size);
                }
                return io.blockingCall(
                        SYS_ioctl, descriptor, number(command), io.memory().host(argument, size), 0, 0, 0);
        }
    }

    /** Settings of a terminal, for a guest that has other ones. */
    private static long settings(Task task, int descriptor, int command, long argument, int size) {
        GuestAbi abi = task.architecture().abi();
        boolean speeds = size == TERMIOS2;
        boolean asks = command == Ioctl.TCGETS || command == Ioctl.TCGETS2;
        byte[] own = new byte[abi.terminalSettingsSize(speeds)];
        if (!asks) {
            task.memory().read(argument, own, 0, own.length);
            byte[] generic = abi.terminalSettingsFromGuest(own, speeds);
            for (int i = 0; i < size; i++) {
                Memory.putByte(task.scratch() + i, generic[i]);
            }
        }
        long result = task.blockingCall(SYS_ioctl, descriptor, number(command), task.scratch(), 0, 0, 0);
        if (asks && result == 0) {
            byte[] generic = new byte[size];
            for (int i = 0; i < size; i++) {
                generic[i] = Memory.getByte(task.scratch() + i);
            }
            task.memory().write(argument, abi.terminalSettingsToGuest(generic, speeds), 0, own.length);
        }
        return result;
    }

    private static long number(int command) {
        return command & 0xffffffffL;
    }

    /** Bytes that the command reads or writes at its argument; −1 for a command that is not passed on. */
    private static int size(int command) {
        return switch (command) {
            case Ioctl.TCGETS, Ioctl.TCSETS, Ioctl.TCSETSW, Ioctl.TCSETSF -> TERMIOS;
            case Ioctl.TCGETS2, Ioctl.TCSETS2, Ioctl.TCSETSW2, Ioctl.TCSETSF2 -> TERMIOS2;
            case Ioctl.TCGETA, Ioctl.TCSETA, Ioctl.TCSETAW, Ioctl.TCSETAF -> TERMIO;
            case Ioctl.TIOCGWINSZ, Ioctl.TIOCSWINSZ -> WINSIZE;
            case Ioctl.FIONREAD, Ioctl.TIOCOUTQ, Ioctl.TIOCMGET, Ioctl.TIOCMBIS, Ioctl.TIOCMBIC, Ioctl.TIOCMSET,
                    Ioctl.TIOCGSOFTCAR, Ioctl.TIOCPKT, Ioctl.TIOCGETD, Ioctl.TIOCGPTN, Ioctl.TIOCSPTLCK,
                    Ioctl.TIOCGPTLCK, Ioctl.TIOCGPKT, Ioctl.TIOCGEXCL, Ioctl.TIOCGDEV, Ioctl.FIGETBSZ,
                    Ioctl.BLKROGET, Ioctl.BLKSSZGET, Ioctl.BLKPBSZGET, Ioctl.FS_IOC_GETFLAGS, Ioctl.FS_IOC_SETFLAGS,
                    RNDGETENTCNT -> INT;
            case Ioctl.FIOQSIZE, Ioctl.BLKGETSIZE, Ioctl.BLKGETSIZE64, Ioctl.BLKBSZGET, Ioctl.BLKRAGET -> LONG;
            case Ioctl.FS_IOC_FSGETXATTR, Ioctl.FS_IOC_FSSETXATTR -> FSXATTR;
            default -> -1;
        };
    }

    private static long cloneFile(IoContext io, int descriptor, long source) {
        if (!(io instanceof Task task)) {
            return -Errno.ENOTTY;
        }
        OpenFile file = task.descriptors().get((int) source);
        try {
            int host = file.hostDescriptor();
            return host < 0 ? -Errno.EXDEV : Linux.ioctl(descriptor, number(Ioctl.FICLONE), host);
        } finally {
            file.release();
        }
    }

    private static long cloneRange(IoContext io, int descriptor, long argument) {
        if (!(io instanceof Task task)) {
            return -Errno.ENOTTY;
        }
        long scratch = io.scratch();
        io.memory().readTo(argument, scratch, CLONE_RANGE);
        OpenFile file = task.descriptors().get((int) Memory.getLong(scratch));
        try {
            int host = file.hostDescriptor();
            if (host < 0) {
                return -Errno.EXDEV;
            }
            Memory.putLong(scratch, host);
            return Linux.ioctl(descriptor, number(Ioctl.FICLONERANGE), scratch);
        } finally {
            file.release();
        }
    }
}
