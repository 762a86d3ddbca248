package org.nesteddune.syscalls.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Socket;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.testing.OpenDescriptors;

/** One guest by itself. What the kernel does with the same calls is asked by the integration tests. */
class SocketsFamilyTest {

    private static final int RTM_NEWLINK = 16;
    private static final int RTM_GETLINK = 18;

    @TempDir
    Path root;

    private Map<String, Integer> openAtStart;
    private SocketGuest guest;

    @BeforeAll
    static void loadTheLibrary() {
        Linux.getpid(); // opens files that stay
    }

    @BeforeEach
    void start() {
        openAtStart = OpenDescriptors.now();
        guest = new SocketGuest(root, 7, null);
    }

    @AfterEach
    void end() {
        guest.close();
        assertThat(OpenDescriptors.now()).as("open descriptors").isEqualTo(openAtStart);
    }

    private int pipe() {
        long pair = guest.guest.task().scratch();
        ErrnoException.check(Linux.pipe2(pair, OpenFlags.O_CLOEXEC));
        Linux.close(Memory.getInt(pair + 4));
        return guest.guest.descriptors().add(HostFile.adopt(Memory.getInt(pair), null), 0, 1024, false);
    }

    @Test
    void aPipeIsNoSocket() {
        int pipe = pipe();
        long buffer = guest.area();
        assertThat(guest.call("getpeername", pipe, buffer, buffer)).isEqualTo(-Errno.ENOTSOCK);
        assertThat(guest.call("getsockname", pipe, buffer, buffer)).isEqualTo(-Errno.ENOTSOCK);
        assertThat(guest.call("getsockopt", pipe, Socket.SOL_SOCKET, Socket.SO_TYPE, buffer, buffer))
                .isEqualTo(-Errno.ENOTSOCK);
        assertThat(guest.call("shutdown", pipe, 0)).isEqualTo(-Errno.ENOTSOCK);
        assertThat(guest.call("getpeername", 99, buffer, buffer)).isEqualTo(-Errno.EBADF);
    }

    @Test
    void anInheritedSocketIsOne() {
        long pair = guest.guest.task().scratch();
        ErrnoException.check(Linux.call(org.nesteddune.host.SyscallNumbers.SYS_socketpair, Socket.AF_UNIX,
                Socket.SOCK_SEQPACKET | Socket.SOCK_CLOEXEC, 0, pair));
        int host = Memory.getInt(pair + 4);
        OpenFile file = HostFile.adopt(Memory.getInt(pair), null);
        int socket = guest.guest.descriptors().add(file, 0, 1024, false);
        assertThat(file.path()).matches("socket:\\[\\d+\\]");
        assertThat(guest.send(socket, "abc")).isEqualTo(3);
        long buffer = guest.guest.task().scratch();
        assertThat(Linux.read(host, buffer, 10)).isEqualTo(3);
        // To the host it is the runtime; to the guest a stranger.
        assertThat(guest.credentials(socket)).startsWith(0, 0, Linux.geteuid());
        Linux.close(host);
    }

    @Test
    void familiesThatAreNotThereAreRefusedAsLinuxDoes() {
        assertThat(guest.socket(3, Socket.SOCK_STREAM)).isEqualTo(-Errno.EAFNOSUPPORT);
        assertThat(guest.socket(40, Socket.SOCK_STREAM)).isEqualTo(-Errno.EAFNOSUPPORT);
        assertThat(guest.socket(Socket.AF_MAX, Socket.SOCK_STREAM)).isEqualTo(-Errno.EAFNOSUPPORT);
        assertThat(guest.socket(Socket.AF_UNIX, 12)).isEqualTo(-Errno.EINVAL);
        assertThat(guest.call("socket", Socket.AF_NETLINK, Socket.SOCK_RAW, 4)).isEqualTo(-Errno.EPROTONOSUPPORT);
        assertThat(guest.call("socket", Socket.AF_INET, Socket.SOCK_STREAM, Socket.IPPROTO_SCTP))
                .isEqualTo(-Errno.EPROTONOSUPPORT);
    }

