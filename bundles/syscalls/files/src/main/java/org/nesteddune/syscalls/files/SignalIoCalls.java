package org.nesteddune.syscalls.files;

import org.nesteddune.fs.FileOwner;
import org.nesteddune.fs.FileSignals;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.ProcessTable;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Ioctl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Signal;

/** Signal-driven I/O: the owner of a file, its signal, and the switch; see fcntl(2), "Managing signals". */
final class SignalIoCalls {

    private SignalIoCalls() {}

    /** F_SETOWN, F_GETOWN, F_SETOWN_EX, F_GETOWN_EX, F_GETOWNER_UIDS, F_SETSIG, F_GETSIG. */
    static long control(Task task, OpenFile file, int command, long argument) {
        FileSignals signals = file.signals();
        switch (command) {
            case Fcntl.F_SETOWN:
                return own(task, signals, (int) argument);
            case Fcntl.F_GETOWN:
                return owner(task, signals);
            case Fcntl.F_SETOWN_EX:
                // struct f_owner_ex: type, id
                int type = task.memory().readInt(argument);
                return own(task, signals, type, task.memory().readInt(argument + Integer.BYTES));
            case Fcntl.F_GETOWN_EX:
                FileOwner owner = signals.owner();
                boolean there = owner != null && owner.isThere(task.process().table());
                task.memory().writeInt(argument, owner == null ? Fcntl.F_OWNER_TID : owner.type());
                task.memory().writeInt(argument + Integer.BYTES, there ? owner.id() : 0);
                return 0;
            case Fcntl.F_GETOWNER_UIDS:
                FileOwner setBy = signals.owner();
                task.memory().writeInt(argument, setBy == null ? 0 : setBy.uid());
                task.memory().writeInt(argument + Integer.BYTES, setBy == null ? 0 : setBy.effectiveUid());
                return 0;
            case Fcntl.F_SETSIG:
                int number = (int) argument;
                if (argument != number || number != 0 && !task.architecture().abi().isSignal(number)) {
                    return -Errno.EINVAL;
                }
                signals.signal(number == 0 ? 0 : task.architecture().abi().signalFromGuest(number));
                return 0;
            default:
                int chosen = signals.signal();
                return chosen == 0 ? 0 : task.architecture().abi().signalToGuest(chosen);
        }
    }

    /** What F_SETFL and FIOASYNC do with O_ASYNC; ENOTTY if the kind of file cannot do it. */
    static long switchTo(Task task, OpenFile file, int descriptor, boolean on) {
        if (file.isSignalledByHost()) {
            int flags = file.statusFlags();
            return file.setStatusFlags(on ? flags | OpenFlags.O_ASYNC : flags & ~OpenFlags.O_ASYNC);
        }
        if (file.isSignalling() == on) {
            return 0;
        }
        FileSignals signals = file.signals();
        if (!signals.isSupported()) {
            return -Errno.ENOTTY;
        }
        ProcessTable table = task.process().table();
        if (on && signals.isTerminal() && signals.owner() == null) {
            signals.owner(table, FileOwner.of(task, Fcntl.F_OWNER_PGRP, task.process().processGroup()));
        }
        signals.on(table, on, descriptor);
        return 0;
    }

    /** FIOSETOWN, SIOCSPGRP, FIOGETOWN and SIOCGPGRP, which sockets have. */
    static long ioctl(Task task, OpenFile file, int command, long argument) {
        FileSignals signals = file.signals();
        if (!signals.isSocket()) {
            return -Errno.ENOTTY;
        }
        if (command == Ioctl.FIOSETOWN || command == Ioctl.SIOCSPGRP) {
            return own(task, signals, task.memory().readInt(argument));
        }
        task.memory().writeInt(argument, (int) owner(task, signals));
        return 0;
    }

    /** @param who a process id, or the negated id of a process group, or 0 */
    private static long own(Task task, FileSignals signals, int who) {
        if (who == Integer.MIN_VALUE) {
            return -Errno.EINVAL;
        }
        return own(task, signals, who < 0 ? Fcntl.F_OWNER_PGRP : Fcntl.F_OWNER_PID, Math.abs(who));
    }

    private static long own(Task task, FileSignals signals, int type, int id) {
        if (type < Fcntl.F_OWNER_TID || type > Fcntl.F_OWNER_PGRP) {
            return -Errno.EINVAL;
        }
        signals.owner(task.process().table(), id == 0 ? null : FileOwner.of(task, type, id));
        return 0;
    }

    private static long owner(Task task, FileSignals signals) {
        FileOwner owner = signals.owner();
        if (owner == null || !owner.isThere(task.process().table())) {
            return 0;
        }
        return owner.type() == Fcntl.F_OWNER_PGRP ? -owner.id() : owner.id();
    }
}
