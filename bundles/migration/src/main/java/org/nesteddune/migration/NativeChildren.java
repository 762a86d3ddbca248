package org.nesteddune.migration;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.escape.Parked.Children;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.ChildEvent;
import org.nesteddune.kernel.ChildSelector;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.Usage;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Wait;

/** Has a process wait for its children and signal them, which only it can (waitid(2), kill(2)). Stateless. */
final class NativeChildren {

    /** What is passed on: which children, what of them, and whether they can be waited for again. */
    private static final int OPTIONS =
            Wait.WEXITED | Wait.WSTOPPED | Wait.WCONTINUED | Wait.WNOWAIT | Wait.__WALL | Wait.__WCLONE;

    /** {@code struct rusage} begins with two of {@code struct timeval}. */
    private static final int USAGE = 144;

    private NativeChildren() {}

    /** @param script of the process's first thread, which stands still */
    static Children await(Script script, ChildSelector selector, int options) throws EscapeException {
        script.room(1, NativeSignal.SIZE + USAGE);
        long info = script.space(NativeSignal.SIZE);
        long usage = script.space(USAGE);
        script.attempt("waitid", selector.type(), selector.id(), info, options & OPTIONS | Wait.WNOHANG, usage);
        script.run();
        if (Errno.isError(script.result(0))) {
            return Children.NONE;
        }
        byte[] bytes = new byte[NativeSignal.SIZE];
        Memory.copyFrom(script.own(info), bytes, 0, bytes.length);
        ByteBuffer told = Script.buffer(bytes);
        if (told.getInt(NativeSignal.PID) == 0) {
            return new Children(true, null);
        }
        int code = told.getInt(NativeSignal.CODE);
        int status = told.getInt(NativeSignal.STATUS);
        long times = script.own(usage);
        return new Children(true, new ChildEvent(
                told.getInt(NativeSignal.PID), told.getInt(NativeSignal.UID), code, status, waitStatus(code, status),
                new Usage(KernelStructures.time(times), KernelStructures.time(times + 16), 0, 0, 0, 0, 0, 0, 0)));
    }

    /**
     * Whom a process means by {@code kill} among its children and their groups.
     *
     * @param selector as kill(2) takes it
     * @return what it is to call kill(2) with; nothing about itself
     */
    static List<Integer> find(int pid, int selector) throws EscapeException {
        if (selector > 0) {
            return isChild(pid, selector) ? List.of(selector) : List.of();
        }
        int own = group(pid);
        int wanted = selector == 0 ? own : -selector;
        List<Integer> children = new ArrayList<>();
        for (int child : children(pid)) {
            if (selector == -1 || isChild(pid, child) && group(child) == wanted) {
                children.add(child);
            }
        }
        // Who is not the process's child is reached by its group alone.
        return children.isEmpty() || selector == -1 || wanted == own ? children : List.of(selector);
    }

    private static List<Integer> children(int pid) throws EscapeException {
        ProcFiles proc = new ProcFiles(pid);
        List<Integer> children = new ArrayList<>();
        for (int tid : proc.numbers("task")) {
            for (String child : proc.textIfThere("task/" + tid + "/children").strip().split(" ")) {
                if (!child.isEmpty()) {
                    children.add(Integer.parseInt(child));
                }
            }
        }
        return children;
    }

    private static boolean isChild(int pid, int child) {
        try {
            return new ProcFiles(child).parent() == pid;
        } catch (EscapeException gone) {
            return false;
        }
    }

    /** A process's group; 0 if it is gone. */
    private static int group(int pid) {
        try {
            return new ProcFiles(pid).group();
        } catch (EscapeException gone) {
            return 0;
        }
    }

    /**
     * Sends a signal.
     *
     * @param script of the process's first thread, which stands still
     * @return 0 if anybody could be signalled, or a negated errno
     */
    static long signal(Script script, List<Integer> targets, int signal) throws EscapeException {
        long result = -Errno.ESRCH;
        for (int target : targets) {
            script.attempt("kill", target, signal);
            script.run();
            result = result == 0 ? 0 : script.result(0);
        }
        return result;
    }

    /** As {@code wait4} encodes it. */
    private static int waitStatus(int code, int status) {
        return switch (code) {
            case Signal.CLD_EXITED -> ExitStatus.exited(status).waitStatus();
            case Signal.CLD_STOPPED, Signal.CLD_TRAPPED -> status << 8 | 0x7f;
            case Signal.CLD_CONTINUED -> 0xffff;
            default -> ExitStatus.signaled(status, "", code == Signal.CLD_DUMPED).waitStatus();
        };
    }
}
