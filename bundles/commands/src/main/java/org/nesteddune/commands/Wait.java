package org.nesteddune.commands;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.nesteddune.Guest;

/** {@code wait}: waits for guests to end. */
final class Wait implements Command {

    private static final Options OPTIONS = Options.of("wait", "PID...",
                    "Wait until guests have ended. The exit status is that of the last one given, 128+N if signal N ended "
                            + "it. Ctrl-C ends the waiting, not the guests.");

    private final Installed installed;

    Wait(Installed installed) {
        this.installed = installed;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) throws UsageException, CommandException, InterruptedException {
        List<Guest> guests = new ArrayList<>();
        for (String pid : call.arguments().operands()) {
            guests.add(Guests.find(installed, pid));
        }
        if (guests.isEmpty()) {
            throw new UsageException("no pid given");
        }
        int status = DONE;
        for (Guest guest : guests) {
            try {
                status = guest.exit().toCompletableFuture().get().shellStatus();
            } catch (ExecutionException e) {
                throw new CommandException(FAULT, "guest " + guest.pid() + " was lost: " + e.getCause());
            }
        }
        return status;
    }
}
