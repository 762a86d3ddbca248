package org.nesteddune.internal.task;

import org.nesteddune.arch.TracedCpu;
import org.nesteddune.engine.Exit;
import org.nesteddune.internal.dispatch.DispatchTable;
import org.nesteddune.internal.dispatch.SyscallTables;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.SyscallHandler;
import org.nesteddune.linux.Errno;

/** What a task does next. Each state does its part and names its successor; null ends the task's thread. */
enum TaskState {

    /** Guest code runs on the vCPU. */
    RUN {
        @Override
        TaskState step(GuestTask task) {
            if (task.attention().isWanted()) {
                return ATTEND;
            }
            Exit exit = task.vcpu().run();
            task.activity().exit();
            if (exit == Exit.SYSTEM_CALL) {
                return DISPATCH;
            }
            if (exit == Exit.INTERRUPTED) {
                return ATTEND;
            }
            task.fault(exit);
            return FAULT;
        }
    },

    /** A system call is carried out. */
    DISPATCH {
        @Override
        TaskState step(GuestTask task) {
            Tracee tracee = task.tracee();
            if (tracee.stopsAtCall() && !isToBeCarriedOut(task, tracee)) {
                tracee.callExit();
                return RUN;
            }
            int number = task.call().load();
            task.activity().call();
            SyscallTables.Slot slot = task.guestProcess().dispatch();
            DispatchTable table = slot.table();
            DispatchTable.Entry entry = table.entry(number);
            long missing = 0;
            if (entry == null) {
                missing = slot.awaitEntry(task, number, task.guestProcess()::dispatch);
                table = task.guestProcess().dispatch().table();
                entry = missing == 0 ? table.entry(number) : null;
            }
            CallObserver observer = task.guestProcess().observer();
            if (observer != null) {
                observer.enter(task, table, entry);
            }
            long result = entry == null && missing != 0 ? missing : call(task, entry);
            if (observer != null) {
                observer.leave(task, table, entry, result);
            }
            if (result == SyscallHandler.NO_RESULT) {
                tracee.callExit();
                return ATTEND;
            }
            if (result <= -Errno.ERESTARTSYS && result >= -Errno.ERESTART_RESTARTBLOCK) {
                task.call().restart((int) -result);
                if (tracee.isTraced()) {
                    task.architecture().setSyscallResult(task.cpu(), result);
                    tracee.callExit();
                }
                return ATTEND;
            }
            task.architecture().setSyscallResult(task.cpu(), result);
            tracee.callExit();
            if (task.signals().hasTemporaryMask()) {
                if (result == -Errno.EINTR) {
                    return ATTEND;
                }
                task.signals().restoreMask();
            }
            return RUN;
        }

        /** Stops at the beginning of a call, as the kernel shows it. */
        private boolean isToBeCarriedOut(GuestTask task, Tracee tracee) {
            TracedCpu traced = task.architecture().tracedCpu();
            if (traced == null || traced.hasResultAtEntry()) {
                task.architecture().setSyscallResult(task.cpu(), -Errno.ENOSYS);
            }
            return tracee.callEntry() && task.architecture().syscallNumber(task.cpu()) >= 0 && !task.isEnding();
        }

        private long call(GuestTask task, DispatchTable.Entry entry) {
            if (entry == null) {
                return -Errno.ENOSYS;
            }
            try {
                return entry.syscall().handler().handle(task, task.call().arguments());
            } catch (GuestFault bad) {
                return -Errno.EFAULT;
            } catch (ErrnoException failed) {
                return -failed.errno();
            } catch (OutOfMemoryError full) {
                return -Errno.ENOMEM;
            } catch (RuntimeException | StackOverflowError | LinkageError defect) {
                task.guestProcess().runtime().defect("system call " + entry.syscall().name(), defect);
                return -Errno.EIO;
            }
        }
    },

    /** The CPU reported something other than a system call. */
    FAULT {
        @Override
        TaskState step(GuestTask task) {
            return FaultHandling.handle(task) ? RUN : ATTEND;
        }
    },

    /** Signals are delivered, a restart is decided, the end is noticed. */
    ATTEND {
        @Override
        TaskState step(GuestTask task) {
            task.attention().taken();
            while (task.taskVcpu().isHeld() && !task.isEnding()) {
                task.taskVcpu().awaitBackend();
            }
            if (task.guestProcess().groupStop().holds(task)) {
                task.guestProcess().groupStop().hold(task);
            }
            if (task.isEnding()) {
                return EXIT;
            }
            SignalDelivery.deliver(task);
            if (task.guestProcess().leaving().emigrant() != null) {
                return AWAY;
            }
            return task.isEnding() ? EXIT : RUN;
        }
    },

    /** The process runs outside dune: the first task stands for it, the others end. */
    AWAY {
        @Override
        TaskState step(GuestTask task) {
            task.guestProcess().leaving().emigrant().disown(task);
            if (task == task.guestProcess().threadGroup().first()) {
                task.guestProcess().leaving().emigrant().represent(task);
            } else {
                task.exit(0);
            }
            return EXIT;
        }
    },

    /** The task ends, and with the last one its process. */
    EXIT {
        @Override
        TaskState step(GuestTask task) {
            task.tracee().exiting();
            task.guestProcess().groupExit().joinDump(task);
            TaskIdentity.giveBack();
            task.guestProcess().termination().taskEnded(task);
            return null;
        }
    };

    abstract TaskState step(GuestTask task);
}
