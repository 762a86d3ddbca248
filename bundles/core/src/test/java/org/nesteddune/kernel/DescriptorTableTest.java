package org.nesteddune.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;

class DescriptorTableTest {

    private final DescriptorTable table = new DescriptorTable();

    private static final class TestFile extends OpenFile {
        boolean closed;

        TestFile() {
            super("test");
        }

        @Override
        protected void close() {
            closed = true;
        }

        @Override
        public int statusFlags() {
            return 0;
        }

        @Override
        public long status(FileStatus status) {
            return 0;
        }
    }

    @Test
    void theLowestFreeDescriptorIsTaken() {
        for (int i = 0; i < 100; i++) {
            assertThat(table.add(new TestFile(), 0, 1024, false)).isEqualTo(i);
        }
        table.close(7);

        assertThat(table.add(new TestFile(), 3, 1024, false)).isEqualTo(7);
        assertThat(table.add(new TestFile(), 0, 1024, false)).isEqualTo(100);
    }

    @Test
    void theLimitIsKeptAndTheFileGivenBack() {
        table.add(new TestFile(), 0, 1, false);
        TestFile second = new TestFile();

        assertThat(table.add(second, 0, 1, false)).isEqualTo(-Errno.EMFILE);
        assertThat(second.closed).isTrue();
    }

    @Test
    void aFileInUseOutlivesItsDescriptor() {
        TestFile file = new TestFile();
        int descriptor = table.add(file, 0, 10, false);
        OpenFile used = table.get(descriptor);

        table.close(descriptor);
        assertThat(file.closed).isFalse();
        used.release();
        assertThat(file.closed).isTrue();
        assertThatThrownBy(() -> table.get(descriptor)).isInstanceOf(ErrnoException.class);
    }

    @Test
    void aCopyHoldsItsOwnReferences() {
        TestFile file = new TestFile();
        table.add(file, 0, 10, true);
        DescriptorTable copy = table.copy();

        table.closeForExec();
        assertThat(table.isOpen(0)).isFalse();
        assertThat(file.closed).isFalse();
        copy.closeAll();
        assertThat(file.closed).isTrue();
    }

    @Test
    void badDescriptorsAreEbadf() {
        assertThat(table.close(-1)).isEqualTo(-Errno.EBADF);
        assertThat(table.close(1 << 20)).isEqualTo(-Errno.EBADF);
        assertThat(table.closeOnExec(5)).isEqualTo(-Errno.EBADF);
    }

    @Test
    void aReservedDescriptorIsNobodysUntilItsFileComes() {
        int descriptor = table.reserve(2);
        assertThat(table.isOpen(descriptor)).isFalse();
        assertThat(table.close(descriptor)).isEqualTo(-Errno.EBADF);
        assertThat(table.add(new TestFile(), 0, 2, false)).isEqualTo(descriptor + 1);
        assertThat(table.reserve(2)).isEqualTo(-Errno.EMFILE);
        assertThat(table.copy().reserve(2)).isEqualTo(descriptor);
        TestFile file = new TestFile();
        table.set(descriptor, file, true);
        assertThat(table.get(descriptor)).isSameAs(file);
        table.giveBack(descriptor);
        assertThat(table.isOpen(descriptor)).isTrue();
    }
}
