package org.nesteddune.migration;

import java.nio.ByteBuffer;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.escape.Parked.Children;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.ChildEvent;
import org.nesteddune.kernel.ChildSelector;
import org.nesteddune.kernel.Usage;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Wait;

/** Has a process wait for its children, which only it can (waitid(2)). Stateless. */
final class NativeChildren {

    /** What is passed on: which children, what of them, and whether they can be waited for again. */
    private static final int OPTIONS =
            Wait.WEXITED | Wait.WSTOPPED | Wait.WCONTINUED | Wait.WNOWAIT | Wait.__WALL | Wait.__WCLONE;

    private static final int SIGNAL_INFO = 128;
    private static final int CODE = 8;
    private static final int PID = 16;
    private static final int UID = 20;
    private static final int STATUS = 24;

    /** {@code struct rusage} begins with two of {@code struct timeval}. */
    private static final int USAGE = 144;

    private static final long MICRO = 1_000;
    private static final long SECOND = 1_000_000_000;

    private NativeChildren() {}

    /** @param script of the process's first thread, which stands still */
    static Children await(Script script, ChildSelector selector, int options) throws EscapeException {
        script.room(1, SIGNAL_INFO + USAGE);
        long info = script.space(SIGNAL_INFO);
        long usage = script.space(USAGE);
        script.attempt("waitid", selector.type(), selector.id(), info, options & OPTIONS | Wait.WNOHANG, usage);
        script.run();
        if (Errno.isError(script.result(0))) {
            return Children.NONE;
        }
        byte[] bytes = new byte[SIGNAL_INFO];
        Memory.copyFrom(script.own(info), bytes, 0, bytes.length);
        ByteBuffer told = Script.buffer(bytes);
        if (told.getInt(PID) == 0) {
            return new Children(true, null);
        }
        int code = told.getInt(CODE);
        int status = told.getInt(STATUS);
        long times = script.own(usage);
        return new Children(true, new ChildEvent(
                told.getInt(PID), told.getInt(UID), code, status, waitStatus(code, status),
                new Usage(time(times), time(times + 16), 0, 0, 0, 0, 0, 0, 0)));
    }

    private static long time(long at) {
        return Memory.getLong(at) * SECOND + Memory.getLong(at + 8) * MICRO;
    }

    /** As {@code wait4} encodes it. */
    private static int waitStatus(int code, int status) {
        return switch (code) {
            case Signal.CLD_EXITED -> (status & 0xff) << 8;
            case Signal.CLD_DUMPED -> status | 0x80;
            case Signal.CLD_STOPPED, Signal.CLD_TRAPPED -> status << 8 | 0x7f;
            case Signal.CLD_CONTINUED -> 0xffff;
            default -> status;
        };
    }
}
