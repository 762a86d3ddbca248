package org.nesteddune.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.OpenFlags;

class GuardedAccessTest {

    @TempDir
    Path directory;

    private Path path;
    private int fd;
    private long word;

    @BeforeEach
    void mapAFile() throws IOException {
        assumeThat(GuardedAccess.isSupported()).as("the host is an x86-64").isTrue();
        path = directory.resolve("file");
        Files.write(path, new byte[Linux.PAGE_SIZE]);
        try (NativeBuffer name = NativeBuffer.ofCString(path.toString())) {
            fd = (int) HostException.check("open", Linux.open(name.address(), OpenFlags.O_RDWR, 0));
        }
        word = HostException.check("mmap", Linux.mmap(
            0, Linux.PAGE_SIZE, Mman.PROT_READ | Mman.PROT_WRITE, Mman.MAP_SHARED, fd, 0));
    }

    @AfterEach
    void unmap() {
        if (word > 0) {
            Linux.munmap(word, Linux.PAGE_SIZE);
            Linux.close(fd);
        }
    }

    @Test
    void aWordIsSetIfItHasTheExpectedValue() {
        assertThat(GuardedAccess.compareAndExchangeInt(word, 0, -2)).isZero();
        assertThat(Memory.getInt(word)).isEqualTo(-2);
        assertThat(GuardedAccess.compareAndExchangeInt(word, 7, 8)).isEqualTo(0xffff_fffeL);
        assertThat(Memory.getInt(word)).isEqualTo(-2);
        assertThat(GuardedAccess.compareAndExchangeInt(word, -2, 8)).isEqualTo(0xffff_fffeL);
        assertThat(Memory.getInt(word)).isEqualTo(8);
    }

    @Test
    void aWordThatIsGoneIsAnError() {
        Linux.ftruncate(fd, 0);
        assertThat(GuardedAccess.compareAndExchangeInt(word, 0, 1)).isEqualTo(-Errno.EFAULT);
        Linux.ftruncate(fd, Linux.PAGE_SIZE);
        assertThat(GuardedAccess.compareAndExchangeInt(word, 0, 1)).isZero();
    }

    @Test
    void itIsAtomic() throws InterruptedException {
        int rounds = 20_000;
        Runnable add = () -> {
            for (int i = 0; i < rounds; i++) {
                long found = 0;
                for (long tried = -1; tried != found; ) {
                    tried = found;
                    found = GuardedAccess.compareAndExchangeInt(word, (int) tried, (int) tried + 1);
                }
            }
        };
        Thread other = new Thread(add);
        other.start();
        for (int i = 0; i < rounds; i++) {
            Memory.getAndAddInt(word, 1);
        }
        other.join();
        assertThat(Memory.getInt(word)).isEqualTo(2 * rounds);
    }

    @Test
    void aFileThatComesAndGoesHarmsNothing() throws InterruptedException {
        AtomicBoolean end = new AtomicBoolean();
        Thread truncating = new Thread(() -> {
            while (!end.get()) {
                Linux.ftruncate(fd, 0);
                Linux.ftruncate(fd, Linux.PAGE_SIZE);
            }
        });
        truncating.start();
        int gone = 0;
        for (int i = 0; i < 50_000; i++) {
            long result = GuardedAccess.compareAndExchangeInt(word, 0, 0);
            assertThat(result).isIn(0L, (long) -Errno.EFAULT);
            gone += result == 0 ? 0 : 1;
        }
        end.set(true);
        truncating.join();
        assertThat(gone).as("it was caught without its page").isPositive();
    }

    /** What the JVM does itself about a mapped file that was cut, it still does. */
    @Test
    void theJvmGetsItsOwnSignals() throws IOException {
        assertThat(GuardedAccess.isSupported()).isTrue();
        MappedByteBuffer buffer;
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            buffer = file.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, Linux.PAGE_SIZE);
            file.setLength(0);
        }
        assertThatThrownBy(() -> {
            buffer.get(0);
            // The JVM delivers it a little later.
            Thread.yield();
        }).isInstanceOf(InternalError.class);
    }
}
