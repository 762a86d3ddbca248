package org.nesteddune.commands;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nesteddune.Guest;

/**
 * The guests of a runtime as a tree, with those of runtimes that are guests below these. What an inner runtime tells of itself is
 * taken as text.
 *
 * @param runtime its process and command line, as its own system sees them
 * @param rows from the root on, each before its children
 * @param inner names of the sockets of all runtimes that are shown in it
 */
record ProcessTree(Row runtime, List<Row> rows, Set<String> inner) {

    /** The first line of a listing; the number is its format's. */
    private static final String MAGIC = "nested-dune-ps 1";

    private static final String SOCKET = "socket:[";

    /** How long an inner runtime may keep silent while somebody waits for our answer, and how long one may whom we ask for a user; seconds. */
    private static final int SHORT = 1;
    private static final int LONG = 5;

    /** Levels that are shown of a tree that somebody else tells. */
    private static final int DEEPEST = 1000;

    /**
     * One process.
     *
     * @param depth 0 for one that the runtime itself has entered
     * @param cells by {@linkplain Ps#COLUMNS name of column}
     */
    record Row(int depth, Map<String, String> cells) {

        /** The same below a process, with pids that say so. */
        Row within(String pid, int levels) {
            Map<String, String> further = new LinkedHashMap<>(cells);
            for (String column : List.of("pid", "ppid")) {
                further.computeIfPresent(column, (name, own) -> pid + "/" + own);
            }
            return new Row(levels + depth, further);
        }
    }

    /** What there is at this moment; empty if the runtime is not there. */
    static ProcessTree of(Installed installed) {
        ProcessTree tree = new ProcessTree(own(), new ArrayList<>(), new TreeSet<>());
        try {
            Map<Integer, List<Ps.Seen>> children = new LinkedHashMap<>();
            Map<Integer, Ps.Seen> all = new LinkedHashMap<>();
            for (Guest guest : installed.dune().guests()) {
                all.put(guest.pid(), new Ps.Seen(guest, guest.info()));
            }
            for (Ps.Seen seen : all.values()) {
                int parent = seen.info().parentPid();
                children.computeIfAbsent(all.containsKey(parent) ? parent : 0, none -> new ArrayList<>()).add(seen);
            }
            tree.add(children, 0, 0, names());
        } catch (CommandException none) {
            // No runtime, no guests.
        }
        return tree;
    }

    /** The process that we are. What runs in it is in other rows, so it has only a few cells. */
    private static Row own() {
        String[] words = System.getProperty("sun.java.command", "").split(" ", 2);
        return new Row(0, Map.of("pid", Long.toString(ProcessHandle.current().pid()),
                "command", clean(words.length == 2 ? "dune " + words[1] : words[0])));
    }

    private void add(Map<Integer, List<Ps.Seen>> children, int parent, int depth, Map<String, String> names) {
        for (Ps.Seen seen : children.getOrDefault(parent, List.of())) {
            Map<String, String> cells = new LinkedHashMap<>();
            Ps.COLUMNS.forEach((name, column) -> cells.put(name, clean(String.valueOf(column.cell().apply(seen)))));
            rows.add(new Row(depth, cells));
            ask(seen, names).forEach(tree -> addInner(tree, seen.info().pid(), depth + 1));
            add(children, seen.info().pid(), depth + 1, names);
        }
    }

    /** Takes in what an inner runtime tells; its pids are numbers of its own. */
    private void addInner(ProcessTree tree, int pid, int depth) {
        inner.addAll(tree.inner);
        tree.rows.forEach(row -> rows.add(row.within(Integer.toString(pid), depth)));
    }

    /** All rows, the runtime's own first. */
    List<Row> withRuntime() {
        List<Row> all = new ArrayList<>(List.of(runtime));
        rows.forEach(row -> all.add(row.within(runtime.cells.getOrDefault("pid", "-"), 1)));
        return all;
    }

    /** What runtimes tell whose sockets a guest has: its own, and not those that are in another's answer. */
    private List<ProcessTree> ask(Ps.Seen seen, Map<String, String> names) {
        Map<String, ProcessTree> told = new LinkedHashMap<>();
        for (Guest.Descriptor descriptor : seen.guest().descriptors()) {
            String name = descriptor.path().startsWith(SOCKET) ? names.get(descriptor.path()) : null;
            if (name != null && inner.add(name)) {
                read(name, SHORT, told);
            }
        }
        return outermost(told);
    }

