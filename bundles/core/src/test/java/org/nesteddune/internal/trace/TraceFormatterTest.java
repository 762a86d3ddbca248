package org.nesteddune.internal.trace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.Signature;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;
import org.nesteddune.syscall.SyscallHandler;

class TraceFormatterTest {

    private static final long BASE = 0x10000;
    private static final long BAD = 0xdead0000L;

    private final byte[] array = new byte[8192];
    private final GuestMemory memory = new ByteMemory(BASE, array);
    private final TraceFormatter formatter = new TraceFormatter(new PlainAbi());

    /** An ABI whose stat has mode and size at odd places, to show that they are found. */
    private static final class PlainAbi implements GuestAbi {
        @Override
        public SignalAction readSignalAction(GuestMemory m, long address) {
            return new SignalAction(m.readLong(address), m.readLong(address + 8), m.readLong(address + 16),
                    new SignalSet(m.readLong(address + 24), 0));
        }

        @Override
        public void writeSignalAction(GuestMemory m, long address, SignalAction action) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void writeStat(GuestMemory m, long address, FileStatus status) {
            m.writeInt(address + 20, status.mode);
            m.writeLong(address + 56, status.size);
        }

        @Override
        public int statSize() {
            return 96;
        }
    }

    private static Syscall call(String name, String signature) {
        return new Syscall(name, Signature.parse(signature), Syscall.Support.FULL, "", (task, arguments) -> 0);
    }

    private static SyscallArguments arguments(long... values) {
        SyscallArguments arguments = new SyscallArguments();
        for (int i = 0; i < values.length; i++) {
            arguments.set(i, values[i]);
        }
        return arguments;
    }

    private String line(String name, String signature, long result, long... values) {
        return formatter.begin(call(name, signature), name, arguments(values), memory).finish(result);
    }

