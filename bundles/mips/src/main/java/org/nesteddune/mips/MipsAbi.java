package org.nesteddune.mips;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalFrames.AlternateStack;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalInfoLayout;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.host.Memory;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Resource;
import org.nesteddune.linux.Signal;
import org.nesteddune.memory.GuestMemory;

/**
 * The numbers and structures that n64 has for itself. Source: the headers of {@code arch/mips/include/uapi/asm}. Stateless, safe for
 * any thread.
 *
 * <pre>
 * struct stat                                              struct sigaction
 *   0 st_dev (4)  24 st_mode   40 st_rdev (4)  64 st_atime   0 sa_flags (4)
 *   4 (12)        28 st_nlink  44 (12)         72 st_mtime   8 sa_handler
 *  16 st_ino      32 st_uid    56 st_size      80 st_ctime  16 sa_mask (16)
 *                 36 st_gid                    88 st_blksize
 *                                              96 st_blocks      siginfo_t: si_code at 4, si_errno at 8
 * </pre>
 */
final class MipsAbi implements GuestAbi {

    private static final int STAT_SIZE = 104;
    private static final int SIGACTION_SIZE = 32;
    private static final int SET_SIZE = 16;

    /** A bit that no call knows. */
    private static final int UNKNOWN = 1 << 30;

    private static final int O_SYNC = 0x4000;
    private static final int GENERIC_O_SYNC = 0x10_0000;

    /** O_ACCMODE, O_DIRECTORY, O_NOFOLLOW, O_NOATIME, O_CLOEXEC, O_PATH, __O_TMPFILE; then from O_APPEND on. */
    private static final BitMap OPEN = new BitMap(
            0x3 | 0x10000 | 0x20000 | 0x40000 | 0x80000 | 0x20_0000 | 0x40_0000,
            0x8, 0x400, 0x10, 0x1000, 0x80, 0x800, 0x100, 0x40, 0x200, 0x200, 0x400, 0x80, 0x800, 0x100, 0x1000, 0x2000,
            0x2000, 0x8000, O_SYNC, GENERIC_O_SYNC, 0x8000, 0x4000);

    /** MAP_TYPE, MAP_FIXED, MAP_FIXED_NOREPLACE; then from MAP_NORESERVE on. */
    private static final BitMap MAP = new BitMap(
            0xf | 0x10 | 0x10_0000,
            0x400, 0x4000, 0x800, 0x20, 0x1000, 0x100, 0x2000, 0x800, 0x4000, 0x1000, 0x8000, 0x2000, 0x10000, 0x8000,
            0x20000, 0x10000, 0x40000, 0x20000, 0x80000, 0x40000);

    /** SA_NOCLDSTOP and those in the upper byte; SA_SIGINFO, SA_NOCLDWAIT. */
    private static final BitMap ACTION = new BitMap(0x1 | 0xf800_0000, 0x8, 0x4, 0x10000, 0x2);

    /** MIPS's numbers of signals 1 to 31, by generic number. */
    private static final byte[] SIGNALS = {
        0, 1, 2, 3, 4, 5, 6, 10, 8, 9, 16, 11, 17, 13, 14, 15, 7, 18, 25, 23, 24, 26, 27, 21, 30, 31, 28, 29, 20, 22, 19, 12
    };

    private static final byte[] GENERIC_SIGNALS = inverse(SIGNALS);
    private static final long STANDARD_SIGNALS = 0x7fff_ffffL;

    private static final int SOL_SOCKET = 0xffff;
    private static final int GENERIC_SOL_SOCKET = 1;
    private static final int SOCK_TYPE = 0xf;
    private static final int SOCK_DGRAM = 1;
    private static final int SOCK_STREAM = 2;

    /** Options of SOL_SOCKET: MIPS's number and the generic one, by turns. */
    private static final int[] OPTIONS = {
        0x0001, 1, 0x0004, 2, 0x1008, 3, 0x1007, 4, 0x0010, 5, 0x0020, 6, 0x1001, 7, 0x1002, 8, 0x0008, 9, 0x0100, 10,
        0x0080, 13, 0x0200, 15, 17, 16, 18, 17, 0x1004, 18, 0x1003, 19, 0x1006, 20, 0x1005, 21, 0x1009, 30, 30, 31, 31, 32,
        0x1028, 38, 0x1029, 39
    };

