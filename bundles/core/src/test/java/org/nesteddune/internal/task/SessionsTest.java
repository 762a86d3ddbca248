package org.nesteddune.internal.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nesteddune.testing.TestGuest.stub;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.Terminal;
import org.nesteddune.fs.TestTerminals;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.Limits;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.SignalHandlers;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.TaskSettings;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Resource;
import org.nesteddune.linux.Signal;
import org.nesteddune.syscall.ErrnoException;

/** Sessions and groups of processes that do not run: signals stay pending, so that the test can see them. */
class SessionsTest {

    private final Processes table = new Processes(100);
    private final Sessions sessions = table.jobs();
    private final List<GuestTask> made = new ArrayList<>();
    private final List<String> stops = new ArrayList<>();
    private final TestTerminals terminals = new TestTerminals();
    private final Supervisor runtime = stub(Supervisor.class, (self, method, args) -> {
        if (method.getName().equals("stopped")) {
            stops.add(((GuestProcess) args[0]).pid() + ":" + args[1]);
        }
        return null;
    });

    /** Entered by the runtime. */
    private final GuestProcess shell = enter();

    @AfterEach
    void close() {
        terminals.close();
    }

    private GuestProcess enter() {
        long[] unlimited = new long[Resource.RLIM_NLIMITS];
        Arrays.fill(unlimited, Limits.INFINITY);
        Limits limits = new Limits(unlimited, unlimited);
        int pid = table.allocate(null, 1, -1);
        Architecture architecture = stub(Architecture.class, (self, method, args) -> null);
        ProcessImage image = new ProcessImage(architecture, "", null, null, "", "", null, null, null, null);
        Credentials user = new Credentials(1, 1, 1, 1, 1, 1, List.of());
        GuestProcess process = new GuestProcess(pid, table, runtime, new Job(pid, null, Long.MAX_VALUE, 100), image,
                stub(FsContext.class, (self, method, args) -> null), new DescriptorTable(), user, limits, 0);
        table.add(process, task(process));
        return process;
    }

    private GuestTask task(GuestProcess process) {
        GuestTask task = new GuestTask(process.pid(), process, stub(Vcpu.class, (self, method, args) -> null), "",
                process.credentials(), new TaskSettings(), new Shared<>(null, fs -> { }), new Shared<>(new DescriptorTable(), all -> { }));
        made.add(task);
        return task;
    }

    private GuestTask taskOf(Process process) {
        return made.stream().filter(each -> each.process() == process).findFirst().orElseThrow();
    }

    private GuestProcess fork(GuestProcess parent) {
        int pid = table.allocate(null, 1, -1);
        GuestProcess child = new GuestProcess(pid, parent, new Kinship(parent, parent.pid(), Signal.SIGCHLD),
                parent.image(), parent.credentials(), parent.limits(), new SignalHandlers(), 0);
        table.add(child, task(child), taskOf(parent), sessions.visits());
        handleAll(child);
        return child;
    }

    /** So that signals wait. */
    private static void handleAll(GuestProcess process) {
        for (int signal : new int[] {Signal.SIGHUP, Signal.SIGCONT, Signal.SIGTTIN, Signal.SIGTTOU, Signal.SIGINT}) {
            process.signalHandlers().set(signal, new SignalAction(0x1000, 0, 0, SignalSet.EMPTY));
        }
    }

    private static List<Integer> pending(Process process) {
        List<Integer> all = new ArrayList<>();
        SignalSet set = process.pendingSignals().set();
        for (int signal = set.first(); signal != 0; signal = set.first()) {
            all.add(signal);
            set = set.without(signal);
        }
        return all;
    }

    private void end(GuestProcess process) {
        process.exit(ExitStatus.exited(0));
        table.tree().ended(process);
    }

    private static void fails(int errno, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(
                ErrnoException.class, failed -> assertThat(failed.errno()).isEqualTo(errno));
    }

    // Groups

    @Test
    void whatIsEnteredIsAJobOfTheRuntime() {
        assertThat(shell.processGroup()).isEqualTo(shell.pid());
        assertThat(shell.session()).isEqualTo(Processes.RUNTIME_PID);
        assertThat(shell.group().isOrphaned()).isFalse();
    }

