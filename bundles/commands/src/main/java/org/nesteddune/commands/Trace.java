package org.nesteddune.commands;

import java.util.concurrent.ExecutionException;
import org.nesteddune.Guest;

/** {@code trace}: begins or ends the trace of a running guest. */
final class Trace implements Command {

    private static final Options OPTIONS = Options.of("trace", "PID",
                    "Write a line for each system call of a running guest, to the terminal until it ends or Ctrl-C ends the "
                            + "trace, or to a file from now on.")
            .value("--file", "FILE", "write to FILE and return at once")
            .flag("--off", "end the trace of the guest");

    private final Installed installed;

    Trace(Installed installed) {
        this.installed = installed;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) throws UsageException, CommandException, InterruptedException {
        Guest guest = Guests.find(installed, Guests.onlyPid(call.arguments().operands()));
        if (call.arguments().has("--off")) {
            guest.trace(null);
            return DONE;
        }
        String file = call.arguments().value("--file");
        if (file != null) {
            TraceFile trace = TraceFile.open(Enter.hostPath(file, call));
            guest.trace(trace);
            guest.exit().whenComplete((status, failure) -> trace.close());
            return DONE;
        }
        TraceFile trace = TraceFile.on(call.out());
        guest.trace(trace);
        try {
            guest.exit().toCompletableFuture().get();
            return DONE;
        } catch (ExecutionException e) {
            throw new CommandException(FAULT, "guest " + guest.pid() + " was lost: " + e.getCause());
        } finally {
            guest.trace(null);
            trace.close();
        }
    }
}
