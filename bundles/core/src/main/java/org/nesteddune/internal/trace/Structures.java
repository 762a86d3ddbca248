package org.nesteddune.internal.trace;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Stat;
import org.nesteddune.memory.GuestMemory;

/**
 * The structures that signatures name ({@code in:timespec}): how long each is and how it is written. Offsets are those of
 * the kernel's {@code uapi} headers for 64-bit machines; where architectures differ they are asked. Immutable, safe for
 * any thread.
 */
final class Structures {

    /** One structure. A bad address is the caller's to catch. */
    interface Printer {
        void print(StringBuilder out, GuestMemory memory, long address);
    }

    /**
     * A structure.
     *
     * @param size bytes, the distance of two in an array
     * @param bare whether it is a single number
     * @param printer writes one
     */
    record Structure(int size, boolean bare, Printer printer) {}

    private final Map<String, Structure> structures = new HashMap<>();

    /** @param abi the guest's, or null if only what is the same everywhere can be written */
    Structures(GuestAbi abi) {
        numbers();
        times();
        files(abi);
        processes();
        signals(abi);
        polling(abi);
        terminals();
        ipc(abi);
    }

    /** The structure of a name, or null. Case, {@code _}, and a {@code struct} before it do not count. */
    Structure get(String name) {
        return structures.get(normal(name));
    }

    private static String normal(String name) {
        return name.toLowerCase(Locale.ROOT).replace("struct ", "").replace("_", "").replace("-", "");
    }

    private void put(int size, Printer printer, String... names) {
        for (String name : names) {
            structures.put(normal(name), new Structure(size, false, printer));
        }
    }

    /** What a pointer to a bare number leads to is written in brackets, so that it is not taken for the pointer. */
    private void numbers() {
        number(1, (m, a) -> Integer.toString(m.readByte(a) & 0xff), "byte", "u8", "char");
        number(2, (m, a) -> Integer.toString(m.readShort(a) & 0xffff), "short", "u16");
        number(4, (m, a) -> Integer.toString(m.readInt(a)), "int", "s32", "fd", "pid", "uid", "gid", "pidt", "uidt", "gidt");
        number(4, (m, a) -> Integer.toUnsignedString(m.readInt(a)), "uint", "u32");
        number(8, (m, a) -> Long.toString(m.readLong(a)), "long", "s64", "off", "offset", "loff", "lofft", "offt", "time",
                "timet");
        number(8, (m, a) -> Long.toUnsignedString(m.readLong(a)), "ulong", "u64", "size", "sizet");
        number(8, (m, a) -> Text.address(m.readLong(a)), "addr", "address", "ptr", "pointer");
    }

    private void number(int size, BiFunction<GuestMemory, Long, String> text, String... names) {
        for (String name : names) {
            structures.put(normal(name), new Structure(size, true, (out, m, a) -> out.append(text.apply(m, a))));
        }
    }

    private void times() {
        Printer timespec = pair("tv_sec", "tv_nsec");
        Printer timeval = pair("tv_sec", "tv_usec");
        put(16, timespec, "timespec", "kerneltimespec", "timespec64");
        put(16, timeval, "timeval");
        put(32, nested("it_interval", timespec, "it_value", timespec), "itimerspec", "kernelitimerspec");
        put(32, nested("it_interval", timeval, "it_value", timeval), "itimerval");
        put(8, (out, m, a) -> out.append("{tz_minuteswest=").append(m.readInt(a)).append(", tz_dsttime=")
                .append(m.readInt(a + 4)).append('}'), "timezone");
        put(32, (out, m, a) -> out.append("{tms_utime=").append(m.readLong(a)).append(", tms_stime=")
                .append(m.readLong(a + 8)).append(", tms_cutime=").append(m.readLong(a + 16)).append(", tms_cstime=")
                .append(m.readLong(a + 24)).append('}'), "tms");
        put(16, pair("actime", "modtime"), "utimbuf");
    }

    /** Two signed 64-bit numbers. */
    private static Printer pair(String first, String second) {
        return (out, m, a) -> out.append('{').append(first).append('=').append(m.readLong(a)).append(", ").append(second)
                .append('=').append(m.readLong(a + 8)).append('}');
    }

    /** Two structures of 16 bytes. */
    private static Printer nested(String first, Printer one, String second, Printer two) {
        return (out, m, a) -> {
            out.append('{').append(first).append('=');
            one.print(out, m, a);
            out.append(", ").append(second).append('=');
            two.print(out, m, a + 16);
            out.append('}');
        };
    }