    @Test
    void aChildGetsAGroupUntilItExecutes() {
        GuestProcess child = fork(shell);
        assertThat(child.group()).isSameAs(shell.group());
        sessions.setGroup(shell, child.pid(), 0);
        assertThat(child.processGroup()).isEqualTo(child.pid());
        sessions.setGroup(shell, child.pid(), shell.pid());
        assertThat(sessions.group(child.pid())).isNull();
        child.execute(child.image());
        fails(Errno.EACCES, () -> sessions.setGroup(shell, child.pid(), child.pid()));
        sessions.setGroup(child, 0, 0);
        assertThat(child.processGroup()).isEqualTo(child.pid());
    }

    @Test
    void groupsAreNotForStrangers() {
        GuestProcess child = fork(shell);
        GuestProcess other = enter();
        fails(Errno.ESRCH, () -> sessions.setGroup(shell, other.pid(), 0));
        fails(Errno.ESRCH, () -> sessions.setGroup(child, shell.pid(), 0));
        fails(Errno.ESRCH, () -> sessions.setGroup(shell, 4000, 0));
        fails(Errno.EINVAL, () -> sessions.setGroup(shell, 0, -1));
        fails(Errno.EPERM, () -> sessions.setGroup(shell, child.pid(), 4000));
        sessions.startSession(child);
        fails(Errno.EPERM, () -> sessions.setGroup(shell, child.pid(), shell.pid()));
        fails(Errno.EPERM, () -> sessions.setGroup(shell, 0, child.pid()));
        fails(Errno.EPERM, () -> sessions.setGroup(child, 0, 0));
    }

    @Test
    void aGroupsLeaderCannotStartASession() {
        GuestProcess child = fork(shell);
        fails(Errno.EPERM, () -> sessions.startSession(shell));
        sessions.startSession(child);
        assertThat(child.session()).isEqualTo(child.pid());
        fails(Errno.EPERM, () -> sessions.startSession(child));
    }

    @Test
    void aGroupLivesAsLongAsAMemberIsWaitedFor() {
        GuestProcess child = fork(shell);
        sessions.setGroup(shell, child.pid(), 0);
        GuestProcess grandchild = fork(child);
        end(child);
        assertThat(sessions.group(child.pid())).isNotNull();
        assertThat(sessions.isUsed(child.pid())).isTrue();
        end(grandchild);
        assertThat(sessions.group(child.pid())).as("a zombie counts").isNotNull();
        List<Integer> members = new ArrayList<>();
        sessions.group(child.pid()).forEach(member -> members.add(member.pid()));
        assertThat(members).containsExactly(child.pid());
    }

    @Test
    void aForkThatMissedASignalToItsGroupIsMadeAgain() {
        int before = sessions.visits();
        handleAll(shell);
        shell.group().signal(org.nesteddune.arch.SignalInfo.kernel(Signal.SIGINT));
        GuestProcess child = new GuestProcess(4000, shell, new Kinship(shell, shell.pid(), Signal.SIGCHLD),
                shell.image(), shell.credentials(), shell.limits(), new SignalHandlers(), 0);
        fails(Errno.ERESTARTNOINTR, () -> table.add(child, task(child), taskOf(shell), before));
        assertThat(table.process(4000)).isNull();
    }

    // Orphaned groups

    @Test
    void aStoppedGroupThatBecomesOrphanedHangsUp() {
        GuestProcess child = fork(shell);
        sessions.setGroup(shell, child.pid(), 0);
        GuestProcess stopped = fork(child);
        GuestProcess running = fork(child);
        GuestProcess elsewhere = fork(child);
        sessions.setGroup(elsewhere, 0, 0);
        sessions.setGroup(child, stopped.pid(), 0);
        sessions.setGroup(child, running.pid(), stopped.pid());
        stopAll(stopped);
        assertThat(stopped.group().isOrphaned()).isFalse();
        end(child);
        assertThat(stopped.group().isOrphaned()).isTrue();
        assertThat(pending(stopped)).contains(Signal.SIGHUP, Signal.SIGCONT);
        assertThat(pending(running)).contains(Signal.SIGHUP, Signal.SIGCONT);
        assertThat(pending(elsewhere)).as("not stopped").isEmpty();
        assertThat(stopped.groupStop().isStopped()).isFalse();
    }

    private static void stopAll(GuestProcess process) {
        process.groupStop().stop(Signal.SIGSTOP, process.groupStop().resumptions());
    }

    @Test
    void theEndOfTheOnlyTieOrphansAGroup() {
        GuestProcess first = fork(shell);
        sessions.setGroup(shell, first.pid(), 0);
        GuestProcess second = fork(first);
        stopAll(second);
        end(first);
        assertThat(second.processGroup()).isEqualTo(first.pid());
        assertThat(pending(second)).contains(Signal.SIGHUP, Signal.SIGCONT);
    }

