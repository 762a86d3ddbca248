package org.nesteddune.syscalls.ipc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.linux.Ipc.*;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.linux.Errno;
import org.nesteddune.testing.TestGuest;

class MessageTest {

    private final IpcGuests guests = new IpcGuests();
    private final long buffer = guests.first.allocate(32768);
    private final long secondBuffer = guests.second.allocate(32768);
    private final long id = guests.call("msgget", IPC_PRIVATE, 0600);

    @AfterEach
    void end() {
        guests.close();
    }

    private long send(long type, String text, int flags) {
        return guests.call("msgsnd", id, message(guests.first, buffer, type, text), text.length(), flags);
    }

    private static long message(TestGuest guest, long address, long type, String text) {
        guest.memory().writeLong(address, type);
        byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        guest.memory().write(address + 8, bytes, 0, bytes.length);
        return address;
    }

    /** What comes: "type:text", or the error's name. */
    private String receive(long room, long type, int flags) {
        return text(guests.first, buffer, guests.call("msgrcv", id, buffer, room, type, flags));
    }

    private static String text(TestGuest guest, long address, long result) {
        return result < 0
                ? Errno.name((int) -result)
                : guest.memory().readLong(address) + ":" + guest.text(address + 8, result);
    }

    private void awaitReceiver() throws InterruptedException {
        Thread.sleep(20); // nothing tells that somebody waits for a message
    }

    @Test
    void messagesComeInOrderAndByType() {
        send(3, "three", 0);
        send(1, "one", 0);
        send(2, "two", 0);
        send(3, "again", 0);
        assertThat(receive(100, 3, 0)).isEqualTo("3:three");
        assertThat(receive(100, -2, 0)).isEqualTo("1:one");
        assertThat(receive(100, 2, MSG_EXCEPT)).isEqualTo("3:again");
        assertThat(receive(100, 0, 0)).isEqualTo("2:two");
        assertThat(receive(100, 0, IPC_NOWAIT)).isEqualTo("ENOMSG");
    }

    @Test
    void longMessagesAreCutOnRequest() {
        send(1, "0123456789", 0);
        assertThat(receive(4, 0, 0)).isEqualTo("E2BIG");
        assertThat(receive(4, 0, MSG_NOERROR)).isEqualTo("1:0123");
        assertThat(receive(4, 0, IPC_NOWAIT)).isEqualTo("ENOMSG");
    }

    @Test
    void aCopyLeavesTheMessage() {
        send(5, "a", 0);
        send(6, "bb", 0);
        assertThat(receive(10, 1, MSG_COPY | IPC_NOWAIT)).isEqualTo("6:bb");
        assertThat(receive(10, 2, MSG_COPY | IPC_NOWAIT)).isEqualTo("ENOMSG");
        assertThat(receive(10, 0, MSG_COPY)).isEqualTo("EINVAL");
        assertThat(receive(1, 1, MSG_COPY | IPC_NOWAIT)).isEqualTo("E2BIG");
        assertThat(receive(10, 0, 0)).isEqualTo("5:a");
    }

    @Test
    void aReceiverGetsTheMessageThatItWaitsFor() throws Exception {
        CompletableFuture<Long> waiter = guests.later("msgrcv", id, secondBuffer, 100, 7, 0);
        awaitReceiver();
        send(6, "six", 0);
        assertThat(waiter).isNotDone();
        send(7, "seven", 0);
        assertThat(text(guests.second, secondBuffer, waiter.get())).isEqualTo("7:seven");
        assertThat(receive(100, 0, 0)).isEqualTo("6:six");
    }

    @Test
    void aFullQueueMakesSendersWait() throws Exception {
        String half = "x".repeat(8192);
        assertThat(send(1, half, IPC_NOWAIT)).isZero();
        assertThat(send(1, half, IPC_NOWAIT)).isZero();
        assertThat(send(1, "y", IPC_NOWAIT)).isEqualTo(-Errno.EAGAIN);
        assertThat(send(1, "", IPC_NOWAIT)).isZero();
        CompletableFuture<Long> sender =
                guests.later("msgsnd", id, message(guests.second, secondBuffer, 2, "later"), 5, 0);
        Thread.sleep(20);
        assertThat(sender).isNotDone();
        assertThat(receive(8192, 0, 0)).hasSize(2 + 8192);
        assertThat(sender.get()).isZero();
        assertThat(receive(100, 2, IPC_NOWAIT)).isEqualTo("2:later");
    }

    @Test
    void signalsEndWaitsWithoutARestart() {
        guests.first.interrupt(true);
        assertThat(guests.call("msgrcv", id, buffer, 10, 0, 0)).isEqualTo(-Errno.ERESTARTNOHAND);
        send(1, "x".repeat(8192), 0);
        send(1, "x".repeat(8192), 0);
        assertThat(send(1, "y", 0)).isEqualTo(-Errno.ERESTARTNOHAND);
    }

    @Test
    void aRemovedQueueEndsWaits() throws Exception {
        CompletableFuture<Long> waiter = guests.later("msgrcv", id, secondBuffer, 100, 0, 0);
        awaitReceiver();
        assertThat(guests.call("msgctl", id, IPC_RMID, 0)).isZero();
        assertThat(waiter.get()).isEqualTo(-Errno.EIDRM);
        assertThat(send(1, "x", 0)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void aReceiverWhoMayNoLongerReadIsToldSo() throws Exception {
        guests.secondIsUser(1234);
        set(1234, 0600, 16384);
        CompletableFuture<Long> waiter = guests.later("msgrcv", id, secondBuffer, 100, 0, 0);
        awaitReceiver();
        set(0, 0600, 16384);
        assertThat(waiter.get()).isEqualTo(-Errno.EACCES);
    }

    private void set(int uid, int mode, long capacity) {
        assertThat(guests.call("msgctl", id, IPC_STAT, buffer)).isZero();
        guests.first.memory().writeInt(buffer + 4, uid);
        guests.first.memory().writeInt(buffer + 20, mode);
        guests.first.memory().writeLong(buffer + 88, capacity);
        assertThat(guests.call("msgctl", id, IPC_SET, buffer)).isZero();
    }

    @Test
    void statusAndLimits() {
        send(1, "abc", 0);
        assertThat(guests.call("msgctl", id, IPC_STAT, buffer)).isZero();
        assertThat(guests.first.memory().readLong(buffer + 72)).isEqualTo(3);
        assertThat(guests.first.memory().readLong(buffer + 80)).isEqualTo(1);
        assertThat(guests.first.memory().readLong(buffer + 88)).isEqualTo(16384);
        assertThat(guests.first.memory().readInt(buffer + 96)).isEqualTo(IpcGuests.FIRST);
        assertThat(guests.call("msgctl", 0, MSG_INFO, buffer)).isZero();
        assertThat(guests.first.memory().readInt(buffer)).isEqualTo(1);
        assertThat(guests.first.memory().readInt(buffer + 4)).isEqualTo(1);
        assertThat(guests.first.memory().readInt(buffer + 24)).isEqualTo(3);
        assertThat(guests.call("msgctl", 0, MSG_STAT, buffer)).isEqualTo(id);
        assertThat(guests.call("msgsnd", id, 8, 1, 0)).isEqualTo(-Errno.EFAULT);
        assertThat(send(0, "x", 0)).isEqualTo(-Errno.EINVAL);
        assertThat(send(1, "x".repeat(8193), 0)).isEqualTo(-Errno.EINVAL);
        assertThat(receive(-1, 0, 0)).isEqualTo("EINVAL");
    }
}
