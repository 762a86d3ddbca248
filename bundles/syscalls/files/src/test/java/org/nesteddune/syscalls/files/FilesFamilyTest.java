package org.nesteddune.syscalls.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Ioctl;
import org.nesteddune.linux.Limits;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Seek;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Stat;
import org.nesteddune.syscall.Signature;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.testing.OpenDescriptors;
import org.nesteddune.testing.TestGuest;

class FilesFamilyTest {

    private static final int RW = OpenFlags.O_RDWR | OpenFlags.O_CREAT;

    @TempDir
    Path root;

    private final FilesFamily family = new FilesFamily();
    private TestGuest guest;
    private Map<String, Integer> openAtStart;

    @BeforeEach
    void start() throws IOException {
        new TestGuest(root).close(); // loads what stays open for good
        openAtStart = OpenDescriptors.now();
        guest = new TestGuest(root);
    }

    @AfterEach
    void end() throws IOException {
        guest.close();
        assertThat(OpenDescriptors.now()).as("open descriptors").isEqualTo(openAtStart);
    }

    private long call(String name, long... arguments) {
        return guest.call(family, name, arguments);
    }

    private long open(String path, int flags) {
        return call("open", guest.string(path), flags, 0644);
    }

    private int errno(long result) {
        assertThat(result).isNegative();
        return (int) -result;
    }

    @Test
    void writesReadsAndSeeks() {
        long fd = open("/file", RW);
        assertThat(fd).isZero();
        long data = guest.string("hello, world");
        assertThat(call("write", fd, data, 12)).isEqualTo(12);
        assertThat(call("lseek", fd, 7, Seek.SEEK_SET)).isEqualTo(7);
        long buffer = guest.allocate(100);
        assertThat(call("read", fd, buffer, 100)).isEqualTo(5);
        assertThat(guest.text(buffer, 5)).isEqualTo("world");
        assertThat(call("pread64", fd, buffer, 5, 0)).isEqualTo(5);
        assertThat(guest.text(buffer, 5)).isEqualTo("hello");
        assertThat(errno(call("pread64", fd, buffer, 5, -1))).isEqualTo(Errno.EINVAL);
        assertThat(errno(call("read", 99, buffer, 5))).isEqualTo(Errno.EBADF);
        assertThat(call("close", fd)).isZero();
        assertThat(errno(call("close", fd))).isEqualTo(Errno.EBADF);
    }

    @Test
    void transfersUntilTheMemoryEnds() {
        long fd = open("/file", RW);
        long page = guest.allocate(4096);
        long edge = page + 4096 - 10;
        assertThat(call("write", fd, edge, 100)).isEqualTo(10);
        assertThat(errno(call("write", fd, page + 4096, 100))).isEqualTo(Errno.EFAULT);
        assertThat(call("lseek", fd, 0, Seek.SEEK_SET)).isZero();
        assertThat(call("read", fd, edge, 1L << 40)).isEqualTo(10);
        assertThat(errno(call("read", fd, -4096, 10))).isEqualTo(Errno.EFAULT);
        assertThat(errno(call("read", 77, -4096, 10))).isEqualTo(Errno.EBADF);
        long readOnly = open("/file", OpenFlags.O_RDONLY);
        assertThat(errno(call("write", readOnly, -4096, 10))).isEqualTo(Errno.EBADF);
    }

