package org.nesteddune.syscalls.ipc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.linux.Ipc.*;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.linux.Errno;
import org.nesteddune.testing.TestGuest;

class SemaphoreTest {

    private static final int KEY = 0x4712;

    private final IpcGuests guests = new IpcGuests();
    private final long buffer = guests.first.allocate(4096);
    private final long secondBuffer = guests.second.allocate(4096);
    private long id;

    @AfterEach
    void end() {
        guests.close();
    }

    private long call(String name, long... arguments) {
        return guests.call(name, arguments);
    }

    private void set(int size) {
        id = call("semget", KEY, size, IPC_CREAT | 0600);
        assertThat(id).isNotNegative();
    }

    /** Operations as triples of number, change and flags. */
    private static long operations(TestGuest guest, long address, int... values) {
        for (int i = 0; i < values.length; i++) {
            guest.memory().writeShort(address + i * 2L, (short) values[i]);
        }
        return address;
    }

    private long operate(int... values) {
        return call("semop", id, operations(guests.first, buffer, values), values.length / 3);
    }

    private CompletableFuture<Long> operateSecond(int... values) {
        return guests.later("semop", id, operations(guests.second, secondBuffer, values), values.length / 3);
    }

    private long value(int number) {
        return call("semctl", id, number, GETVAL, 0);
    }

    private void awaitWaiting(int number, int command, int count) throws InterruptedException {
        IpcGuests.await(() -> call("semctl", id, number, command, 0) == count);
    }

    @Test
    void aWaitingDecrementIsCarriedOutByTheIncrement() throws Exception {
        set(2);
        CompletableFuture<Long> waiter = operateSecond(0, -2, 0);
        awaitWaiting(0, GETNCNT, 1);
        assertThat(operate(0, 1, 0)).isZero();
        assertThat(value(0)).isEqualTo(1);
        assertThat(operate(0, 2, 0)).isZero();
        assertThat(value(0)).as("taken by the waiter already").isEqualTo(1);
        assertThat(waiter.get()).isZero();
        assertThat(call("semctl", id, 0, GETPID, 0)).isEqualTo(IpcGuests.SECOND);
        assertThat(call("semctl", id, 0, GETNCNT, 0)).isZero();
    }

    @Test
    void operationsAreDoneTogetherOrNotAtAll() throws Exception {
        set(2);
        assertThat(operate(0, 3, 0, 1, -1, IPC_NOWAIT)).isEqualTo(-Errno.EAGAIN);
        assertThat(value(0)).isZero();
        CompletableFuture<Long> waiter = operateSecond(0, -1, 0, 1, -1, 0);
        awaitWaiting(0, GETNCNT, 1);
        assertThat(operate(0, 1, 0)).isZero();
        awaitWaiting(1, GETNCNT, 1);
        assertThat(value(0)).isEqualTo(1);
        assertThat(operate(1, 1, 0)).isZero();
        assertThat(waiter.get()).isZero();
        assertThat(value(0)).isZero();
        assertThat(value(1)).isZero();
    }

    @Test
    void aWaitForZero() throws Exception {
        set(1);
        call("semctl", id, 0, SETVAL, 2);
        CompletableFuture<Long> waiter = operateSecond(0, 0, 0);
        awaitWaiting(0, GETZCNT, 1);
        operate(0, -1, 0);
        assertThat(waiter).isNotDone();
        operate(0, -1, 0);
        assertThat(waiter.get()).isZero();
    }

    @Test
    void oneSemaphoreTwiceInACall() {
        set(1);
        assertThat(operate(0, 0, IPC_NOWAIT, 0, 1, 0)).isZero();
        assertThat(operate(0, 0, IPC_NOWAIT, 0, 1, 0)).isEqualTo(-Errno.EAGAIN);
        assertThat(operate(0, -1, IPC_NOWAIT, 0, 0, IPC_NOWAIT, 0, 5, 0)).isZero();
        assertThat(value(0)).isEqualTo(5);
    }