    private void files(GuestAbi abi) {
        if (abi != null) {
            StatLayout layout = StatLayout.of(abi);
            if (layout.mode() >= 0 && layout.size() >= 0) {
                put(abi.statSize(), (out, m, a) -> out.append("{st_mode=").append(mode(m.readInt(a + layout.mode())))
                        .append(", st_size=").append(m.readLong(a + layout.size())).append(", ...}"), "stat", "stat64");
            }
        }
        // linux/stat.h: stx_mask 0, stx_attributes 8, stx_mode 28, stx_size 40
        put(256, (out, m, a) -> out.append("{stx_mask=").append(Constants.set("statx_mask").flags(m.readInt(a)))
                .append(", stx_attributes=").append(Text.hex(m.readLong(a + 8))).append(", stx_mode=")
                .append(mode(m.readShort(a + 28) & 0xffff)).append(", stx_size=").append(m.readLong(a + 40))
                .append(", ...}"), "statx");
        // asm-generic/statfs.h for 64-bit machines: eight longs, f_fsid, f_namelen, f_frsize, f_flags
        put(120, (out, m, a) -> out.append("{f_type=").append(Constants.set("filesystem").one(m.readLong(a)))
                .append(", f_bsize=").append(m.readLong(a + 8)).append(", f_blocks=").append(m.readLong(a + 16))
                .append(", f_bfree=").append(m.readLong(a + 24)).append(", f_bavail=").append(m.readLong(a + 32))
                .append(", f_files=").append(m.readLong(a + 40)).append(", ...}"), "statfs", "statfs64");
        // asm-generic/fcntl.h: l_type 0, l_whence 2, l_start 8, l_len 16, l_pid 24
        put(32, (out, m, a) -> out.append("{l_type=").append(Constants.set("lock").one(m.readShort(a)))
                .append(", l_whence=").append(Constants.set("seek").one(m.readShort(a + 2))).append(", l_start=")
                .append(m.readLong(a + 8)).append(", l_len=").append(m.readLong(a + 16)).append('}'), "flock", "flock64");
        // linux/openat2.h: three 64-bit words
        put(24, (out, m, a) -> out.append("{flags=").append(Constants.set("open").flags(m.readLong(a))).append(", mode=")
                .append(Text.octal(m.readLong(a + 8))).append(", resolve=")
                .append(Constants.set("resolve").flags(m.readLong(a + 16))).append('}'), "openhow");
    }

    /** {@code S_IFREG|0644}. */
    private static String mode(int mode) {
        String type = Constants.set("filetype").name(mode & Stat.S_IFMT);
        String bits = Text.octal(mode & ~Stat.S_IFMT);
        return type == null ? Text.octal(mode) : type + "|" + (bits.equals("0") ? "000" : bits);
    }

    private void processes() {
        put(16, (out, m, a) -> out.append("{rlim_cur=").append(limit(m.readLong(a))).append(", rlim_max=")
                .append(limit(m.readLong(a + 8))).append('}'), "rlimit", "rlimit64");
        // linux/utsname.h: six fields of 65 bytes
        put(6 * 65, (out, m, a) -> {
            out.append("{sysname=");
            field(out, m, a);
            out.append(", nodename=");
            field(out, m, a + 65);
            out.append(", release=");
            field(out, m, a + 130);
            out.append(", version=");
            field(out, m, a + 195);
            out.append(", machine=");
            field(out, m, a + 260);
            out.append(", ...}");
        }, "utsname", "newutsname");
        // linux/resource.h: ru_utime 0, ru_stime 16, ru_maxrss 32
        put(144, (out, m, a) -> out.append("{ru_utime={tv_sec=").append(m.readLong(a)).append(", tv_usec=")
                .append(m.readLong(a + 8)).append("}, ru_stime={tv_sec=").append(m.readLong(a + 16)).append(", tv_usec=")
                .append(m.readLong(a + 24)).append("}, ru_maxrss=").append(m.readLong(a + 32)).append(", ...}"), "rusage");
        // linux/sysinfo.h: uptime 0, loads 8, totalram 32, freeram 40, procs 80
        put(112, (out, m, a) -> out.append("{uptime=").append(m.readLong(a)).append(", totalram=")
                .append(Long.toUnsignedString(m.readLong(a + 32))).append(", freeram=")
                .append(Long.toUnsignedString(m.readLong(a + 40))).append(", procs=").append(m.readShort(a + 80) & 0xffff)
                .append(", ...}"), "sysinfo");
        // linux/capability.h: version 0, pid 4; then two sets of effective, permitted, inheritable
        put(8, (out, m, a) -> out.append("{version=").append(Text.hex(m.readInt(a) & 0xffffffffL)).append(", pid=")
                .append(m.readInt(a + 4)).append('}'), "capheader");
        put(24, (out, m, a) -> out.append("{effective=").append(capabilities(m, a)).append(", permitted=")
                .append(capabilities(m, a + 4)).append(", inheritable=").append(capabilities(m, a + 8)).append('}'), "capdata");
        put(4, (out, m, a) -> out.append("{sched_priority=").append(m.readInt(a)).append('}'), "schedparam");
        // linux/sched.h: flags 0, exit_signal 32, stack 40, stack_size 48, tls 56
        put(88, (out, m, a) -> out.append("{flags=").append(Constants.set("clone").flags(m.readLong(a)))
                .append(", exit_signal=").append(Text.signal((int) m.readLong(a + 32))).append(", stack=")
                .append(Text.address(m.readLong(a + 40))).append(", stack_size=").append(Text.hex(m.readLong(a + 48)))
                .append(", tls=").append(Text.address(m.readLong(a + 56))).append(", ...}"), "cloneargs");
    }

