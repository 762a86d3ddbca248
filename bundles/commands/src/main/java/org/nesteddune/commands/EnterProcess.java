package org.nesteddune.commands;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.nesteddune.Guest;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.host.HostSignals;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Signal;

/** {@code enter --pid}: takes a native process into dune. */
final class EnterProcess {

    private static final int[] SIGNALS = {Signal.SIGHUP, Signal.SIGINT, Signal.SIGTERM};

    private final Installed installed;

    EnterProcess(Installed installed) {
        this.installed = installed;
    }

    int run(Call call) throws UsageException, CommandException, InterruptedException {
        Options.Parsed arguments = call.arguments();
        if (!arguments.operands().isEmpty()) {
            throw new UsageException("--pid names a process that runs already, not a program");
        }
        int pid;
        try {
            pid = Integer.parseInt(arguments.value("--pid"));
        } catch (NumberFormatException wrong) {
            throw new UsageException("no pid: " + arguments.value("--pid"));
        }
        Guest guest;
        try {
            guest = installed.dune().enter(pid);
        } catch (EscapeException refused) {
            throw new CommandException(Command.FAILED, refused.getMessage());
        }
        if (call.isShell()) {
            call.out().println(guest.pid());
            return Command.DONE;
        }
        return await(call, guest);
    }

    private static int await(Call call, Guest guest) throws CommandException, InterruptedException {
        CompletableFuture<ExitStatus> end = guest.exit().toCompletableFuture();
        HostSignals signals = HostSignals.listen(SIGNALS, received -> letGo(call, guest));
        try {
            ExitStatus status = end.get();
            if (status.signal() == 0 && !status.message().isEmpty()) {
                call.err().println("dune: process " + guest.pid() + ": " + status.message());
            }
            return status.shellStatus();
        } catch (ExecutionException lost) {
            throw new CommandException(Command.FAULT, "the guest was lost: " + lost.getCause());
        } finally {
            if (signals != null) {
                signals.close();
            }
        }
    }

    private static void letGo(Call call, Guest guest) {
        Thread escape = new Thread(() -> {
            try {
                guest.escape();
            } catch (EscapeException refused) {
                call.err().println("dune: " + refused.getMessage());
            }
        }, "escape-" + guest.pid());
        escape.setDaemon(true);
        escape.start();
    }
}
