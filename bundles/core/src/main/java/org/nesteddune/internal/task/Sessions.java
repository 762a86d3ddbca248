package org.nesteddune.internal.task;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.fs.Terminal;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.JobControl;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessGroup;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.syscall.ErrnoException;

/**
 * The sessions and process groups of a dune. The runtime, as pid 1, plays the shell: it leads the first session, which has
 * the terminal that the runtime was started on, and each guest that is entered is a job of it. Guarded by the process
 * table's lock. Thread-safe.
 */
final class Sessions implements JobControl {

    private final Object lock;
    private final Processes table;
    private final Map<Integer, Group> groups = new HashMap<>();
    private final Map<Terminal, GuestSession> terminals = new ConcurrentHashMap<>();
    private final GuestSession own = new GuestSession(Processes.RUNTIME_PID, null);
    private final Group ownGroup = new Group(Processes.RUNTIME_PID, own, this, null);
    private volatile int visits;

    Sessions(Processes table, Object lock) {
        this.table = table;
        this.lock = lock;
    }

    Object lock() {
        return lock;
    }

    /** Grows each time that all members of a group, or all processes, are gone through. */
    int visits() {
        return visits;
    }

    /** All members of a group, or all processes, are gone through now. The caller holds the lock. */
    void visit() {
        visits++;
    }

    // Members. The caller holds the lock.

    /** Whether an id is that of a group or a session, or of a terminal's foreground group, which may be empty. */
    boolean isUsed(int id) {
        if (groups.containsKey(id)) {
            return true;
        }
        for (Group group : groups.values()) {
            Group foreground = group.session().foreground();
            if (group.session().id() == id || foreground != null && foreground.id() == id) {
                return true;
            }
        }
        return false;
    }

    /** A process that is entered becomes a job of the runtime. */
    void enter(GuestProcess process) {
        join(process, newGroup(process, own));
    }

    /** A child belongs where its parent does. */
    void inherit(GuestProcess child, GuestProcess parent) {
        child.standing().attached(parent.standing().isAttached());
        join(child, parent.standing().group());
    }

    private Group newGroup(GuestProcess process, GuestSession session) {
        // A shell may have given the terminal to a child that makes its group only now.
        Group chosen = session.foreground();
        Group group = chosen != null && chosen.id() == process.pid()
                ? chosen
                : new Group(process.pid(), session, this, process.job());
        groups.put(group.id(), group);
        session.groups.add(group);
        return group;
    }

    private void join(GuestProcess process, Group group) {
        group.members.add(process);
        process.standing().group(group);
    }

    /** A process has been waited for. */
    void leave(GuestProcess process) {
        Group group = process.standing().group();
        group.members.remove(process);
        if (group.members.isEmpty() && groups.remove(group.id(), group)) {
            group.session().groups.remove(group);
        }
    }

    // Orphaned groups (kernel/exit.c).

    boolean isOrphaned(Group group, GuestProcess ignored) {
        for (GuestProcess member : group.members) {
            if (member == ignored || member.kinship().isZombie()) {
                continue;
            }
            Group outside = parentGroup(member);
            if (outside != null && outside != group && outside.session() == group.session()) {
                return false;
            }
        }
        return true;
    }

    /** Null for a process that init has taken in: init looks after no jobs. */
    private Group parentGroup(GuestProcess process) {
        GuestProcess parent = process.kinship().parent();
        if (parent != null) {
            return parent.standing().group();
        }
        return process.isEntered() ? ownGroup : null;
    }

    /** A process has ended; the caller holds the lock. Comes after its children have got other parents. */
    void memberEnded(GuestProcess process) {
        hangUpIfOrphaned(process, parentGroup(process), process);
    }

    /** A process has lost its parent to init or a subreaper; the caller holds the lock. */
    void parentEnded(GuestProcess child, GuestProcess parent) {
        hangUpIfOrphaned(child, parent.standing().group(), null);
    }

    private void hangUpIfOrphaned(GuestProcess process, Group outside, GuestProcess ignored) {
        Group group = process.standing().group();
        boolean wasTie = outside != null && outside != group && outside.session() == group.session();
        if (!wasTie || !isOrphaned(group, ignored)) {
            return;
        }
        if (group.members.stream().anyMatch(member -> member.groupStop().isComplete())) {
            group.signal(SignalInfo.kernel(Signal.SIGHUP));
            group.signal(SignalInfo.kernel(Signal.SIGCONT));
        }
    }

    // Groups and sessions.

    @Override
    public ProcessGroup group(int id) {
        synchronized (lock) {
            return groups.get(id);
        }
    }

