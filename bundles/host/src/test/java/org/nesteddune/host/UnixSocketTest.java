package org.nesteddune.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.linux.Errno;

class UnixSocketTest {

    private static final int ROOM = 64;

    private static String read(UnixSocket socket) {
        try (NativeBuffer buffer = new NativeBuffer(ROOM)) {
            long length = socket.read(buffer.address(), ROOM);
            return length < 0 ? Errno.text((int) -length) : new String(buffer.bytes(0, (int) length), StandardCharsets.UTF_8);
        }
    }

    private static void assertConnects(byte[] name) throws Exception {
        try (UnixSocket server = UnixSocket.open(); UnixSocket client = UnixSocket.open()) {
            assertThat(server.mode(0600)).isZero();
            assertThat(server.bind(name)).isZero();
            assertThat(client.connect(name)).isEqualTo(-Errno.ECONNREFUSED);
            assertThat(server.listen()).isZero();
            assertThat(client.connect(name)).isZero();
            try (UnixSocket visitor = server.accept()) {
                UnixSocket.Peer here = new UnixSocket.Peer((int) ProcessHandle.current().pid(), (int) Linux.geteuid());
                assertThat(visitor.peer()).isEqualTo(here);
                assertThat(client.peer()).isEqualTo(here);
                assertThat(here.isTrusted()).isTrue();
                client.send("hello".getBytes(StandardCharsets.UTF_8));
                assertThat(read(visitor)).isEqualTo("hello");
                visitor.limit(1);
                assertThat(read(visitor)).isEqualTo(Errno.text(Errno.EAGAIN));
            }
            assertThat(read(client)).isEmpty();
        }
    }

    @Test
    void anAbstractNameIsConnectedTo() throws Exception {
        byte[] name = UnixSocket.abstractName("nested-dune/test/" + UUID.randomUUID());
        assertConnects(name);
        assertConnects(name);
    }

    @Test
    void aPathIsConnectedTo(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("x".repeat(Math.max(1, UnixSocket.LONGEST_PATH - directory.toString().length() - 1)));
        assertConnects(UnixSocket.path(file.toString()));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
    }

    @Test
    void whoeverWaitsForSomebodyIsToldOfTheEnd() throws Exception {
        try (UnixSocket server = UnixSocket.open()) {
            assertThat(server.bind(UnixSocket.abstractName("nested-dune/test/" + UUID.randomUUID()))).isZero();
            assertThat(server.listen()).isZero();
            Thread closer = new Thread(server::shut);
            closer.start();
            assertThat(server.accept()).isNull();
            closer.join();
        }
    }

    @Test
    void aStrangerIsNotTrusted() {
        assertThat(new UnixSocket.Peer(0, -1).isTrusted()).isFalse();
    }
}