    @Test
    void movesVectors() {
        long fd = open("/file", RW);
        long vector = guest.allocate(64);
        long a = guest.string("ab");
        long b = guest.string("cde");
        guest.memory().writeLong(vector, a);
        guest.memory().writeLong(vector + 8, 2);
        guest.memory().writeLong(vector + 16, 0);
        guest.memory().writeLong(vector + 24, 0);
        guest.memory().writeLong(vector + 32, b);
        guest.memory().writeLong(vector + 40, 3);
        assertThat(call("writev", fd, vector, 3)).isEqualTo(5);
        assertThat(call("pwritev", fd, vector, 3, 3)).isEqualTo(5);
        long buffer = guest.allocate(16);
        assertThat(call("pread64", fd, buffer, 16, 0)).isEqualTo(8);
        assertThat(guest.text(buffer, 8)).isEqualTo("abcabcde");
        assertThat(call("preadv2", fd, vector, 3, 1, 0, 0)).isEqualTo(5);
        assertThat(guest.text(b, 3)).isEqualTo("bcd".replace("bcd", "abc"));
        assertThat(errno(call("writev", fd, vector, 1025))).isEqualTo(Errno.EINVAL);
        assertThat(errno(call("writev", fd, -8, 3))).isEqualTo(Errno.EFAULT);
        guest.memory().writeLong(vector + 8, -1);
        assertThat(errno(call("writev", fd, vector, 3))).isEqualTo(Errno.EINVAL);
        assertThat(errno(call("preadv", fd, vector, 3, -1))).isEqualTo(Errno.EINVAL);
        assertThat(errno(call("pwritev2", fd, vector + 16, 2, 0, 0, 0x1000))).isEqualTo(Errno.EOPNOTSUPP);
    }

    @Test
    void descriptorsAreTheLowestFreeOnes() {
        assertThat(open("/a", RW)).isZero();
        assertThat(open("/b", RW)).isEqualTo(1);
        assertThat(call("dup", 0)).isEqualTo(2);
        assertThat(call("dup2", 0, 1)).isEqualTo(1);
        assertThat(call("dup2", 1, 1)).isEqualTo(1);
        assertThat(errno(call("dup2", 9, 9))).isEqualTo(Errno.EBADF);
        assertThat(errno(call("dup2", 0, 1024))).isEqualTo(Errno.EBADF);
        assertThat(errno(call("dup2", 0, -1))).isEqualTo(Errno.EBADF);
        assertThat(errno(call("dup3", 1, 1, 0))).isEqualTo(Errno.EINVAL);
        assertThat(call("fcntl", 0, Fcntl.F_DUPFD, 10)).isEqualTo(10);
        assertThat(errno(call("fcntl", 0, Fcntl.F_DUPFD, 1024))).isEqualTo(Errno.EINVAL);
        assertThat(call("fcntl", 0, Fcntl.F_DUPFD_CLOEXEC, 10)).isEqualTo(11);
        assertThat(call("fcntl", 11, Fcntl.F_GETFD)).isEqualTo(1);
        assertThat(call("ioctl", 10, Ioctl.FIOCLEX)).isZero();
        assertThat(call("fcntl", 10, Fcntl.F_GETFD)).isEqualTo(1);
        assertThat(call("fcntl", 0, Fcntl.F_DUPFD_QUERY, 10)).isEqualTo(1);
        // A duplicate shares the position.
        call("write", 0, guest.string("xyz"), 3);
        assertThat(call("lseek", 10, 0, Seek.SEEK_CUR)).isEqualTo(3);
        assertThat(call("close_range", 1, 10, 0)).isZero();
        assertThat(errno(call("lseek", 10, 0, Seek.SEEK_CUR))).isEqualTo(Errno.EBADF);
        assertThat(call("lseek", 11, 0, Seek.SEEK_CUR)).isEqualTo(3);
        assertThat(errno(call("close_range", 10, 1, 0))).isEqualTo(Errno.EINVAL);
        guest.limits().set(org.nesteddune.linux.Resource.RLIMIT_NOFILE, 1, 1024);
        assertThat(errno(open("/never", RW))).isEqualTo(Errno.EMFILE);
        assertThat(root.resolve("never")).doesNotExist();
    }