    @Override
    public void setGroup(Process caller, int pid, int id) {
        synchronized (lock) {
            GuestProcess process = pid == 0 ? (GuestProcess) caller : table.process(pid);
            int wanted = id != 0 ? id : pid != 0 ? pid : caller.pid();
            if (wanted < 0) {
                throw new ErrnoException(Errno.EINVAL);
            }
            if (process == null) {
                throw new ErrnoException(table.task(pid) == null ? Errno.ESRCH : Errno.EINVAL);
            }
            GuestSession session = ((GuestProcess) caller).standing().group().session();
            if (process.kinship().parent() == caller) {
                if (process.standing().group().session() != session) {
                    throw new ErrnoException(Errno.EPERM);
                }
                if (process.hasExeced()) {
                    throw new ErrnoException(Errno.EACCES);
                }
            } else if (process != caller) {
                throw new ErrnoException(Errno.ESRCH);
            }
            if (process.standing().isLeader()) {
                throw new ErrnoException(Errno.EPERM);
            }
            move(process, wanted, session);
        }
    }

    private void move(GuestProcess process, int id, GuestSession session) {
        Group group = groups.get(id);
        if (id != process.pid() && (group == null || group.session() != session)) {
            throw new ErrnoException(Errno.EPERM);
        }
        if (group == process.standing().group()) {
            return;
        }
        // Made first: an id that is in use for a moment only would be free for others.
        Group target = group != null ? group : newGroup(process, session);
        leave(process);
        join(process, target);
    }

    @Override
    public void startSession(Process caller) {
        synchronized (lock) {
            GuestProcess process = (GuestProcess) caller;
            if (process.standing().isLeader() || groups.containsKey(process.pid())) {
                throw new ErrnoException(Errno.EPERM);
            }
            leave(process);
            process.standing().becomeLeader();
            process.standing().attached(false);
            join(process, newGroup(process, new GuestSession(process.pid(), process)));
        }
    }

    // Terminals.

    /** The terminal that the runtime was started on becomes its session's; the guest is told by its own standing. */
    void attach(GuestProcess process, Terminal terminal, boolean foreground) {
        synchronized (lock) {
            if (own.terminal() == null && terminals.putIfAbsent(terminal, own) == null) {
                own.terminal(terminal.retain(), ownGroup);
            }
            process.standing().attached(true);
            if (foreground) {
                own.foreground(process.standing().group());
            }
        }
    }

    /**
     * Sends a signal to the foreground group of the terminal that the runtime was started on, as one of its keys does.
     *
     * @return whether a guest has the terminal
     */
    boolean signalForeground(int signal) {
        for (Map.Entry<Terminal, GuestSession> entry : terminals.entrySet()) {
            Group foreground = entry.getKey().isOwn() ? entry.getValue().foreground() : null;
            if (foreground != null && foreground != ownGroup) {
                signal(foreground, signal);
                return true;
            }
        }
        return false;
    }

    /** A job that was stopped goes on in the foreground. */
    void bringToForeground(GuestProcess process) {
        synchronized (lock) {
            Group foreground = own.foreground();
            boolean has = foreground != null && foreground.job() == process.job();
            if (own.terminal() != null && process.standing().isAttached() && !has) {
                own.foreground(process.standing().group());
            }
        }
    }

    /** Gives the runtime's own terminal back. */
    void close() {
        synchronized (lock) {
            detach(own);
        }
    }

    /** A guest that was entered has ended: the runtime has the terminal again. The caller holds the lock. */
    private void jobEnded(GuestProcess process) {
        Group foreground = own.foreground();
        if (foreground != null && foreground.job() == process.job()) {
            own.foreground(ownGroup);
        }
    }

    @Override
    public GuestSession session(Terminal terminal) {
        return terminals.get(terminal);
    }

    @Override
    public boolean isBackground(Task task, Terminal terminal) {
        Standing standing = ((GuestProcess) task.process()).standing();
        Group group = standing.group();
        Group foreground = group.session().foreground();
        return group != foreground
                && foreground != null
                && standing.isAttached()
                && group.session().terminal() == terminal;
    }

    @Override
    public long check(Task task, Terminal terminal, int signal) {
        if (!isBackground(task, terminal)) {
            return 0;
        }
        GuestProcess process = (GuestProcess) task.process();
        Group group = process.standing().group();
        boolean unwanted = task.signalMask().has(signal)
                || process.signalHandlers().get(signal).handler() == SignalAction.IGNORE;
        if (unwanted) {
            return signal == Signal.SIGTTIN ? -Errno.EIO : 0;
        }
        if (group.isOrphaned()) {
            return -Errno.EIO;
        }
        group.signal(SignalInfo.kernel(signal));
        return -Errno.ERESTARTSYS;
    }

    @Override
    public void opened(Process process, Terminal terminal) {
        synchronized (lock) {
            Standing standing = ((GuestProcess) process).standing();
            if (standing.isLeader() && standing.group().session().terminal() == null
                    && !terminals.containsKey(terminal)) {
                control((GuestProcess) process, terminal);
            }
        }
    }

