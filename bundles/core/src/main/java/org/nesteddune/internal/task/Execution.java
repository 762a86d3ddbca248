package org.nesteddune.internal.task;

import java.util.List;
import org.nesteddune.arch.SignalFrames.AlternateStack;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.host.HostException;
import org.nesteddune.internal.loader.LoadException;
import org.nesteddune.internal.loader.LoadedProgram;
import org.nesteddune.internal.loader.ProgramLoader;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.ExecRequest;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.ProcessSettings;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.syscall.ErrnoException;

/**
 * Executes a program in a process that runs ({@code begin_new_exec} of fs/exec.c). The new program is loaded into a machine of
 * its own first, so that whatever can fail does so while the old one is untouched.
 */
final class Execution {

    /** READ_IMPLIES_EXEC, ADDR_NO_RANDOMIZE, ADDR_COMPAT_LAYOUT and MMAP_PAGE_ZERO of {@code linux/personality.h}. */
    private static final int PER_CLEAR_ON_SETID = 0x0400000 | 0x0040000 | 0x0200000 | 0x0100000;

    private Execution() {}

    static void exec(GuestTask task, ExecRequest request) {
        GuestProcess process = task.guestProcess();
        LoadedProgram program = load(task, request);
        Vcpu vcpu = null;
        boolean good = false;
        try {
            vcpu = program.machine().createVcpu();
            program.architecture().start(vcpu.state(), program.entry(), program.stackPointer(), program.elfFlags());
            if (!process.groupExit().leaveOnly(task)) {
                throw new ErrnoException(Errno.EAGAIN);
            }
            int oldTid = task.tid();
            Vcpu first = vcpu;
            try {
                good = task.taskVcpu().undisturbed(() -> {
                    begin(task, program, first, request.name());
                    return true;
                });
            } finally {
                if (!good) {
                    process.groupExit().executed();
                }
            }
            process.runtime().settle(task);
            task.tracee().executed(oldTid);
        } catch (EngineException | HostException full) {
            throw new ErrnoException(Errno.ENOMEM);
        } finally {
            if (!good) {
                if (vcpu != null) {
                    vcpu.close();
                }
                program.memory().close();
                program.machine().close();
            }
        }
    }

    private static LoadedProgram load(GuestTask task, ExecRequest request) {
        GuestProcess process = task.guestProcess();
        try {
            return process.runtime().load(task, new ProgramLoader.Request(
                    task.fs(),
                    request.base(),
                    request.path(),
                    request.followLast(),
                    request.name(),
                    request.arguments().isEmpty() ? List.of("") : request.arguments(),
                    request.environment(),
                    task.credentials(),
                    task.settings().noNewPrivileges() || task.tracee().keepsFromGaining(),
                    task.files().sharesFs(process),
                    process.limits(),
                    process.job().engine(),
                    process.job().memory()));
        } catch (LoadException failed) {
            task.note(failed.getMessage());
            throw new ErrnoException(failed.errno() == 0 ? Errno.ENOEXEC : failed.errno());
        } catch (EngineException | HostException full) {
            process.runtime().defect("exec of guest " + process.pid(), full);
            throw new ErrnoException(Errno.ENOMEM);
        }
    }

    /** From here on the old program is gone. */
    private static void begin(GuestTask task, LoadedProgram program, Vcpu vcpu, String name) {
        GuestProcess process = task.guestProcess();
        task.taskMemory().leave();
        if (task.tid() != process.pid()) {
            process.processes().becomeLeader(task);
        }
        ProcessImage image = ProcessImage.of(
                program,
                process.runtime().dispatch(program.architecture(), process.job()),
                name,
                process.job(),
                process.processes().programs());
        process.account().notePeak();
        ProcessImage old = process.execute(image);
        task.execute(vcpu, image);
        process.signals().unshareHandlers();
        process.signalHandlers().resetForExec();
        process.timers().resetForExec();
        process.settings().resetForExec();
        task.settings().resetForExec();
        become(task, program);
        task.signals().alternateStack(AlternateStack.NONE);
        task.unshare(false, true);
        process.files().adopt(task.files().fs(), task.files().descriptors());
        task.descriptors().closeForExec();
        task.taskMemory().vforkCompleted();
        old.mm().release();
    }

    /** The program runs as whom its file and its caller say. */
    private static void become(GuestTask task, LoadedProgram program) {
        Credentials old = task.credentials();
        boolean alike = old.effectiveUid() == old.uid() && old.effectiveGid() == old.gid();
        task.process().settings().dumpable(program.readable() && alike ? 1 : ProcessSettings.SUID_DUMPABLE);
        if (program.identity().secure()) {
            task.settings().parentDeathSignal(0);
        }
        if (program.identity().gains()) {
            task.settings().personality(task.settings().personality() & ~PER_CLEAR_ON_SETID);
        }
        try {
            task.credentials(program.identity().credentials());
        } catch (ErrnoException refused) {
            String reason = "the host does not let it be another user: " + Errno.text(refused.errno());
            task.process().exit(ExitStatus.signaled(Signal.SIGKILL, reason));
        }
    }
}
