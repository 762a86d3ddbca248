package org.nesteddune.syscalls.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.PidHandle;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.linux.Wait;
import org.nesteddune.testing.OpenDescriptors;
import org.nesteddune.testing.TestGuest;

class PidfdCallsTest {

    private static final int OTHER = TestGuest.PID + 1;

    private final ProcessFamily family = new ProcessFamily();
    private final Map<String, Integer> openAtStart;
    private final TestGuest guest;
    private final TestGuest other;

    PidfdCallsTest() {
        new TestGuest(null).close();
        openAtStart = OpenDescriptors.now();
        guest = new TestGuest(null);
        other = new TestGuest(null, OTHER, guest);
    }

    @AfterEach
    void end() {
        other.close();
        guest.close();
        assertThat(OpenDescriptors.now()).as("open descriptors").isEqualTo(openAtStart);
    }

    private long call(String name, long... arguments) {
        return guest.call(family, name, arguments);
    }

    private OpenFile file(long descriptor) {
        OpenFile file = guest.descriptors().get((int) descriptor);
        file.release();
        return file;
    }

    private static int poll(OpenFile file) {
        try (NativeBuffer entry = new NativeBuffer(8); NativeBuffer zero = new NativeBuffer(16)) {
            Memory.putInt(entry.address(), file.pollDescriptor());
            Memory.putShort(entry.address() + 4, (short) (Poll.POLLIN | Poll.POLLOUT));
            Linux.ppoll(entry.address(), 1, zero.address(), 0, 0);
            return Memory.getShort(entry.address() + 6);
        }
    }

    @Test
    void pollSeesEndAndOblivion() {
        long descriptor = call("pidfd_open", OTHER, 0);
        OpenFile file = file(descriptor);
        assertThat(guest.descriptors().closeOnExec((int) descriptor)).isEqualTo(1);
        assertThat(poll(file)).isZero();
        assertThat(file.information()).isEqualTo("Pid:\t" + OTHER + "\nNSpid:\t" + OTHER + "\n");
        other.process().handle().become(PidHandle.State.ENDED);
        assertThat(poll(file)).isEqualTo(Poll.POLLIN);
        other.process().handle().become(PidHandle.State.GONE);
        assertThat(poll(file)).isEqualTo(Poll.POLLIN | Poll.POLLHUP);
        assertThat(file.information()).startsWith("Pid:\t-1\n");
        long late = call("pidfd_open", OTHER, OpenFlags.O_NONBLOCK);
        assertThat(poll(file(late))).isEqualTo(Poll.POLLIN | Poll.POLLHUP);
        assertThat(file(late).statusFlags()).isEqualTo(OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK);
    }

    @Test
    void processesAndThreadsAreTold() {
        other.newTask(OTHER + 1);
        assertThat(call("pidfd_open", OTHER + 1, 0)).isEqualTo(-Errno.ENOENT);
        OpenFile thread = file(call("pidfd_open", OTHER + 1, OpenFlags.O_EXCL));
        assertThat(thread.statusFlags() & OpenFlags.O_EXCL).isNotZero();
        assertThat(call("pidfd_open", 9999, 0)).isEqualTo(-Errno.ESRCH);
        assertThat(call("pidfd_open", 0, 0)).isEqualTo(-Errno.EINVAL);
        assertThat(call("pidfd_open", OTHER, 1)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void descriptorsAreCopied() {
        int event = (int) Linux.eventfd2(5, OpenFlags.O_CLOEXEC);
        int original = guest.descriptors().add(HostFile.adopt(event, null), 0, 1024, false);
        long pidfd = call("pidfd_open", TestGuest.PID, 0);
        long copy = call("pidfd_getfd", pidfd, original, 0);
        assertThat(file(copy).hostDescriptor()).isEqualTo(event);
        assertThat(call("pidfd_getfd", pidfd, 99, 0)).isEqualTo(-Errno.EBADF);
        assertThat(call("pidfd_getfd", copy, original, 0)).isEqualTo(-Errno.EBADF);
        assertThat(call("pidfd_getfd", pidfd, original, 1)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void strangersKeepTheirDescriptors() {
        long pidfd = call("pidfd_open", OTHER, 0);
        assertThat(call("pidfd_getfd", pidfd, 0, 0)).isEqualTo(-Errno.EPERM);
        other.process().handle().become(PidHandle.State.ENDED);
        assertThat(call("pidfd_getfd", pidfd, 0, 0)).isEqualTo(-Errno.ESRCH);
    }

    @Test
    void waitingNeedsAPidfdOfAProcess() {
        assertThat(call("waitid", Wait.P_PIDFD, -1, 0, Wait.WEXITED, 0)).isEqualTo(-Errno.EINVAL);
        assertThat(call("waitid", Wait.P_PIDFD, 99, 0, Wait.WEXITED, 0)).isEqualTo(-Errno.EBADF);
        long thread = call("pidfd_open", OTHER, OpenFlags.O_EXCL);
        assertThat(call("waitid", Wait.P_PIDFD, thread, 0, Wait.WEXITED, 0)).isEqualTo(-Errno.ECHILD);
        long pidfd = call("pidfd_open", OTHER, 0);
        other.process().handle().become(PidHandle.State.GONE);
        assertThat(call("waitid", Wait.P_PIDFD, pidfd, 0, Wait.WEXITED, 0)).isEqualTo(-Errno.ECHILD);
    }
}
