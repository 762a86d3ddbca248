package org.nesteddune.syscalls.sockets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.host.SyscallNumbers.SYS_accept4;
import static org.nesteddune.host.SyscallNumbers.SYS_bind;
import static org.nesteddune.host.SyscallNumbers.SYS_connect;
import static org.nesteddune.host.SyscallNumbers.SYS_listen;
import static org.nesteddune.host.SyscallNumbers.SYS_socket;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Socket;
import org.nesteddune.socket.SocketFile;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.testing.OpenDescriptors;

/** UNIX sockets between two guests of one root, a guest of another, and a program of the host: this test. */
class UnixSocketsTest {

    private static final int STREAM = Socket.SOCK_STREAM;
    private static final int DGRAM = Socket.SOCK_DGRAM;

    @TempDir
    Path root;

    @TempDir
    Path otherRoot;

    private Map<String, Integer> openAtStart;
    private SocketGuest first;
    private SocketGuest second;
    private SocketGuest stranger;

    @BeforeAll
    static void loadTheLibrary() {
        Linux.getpid(); // opens files that stay
    }

    @BeforeEach
    void start() {
        openAtStart = OpenDescriptors.now();
        first = new SocketGuest(root, 11, null);
        second = new SocketGuest(root, 22, first);
        stranger = new SocketGuest(otherRoot, 33, first);
    }

    @AfterEach
    void end() {
        first.close();
        second.close();
        stranger.close();
        assertThat(OpenDescriptors.now()).as("open descriptors").isEqualTo(openAtStart);
    }

    private static int unix(SocketGuest guest, int type) {
        int descriptor = guest.socket(Socket.AF_UNIX, type);
        assertThat(descriptor).isNotNegative();
        return descriptor;
    }

    private static int listening(SocketGuest guest, String name) {
        int socket = unix(guest, STREAM);
        assertThat(guest.bind(socket, name)).isZero();
        assertThat(guest.call("listen", socket, 5)).isZero();
        return socket;
    }

    @Test
    void namesAreTheGuestsOnBothSides() {
        int server = listening(first, "/socket");
        assertThat(root.resolve("socket")).exists();
        int client = unix(second, STREAM);
        assertThat(second.connect(client, "../socket")).isZero();
        assertThat(second.ask("getpeername", client)).isEqualTo("/socket");
        assertThat(second.ask("getsockname", client)).isEmpty();
        int accepted = (int) first.call("accept4", server, 0, 0, 0);
        assertThat(first.ask("getsockname", accepted)).isEqualTo("/socket");
        assertThat(first.ask("getpeername", accepted)).isEmpty();
        assertThat(stranger.connect(unix(stranger, STREAM), "/socket")).isEqualTo(-Errno.ENOENT);
    }

    @Test
    void theHostsDirectoriesAreOutOfReach() {
        assertThat(first.connect(unix(first, DGRAM), otherRoot + "/x")).isEqualTo(-Errno.ENOENT);
        int other = unix(stranger, DGRAM);
        assertThat(stranger.bind(other, "/x")).isZero();
        assertThat(first.bind(unix(first, DGRAM), otherRoot + "/y")).isEqualTo(-Errno.ENOENT);
        assertThat(first.connect(unix(first, DGRAM), "../../../../../.." + otherRoot + "/x")).isEqualTo(-Errno.ENOENT);
    }

    @Test
    void thePeersAreGuests() {
        int server = listening(first, "/s");
        int client = unix(second, STREAM);
        second.connect(client, "/s");
        int accepted = (int) first.call("accept4", server, 0, 0, 0);
        long uid = Linux.geteuid();
        long gid = Linux.getegid();
        assertThat(second.credentials(client)).containsExactly(0, 11, uid, gid);
        assertThat(first.credentials(accepted)).containsExactly(0, 22, uid, gid);
        assertThat(first.credentials(server)).startsWith(0, 11);
        assertThat(first.credentials(first.pair(STREAM)[0])).startsWith(0, 11);
    }

