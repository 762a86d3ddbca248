package org.nesteddune.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nesteddune.linux.Errno.EBADF;
import static org.nesteddune.linux.Errno.EEXIST;
import static org.nesteddune.linux.Errno.EFAULT;
import static org.nesteddune.linux.Errno.EINTR;
import static org.nesteddune.linux.Errno.ENOENT;
import static org.nesteddune.linux.Errno.ENOSYS;
import static org.nesteddune.linux.Errno.ESRCH;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Seek;
import org.nesteddune.linux.Stat;
import org.nesteddune.linux.Time;

class LinuxTest {
    @TempDir
    private Path directory;

    private final NativeBuffer buffer = new NativeBuffer(4096);

    @Test
    void answersWithTheNegativeErrorNumber() {
        assertThat(Linux.read(-1, buffer.address(), 1)).isEqualTo(-EBADF);
        assertThat(Linux.call(SyscallNumbers.MISSING)).isEqualTo(-ENOSYS);
        assertThat(Linux.open(buffer.address(), OpenFlags.O_RDONLY, 0)).isEqualTo(-ENOENT);
        assertThat(Linux.open(16, OpenFlags.O_RDONLY, 0)).isEqualTo(-EFAULT);
        assertThat(Linux.mkdirat(Fcntl.AT_FDCWD, buffer.cString("/tmp"), 0)).isEqualTo(-EEXIST);
    }

    @Test
    void knowsThisProcess() {
        assertThat(Linux.getpid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(Linux.gettid()).isPositive();
        assertThat(Linux.PAGE_SIZE).isGreaterThanOrEqualTo(4096);
    }

    @Test
    void passesAllSixArguments() {
        long address = Linux.mmap(0, 8192, Mman.PROT_READ | Mman.PROT_WRITE, Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, -1, 0);
        HostException.check("mmap", address);
        Memory.putLong(address + 8184, 42);
        assertThat(Linux.mprotect(address, 4096, Mman.PROT_NONE)).isZero();
        assertThat(Linux.madvise(address + 4096, 4096, Mman.MADV_DONTNEED)).isZero();
        assertThat(Memory.getLong(address + 8184)).isZero();
        assertThat(Linux.munmap(address, 8192)).isZero();
    }

    @Test
    void readsAndWritesFiles() throws Exception {
        Path file = directory.resolve("file");
        long path = buffer.cString(file.toString());
        int fd = (int) HostException.check("open",
            Linux.open(path, OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_CLOEXEC, 0640));
        assertThat(Linux.write(fd, buffer.cString("hello"), 5)).isEqualTo(5);
        assertThat(Linux.pwrite(fd, buffer.cString("J"), 1, 0)).isEqualTo(1);
        assertThat(Linux.lseek(fd, -2, Seek.SEEK_END)).isEqualTo(3);
        assertThat(Linux.read(fd, buffer.address(), 99)).isEqualTo(2);
        assertThat(buffer.bytes(0, 2)).isEqualTo("lo".getBytes(StandardCharsets.US_ASCII));
        assertThat(Linux.pread(fd, buffer.address(), 3, 0)).isEqualTo(3);
        assertThat(Linux.fcntl(fd, Fcntl.F_GETFD, 0)).isEqualTo(Fcntl.FD_CLOEXEC);
        assertThat(Linux.ftruncate(fd, 4)).isZero();
        buffer.clear();
        assertThat(Linux.statx(fd, buffer.address(), Fcntl.AT_EMPTY_PATH, Stat.STATX_BASIC_STATS, buffer.address() + 64)).isZero();
        assertThat(Stat.S_ISREG(Memory.getShort(buffer.address() + 64 + 28))).isTrue();
        assertThat(Memory.getLong(buffer.address() + 64 + 40)).isEqualTo(4);
        assertThat(Linux.close(fd)).isZero();
        assertThat(Linux.close(fd)).isEqualTo(-EBADF);
        assertThat(Files.readString(file)).isEqualTo("Jell");
    }

    @Test
    void readsBadMemoryWithoutAFault() {
        long local = buffer.address();
        Memory.putLong(local, local + 100);
        Memory.putLong(local + 8, 8);
        Memory.putLong(local + 16, 4096);
        Memory.putLong(local + 24, 8);
        assertThat(Linux.process_vm_readv((int) Linux.getpid(), local, 1, local + 16, 1)).isEqualTo(-EFAULT);
        Memory.putLong(local + 16, local);
        assertThat(Linux.process_vm_readv((int) Linux.getpid(), local, 1, local + 16, 1)).isEqualTo(8);
        assertThat(Memory.getLong(local + 100)).isEqualTo(local + 100);
    }

    @Test
    void kickEndsABlockedRead() throws Exception {
        assertThat(Linux.pipe2(buffer.address(), OpenFlags.O_CLOEXEC)).isZero();
        int in = Memory.getInt(buffer.address());
        int out = Memory.getInt(buffer.address() + 4);
        assertThat(kicked(() -> Linux.read(in, buffer.address() + 64, 1))).isEqualTo(-EINTR);
        Linux.close(in);
        Linux.close(out);
    }

    @Test
    void kickEndsABlockedPollAndSleep() throws Exception {
        assertThat(kicked(() -> Linux.ppoll(0, 0, 0, 0, 8))).isEqualTo(-EINTR);
        Memory.putLong(buffer.address(), 100);
        assertThat(kicked(() -> Linux.clock_nanosleep(Time.CLOCK_MONOTONIC, 0, buffer.address(), 0))).isEqualTo(-EINTR);
    }

    @Test
    void kickOfNobodySaysSo() {
        assertThat(KickSignal.send(0x3fffffff)).isEqualTo(-ESRCH);
        assertThat(KickSignal.mask()).isEqualTo(1L << 39);
    }

    /** Runs a blocking call in a thread of its own and kicks that until the call ends. */
    private static long kicked(LongSupplier call) throws Exception {
        AtomicInteger tid = new AtomicInteger();
        CompletableFuture<Long> result = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            tid.set((int) Linux.gettid());
            result.complete(call.getAsLong());
        });
        thread.start();
        while (!result.isDone()) {
            if (tid.get() != 0 && thread.isAlive()) {
                KickSignal.send(tid.get());
            }
            TimeUnit.MILLISECONDS.sleep(2);
        }
        thread.join();
        return result.get();
    }

    @Test
    void exceptionsTellTheWholeStory() {
        assertThatThrownBy(() -> HostException.check("ioctl(KVM_CREATE_VM)", -ENOENT, 3, 0xae01))
            .hasMessage("ioctl(KVM_CREATE_VM) with 0x3, 0xae01 failed: No such file or directory (ENOENT)")
            .isInstanceOfSatisfying(HostException.class, e -> {
                assertThat(e.call()).isEqualTo("ioctl(KVM_CREATE_VM)");
                assertThat(e.errno()).isEqualTo(ENOENT);
                assertThat(e.arguments()).containsExactly(3, 0xae01);
            });
        assertThat(HostException.check("mmap", -4096)).isEqualTo(-4096);
    }
}