    private static final int POLLOUT = 0x4;
    private static final int POLLWRBAND = 0x100;
    private static final int GENERIC_POLLWRNORM = 0x100;
    private static final int GENERIC_POLLWRBAND = 0x200;

    private static final int IPC_64 = 0x100;

    // asm/siginfo.h: three codes have changed places.
    private static final int SI_ASYNCIO = -2;
    private static final int SI_TIMER = -3;
    private static final int SI_MESGQ = -4;
    private static final int GENERIC_MESGQ = -3;
    private static final int GENERIC_ASYNCIO = -4;

    private static final int CODE = 4;
    private static final int GENERIC_CODE = 8;
    private static final int STATUS = 24;

    // Codes of SIGCHLD (asm-generic/siginfo.h); si_status of all but the first is a signal's number.
    private static final int CLD_EXITED = 1;
    private static final int CLD_CONTINUED = 6;
    private static final int SIGNAL_BITS = 0x7f;

    /** Where the words of MIPS's {@code struct statfs} are in the generic one: f_type to f_flags. */
    private static final int[] STATFS = {0, 8, 72, 16, 24, 40, 48, 32, 56, 64, 80};

    private static final int STATFS_SIZE = 128;

    private static byte[] inverse(byte[] map) {
        byte[] result = new byte[map.length];
        for (byte i = 0; i < map.length; i++) {
            result[map[i]] = i;
        }
        return result;
    }

    @Override
    public int errno(int generic) {
        return MipsErrno.of(generic);
    }

    @Override
    public int openFlagsFromGuest(int flags) {
        return OPEN.toGeneric(flags, UNKNOWN);
    }

    @Override
    public int openFlagsToGuest(int flags) {
        return OPEN.fromGeneric(flags);
    }

    @Override
    public int mapFlagsFromGuest(int flags) {
        return MAP.toGeneric(flags, UNKNOWN);
    }

    @Override
    public int socketTypeFromGuest(int type) {
        return OPEN.toGeneric(type & ~SOCK_TYPE, UNKNOWN) | swapped(type & SOCK_TYPE);
    }

    @Override
    public int socketTypeToGuest(int type) {
        return OPEN.fromGeneric(type & ~SOCK_TYPE) | swapped(type & SOCK_TYPE);
    }

    private static int swapped(int type) {
        return type == SOCK_DGRAM ? SOCK_STREAM : type == SOCK_STREAM ? SOCK_DGRAM : type;
    }

    @Override
    public int socketLevelFromGuest(int level) {
        return level == SOL_SOCKET ? GENERIC_SOL_SOCKET : level == GENERIC_SOL_SOCKET ? UNKNOWN : level;
    }

    @Override
    public int socketLevelToGuest(int level) {
        return level == GENERIC_SOL_SOCKET ? SOL_SOCKET : level;
    }

    @Override
    public int socketOptionFromGuest(int level, int option) {
        if (level != GENERIC_SOL_SOCKET) {
            return option;
        }
        for (int i = 0; i < OPTIONS.length; i += 2) {
            if (OPTIONS[i] == option) {
                return OPTIONS[i + 1];
            }
        }
        for (int i = 1; i < OPTIONS.length; i += 2) {
            if (OPTIONS[i] == option) {
                return UNKNOWN; // somebody else's number
            }
        }
        return option;
    }

    @Override
    public int signalFromGuest(int signal) {
        return signal > 0 && signal < GENERIC_SIGNALS.length ? GENERIC_SIGNALS[signal] : signal;
    }

    @Override
    public int signalToGuest(int signal) {
        return signal > 0 && signal < SIGNALS.length ? SIGNALS[signal] : signal;
    }