    @Test
    void flagsReadBackAsLinuxHasThem() {
        long fd = open("/a", RW | OpenFlags.O_APPEND | OpenFlags.O_CLOEXEC | OpenFlags.O_TRUNC);
        assertThat(call("fcntl", fd, Fcntl.F_GETFL)).isEqualTo(OpenFlags.O_RDWR | OpenFlags.O_APPEND
                | OpenFlags.O_LARGEFILE | OpenFlags.O_CLOEXEC);
        assertThat(call("fcntl", fd, Fcntl.F_SETFL, OpenFlags.O_NONBLOCK)).isZero();
        assertThat(call("fcntl", fd, Fcntl.F_GETFL) & OpenFlags.O_NONBLOCK).isNotZero();
        long path = open("/a", OpenFlags.O_PATH);
        assertThat(call("fcntl", path, Fcntl.F_GETFL)).isEqualTo(OpenFlags.O_PATH);
        long buffer = guest.allocate(16);
        assertThat(errno(call("read", path, buffer, 1))).isEqualTo(Errno.EBADF);
        assertThat(errno(call("fchmod", path, 0600))).isEqualTo(Errno.EBADF);
        assertThat(errno(call("ioctl", path, Ioctl.TCGETS, buffer))).isEqualTo(Errno.EBADF);
        assertThat(errno(call("fcntl", path, Fcntl.F_SETFL, 0))).isEqualTo(Errno.EBADF);
        assertThat(call("fstat", path, guest.allocate(144))).isZero();
    }

    @Test
    void statusByEveryWay() throws IOException {
        Files.writeString(root.resolve("f"), "12345");
        Files.createSymbolicLink(root.resolve("l"), Path.of("f"));
        long stat = guest.allocate(256);
        assertThat(call("stat", guest.string("/l"), stat)).isZero();
        assertThat(guest.memory().readLong(stat + 48)).isEqualTo(5);
        assertThat(call("lstat", guest.string("l"), stat)).isZero();
        assertThat(guest.memory().readInt(stat + 24) & Stat.S_IFMT).isEqualTo(Stat.S_IFLNK);
        long fd = open("/f", 0);
        assertThat(call("newfstatat", fd, guest.string(""), stat, Fcntl.AT_EMPTY_PATH)).isZero();
        assertThat(guest.memory().readLong(stat + 48)).isEqualTo(5);
        assertThat(errno(call("newfstatat", fd, guest.string(""), stat, 0))).isEqualTo(Errno.ENOENT);
        assertThat(errno(call("newfstatat", fd, guest.string("x"), stat, 0))).isEqualTo(Errno.ENOTDIR);
        assertThat(errno(call("newfstatat", 55, guest.string("x"), stat, 0))).isEqualTo(Errno.EBADF);
        assertThat(call("newfstatat", 55, guest.string("/f"), stat, 0)).isZero();
        assertThat(call("statx", Fcntl.AT_FDCWD, guest.string("f"), 0, Stat.STATX_BASIC_STATS, stat)).isZero();
        assertThat(guest.memory().readLong(stat + 40)).isEqualTo(5);
        assertThat(call("statx", Fcntl.AT_FDCWD, guest.string("/proc"), 0, Stat.STATX_BASIC_STATS, stat)).isZero();
        assertThat(guest.memory().readShort(stat + 28) & Stat.S_IFMT).isEqualTo(Stat.S_IFDIR);
        assertThat(call("readlink", guest.string("l"), stat, 256)).isEqualTo(1);
        assertThat(errno(call("readlink", guest.string("f"), stat, 256))).isEqualTo(Errno.EINVAL);
        assertThat(errno(call("readlink", guest.string("l"), stat, 0))).isEqualTo(Errno.EINVAL);
        assertThat(call("access", guest.string("f"), Fcntl.R_OK)).isZero();
        assertThat(errno(call("access", guest.string("f"), 8))).isEqualTo(Errno.EINVAL);
        assertThat(call("statfs", guest.string("/f"), stat)).isZero();
        assertThat(call("statfs", guest.string("/proc"), stat)).isZero();
        assertThat(guest.memory().readLong(stat)).isEqualTo(0x9fa0);
    }

