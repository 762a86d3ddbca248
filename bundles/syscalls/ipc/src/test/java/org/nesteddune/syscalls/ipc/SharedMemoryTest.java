package org.nesteddune.syscalls.ipc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.linux.Ipc.*;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.testing.TestGuest;

class SharedMemoryTest {

    private static final int PAGE = 4096;
    private static final int KEY = 0x4711;

    private final IpcGuests guests = new IpcGuests();
    private final TestGuest guest = guests.first;
    private final long buffer = guest.allocate(PAGE);

    @AfterEach
    void end() {
        guests.close();
    }

    private long call(String name, long... arguments) {
        return guests.call(name, arguments);
    }

    private long segment(long size) {
        long id = call("shmget", IPC_PRIVATE, size, 0600);
        assertThat(id).isNotNegative();
        return id;
    }

    private long mappings(long id) {
        assertThat(call("shmctl", id, IPC_STAT, buffer)).isZero();
        return guest.memory().readLong(buffer + 88);
    }

    @Test
    void twoGuestsShareWhatEitherWrites() {
        long id = call("shmget", KEY, 3 * PAGE, IPC_CREAT | 0600);
        assertThat(guests.callSecond("shmget", KEY, 100, 0)).isEqualTo(id);
        long here = call("shmat", id, 0, 0);
        long there = guests.callSecond("shmat", id, 0, SHM_RDONLY);
        guest.memory().writeLong(here + 2 * PAGE, 42);
        assertThat(guests.second.memory().readLong(there + 2 * PAGE)).isEqualTo(42);
        assertThat(guests.second.memory().protect(there, PAGE, Mman.PROT_READ | Mman.PROT_WRITE))
                .isEqualTo(-Errno.EACCES);
        assertThat(mappings(id)).isEqualTo(2);
        assertThat(guest.memory().readInt(buffer + 80)).as("creator").isEqualTo(IpcGuests.FIRST);
        assertThat(guest.memory().readInt(buffer + 84)).as("last").isEqualTo(IpcGuests.SECOND);
    }

    @Test
    void aNewMemoryIsEmptyAndHasAnId() {
        long id = segment(PAGE);
        long other = segment(PAGE);
        assertThat(other).isNotEqualTo(id);
        long address = call("shmat", id, 0, 0);
        assertThat(guest.memory().readLong(address)).isZero();
        assertThat(guest.memory().mapsText())
                .contains("rw-s 00000000 00:01 " + id + " ")
                .contains("/SYSV00000000 (deleted)");
    }

    @Test
    void getFollowsFlagsAndSizes() {
        assertThat(call("shmget", KEY, PAGE, 0600)).isEqualTo(-Errno.ENOENT);
        long id = call("shmget", KEY, PAGE, IPC_CREAT | IPC_EXCL | 0600);
        assertThat(call("shmget", KEY, PAGE, IPC_CREAT | IPC_EXCL | 0600)).isEqualTo(-Errno.EEXIST);
        assertThat(call("shmget", KEY, PAGE + 1, IPC_CREAT)).isEqualTo(-Errno.EINVAL);
        assertThat(call("shmget", KEY, 0, 0)).isEqualTo(id);
        assertThat(call("shmget", IPC_PRIVATE, 0, 0600)).isEqualTo(-Errno.EINVAL);
        assertThat(call("shmget", IPC_PRIVATE, -1, 0600)).isEqualTo(-Errno.EINVAL);
        assertThat(call("shmget", IPC_PRIVATE, 1L << 50, 0600)).isEqualTo(-Errno.ENOMEM);
        long promised = call("shmget", IPC_PRIVATE, 1L << 44, SHM_NORESERVE | 0600);
        assertThat(promised).isNotNegative();
    }