    @Test
    void senderNamesComeBack() {
        int receiver = unix(first, DGRAM);
        assertThat(first.bind(receiver, "/in")).isZero();
        int sender = unix(second, DGRAM);
        assertThat(second.bind(sender, "/a name of its own")).isZero();
        assertThat(second.sendto(sender, "hello", "/in")).isEqualTo(5);
        second.guest.descriptors().close(sender);
        assertThat(first.receiveFrom(receiver)).isEqualTo("/a name of its own");
        assertThat(second.sendto(unix(second, DGRAM), "hello", "/in")).isEqualTo(5);
        assertThat(first.receiveFrom(receiver)).isEmpty();
    }

    @Test
    void theLongestNames() {
        String longest = "/" + "d".repeat(100);
        int socket = unix(first, DGRAM);
        assertThat(first.bind(socket, longest)).isZero();
        assertThat(first.ask("getsockname", socket)).isEqualTo(longest);
        assertThat(second.sendto(socket(second), "x", longest)).isEqualTo(1);
        String hidden = "\0" + "h".repeat(107);
        int named = unix(first, DGRAM);
        assertThat(first.bind(named, hidden)).isZero();
        assertThat(first.ask("getsockname", named)).isEqualTo(hidden);
        assertThat(second.sendto(socket(second), "x", hidden)).isEqualTo(1);
    }

    private static int socket(SocketGuest guest) {
        return unix(guest, DGRAM);
    }

    @Test
    void abstractNamesAreThoseOfARoot() {
        String name = "\0dune-test-" + Linux.getpid();
        int socket = unix(first, DGRAM);
        assertThat(first.bind(socket, name)).isZero();
        assertThat(first.ask("getsockname", socket)).isEqualTo(name);
        assertThat(second.sendto(socket(second), "x", name)).isEqualTo(1);
        assertThat(second.bind(socket(second), name)).isEqualTo(-Errno.EADDRINUSE);
        assertThat(stranger.sendto(socket(stranger), "x", name)).isEqualTo(-Errno.ECONNREFUSED);
        try (SocketGuest atHome = new SocketGuest(null, 44, first); NativeBuffer buffer = new NativeBuffer(128)) {
            assertThat(atHome.sendto(socket(atHome), "x", name)).isEqualTo(-Errno.ECONNREFUSED);
            // The host's own names are those of a guest whose root is the host's.
            int host = hostSocket(DGRAM);
            int length = SocketGuest.hostName(buffer, name);
            assertThat(Linux.call(SYS_bind, host, buffer.address(), length)).isZero();
            assertThat(atHome.sendto(socket(atHome), "x", name)).isEqualTo(1);
            assertThat(first.sendto(socket(first), "x", name)).isEqualTo(1);
            assertThat(stranger.sendto(socket(stranger), "x", name)).isEqualTo(-Errno.ECONNREFUSED);
            Linux.close(host);
        }
        first.guest.descriptors().close(socket);
    }

    @Test
    void automaticNamesAreOfTheRootToo() {
        int socket = unix(first, DGRAM);
        first.memory().writeShort(first.area(), (short) Socket.AF_UNIX);
        assertThat(first.call("bind", socket, first.area(), 2)).isZero();
        String name = first.ask("getsockname", socket);
        assertThat(name).matches("\0[0-9a-f]{5}");
        assertThat(second.sendto(socket(second), "x", name)).isEqualTo(1);
    }

    private static int hostSocket(int type) {
        return (int) ErrnoException.check(Linux.call(SYS_socket, Socket.AF_UNIX, type | Socket.SOCK_CLOEXEC, 0));
    }