    @Test
    void stopsOfWhatIsEnteredReachTheRuntimeInTheirOrder() {
        stopAll(shell);
        stopAll(shell);
        shell.groupStop().resume();
        shell.groupStop().resume();
        assertThat(stops).containsExactly(shell.pid() + ":" + Signal.SIGSTOP, shell.pid() + ":0");
        int before = shell.groupStop().resumptions();
        shell.groupStop().resume();
        shell.groupStop().stop(Signal.SIGTSTP, before);
        assertThat(shell.groupStop().isStopped()).as("continued before it stopped").isFalse();
    }

    // Terminals

    private Task caller(GuestProcess process) {
        return taskOf(process);
    }

    @Test
    void aSessionsLeaderGetsATerminalOnce() {
        Terminal terminal = terminals.open();
        Terminal second = terminals.open();
        GuestProcess leader = fork(shell);
        sessions.opened(leader, terminal);
        assertThat(leader.terminal()).as("no leader yet").isNull();
        sessions.startSession(leader);
        assertThat(sessions.acquire(leader, terminal, false, false)).isEqualTo(-Errno.EPERM);
        sessions.opened(leader, terminal);
        assertThat(leader.terminal()).isSameAs(terminal);
        assertThat(sessions.session(terminal).id()).isEqualTo(leader.pid());
        assertThat(sessions.session(terminal).foreground()).isSameAs(leader.group());
        sessions.opened(leader, second);
        assertThat(sessions.session(second)).isNull();
        assertThat(sessions.acquire(leader, terminal, false, true)).isZero();
        assertThat(sessions.acquire(leader, second, false, true)).isEqualTo(-Errno.EPERM);

        GuestProcess rival = fork(shell);
        sessions.startSession(rival);
        sessions.opened(rival, terminal);
        assertThat(rival.terminal()).isNull();
        assertThat(sessions.acquire(rival, terminal, true, true)).as("not privileged").isEqualTo(-Errno.EPERM);
        assertThat(fork(leader).terminal()).isSameAs(terminal);
    }

    @Test
    void theBackgroundIsStoppedByWhatTheForegroundMay() {
        Terminal terminal = terminals.open();
        GuestProcess leader = fork(shell);
        sessions.startSession(leader);
        sessions.opened(leader, terminal);
        GuestProcess child = fork(leader);
        assertThat(sessions.check(caller(child), terminal, Signal.SIGTTIN)).isZero();
        sessions.setGroup(leader, child.pid(), 0);
        assertThat(sessions.isBackground(caller(child), terminal)).isTrue();
        assertThat(sessions.isBackground(caller(leader), terminal)).isFalse();
        assertThat(sessions.isBackground(caller(shell), terminal)).as("another session").isFalse();
        assertThat(sessions.check(caller(child), terminal, Signal.SIGTTIN)).isEqualTo(-Errno.ERESTARTSYS);
        assertThat(pending(child)).containsExactly(Signal.SIGTTIN);
        assertThat(sessions.setForeground(caller(child), terminal, child.pid())).isEqualTo(-Errno.ERESTARTSYS);

        child.signalHandlers().set(Signal.SIGTTIN, SignalAction.IGNORING);
        child.signalHandlers().set(Signal.SIGTTOU, SignalAction.IGNORING);
        assertThat(sessions.check(caller(child), terminal, Signal.SIGTTIN)).isEqualTo(-Errno.EIO);
        assertThat(sessions.setForeground(caller(child), terminal, child.pid())).isZero();
        assertThat(sessions.session(terminal).foreground()).isSameAs(child.group());
    }

    @Test
    void anOrphanedGroupGetsAnError() {
        Terminal terminal = terminals.open();
        GuestProcess leader = fork(shell);
        sessions.startSession(leader);
        sessions.opened(leader, terminal);
        GuestProcess middle = fork(leader);
        GuestProcess orphan = fork(middle);
        sessions.setGroup(orphan, 0, 0);
        end(middle);
        assertThat(sessions.check(caller(orphan), terminal, Signal.SIGTTIN)).isEqualTo(-Errno.EIO);
        assertThat(sessions.setForeground(caller(orphan), terminal, orphan.pid())).isEqualTo(-Errno.ENOTTY);
        assertThat(pending(orphan)).isEmpty();
    }

