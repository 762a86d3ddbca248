package org.nesteddune.syscalls.polling;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.linux.Resource;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Signature;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;
import org.nesteddune.testing.OpenDescriptors;
import org.nesteddune.testing.TestGuest;

class PollingFamilyTest {

    @TempDir
    Path root;

    private final PollingFamily family = new PollingFamily();
    private TestGuest guest;
    private Map<String, Integer> openAtStart;
    private int reader;
    private int writer;

    @BeforeEach
    void start() throws IOException {
        new TestGuest(root).close();
        openAtStart = OpenDescriptors.now();
        guest = new TestGuest(root);
        long pair = guest.task().scratch();
        ErrnoException.check(Linux.pipe2(pair, OpenFlags.O_CLOEXEC));
        OpenFile in = HostFile.adopt(Memory.getInt(pair), null);
        OpenFile out = HostFile.adopt(Memory.getInt(pair + 4), null);
        reader = guest.descriptors().add(in, 0, 1024, false);
        writer = guest.descriptors().add(out, 0, 1024, false);
    }

    @AfterEach
    void end() throws IOException {
        guest.close();
        assertThat(OpenDescriptors.now()).as("open descriptors").isEqualTo(openAtStart);
    }

    private long call(String name, long... arguments) {
        return guest.call(family, name, arguments);
    }

    private int errno(long result) {
        assertThat(result).isNegative();
        return (int) -result;
    }

    private void send() {
        OpenFile out = guest.descriptors().get(writer);
        assertThat(out.write(guest.task(), guest.string("x"), 1)).isEqualTo(1);
        out.release();
    }

    private void receive() {
        OpenFile in = guest.descriptors().get(reader);
        assertThat(in.read(guest.task(), guest.allocate(16), 16)).isPositive();
        in.release();
    }

    private void entry(long array, int index, int descriptor, int events) {
        guest.memory().writeInt(array + index * 8L, descriptor);
        guest.memory().writeInt(array + index * 8L + 4, events);
    }

    private int revents(long array, int index) {
        return guest.memory().readShort(array + index * 8L + 6);
    }

    @Test
    void pollTellsWhatIsReady() {
        long array = guest.allocate(64);
        entry(array, 0, reader, Poll.POLLIN);
        entry(array, 1, writer, Poll.POLLOUT);
        entry(array, 2, 99, Poll.POLLIN);
        entry(array, 3, -5, Poll.POLLIN);
        assertThat(call("poll", array, 4, -1)).isEqualTo(2);
        assertThat(revents(array, 0)).isZero();
        assertThat(revents(array, 1)).isEqualTo(Poll.POLLOUT);
        assertThat(revents(array, 2)).isEqualTo(Poll.POLLNVAL);
        assertThat(revents(array, 3)).isZero();
        assertThat(call("poll", array, 1, 0)).isZero();
        send();
        assertThat(call("poll", array, 1, 1000)).isEqualTo(1);
        assertThat(revents(array, 0)).isEqualTo(Poll.POLLIN);
        guest.descriptors().close(writer);
        receive();
        assertThat(call("poll", array, 1, -1)).isEqualTo(1);
        assertThat(revents(array, 0)).isEqualTo(Poll.POLLHUP);
        assertThat(errno(call("poll", array, 1 << 20, 0))).isEqualTo(Errno.EINVAL);
        assertThat(errno(call("poll", array, -1, 0))).isEqualTo(Errno.EINVAL);
    }

    @Test
    void manyFilesAndGeneratedOnes() {
        guest.limits().set(Resource.RLIMIT_NOFILE, 1 << 20, 1 << 20);
        int count = 5000;
        long array = guest.allocate(count * 8L);
        for (int i = 0; i < count; i++) {
            entry(array, i, i == count - 1 ? writer : reader, i == count - 1 ? Poll.POLLOUT : Poll.POLLIN);
        }
        assertThat(call("poll", array, count, -1)).isEqualTo(1);
        assertThat(revents(array, count - 1)).isEqualTo(Poll.POLLOUT);
        int proc = guest.descriptors().add(guest.fs().open(null, "/proc/self/stat", 0, 0), 0, 1024, false);
        entry(array, 0, proc, Poll.POLLIN);
        entry(array, 1, reader, Poll.POLLIN);
        assertThat(call("poll", array, 2, -1)).isEqualTo(1);
        assertThat(revents(array, 0)).isEqualTo(Poll.POLLIN);
        assertThat(revents(array, 1)).isZero();
    }

