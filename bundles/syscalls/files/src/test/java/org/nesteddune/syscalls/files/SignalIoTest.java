package org.nesteddune.syscalls.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Ioctl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.linux.Signal;
import org.nesteddune.testing.OpenDescriptors;
import org.nesteddune.testing.TestGuest;

class SignalIoTest {

    private static final int CHOSEN = Signal.SIGRTMIN + 3;

    @TempDir
    Path root;

    private final FilesFamily family = new FilesFamily();
    private TestGuest guest;
    private Map<String, Integer> openAtStart;
    private long reader;
    private long writer;

    @BeforeEach
    void start() throws IOException {
        new TestGuest(root).close(); // loads what stays open for good
        openAtStart = OpenDescriptors.now();
        guest = new TestGuest(root);
        long pair = guest.allocate(8);
        assertThat(call("pipe2", pair, 0)).isZero();
        reader = guest.memory().readInt(pair);
        writer = guest.memory().readInt(pair + 4);
    }

    @AfterEach
    void end() throws IOException, InterruptedException {
        guest.close();
        // The thread closes what it has used.
        for (int i = 0; i < 200 && !OpenDescriptors.now().equals(openAtStart); i++) {
            Thread.sleep(10);
        }
        assertThat(OpenDescriptors.now()).as("open descriptors").isEqualTo(openAtStart);
    }

    private long call(String name, long... arguments) {
        return guest.call(family, name, arguments);
    }

    private long owner(int type, int id) {
        long owner = guest.allocate(8);
        guest.memory().writeInt(owner, type);
        guest.memory().writeInt(owner + 4, id);
        return owner;
    }

    private void put() {
        assertThat(call("write", writer, guest.string("x"), 1)).isEqualTo(1);
    }

    private List<SignalInfo> awaitSignals(int count) throws InterruptedException {
        for (int i = 0; i < 500; i++) {
            if (guest.signals().size() >= count) {
                break;
            }
            Thread.sleep(10);
        }
        return List.copyOf(guest.signals());
    }

    @Test
    void tellsTheOwnerOfWhatComes() throws InterruptedException {
        put();
        assertThat(call("fcntl", reader, Fcntl.F_SETOWN_EX, owner(Fcntl.F_OWNER_TID, TestGuest.PID))).isZero();
        assertThat(call("fcntl", reader, Fcntl.F_SETSIG, CHOSEN)).isZero();
        assertThat(call("fcntl", reader, Fcntl.F_SETFL, OpenFlags.O_ASYNC | OpenFlags.O_NONBLOCK)).isZero();
        assertThat(call("fcntl", reader, Fcntl.F_GETFL)).isEqualTo(OpenFlags.O_ASYNC | OpenFlags.O_NONBLOCK);
        put();
        // One for what came then, none for what had been there before.
        assertThat(awaitSignals(1)).containsExactly(new SignalInfo(
                CHOSEN, Signal.POLL_IN, 0, 0, reader, Poll.POLLIN | Poll.POLLRDNORM, 0, 0));
        put();
        assertThat(awaitSignals(2)).hasSize(2);
        assertThat(call("fcntl", reader, Fcntl.F_SETSIG, 0)).isZero();
        put();
        assertThat(awaitSignals(3).get(2)).isEqualTo(SignalInfo.kernel(Signal.SIGIO));
        assertThat(call("fcntl", reader, Fcntl.F_SETFL, 0)).isZero();
        put();
        Thread.sleep(20);
        assertThat(guest.signals()).hasSize(3);
    }

    @Test
    void remembersOwnerAndSignal() {
        assertThat(call("fcntl", reader, Fcntl.F_GETOWN)).isZero();
        assertThat(call("fcntl", reader, Fcntl.F_SETOWN, TestGuest.PID)).isZero();
        assertThat(call("fcntl", reader, Fcntl.F_GETOWN)).isEqualTo(TestGuest.PID);
        assertThat(call("fcntl", reader, Fcntl.F_SETOWN, -TestGuest.PID)).isZero();
        assertThat(call("fcntl", reader, Fcntl.F_GETOWN)).isEqualTo(-TestGuest.PID);
        long owner = owner(0, 0);
        assertThat(call("fcntl", reader, Fcntl.F_GETOWN_EX, owner)).isZero();
        assertThat(guest.memory().readInt(owner)).isEqualTo(Fcntl.F_OWNER_PGRP);
        assertThat(guest.memory().readInt(owner + 4)).isEqualTo(TestGuest.PID);
        assertThat(call("fcntl", writer, Fcntl.F_GETOWN)).isZero();
        assertThat(call("fcntl", reader, Fcntl.F_GETSIG)).isZero();
        assertThat(call("fcntl", reader, Fcntl.F_SETSIG, CHOSEN)).isZero();
        assertThat(call("fcntl", reader, Fcntl.F_GETSIG)).isEqualTo(CHOSEN);
        assertThat(call("fcntl", reader, Fcntl.F_SETOWN, 0)).isZero();
        assertThat(call("fcntl", reader, Fcntl.F_GETOWN)).isZero();
    }

    @Test
    void refusesWhatIsNotThere() {
        assertThat(call("fcntl", reader, Fcntl.F_SETOWN, 99)).isEqualTo(-Errno.ESRCH);
        assertThat(call("fcntl", reader, Fcntl.F_SETOWN, -99)).isEqualTo(-Errno.ESRCH);
        assertThat(call("fcntl", reader, Fcntl.F_SETOWN_EX, owner(3, TestGuest.PID))).isEqualTo(-Errno.EINVAL);
        assertThat(call("fcntl", reader, Fcntl.F_SETSIG, 65)).isEqualTo(-Errno.EINVAL);
        long on = guest.allocate(4);
        guest.memory().writeInt(on, 1);
        long regular = call("open", guest.string("/file"), OpenFlags.O_RDWR | OpenFlags.O_CREAT, 0644);
        assertThat(call("ioctl", regular, Ioctl.FIOASYNC, on)).isEqualTo(-Errno.ENOTTY);
        assertThat(call("ioctl", reader, Ioctl.FIOASYNC, on)).isZero();
        assertThat(call("fcntl", reader, Fcntl.F_GETFL) & OpenFlags.O_ASYNC).isNotZero();
    }
}
