package org.nesteddune.commands;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.nesteddune.Guest;

/** {@code ps}: lists the guests. */
final class Ps implements Command {

    private static final String STANDARD = "pid,ppid,s,arch,engine,time,rss,command";

    /** When some are held: also why. */
    private static final String WITH_REASON = "pid,ppid,s,arch,engine,time,rss,wchan,command";

    /** Columns by name: the heading and how a cell is made. */
    private static final Map<String, Column> COLUMNS = columns();

    private record Column(String heading, Function<Guest.Info, Object> cell) {}

    private static final Options OPTIONS = Options.of("ps", "[PID...]",
                    "List the programs that run in dune, or those with the pids given.")
            .value("-o,--columns", "LIST", "columns, with commas between: " + String.join(", ", COLUMNS.keySet()))
            .flag("-w,--wide", "do not cut lines at 80 columns")
            .flag("--no-headings", "only the guests, for scripts")
            .footer("S is the state: R running, S sleeping in a system call, T stopped, H held, Z ended.");

    private final Installed installed;

    Ps(Installed installed) {
        this.installed = installed;
    }

    private static Map<String, Column> columns() {
        Map<String, Column> columns = new LinkedHashMap<>();
        columns.put("pid", new Column(">PID", Guest.Info::pid));
        columns.put("ppid", new Column(">PPID", Guest.Info::parentPid));
        columns.put("uid", new Column(">UID", Guest.Info::uid));
        columns.put("s", new Column("S", Guest.Info::state));
        columns.put("arch", new Column("ARCH", Guest.Info::architecture));
        columns.put("engine", new Column("ENGINE", Guest.Info::engine));
        columns.put("threads", new Column(">THR", Guest.Info::threads));
        columns.put("time", new Column(">TIME", info -> Guests.cpuTime(info.userNanos() + info.systemNanos())));
        columns.put("vsz", new Column(">VSZ", info -> Sizes.print(info.virtualBytes())));
        columns.put("rss", new Column(">RSS", info -> Sizes.print(info.residentBytes())));
        columns.put("wchan", new Column("WCHAN", info -> info.blockedIn() == null || info.blockedIn().isEmpty()
                ? "-" : info.blockedIn()));
        columns.put("exe", new Column("EXE", Guest.Info::executable));
        columns.put("cwd", new Column("CWD", Guest.Info::workingDirectory));
        columns.put("command", new Column("COMMAND", Guests::commandLine));
        return columns;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) throws UsageException, CommandException {
        Options.Parsed arguments = call.arguments();
        String list = arguments.value("--columns");
        List<Guest> guests = new ArrayList<>();
        for (String pid : arguments.operands()) {
            guests.add(Guests.find(installed, pid));
        }
        if (guests.isEmpty()) {
            guests.addAll(installed.dune().guests());
        }
        List<Guest.Info> infos = guests.stream().map(Guest::info).toList();
        boolean held = infos.stream().anyMatch(Guest.Info::isHeld);
        List<Column> wanted = chosen(list != null ? list : held ? WITH_REASON : STANDARD);
        Table table = new Table(wanted.stream().map(Column::heading).toArray(String[]::new));
        for (Guest.Info info : infos) {
            table.row(wanted.stream().map(column -> column.cell.apply(info)).toArray());
        }
        String text = table.print(arguments.has("--wide") ? Integer.MAX_VALUE : Table.WIDTH);
        call.out().print(arguments.has("--no-headings") ? text.substring(text.indexOf('\n') + 1) : text);
        return DONE;
    }

    private static List<Column> chosen(String list) throws UsageException {
        List<Column> chosen = new ArrayList<>();
        for (String name : list.split(",")) {
            Column column = COLUMNS.get(name.strip().toLowerCase(Locale.ROOT));
            if (column == null) {
                throw new UsageException("there is no column '" + Bytes.display(name) + "'; there are "
                        + String.join(", ", COLUMNS.keySet()));
            }
            chosen.add(column);
        }
        return chosen;
    }
}