    @Override
    public SignalSet signalSetFromGuest(SignalSet set) {
        return mapped(set, GENERIC_SIGNALS);
    }

    @Override
    public SignalSet signalSetToGuest(SignalSet set) {
        return mapped(set, SIGNALS);
    }

    private static SignalSet mapped(SignalSet set, byte[] map) {
        long result = set.low() & ~STANDARD_SIGNALS;
        for (long rest = set.low() & STANDARD_SIGNALS; rest != 0; rest &= rest - 1) {
            result |= 1L << map[Long.numberOfTrailingZeros(rest) + 1] - 1;
        }
        return new SignalSet(result, set.high());
    }

    @Override
    public int signalSetSize() {
        return SET_SIZE;
    }

    @Override
    public SignalAction readSignalAction(GuestMemory memory, long address) {
        byte[] bytes = new byte[SIGACTION_SIZE];
        memory.read(address, bytes, 0, SIGACTION_SIZE);
        ByteBuffer action = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return new SignalAction(
                action.getLong(8),
                ACTION.toGeneric(action.getInt(0), 0) & 0xffff_ffffL,
                0,
                signalSetFromGuest(new SignalSet(action.getLong(16), action.getLong(24))));
    }

    @Override
    public void writeSignalAction(GuestMemory memory, long address, SignalAction action) {
        byte[] bytes = new byte[SIGACTION_SIZE];
        SignalSet mask = signalSetToGuest(action.mask());
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0, ACTION.fromGeneric((int) action.flags()))
                .putLong(8, action.handler())
                .putLong(16, mask.low())
                .putLong(24, mask.high());
        memory.write(address, bytes, 0, SIGACTION_SIZE);
    }

    @Override
    public void writeSignalInfo(GuestMemory memory, long address, SignalInfo info) {
        SignalInfoLayout.write(memory, address, info, signalToGuest(info.signal()));
        memory.writeInt(address + CODE, codeToGuest(info.code()));
        memory.writeInt(address + GENERIC_CODE, 0);
        if (info.signal() == Signal.SIGCHLD && info.code() > CLD_EXITED && info.code() <= CLD_CONTINUED) {
            // At a tracer's stop the event stands above the signal.
            int status = (int) info.value();
            memory.writeInt(address + STATUS, signalToGuest(status & SIGNAL_BITS) | status & ~SIGNAL_BITS);
        }
    }

    @Override
    public SignalInfo readSignalInfo(GuestMemory memory, long address, int signal) {
        int code = memory.readInt(address + CODE);
        int generic = switch (code) {
            case SI_TIMER -> Signal.SI_TIMER;
            case SI_MESGQ -> GENERIC_MESGQ;
            case SI_ASYNCIO -> GENERIC_ASYNCIO;
            default -> code;
        };
        return SignalInfoLayout.read(memory, address, signal, generic);
    }

    private static int codeToGuest(int code) {
        return switch (code) {
            case Signal.SI_TIMER -> SI_TIMER;
            case GENERIC_MESGQ -> SI_MESGQ;
            case GENERIC_ASYNCIO -> SI_ASYNCIO;
            default -> code;
        };
    }

    @Override
    public void writeStat(GuestMemory memory, long address, FileStatus status) {
        byte[] bytes = new byte[STAT_SIZE];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0, (int) status.device)
                .putLong(16, status.inode)
                .putInt(24, status.mode)
                .putInt(28, (int) status.links)
                .putInt(32, status.uid)
                .putInt(36, status.gid)
                .putInt(40, (int) status.specialDevice)
                .putLong(56, status.size)
                .putInt(64, (int) status.accessSeconds)
                .putInt(68, status.accessNanos)
                .putInt(72, (int) status.modifySeconds)
                .putInt(76, status.modifyNanos)
                .putInt(80, (int) status.changeSeconds)
                .putInt(84, status.changeNanos)
                .putInt(88, (int) status.blockSize)
                .putLong(96, status.blocks);
        memory.write(address, bytes, 0, STAT_SIZE);
    }

    @Override
    public int statSize() {
        return STAT_SIZE;
    }

    @Override
    public boolean threadPointerBeforeChildTid() {
        return true;
    }

    /** {@code asm/fcntl.h}: the commands from 5 to 9 have other numbers. */
    @Override
    public int fileCommandFromGuest(int command) {
        return switch (command) {
            case 14 -> Fcntl.F_GETLK;
            case 23 -> Fcntl.F_GETOWN;
            case 24 -> Fcntl.F_SETOWN;
            case 5, 8, 9 -> UNKNOWN;
            default -> command;
        };
    }

    @Override
    public int deviceCommandFromGuest(int command) {
        return MipsDeviceCommands.toGeneric(command);
    }

    /** {@code asm/resource.h}. */
    @Override
    public int resourceFromGuest(int resource) {
        return switch (resource) {
            case 5 -> Resource.RLIMIT_NOFILE;
            case 6 -> Resource.RLIMIT_AS;
            case 7 -> Resource.RLIMIT_RSS;
            case 8 -> Resource.RLIMIT_NPROC;
            case 9 -> Resource.RLIMIT_MEMLOCK;
            default -> resource;
        };
    }

    /** SIG_BLOCK is 1, SIG_UNBLOCK 2, SIG_SETMASK 3. */
    @Override
    public int maskOperationFromGuest(int how) {
        return how - 1;
    }

    /** {@code ss_sp}, {@code ss_size}, {@code ss_flags}. */
    @Override
    public AlternateStack readAlternateStack(GuestMemory memory, long address) {
        return new AlternateStack(memory.readLong(address), memory.readInt(address + 16), memory.readLong(address + 8));
    }

    @Override
    public void writeAlternateStack(GuestMemory memory, long address, AlternateStack stack) {
        memory.writeLong(address, stack.base());
        memory.writeLong(address + 8, stack.size());
        memory.writeInt(address + 16, stack.flags());
        memory.writeInt(address + 20, 0);
    }

    /** {@code f_frsize} comes third, {@code f_bavail} behind the files. */
    @Override
    public void writeFileSystemStatus(GuestMemory memory, long address, long host) {
        byte[] bytes = new byte[STATFS_SIZE];
        ByteBuffer status = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < STATFS.length; i++) {
            status.putLong(8 * i, Memory.getLong(host + STATFS[i]));
        }
        memory.write(address, bytes, 0, STATFS_SIZE);
    }

    /** {@code asm/poll.h}: POLLWRNORM is POLLOUT, and POLLWRBAND has POLLWRNORM's place. */
    @Override
    public int pollEventsFromGuest(int events) {
        int result = events & ~POLLWRBAND;
        if ((events & POLLOUT) != 0) {
            result |= GENERIC_POLLWRNORM;
        }
        return (events & POLLWRBAND) != 0 ? result | GENERIC_POLLWRBAND : result;
    }

    @Override
    public int pollEventsToGuest(int events) {
        int result = events & ~(GENERIC_POLLWRNORM | GENERIC_POLLWRBAND);
        if ((events & GENERIC_POLLWRNORM) != 0) {
            result |= POLLOUT;
        }
        return (events & GENERIC_POLLWRBAND) != 0 ? result | POLLWRBAND : result;
    }

    @Override
    public int terminalSettingsSize(boolean speeds) {
        return MipsTerminal.size(speeds);
    }

    @Override
    public byte[] terminalSettingsFromGuest(byte[] guest, boolean speeds) {
        return MipsTerminal.toGeneric(guest, speeds);
    }

    @Override
    public byte[] terminalSettingsToGuest(byte[] generic, boolean speeds) {
        return MipsTerminal.fromGeneric(generic, speeds);
    }

    /** Without IPC_64, which {@code ipc_parse_version} takes off; n64 has had no other structures. */
    @Override
    public int ipcCommandFromGuest(int command) {
        return command & ~IPC_64;
    }

    /** SHMLBA of {@code asm/shmparam.h}. */
    @Override
    public long sharedMemoryAlignment(int pageSize) {
        return 0x40000;
    }
}