    @Test
    void theForegroundIsAGroupOfTheSession() {
        Terminal terminal = terminals.open();
        GuestProcess leader = fork(shell);
        assertThat(sessions.setForeground(caller(leader), terminal, leader.pid())).isEqualTo(-Errno.ENOTTY);
        sessions.startSession(leader);
        sessions.opened(leader, terminal);
        GuestProcess child = fork(leader);
        assertThat(sessions.setForeground(caller(leader), terminal, shell.pid())).isEqualTo(-Errno.EPERM);
        assertThat(sessions.setForeground(caller(leader), terminal, 4000)).isEqualTo(-Errno.ESRCH);
        assertThat(sessions.setForeground(caller(leader), terminal, -2)).isEqualTo(-Errno.EINVAL);
        // As a shell may do before its child has made the group.
        assertThat(sessions.setForeground(caller(leader), terminal, child.pid())).isZero();
        sessions.setGroup(child, 0, 0);
        assertThat(sessions.session(terminal).foreground()).isSameAs(child.group());
        sessions.signalForeground(terminal, Signal.SIGINT);
        assertThat(pending(child)).containsExactly(Signal.SIGINT);
    }

    @Test
    void theLeadersEndHangsUpTheForeground() {
        Terminal terminal = terminals.open();
        GuestProcess leader = fork(shell);
        sessions.startSession(leader);
        sessions.opened(leader, terminal);
        GuestProcess child = fork(leader);
        GuestProcess background = fork(leader);
        sessions.setGroup(leader, background.pid(), 0);
        sessions.setGroup(leader, child.pid(), 0);
        sessions.setForeground(caller(leader), terminal, child.pid());
        end(leader);
        assertThat(pending(child)).containsExactly(Signal.SIGHUP);
        assertThat(pending(background)).isEmpty();
        assertThat(child.terminal()).isNull();
        assertThat(sessions.session(terminal)).isNull();
    }

    @Test
    void aHangUpReachesTheLeaderAndAtItsEndTheForeground() {
        Terminal terminal = terminals.open();
        GuestProcess leader = fork(shell);
        sessions.startSession(leader);
        sessions.opened(leader, terminal);
        GuestProcess child = fork(leader);
        sessions.setGroup(leader, child.pid(), 0);
        sessions.setForeground(caller(leader), terminal, child.pid());
        sessions.hangUp(terminal);
        assertThat(pending(leader)).containsExactly(Signal.SIGHUP, Signal.SIGCONT);
        assertThat(pending(child)).isEmpty();
        assertThat(child.terminal()).isNull();
        end(leader);
        assertThat(pending(child)).containsExactly(Signal.SIGHUP, Signal.SIGCONT);
    }

    @Test
    void aTerminalIsGivenUp() {
        Terminal terminal = terminals.open();
        GuestProcess leader = fork(shell);
        sessions.startSession(leader);
        sessions.opened(leader, terminal);
        GuestProcess child = fork(leader);
        assertThat(sessions.giveUp(shell, terminal)).isEqualTo(-Errno.ENOTTY);
        assertThat(sessions.giveUp(child, terminal)).isZero();
        assertThat(child.terminal()).isNull();
        assertThat(leader.terminal()).isSameAs(terminal);
        assertThat(sessions.giveUp(leader, terminal)).isZero();
        assertThat(leader.terminal()).isNull();
        assertThat(pending(leader)).containsExactly(Signal.SIGHUP, Signal.SIGCONT);
    }

    @Test
    void theRuntimesTerminalGoesFromJobToJob() {
        Terminal terminal = terminals.own();
        assertThat(sessions.signalForeground(Signal.SIGINT)).isFalse();
        sessions.attach(shell, terminal, true);
        GuestProcess other = enter();
        handleAll(other);
        handleAll(shell);
        sessions.attach(other, terminal, false);
        assertThat(sessions.isBackground(caller(other), terminal)).isTrue();
        assertThat(sessions.signalForeground(Signal.SIGINT)).isTrue();
        assertThat(pending(shell)).containsExactly(Signal.SIGINT);
        sessions.bringToForeground(other);
        assertThat(sessions.isBackground(caller(other), terminal)).isFalse();
        end(shell);
        assertThat(sessions.signalForeground(Signal.SIGINT)).isTrue();
        assertThat(pending(other)).containsExactly(Signal.SIGINT);
        end(other);
        assertThat(sessions.signalForeground(Signal.SIGINT)).isFalse();
        table.close();
        assertThat(sessions.session(terminal)).isNull();
    }
}
