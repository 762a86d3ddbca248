package org.nesteddune.kernel;

import org.nesteddune.fs.Terminal;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Sessions, process groups and controlling terminals, as {@code kernel/sys.c} and {@code drivers/tty/tty_jobctrl.c} of the
 * kernel have them. The host knows nothing of them: to it all guests are one process. Methods that stand for a system
 * call give or throw ({@link org.nesteddune.syscall.ErrnoException}) the error that Linux gives. Thread-safe.
 */
@ProviderType
public interface JobControl {

    /** The process group with an id, or null if it has no members. */
    ProcessGroup group(int id);

    /**
     * Moves a process to a group of the caller's session, which is made if its id is the process's own ({@code setpgid}).
     *
     * @param caller moves itself or a child that has not executed a program yet
     * @param pid of the process to be moved, 0 for the caller
     * @param group the group's id, 0 for the pid
     */
    void setGroup(Process caller, int pid, int group);

    /** Makes a process the leader of a new session and a new group ({@code setsid}). */
    void startSession(Process caller);

    // Terminals.

    /** The session whose controlling terminal it is, or null. */
    Session session(Terminal terminal);

    /**
     * Decides whether a task may go on with what only the foreground may do. A background group is stopped by the signal
     * where that is possible.
     *
     * @param signal SIGTTIN for reading, SIGTTOU for changing the terminal
     * @return 0; −EIO if nobody could let the group go on, or it does not want the signal of reading; −ERESTARTSYS when
     *     the group was sent the signal
     */
    long check(Task task, Terminal terminal, int signal);

    /** Whether a task belongs to a background group of a terminal's session. Costs next to nothing. */
    boolean isBackground(Task task, Terminal terminal);

    /** A process has opened a terminal for reading without O_NOCTTY: it may become the controlling one. */
    void opened(Process process, Terminal terminal);

    /**
     * Makes a terminal the controlling one of the session that the process leads (TIOCSCTTY).
     *
     * @param steal take it from another session, which only a privileged process may
     * @param readable whether the process has it open for reading
     * @return 0 or −EPERM
     */
    long acquire(Process process, Terminal terminal, boolean steal, boolean readable);

    /** The process does without its controlling terminal, if it leads its session with all of it (TIOCNOTTY). */
    long giveUp(Process process, Terminal terminal);

    /** Makes a group of the task's session the foreground group (TIOCSPGRP). */
    long setForeground(Task task, Terminal terminal, int group);

    /** Sends a signal to the foreground group of a terminal as a key does; nothing if there is none. */
    void signalForeground(Terminal terminal, int signal);

    /** The terminal's line has gone: its session learns of it and has none any more. */
    void hangUp(Terminal terminal);
}
