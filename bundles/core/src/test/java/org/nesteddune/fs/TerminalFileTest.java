package org.nesteddune.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.nesteddune.testing.TestGuest.stub;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.kernel.JobControl;
import org.nesteddune.kernel.ProcessGroup;
import org.nesteddune.kernel.Session;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ioctl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Signal;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.testing.TestGuest;

/** Pseudo-terminals of the host as a guest sees them, with job control that only keeps a record. */
class TerminalFileTest {

    private final List<String> record = new ArrayList<>();
    private TestGuest guest;
    private OpenFile master;
    private String path;
    private boolean controlled;
    private boolean background;
    private long answer;

    @BeforeEach
    void open() {
        assumeThat(Files.isReadable(Path.of("/dev/ptmx")) && Files.isDirectory(Path.of("/dev/pts")))
                .as("the host has pseudo-terminals").isTrue();
        guest = new TestGuest(null);
        ProcessGroup group = stub(ProcessGroup.class, (self, method, args) -> 77);
        Session session = stub(Session.class, (self, method, args) -> switch (method.getName()) {
            case "id" -> 66;
            case "foreground" -> group;
            default -> null;
        });
        guest.jobs(stub(JobControl.class, (self, method, args) -> switch (method.getName()) {
            case "session" -> controlled ? session : null;
            case "isBackground" -> background;
            case "check" -> {
                record.add("check " + args[2]);
                yield answer;
            }
            case "opened" -> record.add("opened") ? null : null;
            case "signalForeground" -> record.add("signal " + args[1]) ? null : null;
            case "hangUp" -> record.add("hang up") ? null : null;
            case "acquire" -> {
                record.add("acquire " + args[2] + " " + args[3]);
                yield 0L;
            }
            case "giveUp" -> 0L;
            case "setForeground" -> {
                record.add("foreground " + args[2]);
                yield 0L;
            }
            default -> throw new AssertionError(method);
        }));
        master = guest.fs().open(null, "/dev/ptmx", OpenFlags.O_RDWR | OpenFlags.O_NOCTTY, 0);
        long number = guest.allocate(8);
        assertThat(master.ioctl(guest.task(), Ioctl.TIOCSPTLCK, number)).isZero();
        assertThat(master.ioctl(guest.task(), Ioctl.TIOCGPTN, number)).isZero();
        path = "/dev/pts/" + guest.memory().readInt(number);
    }

    @AfterEach
    void close() {
        if (guest != null) {
            if (master != null) {
                master.release();
            }
            assertThat(guest.terminals().count()).isZero();
            guest.close();
        }
    }

    private OpenFile slave(int flags) {
        return guest.fs().open(null, path, flags, 0);
    }

    private void type(String text) {
        assertThat(master.write(guest.task(), guest.string(text), text.length())).isEqualTo(text.length());
    }

    @Test
    void openingMayMakeItTheControllingTerminal() {
        slave(OpenFlags.O_RDWR).release();
        assertThat(record).containsExactly("opened");
        slave(OpenFlags.O_RDWR | OpenFlags.O_NOCTTY).release();
        slave(OpenFlags.O_WRONLY).release();
        slave(OpenFlags.O_PATH).release();
        assertThat(record).containsExactly("opened");
    }

    @Test
    void aTerminalIsThereOnce() {
        OpenFile one = slave(OpenFlags.O_RDWR);
        OpenFile other = slave(OpenFlags.O_RDWR);
        assertThat(guest.terminals().count()).isEqualTo(1);
        one.release();
        other.release();
        assertThat(guest.terminals().count()).as("that of the master").isEqualTo(1);
    }