    @Test
    void programsOfTheHostAreStrangersWithTheirIds() {
        try (NativeBuffer buffer = new NativeBuffer(128)) {
            int server = hostSocket(STREAM);
            int length = SocketGuest.hostName(buffer, root + "/host");
            assertThat(Linux.call(SYS_bind, server, buffer.address(), length)).isZero();
            assertThat(Linux.call(SYS_listen, server, 1)).isZero();
            int client = unix(first, STREAM);
            assertThat(first.connect(client, "/host")).isZero();
            assertThat(first.ask("getpeername", client)).isEqualTo("/host");
            assertThat(first.credentials(client)).containsExactly(0, 0, Linux.geteuid(), Linux.getegid());
            int accepted = (int) Linux.call(SYS_accept4, server, 0, 0, Socket.SOCK_CLOEXEC);
            assertThat(accepted).isNotNegative();
            assertThat(first.send(client, "to the host")).isEqualTo(11);
            assertThat(Linux.read(accepted, buffer.address(), 100)).isEqualTo(11);
            Linux.close(accepted);
            Linux.close(server);
            // And the other way round.
            int own = listening(first, "/guest");
            int caller = hostSocket(STREAM);
            length = SocketGuest.hostName(buffer, root + "/guest");
            assertThat(Linux.call(SYS_connect, caller, buffer.address(), length)).isZero();
            int taken = (int) first.call("accept4", own, 0, 0, 0);
            assertThat(first.credentials(taken)).containsExactly(0, 0, Linux.geteuid(), Linux.getegid());
            Linux.close(caller);
        }
    }

    @Test
    void messagesSayWhichGuestHasSentThem() {
        int receiver = unix(first, DGRAM);
        first.bind(receiver, "/log");
        assertThat(first.option(receiver, Socket.SO_PASSCRED, 1)).isZero();
        int sender = unix(second, DGRAM);
        assertThat(second.sendto(sender, "x", "/log")).isEqualTo(1);
        assertThat(first.receive(receiver, 100)).isEqualTo(1);
        assertThat(first.controlLength()).isEqualTo(32);
        assertThat(first.controlData(0)).isEqualTo(22);
        assertThat(first.controlData(1)).isEqualTo((int) Linux.getuid());
        assertThat(first.flags()).isZero();
        // Without room nothing is left over, no descriptor either.
        assertThat(second.sendto(sender, "x", "/log")).isEqualTo(1);
        assertThat(first.receive(receiver, 0)).isEqualTo(1);
        assertThat(first.flags()).isEqualTo(Socket.MSG_CTRUNC);
    }

    /** Sends a descriptor of the first guest's to the second; gives the number there. */
    private int pass(int descriptor) {
        int server = listening(second, "/pass");
        int client = unix(first, STREAM);
        assertThat(first.connect(client, "/pass")).isZero();
        assertThat(first.sendFiles(client, descriptor)).isEqualTo(1);
        if (descriptor >= 0) {
            first.guest.descriptors().close(descriptor);
        }
        int accepted = (int) second.call("accept4", server, 0, 0, 0);
        assertThat(second.receive(accepted, 100)).isEqualTo(1);
        assertThat(second.controlLength()).isEqualTo(24);
        return second.controlData(0);
    }

    private static OpenFile file(SocketGuest guest, int descriptor) {
        OpenFile file = guest.guest.descriptors().get(descriptor);
        file.release();
        return file;
    }

    private int open(String path, int flags) {
        OpenFile file = first.guest.fs().open(null, path, flags, 0600);
        return first.guest.descriptors().add(file, 0, 1024, false);
    }

    @Test
    void aFileThatStaysOpenArrivesAsTheSameObject() {
        int descriptor = open("/file", OpenFlags.O_CREAT | OpenFlags.O_RDWR);
        OpenFile sent = first.guest.descriptors().get(descriptor);
        assertThat(file(second, pass(descriptor))).isSameAs(sent);
        sent.release();
    }