    @Override
    public long acquire(Process caller, Terminal terminal, boolean steal, boolean readable) {
        synchronized (lock) {
            GuestProcess process = (GuestProcess) caller;
            Standing standing = process.standing();
            GuestSession holder = terminals.get(terminal);
            if (standing.isLeader() && holder == standing.group().session()) {
                return 0;
            }
            if (!standing.isLeader() || standing.group().session().terminal() != null) {
                return -Errno.EPERM;
            }
            boolean privileged = process.credentials().has(Capabilities.CAP_SYS_ADMIN);
            if (!readable && !privileged || holder != null && !(steal && privileged)) {
                return -Errno.EPERM;
            }
            if (holder != null) {
                detach(holder);
            }
            control(process, terminal);
            return 0;
        }
    }

    private void control(GuestProcess process, Terminal terminal) {
        GuestSession session = process.standing().group().session();
        terminals.put(terminal, session);
        session.terminal(terminal.retain(), process.standing().group());
        process.standing().attached(true);
    }

    @Override
    public long giveUp(Process caller, Terminal terminal) {
        synchronized (lock) {
            GuestProcess process = (GuestProcess) caller;
            Standing standing = process.standing();
            if (!standing.isAttached() || standing.group().session().terminal() != terminal) {
                return -Errno.ENOTTY;
            }
            if (standing.isLeader()) {
                GuestSession session = standing.group().session();
                signal(session.foreground(), Signal.SIGHUP);
                signal(session.foreground(), Signal.SIGCONT);
                detach(session);
            }
            standing.attached(false);
            return 0;
        }
    }

    private static void signal(Group group, int signal) {
        if (group != null) {
            group.signal(SignalInfo.kernel(signal));
        }
    }

    /** A process goes on as a native one: the terminal of the session that it leads is the host's business from now on. */
    void left(GuestProcess process) {
        synchronized (lock) {
            if (process.standing().isLeader()) {
                detach(process.standing().group().session());
            }
        }
    }

    /** Another process of the session that a process leads; null if there is none. */
    GuestProcess companion(GuestProcess leader) {
        synchronized (lock) {
            for (Group group : leader.standing().group().session().groups) {
                for (GuestProcess member : group.members) {
                    if (member != leader && !member.kinship().isZombie()) {
                        return member;
                    }
                }
            }
            return null;
        }
    }

    /** Takes the terminal from a session and all its members. */
    private void detach(GuestSession session) {
        Terminal terminal = session.terminal();
        if (terminal == null) {
            return;
        }
        terminals.remove(terminal, session);
        session.terminal(null, null);
        for (Group group : List.copyOf(session.groups)) {
            group.members.forEach(member -> member.standing().attached(false));
        }
        terminal.release();
    }

    /** A process ends; the caller holds the lock. As a session's leader it gives the terminal up. */
    void leaderEnds(GuestProcess process) {
        if (process.isEntered()) {
            jobEnded(process);
        }
        if (!process.standing().isLeader()) {
            return;
        }
        GuestSession session = process.standing().group().session();
        if (session.terminal() != null) {
            signal(session.foreground(), Signal.SIGHUP);
            detach(session);
        } else if (session.hungUp != null) {
            signal(session.hungUp, Signal.SIGHUP);
            signal(session.hungUp, Signal.SIGCONT);
        }
        session.hungUp = null;
        session.leader = null;
    }

    @Override
    public long setForeground(Task task, Terminal terminal, int id) {
        long refusal = check(task, terminal, Signal.SIGTTOU);
        if (refusal != 0) {
            return refusal == -Errno.EIO ? -Errno.ENOTTY : refusal;
        }
        synchronized (lock) {
            Standing standing = ((GuestProcess) task.process()).standing();
            GuestSession session = standing.group().session();
            if (!standing.isAttached() || session.terminal() != terminal) {
                return -Errno.ENOTTY;
            }
            if (id < 0) {
                return -Errno.EINVAL;
            }
            Group group = id == ownGroup.id() ? ownGroup : groups.get(id);
            if (group == null) {
                // The group that a process may still make.
                Task founder = table.task(id);
                if (founder == null) {
                    return isUsed(id) ? -Errno.EPERM : -Errno.ESRCH;
                }
                GuestProcess process = (GuestProcess) founder.process();
                group = new Group(id, process.standing().group().session(), this, process.job());
            }
            if (group.session() != session) {
                return -Errno.EPERM;
            }
            session.foreground(group);
            return 0;
        }
    }

    @Override
    public void signalForeground(Terminal terminal, int signal) {
        GuestSession session = terminals.get(terminal);
        if (session != null) {
            signal(session.foreground(), signal);
        }
    }

    @Override
    public void hangUp(Terminal terminal) {
        synchronized (lock) {
            GuestSession session = terminals.get(terminal);
            if (session == null) {
                return;
            }
            GuestProcess leader = session.leader;
            if (leader != null) {
                session.hungUp = session.foreground();
            }
            detach(session);
            if (leader != null) {
                leader.signal(SignalInfo.kernel(Signal.SIGHUP));
                leader.signal(SignalInfo.kernel(Signal.SIGCONT));
            }
        }
    }
}