    @Test
    void interruptedPollGoesOnWithTheTimeThatIsLeft() {
        long array = guest.allocate(8);
        entry(array, 0, reader, Poll.POLLIN);
        guest.interrupt(true);
        assertThat(errno(call("poll", array, 1, 50))).isEqualTo(Errno.ERESTART_RESTARTBLOCK);
        guest.interrupt(false);
        long before = System.nanoTime();
        assertThat(guest.task().settings().restartBlock().handle(guest.task(), new SyscallArguments())).isZero();
        assertThat(System.nanoTime() - before).isLessThan(5_000_000_000L);
        // What is ready counts for more than a signal.
        send();
        guest.interrupt(true);
        assertThat(call("poll", array, 1, 50)).isEqualTo(1);
    }

    @Test
    void ppollSetsTheMaskAndWritesTheTimeBack() {
        long array = guest.allocate(8);
        long time = guest.allocate(16);
        long mask = guest.allocate(8);
        guest.memory().writeLong(time, 100);
        guest.memory().writeLong(mask, -1);
        entry(array, 0, writer, Poll.POLLOUT);
        assertThat(call("ppoll", array, 1, time, mask, 8)).isEqualTo(1);
        assertThat(guest.memory().readLong(time)).isEqualTo(99);
        assertThat(guest.temporaryMask()).isEqualTo(new SignalSet(~(1L << 8 | 1L << 18), 0));
        assertThat(errno(call("ppoll", array, 1, time, mask, 4))).isEqualTo(Errno.EINVAL);
        guest.memory().writeLong(time + 8, 1_000_000_000);
        assertThat(errno(call("ppoll", array, 1, time, 0, 0))).isEqualTo(Errno.EINVAL);
        guest.memory().writeLong(time + 8, 0);
        entry(array, 0, reader, Poll.POLLIN);
        guest.interrupt(true);
        assertThat(errno(call("ppoll", array, 1, time, 0, 0))).isEqualTo(Errno.ERESTARTNOHAND);
    }

    @Test
    void selectCountsBits() {
        long in = guest.allocate(128);
        long out = guest.allocate(128);
        long time = guest.allocate(16);
        guest.memory().writeLong(in, 1L << reader);
        guest.memory().writeLong(out, 1L << writer);
        assertThat(call("select", writer + 1, in, out, 0, 0)).isEqualTo(1);
        assertThat(guest.memory().readLong(in)).isZero();
        assertThat(guest.memory().readLong(out)).isEqualTo(1L << writer);
        send();
        guest.memory().writeLong(in, 1L << reader);
        assertThat(call("select", 1024, in, out, 0, time)).isEqualTo(2);
        guest.memory().writeLong(in, 1L << 50);
        assertThat(errno(call("select", 64, in, 0, 0, time))).isEqualTo(Errno.EBADF);
        assertThat(call("select", 50, in, 0, 0, time)).as("bits beyond n do not count").isZero();
        assertThat(errno(call("select", -1, 0, 0, 0, time))).isEqualTo(Errno.EINVAL);
        guest.memory().writeLong(time, -1);
        assertThat(errno(call("select", 0, 0, 0, 0, time))).isEqualTo(Errno.EINVAL);
        guest.memory().writeLong(time, 0);
        guest.memory().writeLong(time + 8, 1000);
        assertThat(call("pselect6", 0, 0, 0, 0, time, 0)).isZero();
        assertThat(guest.memory().readLong(time + 8)).isZero();
        receive();
        guest.memory().writeLong(in, 1L << reader);
        guest.interrupt(true);
        assertThat(errno(call("select", 10, in, 0, 0, 0))).isEqualTo(Errno.ERESTARTNOHAND);
        assertThat(guest.memory().readLong(in)).isEqualTo(1L << reader);
    }

    @Test
    void exceptionsAreNotHangUps() {
        guest.descriptors().close(writer);
        long set = guest.allocate(8);
        long time = guest.allocate(16);
        guest.memory().writeLong(set, 1L << reader);
        guest.memory().writeLong(time + 8, 1000);
        assertThat(call("select", 10, 0, 0, set, time)).isZero();
        assertThat(guest.memory().readLong(set)).isZero();
    }