    @Test
    void aFileThatIsClosedOnItsWayKeepsWhatItWas() throws IOException {
        int descriptor = open("/file", OpenFlags.O_CREAT | OpenFlags.O_RDWR | OpenFlags.O_APPEND);
        OpenFile received = file(second, pass(descriptor));
        assertThat(received.path()).isEqualTo("/file");
        assertThat(received.statusFlags() & OpenFlags.O_APPEND).isNotZero();
        Files.move(root.resolve("file"), root.resolve("moved"));
        assertThat(received.currentPath()).isEqualTo("/moved");
    }

    @Test
    void whatTheHostDoesNotHaveArrivesToo() {
        int descriptor = open("/proc/self/cmdline", OpenFlags.O_RDONLY);
        OpenFile sent = file(first, descriptor);
        assertThat(sent.hostDescriptor()).isNegative();
        assertThat(file(second, pass(descriptor))).isSameAs(sent);
    }

    @Test
    void whatIsLostWithItsMessageIsClosed() {
        int descriptor = open("/proc/self/cmdline", OpenFlags.O_RDONLY);
        int[] pair = first.pair(STREAM);
        assertThat(first.sendFiles(pair[0], descriptor)).isEqualTo(1);
        first.guest.descriptors().close(descriptor);
        first.guest.descriptors().close(pair[0]);
        first.guest.descriptors().close(pair[1]);
        Map<String, Integer> now = OpenDescriptors.now();
        assertThat(now.getOrDefault("pipe:[]", 0)).isEqualTo(openAtStart.getOrDefault("pipe:[]", 0));
    }

    @Test
    void aListeningSocketIsFoundByWhoeverHasIt() {
        int server = listening(first, "/service");
        int passed = pass(server);
        assertThat(file(second, passed)).isInstanceOf(SocketFile.class);
        int client = unix(first, STREAM);
        assertThat(first.connect(client, "/service")).isZero();
        int accepted = (int) second.call("accept4", passed, 0, 0, 0);
        assertThat(second.credentials(accepted)).startsWith(0, 11);
        assertThat(first.credentials(client)).startsWith(0, 11); // who had listened
    }

    @Test
    void filesFromTheHostHaveTheirGuestPath() throws IOException {
        Files.writeString(root.resolve("given"), "inside");
        Path outside = Files.writeString(otherRoot.resolve("given"), "outside");
        assertThat(file(first, give(root.resolve("given"))).path()).isEqualTo("/given");
        assertThat(file(first, give(outside)).path()).doesNotContain(otherRoot.toString());
    }

    /** Gives the first guest a file of the host; its descriptor there. */
    private int give(Path path) {
        int descriptor;
        try (NativeBuffer name = NativeBuffer.ofCString(path.toString())) {
            descriptor = (int) ErrnoException.check(Linux.open(name.address(), OpenFlags.O_CLOEXEC, 0));
        }
        int[] pair = first.pair(STREAM);
        int given = first.guest.descriptors().add(
                org.nesteddune.fs.HostFile.adopt(descriptor, "unknown"), 0, 1024, false);
        // The host's side of the pair: nothing of the sender is remembered.
        int host = file(first, pair[0]).hostDescriptor();
        try (NativeBuffer buffer = new NativeBuffer(128)) {
            long header = buffer.address();
            org.nesteddune.host.Memory.putLong(header + 56, header + 100);
            org.nesteddune.host.Memory.putLong(header + 64, 1);
            org.nesteddune.socket.MessageHeader.vector(header, header + 56, 1);
            org.nesteddune.socket.MessageHeader.control(header, header + 72, 24);
            org.nesteddune.socket.ControlHeader.put(header + 72, 4, Socket.SOL_SOCKET, Socket.SCM_RIGHTS);
            org.nesteddune.host.Memory.putInt(header + 88, descriptor);
            assertThat(Linux.call(org.nesteddune.host.SyscallNumbers.SYS_sendmsg, host, header, 0)).isEqualTo(1);
        }
        first.guest.descriptors().close(given);
        assertThat(first.receive(pair[1], 100)).isEqualTo(1);
        return first.controlData(0);
    }
}