    private static String capabilities(GuestMemory memory, long address) {
        return Text.hex(memory.readInt(address) & 0xffffffffL | (long) memory.readInt(address + 12) << 32);
    }

    private static void field(StringBuilder out, GuestMemory memory, long address) {
        String text = memory.readString(address, 65);
        if (text == null) {
            out.append(Text.address(address));
        } else {
            Text.quote(out, text, 65);
        }
    }

    private static String limit(long value) {
        if (value == -1) {
            return "RLIM64_INFINITY";
        }
        return value != 0 && value % 1024 == 0 ? value / 1024 + "*1024" : Long.toUnsignedString(value);
    }

    private void signals(GuestAbi abi) {
        put(abi == null ? Long.BYTES : abi.signalSetSize(), (out, m, a) -> out.append(
                Text.signals(abi == null ? new SignalSet(m.readLong(a), 0) : abi.readSignalSet(m, a))), "sigset", "sigsett",
                "signalset");
        if (abi != null) {
            put(32, (out, m, a) -> {
                SignalAction action = abi.readSignalAction(m, a);
                out.append("{sa_handler=").append(handler(action.handler())).append(", sa_mask=")
                        .append(Text.signals(action.mask())).append(", sa_flags=")
                        .append(Constants.set("sa").flags(action.flags()));
                if (action.restorer() != 0) {
                    out.append(", sa_restorer=").append(Text.address(action.restorer()));
                }
                out.append('}');
            }, "sigaction", "kernelsigaction");
        }
        // asm-generic/signal.h: ss_sp 0, ss_flags 8, ss_size 16
        put(24, (out, m, a) -> out.append("{ss_sp=").append(Text.address(m.readLong(a))).append(", ss_flags=")
                .append(Constants.set("ss").flags(m.readInt(a + 8))).append(", ss_size=").append(m.readLong(a + 16))
                .append('}'), "sigaltstack", "stack", "stackt");
        // asm-generic/siginfo.h: si_signo 0, si_errno 4, si_code 8, then by the code
        put(128, (out, m, a) -> {
            int signal = abi == null ? m.readInt(a) : abi.signalFromGuest(m.readInt(a));
            int code = m.readInt(a + 8);
            out.append("{si_signo=").append(Text.signal(signal)).append(", si_code=")
                    .append(SignalCodes.name(signal, code));
            if (SignalCodes.hasAddress(signal, code)) {
                out.append(", si_addr=").append(Text.address(m.readLong(a + 16)));
            } else if (code != Signal.SI_KERNEL) {
                out.append(", si_pid=").append(m.readInt(a + 16)).append(", si_uid=").append(m.readInt(a + 20));
            }
            out.append('}');
        }, "siginfo", "siginfot");
        // asm-generic/siginfo.h: sigev_value 0, sigev_signo 8, sigev_notify 12
        put(64, (out, m, a) -> out.append("{sigev_signo=").append(Text.signal(m.readInt(a + 8))).append(", sigev_notify=")
                .append(Constants.set("sigev").one(m.readInt(a + 12))).append(", ...}"), "sigevent");
    }

