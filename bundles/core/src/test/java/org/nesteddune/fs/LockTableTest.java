package org.nesteddune.fs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nesteddune.fs.LockTable.FileId;
import org.nesteddune.fs.LockTable.Lock;
import org.nesteddune.linux.Fcntl;

class LockTableTest {

    private static final FileId FILE = new FileId(1, 1);
    private static final FileId OTHER = new FileId(1, 2);

    private final LockTable table = new LockTable();
    private final RecordLocks a = new RecordLocks();
    private final RecordLocks b = new RecordLocks();
    private final RecordLocks c = new RecordLocks();

    private static Lock write(RecordLocks owner, long start, long end) {
        return new Lock(owner, 1, Fcntl.F_WRLCK, start, end);
    }

    private static Lock read(RecordLocks owner, long start, long end) {
        return new Lock(owner, 1, Fcntl.F_RDLCK, start, end);
    }

    @Test
    void aNewLockTakesTheOldOnesPlace() {
        table.set(FILE, write(a, 0, 99));
        table.set(FILE, read(a, 40, 59));
        assertThat(table.conflict(FILE, read(b, 45, 50))).isNull();
        assertThat(table.conflict(FILE, write(b, 45, 50))).isNotNull();
        assertThat(table.conflict(FILE, read(b, 39, 39)).type()).isEqualTo(Fcntl.F_WRLCK);
        assertThat(table.conflict(FILE, read(b, 60, Long.MAX_VALUE)).start()).isEqualTo(60);
        assertThat(table.conflict(FILE, write(a, 0, 99))).as("not with oneself").isNull();
        table.set(FILE, new Lock(a, 1, Fcntl.F_UNLCK, 0, Long.MAX_VALUE));
        assertThat(table.conflict(FILE, write(b, 0, Long.MAX_VALUE))).isNull();
    }

    @Test
    void aCircleOfTwoIsADeadlock() {
        table.set(FILE, write(a, 0, 0));
        table.set(FILE, write(b, 1, 1));
        assertThat(table.await("a", FILE, write(a, 1, 1))).isTrue();
        assertThat(table.await("b", FILE, write(b, 0, 0))).isFalse();
        assertThat(table.await("b", FILE, read(b, 2, 9))).as("in nobody's way").isTrue();
        table.done("a");
        assertThat(table.await("b", FILE, write(b, 0, 0))).isTrue();
    }

    @Test
    void aCircleOfThreeOverTwoFilesIsOneToo() {
        table.set(FILE, write(a, 0, 0));
        table.set(OTHER, write(b, 0, 0));
        table.set(OTHER, write(c, 5, 5));
        assertThat(table.await("a", OTHER, write(a, 0, 0))).isTrue();
        assertThat(table.await("b", OTHER, read(b, 5, 5))).isTrue();
        assertThat(table.await("c", FILE, write(c, 0, 0))).isFalse();
        table.remove(OTHER, b);
        assertThat(table.await("c", FILE, write(c, 0, 0))).isTrue();
    }
}
