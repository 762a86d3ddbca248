package org.nesteddune.syscalls.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.fs.HostFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.testing.TestGuest;

class SocketsFamilyTest {

    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SOL_SOCKET = 1;
    private static final int SO_TYPE = 3;
    private static final int SO_PEERCRED = 17;

    @TempDir
    Path root;

    private final SocketsFamily family = new SocketsFamily();
    private TestGuest guest;
    private int socket;
    private int pipe;

    @BeforeEach
    void start() {
        guest = new TestGuest(root);
        long pair = guest.task().scratch();
        ErrnoException.check(Linux.call(
                SyscallNumbers.SYS_socketpair, AF_UNIX, SOCK_STREAM | OpenFlags.O_CLOEXEC, 0, pair));
        socket = adopt(Memory.getInt(pair));
        adopt(Memory.getInt(pair + 4));
        ErrnoException.check(Linux.pipe2(pair, OpenFlags.O_CLOEXEC));
        pipe = adopt(Memory.getInt(pair));
        adopt(Memory.getInt(pair + 4));
    }

    @AfterEach
    void end() {
        guest.close();
    }

    private int adopt(int host) {
        return guest.descriptors().add(HostFile.adopt(host, null), 0, 1024, false);
    }

    private long call(String name, long... arguments) {
        return guest.call(family, name, arguments);
    }

    @Test
    void aPipeIsNoSocket() {
        long buffer = guest.allocate(64);
        assertThat(call("getpeername", pipe, buffer, buffer)).isEqualTo(-Errno.ENOTSOCK);
        assertThat(call("getsockname", pipe, buffer, buffer)).isEqualTo(-Errno.ENOTSOCK);
        assertThat(call("getsockopt", pipe, SOL_SOCKET, SO_TYPE, buffer, buffer)).isEqualTo(-Errno.ENOTSOCK);
        assertThat(call("shutdown", pipe, 0)).isEqualTo(-Errno.ENOTSOCK);
        assertThat(call("getpeername", 99, buffer, buffer)).isEqualTo(-Errno.EBADF);
    }

    @Test
    void anInheritedSocketTellsItsKind() {
        long value = guest.allocate(64);
        guest.memory().writeInt(value + 8, 4);
        assertThat(call("getsockopt", socket, SOL_SOCKET, SO_TYPE, value, value + 8)).isZero();
        assertThat(guest.memory().readInt(value)).isEqualTo(SOCK_STREAM);
        guest.memory().writeInt(value + 8, 16);
        assertThat(call("getpeername", socket, value, value + 8)).isZero();
        assertThat(guest.memory().readShort(value)).isEqualTo((short) AF_UNIX);
    }

    @Test
    void thePeerAcrossTheBorderStaysUnknown() {
        long value = guest.allocate(64);
        guest.memory().writeInt(value + 16, 12);
        assertThat(call("getsockopt", socket, SOL_SOCKET, SO_PEERCRED, value, value + 16)).isEqualTo(-Errno.ENOPROTOOPT);
    }

    @Test
    void badPointersAreEfault() {
        long value = guest.allocate(64);
        assertThat(call("getpeername", socket, value, 8)).isEqualTo(-Errno.EFAULT);
        guest.memory().writeInt(value, 16);
        assertThat(call("getpeername", socket, 8, value)).isEqualTo(-Errno.EFAULT);
        assertThat(call("getsockopt", socket, SOL_SOCKET, SO_TYPE, 8, value)).isEqualTo(-Errno.EFAULT);
    }
}
