package org.nesteddune.syscalls.ipc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.linux.Resource;
import org.nesteddune.linux.Signal;
import org.nesteddune.testing.TestGuest;

class PosixQueueTest {

    private static final int MAKE = OpenFlags.O_CREAT | OpenFlags.O_RDWR;

    private final IpcGuests guests = new IpcGuests();
    private final TestGuest guest = guests.first;
    private final long buffer = guest.allocate(16384);
    private final long name = guest.string("queue");
    private final long secondBuffer = guests.second.allocate(16384);
    private final long secondName = guests.second.string("queue");

    @AfterEach
    void end() {
        guests.close();
    }

    private long call(String name, long... arguments) {
        return guests.call(name, arguments);
    }

    private int open(int flags, long messages, long size) {
        guest.memory().writeLong(buffer + 8, messages);
        guest.memory().writeLong(buffer + 16, size);
        return (int) call("mq_open", name, flags, 0600, buffer);
    }

    private long send(int queue, String text, int priority) {
        byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        guest.memory().write(buffer, bytes, 0, bytes.length);
        return call("mq_timedsend", queue, buffer, bytes.length, priority, 0);
    }

    private String receive(int queue) {
        long result = call("mq_timedreceive", queue, buffer + 16, 100, buffer, 0);
        return result < 0
                ? Errno.name((int) -result)
                : guest.memory().readInt(buffer) + ":" + guest.text(buffer + 16, result);
    }

    @Test
    void higherPrioritiesComeFirst() {
        int queue = open(MAKE, 4, 100);
        assertThat(send(queue, "low", 1)).isZero();
        assertThat(send(queue, "high", 9)).isZero();
        assertThat(send(queue, "low too", 1)).isZero();
        assertThat(receive(queue)).isEqualTo("9:high");
        assertThat(receive(queue)).isEqualTo("1:low");
        assertThat(receive(queue)).isEqualTo("1:low too");
    }

    @Test
    void namesAndFlags() {
        assertThat(open(OpenFlags.O_RDWR, 1, 1)).isEqualTo(-Errno.ENOENT);
        int queue = open(MAKE | OpenFlags.O_EXCL, 1, 1);
        assertThat(guest.descriptors().closeOnExec(queue)).isEqualTo(1);
        assertThat(open(MAKE | OpenFlags.O_EXCL, 1, 1)).isEqualTo(-Errno.EEXIST);
        assertThat(call("mq_open", guest.string(""), MAKE, 0600, 0)).isEqualTo(-Errno.ENOENT);
        assertThat(call("mq_open", guest.string("a/b"), MAKE, 0600, 0)).isEqualTo(-Errno.EACCES);
        assertThat(call("mq_open", guest.string(".."), MAKE, 0600, 0)).isEqualTo(-Errno.EACCES);
        assertThat(call("mq_open", guest.string("x".repeat(256)), MAKE, 0600, 0)).isEqualTo(-Errno.ENAMETOOLONG);
        assertThat(call("mq_open", name, MAKE, 0600, 8)).isEqualTo(-Errno.EFAULT);
        assertThat(call("mq_unlink", name)).isZero();
        assertThat(call("mq_unlink", name)).isEqualTo(-Errno.ENOENT);
        assertThat(send(queue, "x", 0)).isZero();
        OpenFile file = guest.descriptors().get(queue);
        FileStatus status = new FileStatus();
        file.status(status);
        assertThat(status.links).isZero();
        assertThat(file.currentPath()).isEqualTo("/queue (deleted)");
        file.release();
    }

    @Test
    void directionsSizesAndDescriptorsAreChecked() {
        open(MAKE, 2, 10);
        int reader = open(OpenFlags.O_RDONLY, 0, 0);
        int writer = open(OpenFlags.O_WRONLY, 0, 0);
        assertThat(send(reader, "x", 0)).isEqualTo(-Errno.EBADF);
        assertThat(receive(writer)).isEqualTo("EBADF");
        assertThat(send(writer, "x".repeat(11), 0)).isEqualTo(-Errno.EMSGSIZE);
        assertThat(call("mq_timedreceive", reader, buffer, 9, 0, 0)).isEqualTo(-Errno.EMSGSIZE);
        assertThat(send(writer, "x", 32768)).isEqualTo(-Errno.EINVAL);
        assertThat(send(99, "x", 0)).isEqualTo(-Errno.EBADF);
        assertThat(call("mq_timedsend", writer, 8, 1, 0, 0)).isEqualTo(-Errno.EFAULT);
    }

