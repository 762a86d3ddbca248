package org.nesteddune.syscalls.signals;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.linux.Signal;
import org.nesteddune.testing.OpenDescriptors;
import org.nesteddune.testing.TestGuest;

class SignalFileTest {

    private static final long BOTH = Signal.bit(Signal.SIGUSR1) | Signal.bit(Signal.SIGCHLD);

    private final SignalsFamily family = new SignalsFamily();
    private final Map<String, Integer> openAtStart;
    private final TestGuest guest;
    private final TestGuest other;
    private final long buffer;

    SignalFileTest() {
        new TestGuest(null).close();
        openAtStart = OpenDescriptors.now();
        guest = new TestGuest(null);
        other = new TestGuest(null, TestGuest.PID + 1, guest);
        buffer = guest.allocate(4096);
    }

    @AfterEach
    void end() {
        other.close();
        guest.close();
        assertThat(OpenDescriptors.now()).as("open descriptors").isEqualTo(openAtStart);
    }

    private int make(int descriptor, long mask, int flags) {
        guest.memory().writeLong(buffer, mask);
        return (int) guest.call(family, "signalfd4", descriptor, buffer, 8, flags);
    }

    private OpenFile file(int descriptor) {
        OpenFile file = guest.descriptors().get(descriptor);
        file.release();
        return file;
    }

    private static SignalInfo info(int signal) {
        return SignalInfo.from(signal, Signal.SI_USER, 77, 88);
    }

    /** What poll says to a task of this guest. */
    private static int poll(TestGuest who, OpenFile file) {
        // A call, whatever it does, makes the task the thread's.
        who.call(new SignalsFamily(), "kill", who.process().pid(), 0);
        try (NativeBuffer entry = new NativeBuffer(8); NativeBuffer zero = new NativeBuffer(16)) {
            Memory.putInt(entry.address(), file.pollDescriptor());
            Memory.putShort(entry.address() + 4, (short) (Poll.POLLIN | Poll.POLLOUT));
            Linux.ppoll(entry.address(), 1, zero.address(), 0, 0);
            return Memory.getShort(entry.address() + 6);
        }
    }

    @Test
    void readingTakesSignalsOfTheSet() {
        OpenFile file = file(make(-1, BOTH, OpenFlags.O_NONBLOCK));
        Task task = guest.task();
        assertThat(file.read(task, buffer, 4096)).isEqualTo(-Errno.EAGAIN);
        guest.process().pendingSignals().add(info(Signal.SIGUSR1));
        guest.process().pendingSignals().add(info(Signal.SIGUSR2));
        guest.process().pendingSignals().add(
                new SignalInfo(Signal.SIGCHLD, Signal.CLD_EXITED, 5, 6, 3, 0, 10, 11));
        assertThat(file.read(task, buffer, 127)).isEqualTo(-Errno.EINVAL);
        assertThat(file.read(task, buffer, 300)).isEqualTo(256);
        assertThat(guest.memory().readInt(buffer)).isEqualTo(Signal.SIGUSR1);
        assertThat(guest.memory().readInt(buffer + 12)).isEqualTo(77);
        assertThat(guest.memory().readInt(buffer + 16)).isEqualTo(88);
        assertThat(guest.memory().readInt(buffer + 128)).isEqualTo(Signal.SIGCHLD);
        assertThat(guest.memory().readInt(buffer + 128 + 40)).as("status").isEqualTo(3);
        assertThat(guest.memory().readLong(buffer + 128 + 56)).as("user time").isEqualTo(10);
        assertThat(guest.process().pendingSignals().set()).isEqualTo(SignalSet.of(Signal.SIGUSR2));
    }

    @Test
    void aReaderWaits() {
        OpenFile file = file(make(-1, BOTH, 0));
        new Thread(() -> guest.process().pendingSignals().add(info(Signal.SIGUSR1))).start();
        assertThat(file.read(guest.task(), buffer, 128)).isEqualTo(128);
        guest.interrupt(true);
        assertThat(file.read(guest.task(), buffer, 128)).isEqualTo(-Errno.ERESTARTSYS);
    }

    @Test
    void eachProcessPollsItsOwnSignals() {
        OpenFile file = file(make(-1, BOTH, 0));
        assertThat(poll(guest, file)).isZero();
        guest.process().pendingSignals().add(info(Signal.SIGUSR2));
        assertThat(poll(guest, file)).isZero();
        guest.process().pendingSignals().add(info(Signal.SIGUSR1));
        assertThat(poll(guest, file)).isEqualTo(Poll.POLLIN);
        assertThat(poll(other, file)).isZero();
        other.task().pendingSignals().add(info(Signal.SIGCHLD));
        assertThat(poll(other, file)).isEqualTo(Poll.POLLIN);
        assertThat(file.read(guest.task(), buffer, 128)).isEqualTo(128);
        assertThat(poll(guest, file)).isZero();
        other.task().pendingSignals().discard(SignalSet.ALL);
        assertThat(poll(other, file)).isZero();
    }

    @Test
    void theSetCanBeChanged() {
        int descriptor = make(-1, BOTH, 0);
        OpenFile file = file(descriptor);
        guest.process().pendingSignals().add(info(Signal.SIGUSR2));
        assertThat(poll(guest, file)).isZero();
        assertThat(make(descriptor, -1, 0)).isEqualTo(descriptor);
        assertThat(poll(guest, file)).isEqualTo(Poll.POLLIN);
        assertThat(file.information()).as("without those that nothing stops").isEqualTo("sigmask:\tfffffffffffbfeff\n");
    }

    @Test
    void viewsGoWithTheirProcess() {
        OpenFile file = file(make(-1, BOTH, 0));
        poll(other, file);
        Map<String, Integer> before = OpenDescriptors.now();
        other.process().signalWatchers().close();
        assertThat(OpenDescriptors.now()).isNotEqualTo(before);
    }

    @Test
    void wrongArguments() {
        assertThat(make(99, BOTH, 0)).isEqualTo(-Errno.EBADF);
        assertThat(make(-1, BOTH, 1)).isEqualTo(-Errno.EINVAL);
        assertThat(guest.call(family, "signalfd4", -1, buffer, 4, 0)).isEqualTo(-Errno.EINVAL);
        assertThat(guest.call(family, "signalfd4", -1, 8, 8, 0)).isEqualTo(-Errno.EFAULT);
        int descriptor = make(-1, BOTH, OpenFlags.O_CLOEXEC);
        assertThat(guest.descriptors().closeOnExec(descriptor)).isEqualTo(1);
        guest.process().pendingSignals().add(info(Signal.SIGUSR1));
        assertThat(file(descriptor).read(guest.task(), 8, 128)).isEqualTo(-Errno.EFAULT);
    }
}