    @Test
    void brokenStreamsRaiseTheSignalAndOthersDoNot() {
        for (int type : new int[] {Socket.SOCK_STREAM, Socket.SOCK_SEQPACKET}) {
            guest.guest.signals().clear();
            int[] pair = guest.pair(type);
            guest.guest.descriptors().close(pair[1]);
            assertThat(guest.send(pair[0], "x")).isEqualTo(-Errno.EPIPE);
            assertThat(guest.guest.signals())
                    .extracting(info -> info.signal())
                    .isEqualTo(type == Socket.SOCK_STREAM ? java.util.List.of(Signal.SIGPIPE) : java.util.List.of());
        }
    }

    @Test
    void anInterruptedCallWithATimeLimitIsNotStartedAgain() {
        int[] pair = guest.pair(Socket.SOCK_STREAM);
        guest.guest.interrupt(true);
        assertThat(guest.call("recvfrom", pair[0], guest.area(), 1, 0, 0, 0)).isEqualTo(-Errno.ERESTARTSYS);
        guest.memory().writeLong(guest.area(), 5);
        guest.memory().writeLong(guest.area() + 8, 0);
        assertThat(guest.call("setsockopt", pair[0], Socket.SOL_SOCKET, Socket.SO_RCVTIMEO, guest.area(), 16)).isZero();
        assertThat(guest.call("recvfrom", pair[0], guest.area(), 1, 0, 0, 0)).isEqualTo(-Errno.EINTR);
        guest.guest.interrupt(false);
    }

    @Test
    void aFullTableTakesNoConnection() {
        int listener = guest.socket(Socket.AF_UNIX, Socket.SOCK_STREAM);
        assertThat(guest.bind(listener, "/s")).isZero();
        assertThat(guest.call("listen", listener, 1)).isZero();
        int client = guest.socket(Socket.AF_UNIX, Socket.SOCK_STREAM);
        assertThat(guest.connect(client, "/s")).isZero();
        guest.guest.limits().set(org.nesteddune.linux.Resource.RLIMIT_NOFILE, 2, 1024);
        assertThat(guest.call("accept4", listener, 0, 0, 0)).isEqualTo(-Errno.EMFILE);
        assertThat(guest.pair(Socket.SOCK_STREAM)[0]).isEqualTo(-Errno.EMFILE);
        guest.guest.limits().set(org.nesteddune.linux.Resource.RLIMIT_NOFILE, 1024, 1024);
        assertThat(guest.call("accept4", listener, 0, 0, 0)).isEqualTo(2);
    }

    @Test
    void badPointersAreEfaultAndLoseNoDescriptors() {
        assertThat(guest.call("socketpair", Socket.AF_UNIX, Socket.SOCK_STREAM, 0, 8)).isEqualTo(-Errno.EFAULT);
        int[] pair = guest.pair(Socket.SOCK_DGRAM);
        assertThat(pair).containsExactly(0, 1);
        assertThat(guest.call("sendto", pair[0], 8, 10, 0, 0, 0)).isEqualTo(-Errno.EFAULT);
        assertThat(guest.call("sendmsg", pair[0], 8, 0)).isEqualTo(-Errno.EFAULT);
        assertThat(guest.call("sendto", pair[0], Long.MAX_VALUE - 5, 10, 0, 0, 0)).isEqualTo(-Errno.EFAULT);
        assertThat(guest.call("sendto", pair[0], guest.area(), -1, 0, 0, 0)).isEqualTo(-Errno.EFAULT);
        assertThat(guest.sendFiles(pair[0], 1)).isEqualTo(1);
        // The message is taken; where its descriptor should go nothing can be written.
        long header = guest.area() + 500;
        guest.memory().writeLong(header + 32, 8);
        guest.memory().writeLong(header + 40, 100);
        assertThat(guest.call("recvmsg", pair[1], header, 0)).isEqualTo(1);
        assertThat(guest.flags()).isEqualTo(Socket.MSG_CTRUNC);
        assertThat(guest.socket(Socket.AF_UNIX, Socket.SOCK_STREAM)).isEqualTo(2);
    }