    @Test
    void attributes() {
        int queue = open(MAKE, 3, 50);
        send(queue, "x", 0);
        assertThat(call("mq_getsetattr", queue, 0, buffer)).isZero();
        assertThat(guest.memory().readLong(buffer)).isZero();
        assertThat(guest.memory().readLong(buffer + 8)).isEqualTo(3);
        assertThat(guest.memory().readLong(buffer + 16)).isEqualTo(50);
        assertThat(guest.memory().readLong(buffer + 24)).isEqualTo(1);
        guest.memory().writeLong(buffer, OpenFlags.O_NONBLOCK);
        assertThat(call("mq_getsetattr", queue, buffer, 0)).isZero();
        assertThat(receive(queue)).isEqualTo("0:x");
        assertThat(call("mq_timedreceive", queue, buffer, 50, 0, 0)).isEqualTo(-Errno.EAGAIN);
        guest.memory().writeLong(buffer, OpenFlags.O_APPEND);
        assertThat(call("mq_getsetattr", queue, buffer, 0)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void aReceiverIsHandedTheMessage() throws Exception {
        open(MAKE, 2, 50);
        int queue = (int) guests.callSecond("mq_open", secondName, OpenFlags.O_RDONLY, 0, 0);
        CompletableFuture<Long> waiter = guests.later("mq_timedreceive", queue, secondBuffer, 50, 0, 0);
        Thread.sleep(20);
        send(open(OpenFlags.O_WRONLY, 0, 0), "hello", 0);
        assertThat(waiter.get()).isEqualTo(5);
        assertThat(guests.second.text(secondBuffer, 5)).isEqualTo("hello");
    }

    @Test
    void aSenderWaitsForRoom() throws Exception {
        int queue = open(MAKE, 1, 50);
        send(queue, "one", 0);
        int other = (int) guests.callSecond("mq_open", secondName, OpenFlags.O_WRONLY, 0, 0);
        CompletableFuture<Long> sender = guests.later("mq_timedsend", other, secondBuffer, 3, 5, 0);
        Thread.sleep(20);
        assertThat(sender).isNotDone();
        assertThat(receive(queue)).isEqualTo("0:one");
        assertThat(sender.get()).isZero();
        assertThat(receive(queue)).startsWith("5:");
    }

    @Test
    void timesAndSignalsEndWaits() {
        int queue = open(MAKE, 1, 50);
        long time = guest.allocate(16);
        guest.memory().writeLong(time, System.currentTimeMillis() / 1000 - 1);
        assertThat(call("mq_timedreceive", queue, buffer, 50, 0, time)).isEqualTo(-Errno.ETIMEDOUT);
        guest.memory().writeLong(time + 8, -1);
        assertThat(call("mq_timedreceive", queue, buffer, 50, 0, time)).isEqualTo(-Errno.EINVAL);
        guest.interrupt(true);
        assertThat(call("mq_timedreceive", queue, buffer, 50, 0, 0)).isEqualTo(-Errno.ERESTARTSYS);
    }

    @Test
    void hostPollSeesTheState() {
        int queue = open(MAKE, 2, 50);
        OpenFile file = guest.descriptors().get(queue);
        assertThat(poll(file)).isEqualTo(Poll.POLLOUT);
        send(queue, "1", 0);
        assertThat(poll(file)).isEqualTo(Poll.POLLIN | Poll.POLLOUT);
        send(queue, "2", 0);
        assertThat(poll(file)).isEqualTo(Poll.POLLIN);
        receive(queue);
        assertThat(poll(file)).isEqualTo(Poll.POLLIN | Poll.POLLOUT);
        receive(queue);
        assertThat(poll(file)).isEqualTo(Poll.POLLOUT);
        file.release();
    }

    private static int poll(OpenFile file) {
        try (NativeBuffer entry = new NativeBuffer(8); NativeBuffer zero = new NativeBuffer(16)) {
            Memory.putInt(entry.address(), file.pollDescriptor());
            Memory.putShort(entry.address() + 4, (short) (Poll.POLLIN | Poll.POLLOUT));
            Linux.ppoll(entry.address(), 1, zero.address(), 0, 0);
            return Memory.getShort(entry.address() + 6);
        }
    }

    private long register(int queue, int notify, int number) {
        guest.memory().writeLong(buffer, 77);
        guest.memory().writeInt(buffer + 8, number);
        guest.memory().writeInt(buffer + 12, notify);
        return call("mq_notify", queue, buffer);
    }

    @Test
    void oneSignalTellsOfTheFirstMessage() {
        int queue = open(MAKE, 4, 50);
        assertThat(register(queue, Signal.SIGEV_SIGNAL, Signal.SIGUSR1)).isZero();
        int other = (int) guests.callSecond("mq_open", secondName, OpenFlags.O_RDWR, 0, 0);
        assertThat(guests.callSecond("mq_notify", other, secondBuffer)).isEqualTo(-Errno.EBUSY);
        guests.callSecond("mq_timedsend", other, secondBuffer, 1, 0, 0);
        guests.callSecond("mq_timedsend", other, secondBuffer, 1, 0, 0);
        assertThat(guest.signals()).hasSize(1);
        SignalInfo info = guest.signals().get(0);
        assertThat(info.signal()).isEqualTo(Signal.SIGUSR1);
        assertThat(info.code()).isEqualTo(Signal.SI_MESGQ);
        assertThat(info.pid()).isEqualTo(IpcGuests.SECOND);
        assertThat(info.value()).isEqualTo(77);
        assertThat(register(queue, Signal.SIGEV_SIGNAL, 99)).isEqualTo(-Errno.EINVAL);
        assertThat(register(queue, 9, 0)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void aRegistrationGoesWithItsOwnersDescriptor() {
        int queue = open(MAKE, 4, 50);
        int again = open(OpenFlags.O_RDONLY, 0, 0);
        assertThat(register(queue, Signal.SIGEV_NONE, 0)).isZero();
        assertThat(register(queue, Signal.SIGEV_NONE, 0)).isEqualTo(-Errno.EBUSY);
        assertThat(call("mq_notify", queue, 0)).isZero();
        assertThat(register(queue, Signal.SIGEV_NONE, 0)).isZero();
        guest.descriptors().close(again);
        assertThat(register(queue, Signal.SIGEV_NONE, 0)).isZero();
    }

    @Test
    void limitsOfUsers() {
        guest.limits().set(Resource.RLIMIT_MSGQUEUE, 10 * (8192 + 96), -1);
        assertThat(call("mq_open", name, MAKE, 0600, 0)).isNotNegative();
        assertThat(call("mq_open", guest.string("two"), MAKE, 0600, 0)).isEqualTo(-Errno.EMFILE);
        assertThat(open(MAKE, 0, 1)).as("exists").isNotNegative();
        call("mq_unlink", name);
        guest.descriptors().closeAll();
        assertThat(call("mq_open", guest.string("two"), MAKE, 0600, 0)).isNotNegative();
        guests.secondIsUser(1234);
        guests.second.memory().writeLong(secondBuffer + 8, 11);
        guests.second.memory().writeLong(secondBuffer + 16, 1);
        assertThat(guests.callSecond("mq_open", secondName, MAKE, 0600, secondBuffer)).isEqualTo(-Errno.EINVAL);
        long two = guests.second.string("two");
        assertThat(guests.callSecond("mq_open", two, OpenFlags.O_RDONLY, 0, 0)).isEqualTo(-Errno.EACCES);
        assertThat(guests.callSecond("mq_unlink", two)).isEqualTo(-Errno.EPERM);
    }
}