    private long put(long address, String text) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        memory.write(address, bytes, 0, bytes.length);
        memory.writeByte(address + bytes.length, (byte) 0);
        return address;
    }

    @Test
    void sockets() {
        long address = BASE + 512;
        memory.writeShort(address, (short) 2);
        memory.writeShort(address + 2, (short) 0x5000);
        memory.writeInt(address + 4, 0x0100007f);
        String bind = "fd fd, in:sockaddr[addrlen] umyaddr, int addrlen";
        assertThat(line("bind", bind, 0, 3, address, 16))
                .startsWith("bind(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"127.0.0.1\")}, 16)");
        memory.writeShort(address, (short) 10);
        memory.writeLong(address + 8, 0x0000_0000_b80d_0120L);
        memory.writeLong(address + 16, 0x0100_0000_0000_0000L);
        assertThat(line("bind", bind, 0, 3, address, 28)).contains("sin6_addr=\"2001:db8::1\"}, 28)");
        memory.writeShort(address, (short) 1);
        put(address + 2, "\0name");
        assertThat(line("bind", bind, 0, 3, address, 7)).startsWith("bind(3, {sa_family=AF_UNIX, sun_path=@\"name\"}, 7)");
        put(address + 2, "/run/x");
        memory.writeInt(address + 200, 110);
        SyscallArguments accept = arguments(3, address, address + 200);
        TraceLine pending = formatter.begin(call("accept",
                "fd fd, out:sockaddr[addrlen]? upeer_sockaddr, inout:int? addrlen -> fd"), "accept", accept, memory);
        memory.writeInt(address + 200, 9);
        assertThat(pending.finish(4)).startsWith("accept(3, {sa_family=AF_UNIX, sun_path=\"/run/x\"}, [110] => [9]) = 4")
                .doesNotContain("null");
        assertThat(line("bind", bind, -Errno.EFAULT, 3, BAD, 16)).startsWith("bind(3, 0xdead0000, 16)");
        assertThat(line("getsockopt", "fd fd, enum:sol level, int optname, out:sockopt optval, inout:int optlen", 0, 3, 1, 17,
                address, address + 200)).startsWith("getsockopt(3, SOL_SOCKET, SO_PEERCRED, 0x");
    }

    @Test
    void messagesOfSockets() {
        long header = BASE + 512;
        long control = BASE + 700;
        memory.writeLong(header + 16, BASE + 600);
        memory.writeLong(header + 24, 1);
        memory.writeLong(BASE + 600, put(BASE + 650, "hello"));
        memory.writeLong(BASE + 608, 5);
        memory.writeLong(header + 32, control);
        memory.writeLong(header + 40, 24);
        memory.writeLong(control, 20);
        memory.writeInt(control + 8, 1);
        memory.writeInt(control + 12, 1);
        memory.writeInt(control + 16, 7);
        assertThat(line("sendmsg", "fd fd, in:msghdr msg, flags:msg flags -> long", 5, 3, header, 0x4000))
                .startsWith("sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"hello\", iov_len=5}], msg_iovlen=1, "
                        + "msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[7]}], msg_controllen=24, "
                        + "msg_flags=0}, MSG_NOSIGNAL)");
    }

    @Test
    void openat() {
        String signature = "dirfd dirfd, path path, flags:open flags, mode mode -> fd";
        long path = put(BASE, "/etc/passwd");
        assertThat(line("openat", signature, 3, -100, path, 02000000, 0))
                .isEqualTo("openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY|O_CLOEXEC) = 3");
        assertThat(line("openat", signature, -Errno.ENOENT, -100, path, 0101, 0644))
                .isEqualTo("openat(AT_FDCWD, \"/etc/passwd\", O_WRONLY|O_CREAT, 0644) "
                        + "= -1 ENOENT (No such file or directory)");
        assertThat(line("openat", signature, -Errno.EFAULT, 5, BAD, 020200002, 0600))
                .isEqualTo("openat(5, 0xdead0000, O_RDWR|O_TMPFILE, 0600) = -1 EFAULT (Bad address)");
    }

    @Test
    void shortCallsAreAligned() {
        assertThat(line("close", "fd fd", 0, 3)).isEqualTo("close(3)                                = 0");
        assertThat(line("exit_group", "int status", SyscallHandler.NO_RESULT, 7))
                .isEqualTo("exit_group(7)                           = ?");
        assertThat(line("execve", "int a", SyscallHandler.NO_RESULT, 0)).endsWith("= 0");
    }

    @Test
    void buffersAreShownWhenTheyAreValid() {
        String signature = "fd fd, outbuf:count buf, size count -> size";
        memory.write(BASE, "hello\n\0\1012\"\\\377".getBytes(ISO_8859_1), 0, 12);
        assertThat(line("read", signature, 12, 0, BASE, 100))
                .isEqualTo("read(0, \"hello\\n\\0A2\\\"\\\\\\377\", 100)     = 12");
        assertThat(line("read", signature, 0, 0, BASE, 100)).startsWith("read(0, \"\", 100)");
        assertThat(line("read", signature, -Errno.EIO, 0, BASE, 100)).startsWith("read(0, 0x10000, 100) ");
        assertThat(line("write", "fd fd, inbuf:count buf, size count -> size", 40, 1, BASE + 100, 40))
                .startsWith("write(1, \"" + "\\0".repeat(32) + "\"..., 40) = 40");
        assertThat(line("write", "fd fd, inbuf:count buf, size count -> size", -14, 1, BAD, 40))
                .startsWith("write(1, 0xdead0000, 40) ");
    }

    @Test
    void memoryCalls() {
        assertThat(line("mmap", "addr addr, size length, flags:prot prot, flags:map flags, fd fd, off offset -> addr",
                        0x7f0000001000L, 0, 8192, 3, 0x22, -1, 0))
                .isEqualTo("mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000001000");
        assertThat(line("mprotect", "addr addr, size length, flags:prot prot", 0, 0x1000, 4096, 0))
                .contains("mprotect(0x1000, 4096, PROT_NONE)");
    }

    @Test
    void structures() {
        memory.writeInt(BASE + 20, 0100644);
        memory.writeLong(BASE + 56, 1234);
        assertThat(line("fstat", "fd fd, out:stat statbuf", 0, 3, BASE))
                .isEqualTo("fstat(3, {st_mode=S_IFREG|0644, st_size=1234, ...}) = 0");
        memory.writeLong(BASE + 100, 1);
        memory.writeLong(BASE + 108, 500);
        assertThat(line("nanosleep", "in:timespec req, out:timespec? rem", 0, BASE + 100, 0))
                .startsWith("nanosleep({tv_sec=1, tv_nsec=500}, NULL)");
        memory.writeLong(BASE + 200, 8192 * 1024);
        memory.writeLong(BASE + 208, -1);
        assertThat(line("getrlimit", "enum:rlimit resource, out:rlimit rlim", 0, 3, BASE + 200))
                .contains("RLIMIT_STACK, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}");
        memory.writeInt(BASE + 300, 0);
        memory.writeShort(BASE + 304, (short) 5);
        assertThat(line("poll", "in:pollfd[nfds] fds, uint nfds, int timeout", 1, BASE + 300, 1, -1))
                .startsWith("poll([{fd=0, events=POLLIN|POLLOUT}], 1, -1)");
    }

    @Test
    void barePointedToNumbersStandInBrackets() {
        memory.writeInt(BASE, 7);
        memory.writeInt(BASE + 4, 8);
        assertThat(line("x", "in:uint a, out:fd[2] b, out:int? c", 0, BASE, BASE, 0)).startsWith("x([7], [7, 8], NULL)");
    }

    @Test
    void inOutStructuresShowTheirChange() {
        memory.writeInt(BASE, 4);
        memory.writeShort(BASE + 4, (short) 1);
        Syscall poll = call("poll", "inout:pollfd[nfds] fds, uint nfds, int timeout");
        TraceLine line = formatter.begin(poll, "poll", arguments(BASE, 1, 0), memory);
        memory.writeShort(BASE + 6, (short) 0x11);
        assertThat(line.finish(1)).startsWith("poll([{fd=4, events=POLLIN}] => "
                + "[{fd=4, events=POLLIN, revents=POLLIN|POLLHUP}], 1, 0) = 1");
    }

    @Test
    void vectors() {
        put(BASE + 512, "hello world");
        memory.writeLong(BASE, BASE + 512);
        memory.writeLong(BASE + 8, 5);
        memory.writeLong(BASE + 16, BAD);
        memory.writeLong(BASE + 24, 6);
        String signature = "fd fd, in:iovec[iovcnt] iov, int iovcnt -> size";
        assertThat(line("writev", signature, 11, 1, BASE, 2))
                .startsWith("writev(1, [{iov_base=\"hello\", iov_len=5}, {iov_base=0xdead0000, iov_len=6}], 2) = 11");
        assertThat(line("readv", signature, 3, 1, BASE, 1)).startsWith("readv(1, [{iov_base=\"hel\", iov_len=5}], 1)");
    }

    @Test
    void argumentsOfPrograms() {
        put(BASE + 512, "echo");
        put(BASE + 600, "hi");
        memory.writeLong(BASE, BASE + 512);
        memory.writeLong(BASE + 8, BASE + 600);
        assertThat(line("execve", "path path, strv argv, strv envp", SyscallHandler.NO_RESULT, BASE + 512, BASE, BASE + 8))
                .isEqualTo("execve(\"echo\", [\"echo\", \"hi\"], 0x10008 /* 1 var */) = 0");
    }

    @Test
    void argumentsThatDependOnOthers() {
        String fcntl = "fd fd, enum:fcntl cmd, hex arg";
        assertThat(line("fcntl", fcntl, 02002, 1, 3, 99)).isEqualTo("fcntl(1, F_GETFL)                       "
                + "= 0x402 (flags O_RDWR|O_APPEND)");
        assertThat(line("fcntl", fcntl, 0, 1, 2, 1)).startsWith("fcntl(1, F_SETFD, FD_CLOEXEC)");
        String ioctl = "fd fd, enum:ioctl request, hex arg";
        memory.writeShort(BASE, (short) 24);
        memory.writeShort(BASE + 2, (short) 80);
        assertThat(line("ioctl", ioctl, 0, 1, 0x5413, BASE))
                .startsWith("ioctl(1, TIOCGWINSZ, {ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0}) = 0");
        assertThat(line("ioctl", ioctl, -Errno.ENOTTY, 1, 0x5401, BASE))
                .isEqualTo("ioctl(1, TCGETS, 0x10000)               = -1 ENOTTY (Inappropriate ioctl for device)");
        put(BASE, "worker");
        assertThat(line("prctl", "enum:prctl option, hex a", 0, 15, BASE)).startsWith("prctl(PR_SET_NAME, \"worker\")");
        assertThat(line("arch_prctl", "enum:arch_prctl code, addr addr", 0, 0x1002, 0x7f00))
                .startsWith("arch_prctl(ARCH_SET_FS, 0x7f00)");
    }

    @Test
    void signalsAndMasks() {
        memory.writeLong(BASE, Signal.bit(Signal.SIGINT) | Signal.bit(Signal.SIGTERM));
        String signature = "enum:sigprocmask how, in:sigset? set, out:sigset? oldset, size size";
        assertThat(line("rt_sigprocmask", signature, 0, 2, BASE, 0, 8))
                .startsWith("rt_sigprocmask(SIG_SETMASK, [INT TERM], NULL, 8)");
        memory.writeLong(BASE, ~Signal.bit(Signal.SIGCHLD));
        assertThat(line("rt_sigprocmask", signature, 0, 0, BASE, 0, 8)).contains("SIG_BLOCK, ~[CHLD], NULL");
        memory.writeLong(BASE, 0x401000);
        memory.writeLong(BASE + 8, 0x14000000);
        memory.writeLong(BASE + 16, 0x402000);
        memory.writeLong(BASE + 24, 0);
        assertThat(line("rt_sigaction", "sig sig, in:sigaction? act, out:sigaction? old, size size", 0, 2, BASE, 0, 8))
                .startsWith("rt_sigaction(SIGINT, {sa_handler=0x401000, sa_mask=[], sa_flags=SA_RESTORER|SA_RESTART, "
                        + "sa_restorer=0x402000}, NULL, 8) = 0");
    }

    @Test
    void callsWithoutAHandler() {
        SyscallArguments arguments = arguments(1, 0xffffffffffffffffL);
        arguments.number(0x1f4);
        assertThat(formatter.begin(null, null, arguments, memory).finish(-Errno.ENOSYS))
                .isEqualTo("syscall_0x1f4(0x1, 0xffffffffffffffff, 0, 0, 0, 0) = -1 ENOSYS (Function not implemented)");
        assertThat(formatter.begin(null, "socket", arguments, memory).finish(-Errno.ENOSYS)).startsWith("socket(0x1, ");
        assertThat(formatter.begin(call("wait", "int a, int b"), "wait", arguments, memory).unfinished())
                .isEqualTo("wait(1, -1 <unfinished ...>");
    }

    @Test
    void unknownSetsAndStructuresAreNumbers() {
        assertThat(line("x", "flags:nosuch a, enum:nosuch b, in:nosuch c, odd d", 0, 5, 6, BASE, 7))
                .startsWith("x(0x5, 6, 0x10000, 0x7)");
        assertThat(line("x", "in:iovec[nosuch] c, in:timespec c", 0, BASE, BASE + array.length - 4))
                .startsWith("x(0x10000, 0x11ffc)");
    }

    @Test
    void signalLines() {
        assertThat(TraceFormatter.signal(SignalInfo.fault(Signal.SIGSEGV, Signal.SEGV_MAPERR, 0x10)))
                .isEqualTo("--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x10} ---");
        assertThat(TraceFormatter.signal(SignalInfo.fault(Signal.SIGSEGV, Signal.SI_KERNEL, 0)))
                .isEqualTo("--- SIGSEGV {si_signo=SIGSEGV, si_code=SI_KERNEL} ---");
        assertThat(TraceFormatter.signal(SignalInfo.from(Signal.SIGTERM, 0, 12, 1000)))
                .isEqualTo("--- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=12, si_uid=1000} ---");
        assertThat(TraceFormatter.end(ExitStatus.exited(3))).isEqualTo("+++ exited with 3 +++");
        assertThat(TraceFormatter.end(ExitStatus.signaled(11, ""))).isEqualTo("+++ killed by SIGSEGV +++");
        assertThat(TraceFormatter.withPid(7, "x")).isEqualTo("[pid 7] x");
    }

    @Test
    void nothingThatAGuestPassesThrows() {
        Random random = new Random(42);
        String[] signatures = {
            "dirfd a, path b, flags:open c, mode d", "in:iovec[b] a, size b, inout:pollfd[b] c",
            "inbuf:b a, size b, outbuf:d c, size d", "strv a, strv envp, out:stat c, out:utsname d",
            "in:sigaction a, in:sigset b, in:siginfo c, sig d", "fd a, enum:fcntl b, hex c",
            "fd a, enum:ioctl b, hex c", "enum:prctl a, hex b, hex c", "inout:fd_set[a] b, in:timeval c",
            "out:epoll_event[b] a, int b, out:statx c, out:sysinfo d"};
        String[] names = {"readv", "fcntl", "ioctl", "prctl", "getdents64", "clone", "select", "epoll_wait"};
        random.nextBytes(array);
        for (int i = 0; i < 20_000; i++) {
            long[] values = new long[6];
            for (int j = 0; j < values.length; j++) {
                values[j] = switch (random.nextInt(4)) {
                    case 0 -> random.nextLong();
                    case 1 -> BASE + random.nextInt(array.length + 16) - 8;
                    case 2 -> random.nextInt(64) - 8;
                    default -> random.nextInt();
                };
            }
            String name = names[random.nextInt(names.length)];
            long result = random.nextBoolean() ? random.nextInt() : values[random.nextInt(6)];
            assertThat(line(name, signatures[random.nextInt(signatures.length)], result, values)).startsWith(name + "(");
        }
    }
}