    @Test
    void valuesHaveARange() {
        set(1);
        assertThat(operate(0, SEMVMX, 0)).isZero();
        assertThat(operate(0, 1, 0)).isEqualTo(-Errno.ERANGE);
        assertThat(call("semctl", id, 0, SETVAL, SEMVMX + 1)).isEqualTo(-Errno.ERANGE);
        assertThat(call("semctl", id, 0, SETVAL, -1)).isEqualTo(-Errno.ERANGE);
        assertThat(call("semctl", id, 1, SETVAL, 0)).isEqualTo(-Errno.EINVAL);
        assertThat(operate(1, 1, 0)).isEqualTo(-Errno.EFBIG);
        assertThat(call("semop", id, buffer, 0)).isEqualTo(-Errno.EINVAL);
        assertThat(call("semop", id, buffer, 501)).isEqualTo(-Errno.E2BIG);
        assertThat(call("semop", id, 8, 1)).isEqualTo(-Errno.EFAULT);
        assertThat(call("semop", -1, buffer, 1)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void aTimeEndsTheWait() {
        set(1);
        long time = guests.first.allocate(16);
        guests.first.memory().writeLong(time + 8, 5_000_000);
        operations(guests.first, buffer, 0, -1, 0);
        assertThat(call("semtimedop", id, buffer, 1, time)).isEqualTo(-Errno.EAGAIN);
        guests.first.memory().writeLong(time + 8, 1_000_000_000);
        assertThat(call("semtimedop", id, buffer, 1, time)).isEqualTo(-Errno.EINVAL);
        assertThat(call("semctl", id, 0, GETNCNT, 0)).isZero();
    }

    @Test
    void aSignalEndsTheWait() {
        set(1);
        guests.first.interrupt(true);
        assertThat(operate(0, -1, 0)).isEqualTo(-Errno.EINTR);
        assertThat(call("semctl", id, 0, GETNCNT, 0)).isZero();
    }

    @Test
    void aRemovedSetEndsTheWait() throws Exception {
        set(1);
        CompletableFuture<Long> waiter = operateSecond(0, -1, 0);
        awaitWaiting(0, GETNCNT, 1);
        assertThat(call("semctl", id, 0, IPC_RMID, 0)).isZero();
        assertThat(waiter.get()).isEqualTo(-Errno.EIDRM);
        assertThat(operate(0, 1, 0)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void undoAtTheEnd() throws Exception {
        set(2);
        call("semctl", id, 0, SETVAL, 3);
        call("semctl", id, 1, SETVAL, 1);
        operations(guests.second, secondBuffer, 0, -2, SEM_UNDO, 1, 1, SEM_UNDO);
        assertThat(guests.callSecond("semop", id, secondBuffer, 2)).isZero();
        operate(1, -2, 0);
        assertThat(value(0)).isEqualTo(1);
        guests.second.process().table().ipc().releaseUndoList(guests.second.task());
        assertThat(value(0)).isEqualTo(3);
        assertThat(value(1)).as("not below 0").isZero();
        assertThat(call("semctl", id, 0, GETPID, 0)).isEqualTo(IpcGuests.SECOND);
    }

    @Test
    void setValuesClearUndo() {
        set(1);
        operations(guests.second, secondBuffer, 0, 2, SEM_UNDO);
        assertThat(guests.callSecond("semop", id, secondBuffer, 1)).isZero();
        call("semctl", id, 0, SETVAL, 7);
        guests.second.process().table().ipc().releaseUndoList(guests.second.task());
        assertThat(value(0)).isEqualTo(7);
    }

    @Test
    void sharedUndoWaitsForTheLastTask() {
        set(1);
        guests.second.task().settings().shareUndoList(guests.first.task().settings());
        operations(guests.second, secondBuffer, 0, 2, SEM_UNDO);
        assertThat(guests.callSecond("semop", id, secondBuffer, 1)).isZero();
        guests.second.process().table().ipc().releaseUndoList(guests.second.task());
        assertThat(value(0)).isEqualTo(2);
        guests.second.process().table().ipc().releaseUndoList(guests.first.task());
        assertThat(value(0)).isZero();
    }

    @Test
    void allValuesAtOnce() {
        set(3);
        operations(guests.first, buffer, 1, 2, 3);
        assertThat(call("semctl", id, 0, SETALL, buffer)).isZero();
        assertThat(value(2)).isEqualTo(3);
        long target = guests.first.allocate(8);
        assertThat(call("semctl", id, 0, GETALL, target)).isZero();
        assertThat(guests.first.memory().readShort(target + 2)).isEqualTo((short) 2);
        operations(guests.first, buffer, 1, -1, 3);
        assertThat(call("semctl", id, 0, SETALL, buffer)).isEqualTo(-Errno.ERANGE);
        assertThat(call("semctl", id, 0, GETALL, 8)).isEqualTo(-Errno.EFAULT);
    }

    @Test
    void statusAndLimits() {
        set(3);
        assertThat(call("semctl", id, 0, IPC_STAT, buffer)).isZero();
        assertThat(guests.first.memory().readInt(buffer)).isEqualTo(KEY);
        assertThat(guests.first.memory().readInt(buffer + 20)).isEqualTo(0600);
        assertThat(guests.first.memory().readLong(buffer + 64)).isEqualTo(3);
        assertThat(call("semctl", 0, 0, SEM_INFO, buffer)).isZero();
        assertThat(guests.first.memory().readInt(buffer + 28)).isEqualTo(1);
        assertThat(guests.first.memory().readInt(buffer + 36)).isEqualTo(3);
        assertThat(call("semctl", 0, 0, IPC_INFO, buffer)).isZero();
        assertThat(guests.first.memory().readInt(buffer + 20)).isEqualTo(500);
        assertThat(call("semget", KEY, 4, 0)).isEqualTo(-Errno.EINVAL);
        assertThat(call("semget", IPC_PRIVATE, 0, 0600)).isEqualTo(-Errno.EINVAL);
        assertThat(call("semget", IPC_PRIVATE, 32001, 0600)).isEqualTo(-Errno.EINVAL);
        assertThat(call("semctl", id, 0, 99, 0)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void othersNeedPermission() {
        set(1);
        guests.secondIsUser(1234);
        operations(guests.second, secondBuffer, 0, 1, 0);
        assertThat(guests.callSecond("semop", id, secondBuffer, 1)).isEqualTo(-Errno.EACCES);
        assertThat(guests.callSecond("semctl", id, 0, GETVAL, 0)).isEqualTo(-Errno.EACCES);
        assertThat(guests.callSecond("semctl", id, 0, SETVAL, 0)).isEqualTo(-Errno.EACCES);
        assertThat(guests.callSecond("semctl", id, 0, IPC_RMID, 0)).isEqualTo(-Errno.EPERM);
    }
}