    static String handler(long handler) {
        return handler == SignalAction.DEFAULT ? "SIG_DFL"
                : handler == SignalAction.IGNORE ? "SIG_IGN" : Text.address(handler);
    }

    private void polling(GuestAbi abi) {
        put(8, (out, m, a) -> {
            out.append("{fd=").append(m.readInt(a)).append(", events=")
                    .append(Constants.set("poll").flags(m.readShort(a + 4) & 0xffff));
            int found = m.readShort(a + 6) & 0xffff;
            if (found != 0) {
                out.append(", revents=").append(Constants.set("poll").flags(found));
            }
            out.append('}');
        }, "pollfd");
        boolean packed = abi != null && abi.packedEpollEvent();
        put(packed ? 12 : 16, (out, m, a) -> out.append("{events=").append(Constants.set("epoll").flags(m.readInt(a)))
                .append(", data=").append(Text.hex(m.readLong(a + (packed ? 4 : 8)))).append('}'), "epollevent");
    }

    /** asm-generic/ipcbuf.h: key 0, uid 4, gid 8, mode 20; 48 bytes, with which the three structures begin. */
    private void ipc(GuestAbi abi) {
        put(112, (out, m, a) -> permissions(out.append("{shm_perm="), m, a).append(", shm_segsz=").append(m.readLong(a + 48))
                .append(", shm_cpid=").append(m.readInt(a + 80)).append(", shm_lpid=").append(m.readInt(a + 84))
                .append(", shm_nattch=").append(m.readLong(a + 88)).append(", ...}"), "shmidds");
        put(120, (out, m, a) -> permissions(out.append("{msg_perm="), m, a).append(", msg_qnum=").append(m.readLong(a + 80))
                .append(", msg_qbytes=").append(m.readLong(a + 88)).append(", msg_lspid=").append(m.readInt(a + 96))
                .append(", msg_lrpid=").append(m.readInt(a + 100)).append(", ...}"), "msqidds");
        int count = abi != null && abi.paddedSemaphoreTimes() ? 80 : 64;
        put(count + 24, (out, m, a) -> permissions(out.append("{sem_perm="), m, a).append(", sem_nsems=")
                .append(m.readLong(a + count)).append(", ...}"), "semidds");
        put(6, (out, m, a) -> out.append("{sem_num=").append(m.readShort(a) & 0xffff).append(", sem_op=")
                .append(m.readShort(a + 2)).append(", sem_flg=")
                .append(Constants.set("sembuf").flags(m.readShort(a + 4) & 0xffff)).append('}'), "sembuf");
        put(8, (out, m, a) -> out.append("{mtype=").append(m.readLong(a)).append(", ...}"), "msgbuf");
        // linux/mqueue.h: eight longs
        put(64, (out, m, a) -> out.append("{mq_flags=").append(Constants.set("pipe").flags(m.readLong(a)))
                .append(", mq_maxmsg=").append(m.readLong(a + 8)).append(", mq_msgsize=").append(m.readLong(a + 16))
                .append(", mq_curmsgs=").append(m.readLong(a + 24)).append('}'), "mqattr");
    }

    private static StringBuilder permissions(StringBuilder out, GuestMemory memory, long address) {
        return out.append("{uid=").append(memory.readInt(address + 4)).append(", gid=").append(memory.readInt(address + 8))
                .append(", mode=").append(Text.octal(memory.readInt(address + 20))).append(", key=")
                .append(Text.hex(memory.readInt(address) & 0xffffffffL)).append('}');
    }

    private void terminals() {
        put(8, (out, m, a) -> out.append("{ws_row=").append(m.readShort(a) & 0xffff).append(", ws_col=")
                .append(m.readShort(a + 2) & 0xffff).append(", ws_xpixel=").append(m.readShort(a + 4) & 0xffff)
                .append(", ws_ypixel=").append(m.readShort(a + 6) & 0xffff).append('}'), "winsize");
        // asm-generic/termbits.h: c_iflag 0, c_oflag 4, c_cflag 8, c_lflag 12
        put(36, (out, m, a) -> out.append("{c_iflag=").append(Text.hex(m.readInt(a) & 0xffffffffL)).append(", c_oflag=")
                .append(Text.hex(m.readInt(a + 4) & 0xffffffffL)).append(", c_cflag=")
                .append(Text.hex(m.readInt(a + 8) & 0xffffffffL)).append(", c_lflag=")
                .append(Text.hex(m.readInt(a + 12) & 0xffffffffL)).append(", ...}"), "termios", "termios2");
    }
}