    @Test
    void anAttachTakesTheAddressItIsGiven() {
        long id = segment(2 * PAGE);
        long room = guest.allocate(4 * PAGE);
        assertThat(call("shmat", id, room, 0)).isEqualTo(-Errno.EINVAL);
        assertThat(call("shmat", id, room + 1, SHM_REMAP)).isEqualTo(-Errno.EINVAL);
        assertThat(call("shmat", id, 0, SHM_REMAP)).isEqualTo(-Errno.EINVAL);
        assertThat(call("shmat", id, 5, SHM_REMAP | SHM_RND)).isEqualTo(-Errno.EINVAL);
        assertThat(call("shmat", id, room + 17, SHM_REMAP | SHM_RND)).isEqualTo(room);
        guest.memory().unmap(room, 4 * PAGE);
        assertThat(mappings(id)).isZero();
        assertThat(call("shmat", id, room, SHM_EXEC)).isEqualTo(room);
        assertThat(guest.memory().find(room).protection())
                .isEqualTo(Mman.PROT_READ | Mman.PROT_WRITE | Mman.PROT_EXEC);
        assertThat(call("shmat", id + 1, 0, 0)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void theCountFollowsTheMappings() {
        long id = segment(3 * PAGE);
        long address = call("shmat", id, 0, 0);
        assertThat(mappings(id)).isEqualTo(1);
        assertThat(guest.memory().protect(address, PAGE, Mman.PROT_READ)).isZero();
        assertThat(mappings(id)).isEqualTo(2);
        assertThat(guest.memory().protect(address, PAGE, Mman.PROT_READ | Mman.PROT_WRITE)).isZero();
        assertThat(mappings(id)).isEqualTo(2);
        assertThat(guest.memory().unmap(address + PAGE, PAGE)).isZero();
        assertThat(mappings(id)).isEqualTo(2);
        assertThat(call("shmdt", address)).isZero();
        assertThat(mappings(id)).isZero();
        assertThat(guest.memory().find(address + 2 * PAGE)).isNull();
        assertThat(call("shmdt", address)).isEqualTo(-Errno.EINVAL);
        assertThat(call("shmdt", address + 1)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void twoAttachesSideBySideStayTwo() {
        long id = segment(PAGE);
        long room = guest.allocate(2 * PAGE);
        call("shmat", id, room, SHM_REMAP);
        call("shmat", id, room + PAGE, SHM_REMAP);
        assertThat(mappings(id)).isEqualTo(2);
        assertThat(call("shmdt", room)).isZero();
        assertThat(guest.memory().find(room + PAGE)).isNotNull();
        assertThat(mappings(id)).isEqualTo(1);
    }

    @Test
    void aForkAttachesTooAndAnEndDetaches() {
        long id = segment(PAGE);
        long address = call("shmat", id, 0, 0);
        guest.memory().writeLong(address, 7);
        var child = guest.memory().fork(guest.memory().machine(), null);
        assertThat(mappings(id)).isEqualTo(2);
        child.writeLong(address, 8);
        assertThat(guest.memory().readLong(address)).isEqualTo(8);
        child.ending();
        assertThat(mappings(id)).isEqualTo(1);
        child.close();
        assertThat(mappings(id)).isEqualTo(1);
    }

    @Test
    void aRemovedSegmentGoesWithItsLastMapping() {
        long id = call("shmget", KEY, PAGE, IPC_CREAT | 0600);
        long address = call("shmat", id, 0, 0);
        guest.memory().writeLong(address, 7);
        assertThat(call("shmctl", id, IPC_RMID, 0)).isZero();
        assertThat(call("shmctl", id, IPC_STAT, buffer)).isZero();
        assertThat(guest.memory().readInt(buffer)).as("key").isZero();
        assertThat(guest.memory().readInt(buffer + 20)).as("mode").isEqualTo(SHM_DEST | 0600);
        assertThat(call("shmget", KEY, PAGE, 0600)).isEqualTo(-Errno.ENOENT);
        long again = guests.callSecond("shmat", id, 0, 0);
        assertThat(guests.second.memory().readLong(again)).isEqualTo(7);
        assertThat(call("shmdt", address)).isZero();
        assertThat(guests.callSecond("shmdt", again)).isZero();
        assertThat(call("shmctl", id, IPC_STAT, buffer)).isEqualTo(-Errno.EINVAL);
        assertThat(call("shmat", id, 0, 0)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void idsAreNotUsedAgainForAWhile() {
        long id = segment(PAGE);
        call("shmctl", id, IPC_RMID, 0);
        for (int i = 1; i < 64; i++) {
            long next = segment(PAGE);
            assertThat(next).isEqualTo(id + i);
            call("shmctl", next, IPC_RMID, 0);
        }
        assertThat(segment(PAGE)).isEqualTo(id + 32768);
        assertThat(call("shmctl", id, IPC_STAT, buffer)).isEqualTo(-Errno.EINVAL);
        assertThat(call("shmctl", id, SHM_STAT, buffer)).isEqualTo(id + 32768);
    }

    @Test
    void othersNeedPermission() {
        long id = call("shmget", KEY, PAGE, IPC_CREAT | 0640);
        guests.secondIsUser(1234);
        long there = guests.second.allocate(PAGE);
        assertThat(guests.callSecond("shmget", KEY, PAGE, 0400)).isEqualTo(-Errno.EACCES);
        assertThat(guests.callSecond("shmat", id, 0, SHM_RDONLY)).isEqualTo(-Errno.EACCES);
        assertThat(guests.callSecond("shmctl", id, IPC_STAT, there)).isEqualTo(-Errno.EACCES);
        assertThat(guests.callSecond("shmctl", id, SHM_STAT, there)).isEqualTo(-Errno.EACCES);
        assertThat(guests.callSecond("shmctl", id, SHM_STAT_ANY, there)).isEqualTo(id);
        assertThat(guests.callSecond("shmctl", id, IPC_RMID, 0)).isEqualTo(-Errno.EPERM);
        assertThat(guests.callSecond("shmctl", id, IPC_SET, there)).isEqualTo(-Errno.EPERM);
        assertThat(guests.callSecond("shmctl", id, SHM_LOCK, 0)).isEqualTo(-Errno.EPERM);
        call("shmctl", id, IPC_STAT, buffer);
        guest.memory().writeInt(buffer + 4, 1234);
        guest.memory().writeInt(buffer + 20, 0400);
        assertThat(call("shmctl", id, IPC_SET, buffer)).isZero();
        assertThat(guests.callSecond("shmat", id, 0, SHM_RDONLY)).isPositive();
        assertThat(guests.callSecond("shmat", id, 0, 0)).isEqualTo(-Errno.EACCES);
        assertThat(guests.callSecond("shmctl", id, SHM_LOCK, 0)).isZero();
        call("shmctl", id, IPC_STAT, buffer);
        assertThat(guest.memory().readInt(buffer + 20)).isEqualTo(SHM_LOCKED | 0400);
    }

    @Test
    void limitsAndUsage() {
        long first = segment(2 * PAGE);
        segment(PAGE);
        call("shmctl", first, IPC_RMID, 0);
        assertThat(call("shmctl", 0, IPC_INFO, buffer)).isEqualTo(1);
        assertThat(guest.memory().readLong(buffer + 16)).isEqualTo(4096);
        assertThat(call("shmctl", 0, SHM_INFO, buffer)).isEqualTo(1);
        assertThat(guest.memory().readInt(buffer)).isEqualTo(1);
        assertThat(guest.memory().readLong(buffer + 8)).isEqualTo(1);
        assertThat(call("shmctl", 0, 99, buffer)).isEqualTo(-Errno.EINVAL);
        assertThat(call("shmctl", -1, IPC_INFO, buffer)).isEqualTo(-Errno.EINVAL);
        assertThat(call("shmctl", 1, IPC_STAT, 8)).isEqualTo(-Errno.EFAULT);
    }

    @Test
    void hugePagesAreNotThere() {
        assertThat(call("shmget", IPC_PRIVATE, 4 << 20, SHM_HUGETLB | 13 << SHM_HUGE_SHIFT | 0600))
                .isEqualTo(-Errno.EINVAL);
    }
}