    @Test
    void theNetworkOfTheHostIsLookedAtAndNotChanged() {
        int netlink = guest.socket(Socket.AF_NETLINK, Socket.SOCK_RAW);
        long message = guest.area();
        guest.memory().clear(message, 64);
        guest.memory().writeInt(message, 32);
        guest.memory().writeShort(message + 4, (short) RTM_NEWLINK);
        guest.memory().writeShort(message + 6, (short) 1);
        assertThat(guest.call("sendto", netlink, message, 32, 0, 0, 0)).isEqualTo(-Errno.EPERM);
        // Behind a question, too.
        guest.memory().writeShort(message + 4, (short) RTM_GETLINK);
        guest.memory().writeInt(message + 32, 32);
        guest.memory().writeShort(message + 36, (short) RTM_NEWLINK);
        guest.memory().writeShort(message + 38, (short) 1);
        assertThat(guest.call("sendto", netlink, message, 64, 0, 0, 0)).isEqualTo(-Errno.EPERM);
        guest.memory().writeShort(message + 6, (short) 0x301);
        assertThat(guest.call("sendto", netlink, message, 32, 0, 0, 0)).isEqualTo(32);
        // The port is the guest's pid, not the runtime's.
        guest.memory().writeInt(message + 128, 12);
        assertThat(guest.call("getsockname", netlink, message, message + 128)).isZero();
        assertThat(guest.memory().readInt(message + 4)).isNotZero().isNotEqualTo((int) Linux.getpid());
        // Nor are there messages to other programs.
        guest.memory().writeLong(message, Socket.AF_NETLINK);
        guest.memory().writeInt(message + 4, 1);
        assertThat(guest.call("connect", netlink, message, 12)).isEqualTo(-Errno.EPERM);
        assertThat(guest.call("sendto", netlink, message + 64, 0, 0, message, 12)).isEqualTo(-Errno.EPERM);
    }

    @Test
    void lingeringDoesNotHoldTheRuntime() {
        int listener = guest.socket(Socket.AF_INET, Socket.SOCK_STREAM);
        guest.memory().clear(guest.area(), 32);
        guest.memory().writeShort(guest.area(), (short) Socket.AF_INET);
        guest.memory().writeInt(guest.area() + 4, 0x0100007f);
        assertThat(guest.call("bind", listener, guest.area(), 16)).isZero();
        assertThat(guest.call("listen", listener, 1)).isZero();
        guest.memory().writeInt(guest.area() + 16, 16);
        assertThat(guest.call("getsockname", listener, guest.area(), guest.area() + 16)).isZero();
        int client = guest.socket(Socket.AF_INET, Socket.SOCK_STREAM | Socket.SOCK_NONBLOCK);
        guest.call("connect", client, guest.area(), 16);
        guest.memory().writeInt(guest.area() + 32, 1);
        guest.memory().writeInt(guest.area() + 36, 3600);
        assertThat(guest.call("setsockopt", client, Socket.SOL_SOCKET, Socket.SO_LINGER, guest.area() + 32, 8)).isZero();
        // Until nothing more goes in, which nobody will ever read.
        guest.memory().clear(guest.area() + 1000, 30000);
        for (long sent = 0; sent >= 0; ) {
            sent = guest.call("sendto", client, guest.area() + 1000, 30000, Socket.MSG_DONTWAIT, 0, 0);
        }
        long before = System.nanoTime();
        guest.guest.descriptors().set(client, HostFile.adopt(dupNull(), null), false);
        assertThat(System.nanoTime() - before).isLessThan(60_000_000_000L);
    }

    private static int dupNull() {
        try (org.nesteddune.host.NativeBuffer name = org.nesteddune.host.NativeBuffer.ofCString("/dev/null")) {
            return (int) ErrnoException.check(Linux.open(name.address(), OpenFlags.O_CLOEXEC, 0));
        }
    }
}