    @Test
    void listsDirectoriesWithTheirMountPoints() throws IOException {
        for (int i = 0; i < 300; i++) {
            Files.createFile(root.resolve("file" + i));
        }
        long fd = open("/", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        for (String name : List.of("getdents64", "getdents")) {
            call("lseek", fd, 0, Seek.SEEK_SET);
            Set<String> names = list(name, fd);
            assertThat(names).hasSize(304).contains(".", "..", "proc", "dev", "file0", "file299");
        }
        call("lseek", fd, 0, Seek.SEEK_SET);
        assertThat(errno(call("getdents64", fd, guest.allocate(8), 8))).isEqualTo(Errno.EINVAL);
        long file = open("/file0", 0);
        assertThat(errno(call("getdents64", file, guest.allocate(8), 8))).isEqualTo(Errno.ENOTDIR);
        assertThat(list("getdents64", open("/dev", 0))).contains(".", "..", "null", "fd");
    }

    private Set<String> list(String call, long fd) {
        Set<String> names = new HashSet<>();
        long buffer = guest.allocate(4096);
        boolean old = call.equals("getdents");
        for (; ; ) {
            long got = call(call, fd, buffer, 1000);
            assertThat(got).isNotNegative();
            if (got == 0) {
                return names;
            }
            for (long at = 0; at < got; ) {
                String name = guest.memory().readString(buffer + at + (old ? 18 : 19), 256);
                assertThat(names.add(name)).as(name).isTrue();
                at += guest.memory().readShort(buffer + at + 16);
            }
        }
    }

    @Test
    void workingDirectoryAndNames() {
        assertThat(call("mkdir", guest.string("/d"), 0755)).isZero();
        assertThat(call("chdir", guest.string("d"))).isZero();
        long buffer = guest.allocate(4096);
        assertThat(call("getcwd", buffer, 4096)).isEqualTo(3);
        assertThat(guest.text(buffer, 2)).isEqualTo("/d");
        assertThat(errno(call("getcwd", buffer, 2))).isEqualTo(Errno.ERANGE);
        assertThat(call("symlink", guest.string("target"), guest.string("link"))).isZero();
        assertThat(call("link", guest.string("link"), guest.string("again"))).isZero();
        assertThat(call("rename", guest.string("again"), guest.string("../moved"))).isZero();
        assertThat(root.resolve("moved")).isSymbolicLink();
        assertThat(errno(call("rmdir", guest.string("/d")))).isEqualTo(Errno.ENOTEMPTY);
        assertThat(call("unlink", guest.string("/d/link"))).isZero();
        assertThat(call("mknod", guest.string("fifo"), Stat.S_IFIFO | 0600, 0)).isZero();
        assertThat(errno(call("mknod", guest.string("dev"), Stat.S_IFCHR | 0600, 0x103))).isEqualTo(Errno.EPERM);
        assertThat(errno(call("unlinkat", Fcntl.AT_FDCWD, guest.string("x"), 1))).isEqualTo(Errno.EINVAL);
        assertThat(call("umask", 077)).isEqualTo(022);
        assertThat(call("umask", 022)).isEqualTo(077);
        assertThat(errno(open("", 0))).isEqualTo(Errno.ENOENT);
        assertThat(errno(open("x".repeat(Limits.PATH_MAX), 0))).isEqualTo(Errno.ENAMETOOLONG);
        assertThat(errno(call("rename", guest.string("/proc/x"), guest.string("/y")))).isEqualTo(Errno.EXDEV);
    }

    @Test
    void modesTimesAndAttributes() throws IOException {
        Files.writeString(root.resolve("f"), "");
        Files.createSymbolicLink(root.resolve("l"), Path.of("f"));
        assertThat(call("chmod", guest.string("/l"), 0601)).isZero();
        assertThat((Integer) Files.getAttribute(root.resolve("f"), "unix:mode") & 07777).isEqualTo(0601);
        assertThat(errno(call("fchmodat2", Fcntl.AT_FDCWD, guest.string("/l"), 0600, Fcntl.AT_SYMLINK_NOFOLLOW)))
                .isEqualTo(Errno.EOPNOTSUPP);
        assertThat(call("chown", guest.string("/f"), -1, -1)).isZero();
        long times = guest.allocate(32);
        guest.memory().writeLong(times, 1000);
        guest.memory().writeLong(times + 16, 2000);
        assertThat(call("utimensat", Fcntl.AT_FDCWD, guest.string("f"), times, 0)).isZero();
        assertThat(Files.getLastModifiedTime(root.resolve("f")).toMillis()).isEqualTo(2_000_000);
        assertThat(call("utimensat", Fcntl.AT_FDCWD, guest.string("l"), times, Fcntl.AT_SYMLINK_NOFOLLOW)).isZero();
        long fd = open("/f", OpenFlags.O_RDWR);
        guest.memory().writeLong(times + 16, 3000);
        assertThat(call("utimensat", fd, 0, times, 0)).isZero();
        assertThat(call("utimes", guest.string("f"), 0)).isZero();
        assertThat(errno(call("utimensat", Fcntl.AT_FDCWD, 0, times, 0))).isEqualTo(Errno.EFAULT);
        long set = call("setxattr", guest.string("f"), guest.string("user.a"), guest.string("value"), 5, 0);
        if (set != -Errno.EOPNOTSUPP) {
            long value = guest.allocate(100);
            assertThat(call("getxattr", guest.string("l"), guest.string("user.a"), value, 100)).isEqualTo(5);
            assertThat(guest.text(value, 5)).isEqualTo("value");
            assertThat(call("flistxattr", fd, value, 100)).isPositive();
            assertThat(call("removexattr", guest.string("f"), guest.string("user.a"))).isZero();
        }
        assertThat(errno(call("setxattr", guest.string("f"), guest.string(""), 0, 0, 0))).isEqualTo(Errno.ERANGE);
        assertThat(call("truncate", guest.string("f"), 100)).isZero();
        assertThat(call("ftruncate", fd, 50)).isZero();
        assertThat(Files.size(root.resolve("f"))).isEqualTo(50);
        assertThat(call("fallocate", fd, 0, 0, 4096)).isZero();
        assertThat(call("fsync", fd)).isZero();
        assertThat(call("fadvise64", fd, 0, 0, 0)).isZero();
        assertThat(errno(call("chmod", guest.string("/proc"), 0))).isEqualTo(Errno.EPERM);
    }

    @Test
    void pipesBreakWithASignal() {
        long pair = guest.allocate(8);
        assertThat(call("pipe2", pair, OpenFlags.O_CLOEXEC)).isZero();
        int reader = guest.memory().readInt(pair);
        int writer = guest.memory().readInt(pair + 4);
        assertThat(call("write", writer, guest.string("abc"), 3)).isEqualTo(3);
        long out = open("/out", RW);
        assertThat(call("splice", reader, 0, out, 0, 2, 0)).isEqualTo(2);
        long count = guest.allocate(4);
        assertThat(call("ioctl", reader, Ioctl.FIONREAD, count)).isZero();
        assertThat(guest.memory().readInt(count)).isEqualTo(1);
        assertThat(errno(call("lseek", reader, 0, 0))).isEqualTo(Errno.ESPIPE);
        assertThat(call("close", reader)).isZero();
        assertThat(errno(call("write", writer, guest.string("x"), 1))).isEqualTo(Errno.EPIPE);
        assertThat(guest.signals()).singleElement().satisfies(s -> assertThat(s.signal()).isEqualTo(Signal.SIGPIPE));
        // A bad pointer leaves no descriptor behind.
        assertThat(errno(call("pipe", 8))).isEqualTo(Errno.EFAULT);
        assertThat(call("dup", out)).isEqualTo(reader);
    }

    @Test
    void copiesInsideTheHost() throws IOException {
        Files.writeString(root.resolve("in"), "0123456789");
        long in = open("/in", 0);
        long out = open("/out", RW);
        long offset = guest.allocate(8);
        guest.memory().writeLong(offset, 4);
        assertThat(call("sendfile", out, in, offset, 3)).isEqualTo(3);
        assertThat(guest.memory().readLong(offset)).isEqualTo(7);
        assertThat(call("copy_file_range", in, 0, out, 0, 100, 0)).isEqualTo(10);
        assertThat(Files.readString(root.resolve("out"))).isEqualTo("4560123456789");
        assertThat(errno(call("copy_file_range", in, 0, out, 0, 100, 1))).isEqualTo(Errno.EINVAL);
        long memory = call("memfd_create", guest.string("m"), 0);
        assertThat(memory).isPositive();
        assertThat(call("sendfile", memory, out, 0, 1)).isNotNegative();
        assertThat(errno(call("memfd_create", guest.string("m".repeat(250)), 0))).isEqualTo(Errno.EINVAL);
    }

    @Test
    void recordLocksBelongToTheProcess() throws IOException {
        long first = open("/f", RW);
        long second = open("/f", RW);
        long lock = guest.allocate(32);
        guest.memory().writeShort(lock, (short) Fcntl.F_WRLCK);
        assertThat(call("fcntl", first, Fcntl.F_SETLK, lock)).isZero();
        assertThat(call("fcntl", second, Fcntl.F_SETLKW, lock)).as("no conflict with itself").isZero();
        try (TestGuest other = new TestGuest(root)) {
            long fd = other.call(family, "open", other.string("/f"), OpenFlags.O_RDWR, 0);
            long theirs = other.allocate(32);
            other.memory().writeShort(theirs, (short) Fcntl.F_WRLCK);
            assertThat(other.call(family, "fcntl", fd, Fcntl.F_SETLK, theirs)).isEqualTo(-Errno.EAGAIN);
            assertThat(other.call(family, "fcntl", fd, Fcntl.F_GETLK, theirs)).isZero();
            assertThat(other.memory().readShort(theirs)).isEqualTo((short) Fcntl.F_WRLCK);
            call("close", second); // any descriptor of the file
            assertThat(other.call(family, "fcntl", fd, Fcntl.F_SETLK, theirs)).isZero();
        }
        assertThat(call("fcntl", first, Fcntl.F_GETLK, lock)).isZero();
        assertThat(guest.memory().readShort(lock)).isEqualTo((short) Fcntl.F_UNLCK);
        long readOnly = open("/f", 0);
        guest.memory().writeShort(lock, (short) Fcntl.F_WRLCK);
        assertThat(errno(call("fcntl", readOnly, Fcntl.F_SETLK, lock))).isEqualTo(Errno.EBADF);
        assertThat(call("flock", first, Fcntl.LOCK_EX)).isZero();
        assertThat(errno(call("flock", readOnly, Fcntl.LOCK_EX | Fcntl.LOCK_NB))).isEqualTo(Errno.EAGAIN);
    }

    @Test
    void watchesFiles() {
        long watcher = call("inotify_init1", OpenFlags.O_NONBLOCK);
        assertThat(call("inotify_add_watch", watcher, guest.string("/"), 0x100)).isPositive();
        open("/new", RW);
        long buffer = guest.allocate(256);
        assertThat(call("read", watcher, buffer, 256)).isPositive();
        assertThat(guest.memory().readString(buffer + 16, 10)).isEqualTo("new");
    }

    @Test
    void devicesThatTakeNothing() {
        long zero = open("/dev/zero", OpenFlags.O_RDWR);
        long buffer = guest.string("xxxx");
        assertThat(call("read", zero, buffer, 4)).isEqualTo(4);
        assertThat(guest.memory().readInt(buffer)).isZero();
        assertThat(errno(open("/dev/mem", OpenFlags.O_RDWR))).isEqualTo(Errno.ENOENT);
        // The host need not have one; here it has no driver.
        assertThat(errno(open("/dev/kvm", OpenFlags.O_RDWR))).isIn(Errno.ENOENT, Errno.ENODEV);
        assertThat(errno(call("ioctl", zero, 0xae00, 0))).isEqualTo(Errno.ENOTTY);
        assertThat(errno(call("ioctl", zero, Ioctl.TIOCSTI, buffer))).isEqualTo(Errno.EIO);
        assertThat(errno(call("ioctl", zero, Ioctl.TCGETS, buffer))).isEqualTo(Errno.ENOTTY);
    }

    @Test
    void terminalsOfOthersAreNotThere() {
        assertThat(list("getdents64", open("/dev/pts", 0))).containsExactlyInAnyOrder(".", "..");
        int master = (int) open("/dev/ptmx", OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
        assertThat(master).isNotNegative();
        long number = guest.allocate(4);
        assertThat(call("ioctl", master, Ioctl.TIOCGPTN, number)).isZero();
        long unlock = guest.allocate(4);
        assertThat(call("ioctl", master, Ioctl.TIOCSPTLCK, unlock)).isZero();
        String name = "/dev/pts/" + guest.memory().readInt(number);
        long slave = open(name, OpenFlags.O_RDWR);
        assertThat(slave).isNotNegative();
        assertThat(call("ioctl", slave, Ioctl.TCGETS, guest.allocate(64))).isZero();
        assertThat(guest.fs().readLink(null, "/proc/self/fd/" + slave)).isEqualTo(name);
        try (TestGuest other = new TestGuest(root, 4712, guest)) {
            assertThat(other.call(family, "open", other.string(name), OpenFlags.O_RDWR, 0)).isEqualTo(-Errno.ENOENT);
        }
    }

    @Test
    void filesGrowToTheirLimit() {
        guest.limits().set(org.nesteddune.linux.Resource.RLIMIT_FSIZE, 10, 10);
        long fd = open("/f", RW);
        long data = guest.string("0123456789abcdef");
        assertThat(call("write", fd, data, 8)).isEqualTo(8);
        assertThat(call("write", fd, data, 8)).isEqualTo(2);
        assertThat(errno(call("write", fd, data, 8))).isEqualTo(Errno.EFBIG);
        assertThat(guest.signals()).singleElement().satisfies(s -> assertThat(s.signal()).isEqualTo(Signal.SIGXFSZ));
        assertThat(call("pwrite64", fd, data, 8, 5)).isEqualTo(5);
        assertThat(errno(call("ftruncate", fd, 11))).isEqualTo(Errno.EFBIG);
        long vector = guest.allocate(32);
        for (int i = 0; i < 2; i++) {
            guest.memory().writeLong(vector + 16 * i, data);
            guest.memory().writeLong(vector + 16 * i + 8, 4);
        }
        assertThat(call("pwritev", fd, vector, 2, 4)).isEqualTo(6);
        assertThat(errno(call("pwritev", fd, vector, 2, 10))).isEqualTo(Errno.EFBIG);
    }

    /** Every pointer of every call, one after the other, bad: EFAULT, and nothing is left open. */
    @Test
    void badPointersAreEfault() throws IOException {
        Files.writeString(root.resolve("f"), "text");
        Files.createSymbolicLink(root.resolve("l"), Path.of("f"));
        int file = (int) open("/f", OpenFlags.O_RDWR);
        int directory = (int) open("/", OpenFlags.O_RDONLY);
        List<String> wrong = new ArrayList<>();
        for (Syscall call : family.syscalls()) {
            if (call.support() == Syscall.Support.ERRNO) {
                continue;
            }
            for (int i = 0; i < call.signature().parameters().size(); i++) {
                Signature.Parameter parameter = call.signature().parameters().get(i);
                if (!parameter.isPointer()) {
                    continue;
                }
                for (long bad : new long[] {8, 0x7fff_ffff_f000L, -1, 0xdead_0000_0000_0000L}) {
                    long[] arguments = arguments(call, file, directory);
                    arguments[i] = bad;
                    long result = guest.call(call, arguments);
                    if (result != -Errno.EFAULT) {
                        wrong.add(call.name() + " " + parameter.name() + " " + Long.toHexString(bad) + ": "
                                + (result < 0 ? Errno.name((int) -result) : result));
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private long[] arguments(Syscall call, int file, int directory) {
        long[] arguments = new long[6];
        for (int i = 0; i < call.signature().parameters().size(); i++) {
            Signature.Parameter parameter = call.signature().parameters().get(i);
            arguments[i] = switch (parameter.type()) {
                case "fd" -> call.name().startsWith("getdents") ? directory : file;
                case "dirfd" -> Fcntl.AT_FDCWD;
                case "path" -> guest.string(call.name().startsWith("readlink") ? "/l" : "/f");
                case "str" -> guest.string("user.x");
                case "size", "ulong", "uint" -> switch (call.name()) {
                    case "openat2", "file_getattr", "file_setattr" -> 24;
                    case "setxattrat", "getxattrat" -> 16;
                    case "getcwd" -> 4096;
                    default -> 1;
                };
                case "int" -> 16;
                case "in", "inout", "out", "inbuf", "outbuf" -> guest.allocate(4096);
                default -> 0;
            };
        }
        if (call.name().equals("inotify_add_watch")) {
            arguments[0] = guest.call(family, "inotify_init");
            arguments[2] = 0x100;
        }
        return arguments;
    }
}
