package org.nesteddune.commands;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.linux.Signal;

/** {@code kill}: sends a signal to guests. */
final class Kill implements Command {

    private static final Options OPTIONS = Options.of("kill", "[-SIGNAL] PID...",
                    "Send a signal to guests, SIGTERM if none is given. -SIGNAL is a name with or without SIG, or a number.")
            .value("-s,--signal", "SIGNAL", "the signal")
            .flag("-l,--list", "list the signals' numbers and names")
            .dashOperands();

    private final Installed installed;

    Kill(Installed installed) {
        this.installed = installed;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) throws UsageException, CommandException {
        if (call.arguments().has("--list")) {
            list(call);
            return DONE;
        }
        List<String> pids = new ArrayList<>(call.arguments().operands());
        String name = call.arguments().value("--signal");
        if (name == null && !pids.isEmpty() && pids.get(0).startsWith("-")) {
            name = pids.remove(0).substring(1);
        }
        int signal = name == null ? Signal.SIGTERM : number(name);
        Guests.all(installed, pids).forEach(guest -> guest.signal(signal));
        return DONE;
    }

    private static int number(String name) throws UsageException {
        int signal = Signal.number(name);
        if (signal == 0) {
            throw new UsageException("there is no signal '" + Bytes.display(name) + "'; 'kill -l' lists them");
        }
        return signal;
    }

    private static void list(Call call) {
        StringBuilder line = new StringBuilder();
        for (int signal = 1; signal <= Signal.NSIG; signal++) {
            String cell = String.format("%2d) %-12s", signal, Signal.name(signal));
            line.append(cell);
            if (signal % 5 == 0 || signal == Signal.NSIG) {
                call.out().println(line.toString().stripTrailing());
                line.setLength(0);
            }
        }
    }
}