    @Test
    void epollHandsTheGuestsDataBack() {
        int epoll = (int) call("epoll_create1", Poll.EPOLL_CLOEXEC);
        assertThat(guest.descriptors().closeOnExec(epoll)).isEqualTo(1);
        long event = guest.allocate(64);
        guest.memory().writeInt(event, Poll.EPOLLIN);
        guest.memory().writeLong(event + 8, 0x123456789abcdefL);
        assertThat(call("epoll_ctl", epoll, Poll.EPOLL_CTL_ADD, reader, event)).isZero();
        assertThat(errno(call("epoll_ctl", epoll, Poll.EPOLL_CTL_ADD, reader, event))).isEqualTo(Errno.EEXIST);
        assertThat(errno(call("epoll_ctl", epoll, Poll.EPOLL_CTL_ADD, epoll, event))).isEqualTo(Errno.EINVAL);
        assertThat(errno(call("epoll_ctl", reader, Poll.EPOLL_CTL_ADD, writer, event))).isEqualTo(Errno.EINVAL);
        assertThat(errno(call("epoll_ctl", epoll, Poll.EPOLL_CTL_ADD, 99, event))).isEqualTo(Errno.EBADF);
        long events = guest.allocate(64);
        assertThat(call("epoll_wait", epoll, events, 4, 0)).isZero();
        assertThat(call("epoll_wait", epoll, events, 4, 1)).isZero();
        send();
        for (int timeout : new int[] {-1, 0, 1000}) {
            assertThat(call("epoll_wait", epoll, events, 4, timeout)).isEqualTo(1);
            assertThat(guest.memory().readInt(events)).isEqualTo(Poll.EPOLLIN);
            assertThat(guest.memory().readLong(events + 8)).isEqualTo(0x123456789abcdefL);
        }
        guest.interrupt(true);
        assertThat(call("epoll_pwait", epoll, events, 4, -1, 0, 0)).isEqualTo(1);
        guest.interrupt(false);
        receive();
        guest.interrupt(true);
        assertThat(errno(call("epoll_pwait", epoll, events, 4, -1, 0, 0))).isEqualTo(Errno.EINTR);
        assertThat(errno(call("epoll_wait", epoll, events, 4, 10_000))).isEqualTo(Errno.EINTR);
        guest.interrupt(false);
        assertThat(errno(call("epoll_wait", epoll, events, 0, 0))).isEqualTo(Errno.EINVAL);
        assertThat(errno(call("epoll_wait", reader, events, 1, 0))).isEqualTo(Errno.EINVAL);
        // A description that is closed for good leaves the instance.
        send();
        guest.descriptors().close(reader);
        assertThat(call("epoll_wait", epoll, events, 4, 0)).isZero();
        assertThat(errno(call("epoll_create", 0))).isEqualTo(Errno.EINVAL);
        assertThat(errno(call("epoll_create1", 1))).isEqualTo(Errno.EINVAL);
    }

    @Test
    void eventCounters() {
        int counter = (int) call("eventfd2", 3, Poll.EFD_NONBLOCK);
        OpenFile file = guest.descriptors().get(counter);
        long value = guest.allocate(8);
        assertThat(file.read(guest.task(), value, 8)).isEqualTo(8);
        assertThat(guest.memory().readLong(value)).isEqualTo(3);
        assertThat(file.read(guest.task(), value, 8)).isEqualTo(-Errno.EAGAIN);
        file.release();
        assertThat(errno(call("eventfd2", 0, 4))).isEqualTo(Errno.EINVAL);
    }

    @Test
    void badPointersAreEfault() {
        int epoll = (int) call("epoll_create1", 0);
        List<String> wrong = new ArrayList<>();
        for (Syscall call : family.syscalls()) {
            for (int i = 0; i < call.signature().parameters().size(); i++) {
                Signature.Parameter parameter = call.signature().parameters().get(i);
                if (!parameter.isPointer()) {
                    continue;
                }
                for (long bad : new long[] {8, -1, 0xdead_0000_0000_0000L}) {
                    long[] arguments = new long[6];
                    for (int j = 0; j < call.signature().parameters().size(); j++) {
                        Signature.Parameter other = call.signature().parameters().get(j);
                        arguments[j] = switch (other.name()) {
                            case "epfd" -> epoll;
                            case "fd" -> writer;
                            case "op", "nfds", "maxevents", "n" -> 1;
                            case "sigsetsize" -> 8;
                            case "timeout", "timeout_msecs" -> other.isPointer() ? guest.allocate(16) : 0;
                            default -> other.isPointer() ? guest.allocate(4096) : 0;
                        };
                    }
                    if (call.name().equals("poll") || call.name().equals("ppoll")) {
                        entry(arguments[0], 0, writer, Poll.POLLOUT);
                    } else if (call.name().contains("select")) {
                        guest.memory().writeLong(arguments[2], 1L << writer);
                        arguments[0] = 8;
                    }
                    arguments[i] = bad;
                    long result = guest.call(call, arguments);
                    if (result != -Errno.EFAULT) {
                        wrong.add(call.name() + " " + parameter.name() + " " + Long.toHexString(bad) + ": " + result);
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }
}