    /** Of what was told that which nothing else told contains. */
    private static List<ProcessTree> outermost(Map<String, ProcessTree> told) {
        Set<String> within = told.values().stream().flatMap(tree -> tree.inner.stream()).collect(Collectors.toSet());
        return told.entrySet().stream().filter(one -> !within.contains(one.getKey())).map(Map.Entry::getValue).toList();
    }

    private static void read(String name, int patience, Map<String, ProcessTree> told) {
        try {
            told.put(name, parse(ListingSocket.ask(name, patience)));
        } catch (IOException | IllegalArgumentException gone) {
            // Nothing is known of it then.
        }
    }

    /** The trees of all other runtimes of this user on this machine that are not in another one. */
    static List<ProcessTree> ofOthers() {
        Map<String, ProcessTree> told = new LinkedHashMap<>();
        new TreeSet<>(names().values()).forEach(name -> read(name, LONG, told));
        String pid = own().cells.get("pid");
        return outermost(told).stream()
                .filter(tree -> !tree.rows.isEmpty() || !pid.equals(tree.runtime.cells.get("pid")))
                .toList();
    }

    /** Names of listening sockets by what descriptors of them are called. See proc_pid_net(5), {@code /proc/net/unix}. */
    private static Map<String, String> names() {
        Map<String, String> names = new HashMap<>();
        try (Stream<String> lines = Files.lines(Path.of("/proc/net/unix"), StandardCharsets.ISO_8859_1)) {
            lines.forEach(line -> {
                // Num RefCount Protocol Flags Type St Inode Path; the path is the last one and may contain spaces.
                String[] fields = line.strip().split(" +", 8);
                if (fields.length == 8 && fields[7].startsWith("@" + ListingSocket.PREFIX)) {
                    names.put(SOCKET + fields[6] + "]", fields[7].substring(1));
                }
            });
        } catch (IOException | UncheckedIOException none) {
            // Without it no runtime is found.
        }
        return names;
    }

    /** The text that {@link #parse} reads: columns, names of inner runtimes, and lines with depth and cells: of the runtime, and of each row. */
    String print() {
        StringBuilder text = new StringBuilder(MAGIC).append('\n').append(String.join("\t", Ps.COLUMNS.keySet())).append('\n');
        text.append(String.join("\t", inner)).append('\n');
        List<Row> all = new ArrayList<>(List.of(runtime));
        all.addAll(rows);
        for (Row row : all) {
            text.append(row.depth);
            Ps.COLUMNS.keySet().forEach(column -> text.append('\t').append(row.cells.getOrDefault(column, "-")));
            text.append('\n');
        }
        return text.toString();
    }

    /** @throws IllegalArgumentException if it is no such text */
    static ProcessTree parse(String text) {
        String[] lines = text.split("\n", -1);
        if (lines.length < 3 || !lines[0].equals(MAGIC)) {
            throw new IllegalArgumentException("no listing");
        }
        String[] columns = lines[1].split("\t");
        Set<String> inner = new TreeSet<>(List.of(lines[2].split("\t")));
        inner.remove("");
        List<Row> rows = new ArrayList<>();
        // What comes after the last line's end was cut, if anything.
        for (int i = 3; i < lines.length - 1; i++) {
            String[] fields = lines[i].split("\t", -1);
            int depth = Integer.parseInt(fields[0]);
            if (depth < 0 || depth > DEEPEST || fields.length != columns.length + 1) {
                throw new IllegalArgumentException("no listing");
            }
            Map<String, String> cells = new LinkedHashMap<>();
            for (int column = 0; column < columns.length; column++) {
                cells.put(columns[column], clean(fields[column + 1]));
            }
            rows.add(new Row(depth, cells));
        }
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("no listing");
        }
        return new ProcessTree(rows.remove(0), rows, inner);
    }

    /** Nobody's text becomes a control sequence of the terminal's or another column. */
    private static String clean(String cell) {
        return cell.replaceAll("[\\p{Cntrl}\u0080-\u009f]", "?");
    }
}
