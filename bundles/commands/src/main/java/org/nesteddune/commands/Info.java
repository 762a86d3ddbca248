package org.nesteddune.commands;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.nesteddune.Guest;
import org.nesteddune.StatusReport;

/** {@code info}: all that is known of a guest. */
final class Info implements Command {

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");

    private static final Options OPTIONS = Options.of("info", "[PID...]",
            "Print what is known of guests; without a PID, of the guests that are configured, and what is wrong with configurations.");

    private final Installed installed;

    Info(Installed installed) {
        this.installed = installed;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) throws UsageException, CommandException {
        if (call.arguments().operands().isEmpty()) {
            call.out().print(reports(installed.reports()));
            return DONE;
        }
        String gap = "";
        for (String pid : call.arguments().operands()) {
            Guest guest = Guests.find(installed, pid);
            call.out().print(gap + text(guest.info(), guest.profile()));
            gap = "\n";
        }
        return DONE;
    }

    /** All that there is to report, under its titles. */
    static String reports(List<StatusReport> reports) {
        StringBuilder text = new StringBuilder();
        String title = "";
        for (StatusReport report : reports) {
            List<String> lines = report.lines();
            if (!lines.isEmpty()) {
                text.append(report.title().equals(title) ? "" : report.title() + ":\n");
                title = report.title();
                lines.forEach(line -> text.append("  ").append(line).append('\n'));
            }
        }
        return text.isEmpty() ? "nothing is configured\n" : text.toString();
    }

    static String text(Guest.Info info, String profile) {
        Table table = new Table("", "").wrapped();
        table.row("pid", info.pid());
        table.row("parent", info.parentPid());
        table.row("user", info.uid());
        table.row("state", state(info));
        table.row("program", info.executable());
        table.row("command", Guests.commandLine(info));
        table.row("directory", info.workingDirectory());
        table.row("architecture", info.architecture());
        table.row("engine", info.engine());
        if (!profile.isEmpty()) {
            table.row("profile", profile);
        }
        table.row("threads", info.threads());
        table.row("memory", Sizes.print(info.virtualBytes()) + " mapped, " + Sizes.print(info.residentBytes()) + " resident");
        table.row("CPU time", StatisticsTable.time(info.userNanos()) + " user, " + StatisticsTable.time(info.systemNanos())
                + " system");
        table.row("started", DATE.format(Instant.ofEpochMilli(info.startTimeMillis()).atZone(ZoneId.systemDefault())));
        String text = table.print();
        return text.substring(text.indexOf('\n') + 1);
    }

    private static String state(Guest.Info info) {
        String in = info.blockedIn() == null || info.blockedIn().isEmpty() ? "" : " in " + info.blockedIn();
        return switch (info.state()) {
            case 'R' -> "running";
            case 'S' -> "sleeping" + in;
            case Guest.Info.STOPPED -> "stopped";
            case Guest.Info.ENDED -> "ended";
            case Guest.Info.HELD -> "held";
            default -> info.state() + in;
        };
    }
}
