package org.nesteddune.commands;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.nesteddune.Guest;

/** What commands about guests share. */
final class Guests {

    private Guests() {
    }

    /** The guest that an argument names by its pid. */
    static Guest find(Installed installed, String pid) throws UsageException, CommandException {
        int number = pid(pid);
        return installed.dune().guest(number)
                .orElseThrow(() -> new CommandException(Command.FAILED, "there is no guest " + number + "; 'ps' lists them"));
    }

    /** The guests that arguments name by their pids, at least one; all are looked up before anything is done to one of them. */
    static List<Guest> all(Installed installed, List<String> pids) throws UsageException, CommandException {
        if (pids.isEmpty()) {
            throw new UsageException("no pid given");
        }
        List<Guest> guests = new ArrayList<>();
        for (String pid : pids) {
            guests.add(find(installed, pid));
        }
        return guests;
    }

    /** A pid. */
    static int pid(String text) throws UsageException {
        try {
            int pid = Integer.parseInt(text);
            if (pid > 0) {
                return pid;
            }
        } catch (NumberFormatException e) {
            // Reported below.
        }
        throw new UsageException("'" + Bytes.display(text) + "' is not a pid");
    }

    /** The one pid that a command takes. */
    static String onlyPid(List<String> operands) throws UsageException {
        if (operands.size() != 1) {
            throw new UsageException(operands.isEmpty() ? "no pid given" : "one pid is enough");
        }
        return operands.get(0);
    }

    /** CPU time as ps writes it, with hundredths: {@code 0:01.25}. */
    static String cpuTime(long nanos) {
        long hundredths = nanos / 10_000_000;
        return String.format(Locale.ROOT, "%d:%02d.%02d", hundredths / 6000, hundredths / 100 % 60, hundredths % 100);
    }

    /** A command line for people: one line, no control characters. */
    static String commandLine(Guest.Info info) {
        String line = info.command().isEmpty() ? "[" + info.executable() + "]" : String.join(" ", info.command());
        return line.replaceAll("\\p{Cntrl}", "?");
    }
}