    @Test
    void keysSignalTheForegroundWhereThereIsOne() {
        OpenFile slave = slave(OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
        type("\3");
        assertThat(record).isEmpty();
        controlled = true;
        type("ab\3\32");
        assertThat(record).containsExactly("signal 2", "signal 20");
        slave.release();
    }

    @Test
    void keysAreFoundInEveryKindOfWrite() {
        OpenFile slave = slave(OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
        controlled = true;
        long text = guest.string("x\3y\34");
        long vector = guest.task().scratch();
        org.nesteddune.host.Memory.putLong(vector, text);
        org.nesteddune.host.Memory.putLong(vector + 8, 2);
        org.nesteddune.host.Memory.putLong(vector + 16, text + 2);
        org.nesteddune.host.Memory.putLong(vector + 24, 2);
        assertThat(master.writeVector(guest.task(), vector, 2, -1, 0)).isEqualTo(4);
        assertThat(record).containsExactly("signal 2", "signal 3");
        assertThat(master.pumpDescriptor()).isEqualTo(-1);
        assertThat(slave.pumpDescriptor()).isEqualTo(-1);
        slave.release();
    }

    @Test
    void theBackgroundIsAskedBeforeItReadsOrChanges() {
        OpenFile slave = slave(OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
        long buffer = guest.allocate(64);
        answer = -Errno.EIO;
        background = true;
        assertThat(slave.read(guest.task(), buffer, 1)).isEqualTo(-Errno.EIO);
        assertThat(slave.write(guest.task(), buffer, 1)).as("without TOSTOP").isEqualTo(1);
        assertThat(slave.ioctl(guest.task(), Ioctl.TCGETS, buffer)).isZero();
        assertThat(slave.ioctl(guest.task(), Ioctl.TCSETS, buffer)).isEqualTo(-Errno.EIO);
        assertThat(slave.ioctl(guest.task(), Ioctl.TCFLSH, 0)).isEqualTo(-Errno.EIO);
        assertThat(record).containsExactly("check " + Signal.SIGTTIN, "check " + Signal.SIGTTOU, "check " + Signal.SIGTTOU);
        guest.memory().writeInt(buffer + 12, guest.memory().readInt(buffer + 12) | TerminalSettings.TOSTOP);
        answer = 0;
        assertThat(slave.ioctl(guest.task(), Ioctl.TCSETS, buffer)).isZero();
        answer = -Errno.ERESTARTSYS;
        assertThat(slave.write(guest.task(), buffer, 1)).isEqualTo(-Errno.ERESTARTSYS);
        background = false;
        assertThat(slave.write(guest.task(), buffer, 1)).isEqualTo(1);
        slave.release();
    }

    @Test
    void questionsAboutGroupsAreAnsweredFromTheGuests() {
        OpenFile slave = slave(OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
        long value = guest.allocate(8);
        assertThat(slave.ioctl(guest.task(), Ioctl.TIOCGPGRP, value)).isEqualTo(-Errno.ENOTTY);
        assertThat(master.ioctl(guest.task(), Ioctl.TIOCGPGRP, value)).isZero();
        assertThat(guest.memory().readInt(value)).isZero();
        assertThat(master.ioctl(guest.task(), Ioctl.TIOCGSID, value)).isEqualTo(-Errno.ENOTTY);
        controlled = true;
        guest.terminal(((TerminalFile) slave).line(guest.process().table()).terminal());
        assertThat(slave.ioctl(guest.task(), Ioctl.TIOCGPGRP, value)).isZero();
        assertThat(guest.memory().readInt(value)).isEqualTo(77);
        assertThat(slave.ioctl(guest.task(), Ioctl.TIOCGSID, value)).isZero();
        assertThat(guest.memory().readInt(value)).isEqualTo(66);
        assertThat(slave.ioctl(guest.task(), Ioctl.TIOCSPGRP, value)).isZero();
        assertThat(master.ioctl(guest.task(), Ioctl.TIOCSCTTY, 1)).isZero();
        assertThat(master.ioctl(guest.task(), Ioctl.TIOCNOTTY, 0)).isEqualTo(-Errno.ENOTTY);
        assertThat(slave.ioctl(guest.task(), Ioctl.TIOCNOTTY, 0)).isZero();
        assertThat(record).containsExactly("foreground 66", "acquire true true");
        guest.terminal(null);
        slave.release();
    }

    @Test
    void aNewSizeIsAnnouncedOnce() {
        OpenFile slave = slave(OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
        long size = guest.allocate(8);
        guest.memory().writeLong(size, 0x0050_0018L);
        assertThat(master.ioctl(guest.task(), Ioctl.TIOCSWINSZ, size)).isZero();
        assertThat(slave.ioctl(guest.task(), Ioctl.TIOCSWINSZ, size)).isZero();
        assertThat(record).containsExactly("signal " + Signal.SIGWINCH);
        assertThat(master.ioctl(guest.task(), Ioctl.TIOCSIG, Signal.SIGQUIT)).isZero();
        assertThat(master.ioctl(guest.task(), Ioctl.TIOCSIG, Signal.SIGTERM)).isEqualTo(-Errno.EINVAL);
        slave.release();
    }

    @Test
    void theOtherSideIsOpenedWithoutItsName() {
        long descriptor = master.ioctl(guest.task(), Ioctl.TIOCGPTPEER, OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC);
        assertThat(descriptor).isNotNegative();
        assertThat(record).containsExactly("opened");
        OpenFile slave = guest.descriptors().get((int) descriptor);
        assertThat(slave.path()).isEqualTo(path);
        assertThat(guest.descriptors().closeOnExec((int) descriptor)).isEqualTo(1);
        slave.release();
        guest.descriptors().close((int) descriptor);
    }

    @Test
    void theCurrentTerminalIsTheProcesss() {
        assertThatThrownBy(() -> guest.fs().open(null, "/dev/tty", OpenFlags.O_RDWR, 0))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENXIO));
        guest.terminal(((TerminalFile) master).line(guest.process().table()).terminal());
        OpenFile current = guest.fs().open(null, "/dev/tty", OpenFlags.O_RDWR, 0);
        FileStatus status = new FileStatus();
        assertThat(current.status(status)).isZero();
        assertThat(status.specialDevice).isEqualTo(Terminals.CURRENT);
        assertThat(current.path()).isEqualTo("/dev/tty");
        assertThat(current.statusFlags() & OpenFlags.O_NONBLOCK).isZero();
        long text = guest.string("hello");
        assertThat(current.write(guest.task(), text, 5)).isEqualTo(5);
        assertThat(master.read(guest.task(), text, 5)).isEqualTo(5);
        current.release();
        guest.terminal(null);
    }

    @Test
    void theEndOfTheMasterIsTheEndOfTheLine() {
        OpenFile slave = slave(OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
        OpenFile second = master.retain();
        second.release();
        assertThat(record).isEmpty();
        master.release();
        master = null;
        assertThat(record).containsExactly("hang up");
        assertThat(slave.ioctl(guest.task(), Ioctl.TIOCSPGRP, guest.allocate(4))).isEqualTo(-Errno.ENOTTY);
        assertThat(slave.ioctl(guest.task(), Ioctl.TIOCSCTTY, 0)).isEqualTo(-Errno.EIO);
        // The number may be given again, to another terminal.
        OpenFile next = guest.fs().open(null, "/dev/ptmx", OpenFlags.O_RDWR | OpenFlags.O_NOCTTY, 0);
        Terminal old = ((TerminalFile) slave).line(guest.process().table()).terminal();
        assertThat(((TerminalFile) next).line(guest.process().table()).terminal()).isNotSameAs(old);
        next.release();
        slave.release();
    }

    @Test
    void whatWasInheritedIsRecognised() {
        OpenFile slave = slave(OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
        OpenFile stream = GuestFiles.standardStream(slave.hostDescriptor(), false);
        assertThat(stream).isInstanceOf(TerminalFile.class);
        assertThat(((TerminalFile) stream).line(guest.process().table()).terminal())
                .isSameAs(((TerminalFile) slave).line(guest.process().table()).terminal());
        stream.release();
        slave.release();
    }
}
