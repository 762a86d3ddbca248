package org.nesteddune.syscalls.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.linux.Mman.*;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Resource;
import org.nesteddune.syscall.Signature;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.testing.TestGuest;

class MemoryFamilyTest {

    private static final long PAGE = 4096;
    private static final int RW = PROT_READ | PROT_WRITE;
    private static final int ANON = MAP_PRIVATE | MAP_ANONYMOUS;
    private static final long[] BAD = {1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 0x7fff_ffff_f000L, 0x1_0000_0001L};

    @TempDir
    Path root;

    private final MemoryFamily family = new MemoryFamily();
    private TestGuest guest;

    @BeforeEach
    void start() {
        guest = new TestGuest(root);
    }

    @AfterEach
    void end() {
        guest.close();
    }

    private long call(String name, long... arguments) {
        return guest.call(family, name, arguments);
    }

    private long map(long pages) {
        return call("mmap", 0, pages * PAGE, RW, ANON, -1, 0);
    }

    private int open(int flags, int pages) throws IOException {
        Files.write(root.resolve("file"), "x".repeat((int) (pages * PAGE)).getBytes());
        OpenFile file = guest.fs().open(null, "/file", flags, 0);
        return guest.descriptors().add(file, 3, 100, true);
    }

    @Test
    void mapsFilesByTheirDescriptor() throws IOException {
        int fd = open(OpenFlags.O_RDWR, 3);
        long address = call("mmap", 0, 2 * PAGE, RW, MAP_SHARED, fd, PAGE);
        assertThat(address).isPositive();
        assertThat(guest.descriptors().close(fd)).isZero();
        guest.memory().writeByte(address, (byte) 'y');
        assertThat(call("msync", address, PAGE, MS_SYNC)).isZero();
        assertThat(Files.readString(root.resolve("file")).charAt((int) PAGE)).isEqualTo('y');
        assertThat(guest.memory().mapsText()).contains("rw-s 00001000").contains("/file");
        assertThat(call("munmap", address, 2 * PAGE)).isZero();
        assertThat(call("mmap", 0, PAGE, RW, MAP_SHARED, fd, 0)).isEqualTo(-Errno.EBADF);
        assertThat(call("mmap", 0, PAGE, RW, ANON, 99, 1)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void otherPagesOfAFileAreMappedOverThese() throws IOException {
        int fd = open(OpenFlags.O_RDWR, 4);
        long address = call("mmap", 0, 4 * PAGE, RW, MAP_SHARED, fd, 0);
        guest.memory().writeInt(address + 2 * PAGE, 42);
        assertThat(call("remap_file_pages", address, PAGE, 0, 2, 0)).isZero();
        assertThat(guest.memory().readInt(address)).isEqualTo(42);
        assertThat(call("remap_file_pages", address, PAGE, PROT_READ, 2, 0)).isEqualTo(-Errno.EINVAL);
        assertThat(call("remap_file_pages", map(1), PAGE, 0, 2, 0)).isEqualTo(-Errno.EINVAL);
        assertThat(call("remap_file_pages", address, 0, 0, 2, 0)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void thereAreNoProtectionKeys() {
        long address = map(1);
        assertThat(call("pkey_alloc", 0, 0)).isEqualTo(-Errno.ENOSPC);
        assertThat(call("pkey_alloc", 1, 0)).isEqualTo(-Errno.EINVAL);
        assertThat(call("pkey_free", 0)).isEqualTo(-Errno.EINVAL);
        assertThat(call("pkey_mprotect", address, PAGE, PROT_READ, 0)).isEqualTo(-Errno.EINVAL);
        assertThat(call("pkey_mprotect", address, PAGE, PROT_READ, -1)).isZero();
        assertThat(guest.memory().find(address).protection()).isEqualTo(PROT_READ);
    }

    @Test
    void locksAreLimited() {
        long address = map(4);
        assertThat(call("mlock", address + 1, PAGE)).isZero();
        assertThat(guest.memory().usage().locked()).isEqualTo(2 * PAGE);
        assertThat(call("munlockall")).isZero();
        assertThat(guest.memory().usage().locked()).isZero();
        assertThat(call("mlock2", address, PAGE, MLOCK_ONFAULT)).isZero();
        assertThat(call("mlock2", address, PAGE, 2)).isEqualTo(-Errno.EINVAL);
        assertThat(call("mlockall", 0)).isEqualTo(-Errno.EINVAL);
        assertThat(call("mlockall", MCL_ONFAULT)).isEqualTo(-Errno.EINVAL);
        assertThat(call("mlockall", MCL_FUTURE | MCL_ONFAULT)).isZero();
        map(3);
        assertThat(guest.memory().usage().locked()).isEqualTo(4 * PAGE);
        assertThat(call("munlockall")).isZero();
        assertThat(call("mlock", 0x10000, PAGE)).isEqualTo(-Errno.ENOMEM);
        guest.limits().set(Resource.RLIMIT_MEMLOCK, PAGE, PAGE);
    }

    @Test
    void ownMemoryIsCopied() {
        long from = map(2);
        long to = map(2);
        long vectors = map(1);
        guest.memory().writeLong(from + 4000, 0x1122334455667788L);
        iovec(vectors, to, 4);
        iovec(vectors + 16, to + 100, 4);
        iovec(vectors + 32, from + 4000, 8);
        assertThat(call("process_vm_readv", TestGuest.PID, vectors, 2, vectors + 32, 1, 0)).isEqualTo(8);
        assertThat(guest.memory().readInt(to)).isEqualTo(0x55667788);
        assertThat(guest.memory().readInt(to + 100)).isEqualTo(0x11223344);
        assertThat(call("process_vm_writev", TestGuest.PID, vectors, 2, vectors + 32, 1, 0)).isEqualTo(8);
        assertThat(call("process_vm_readv", TestGuest.PID, vectors, 2, vectors + 32, 1, 1)).isEqualTo(-Errno.EINVAL);
        assertThat(call("process_vm_readv", 1 << 20, vectors, 2, vectors + 32, 1, 0)).isEqualTo(-Errno.ESRCH);
        assertThat(call("process_vm_readv", TestGuest.PID, vectors, 2000, vectors, 1, 0)).isEqualTo(-Errno.EINVAL);
        for (long bad : BAD) {
            iovec(vectors + 48, bad, 8);
            assertThat(call("process_vm_readv", TestGuest.PID, vectors, 2, vectors + 48, 1, 0))
                    .isEqualTo(-Errno.EFAULT);
            assertThat(call("process_vm_readv", TestGuest.PID, vectors + 48, 1, vectors + 32, 1, 0))
                    .isEqualTo(-Errno.EFAULT);
            assertThat(call("process_vm_writev", TestGuest.PID, vectors, 1, bad, 1, 0)).isEqualTo(-Errno.EFAULT);
        }
        // What comes before the bad part is copied.
        iovec(vectors + 64, from + 4000, 4);
        iovec(vectors + 80, 1, 4);
        assertThat(call("process_vm_readv", TestGuest.PID, vectors, 2, vectors + 64, 2, 0)).isEqualTo(4);
    }

    private void iovec(long at, long base, long length) {
        guest.memory().writeLong(at, base);
        guest.memory().writeLong(at + 8, length);
    }

    @Test
    void residencyGoesToGuestMemory() {
        long address = map(3);
        long vector = map(1);
        guest.memory().writeInt(address, 1);
        assertThat(call("mincore", address, 3 * PAGE, vector)).isZero();
        assertThat(guest.memory().readByte(vector) & 1).isEqualTo(1);
        for (long bad : BAD) {
            assertThat(call("mincore", address, PAGE, bad)).isEqualTo(-Errno.EFAULT);
        }
    }

    @Test
    void wildArgumentsOnlyGiveErrors() {
        long address = map(1);
        guest.memory().initialBreak(guest.memory().programBase());
        long[] values = {0, 1, -1, PAGE, 123, 1L << 47, Long.MAX_VALUE, Long.MIN_VALUE, -PAGE, address};
        for (Syscall call : family.syscalls()) {
            int count = call.signature().parameters().size();
            for (long first : values) {
                for (long second : values) {
                    for (long third : values) {
                        long[] arguments = {first, second, third, third, first, second};
                        if (call.name().equals("munmap") && first == address
                                || call.name().startsWith("mmap") && (third & MAP_FIXED) != 0) {
                            continue;
                        }
                        long result = guest.call(call, java.util.Arrays.copyOf(arguments, Math.max(count, 1)));
                        assertThat(result == Long.MIN_VALUE).as(call.name()).isFalse();
                    }
                }
            }
        }
    }

    @Test
    void rowsAreWellFormed() {
        assertThat(family.name()).isEqualTo("memory");
        assertThat(family.syscalls()).extracting(Syscall::name).doesNotHaveDuplicates().contains("mmap", "brk");
        for (Syscall call : family.syscalls()) {
            for (Signature.Parameter parameter : call.signature().parameters()) {
                assertThat(parameter.name()).isNotEmpty();
            }
            assertThat(call.note().isEmpty()).isEqualTo(call.support() == Syscall.Support.FULL);
        }
    }
}
