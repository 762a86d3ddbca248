package org.nesteddune.syscall;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.syscall.Syscall.Support;

/**
 * What is there of Linux's system calls, made from the families' tables: for the shell, and for the page that
 * {@code docs/SYSCALLS.md} is. Stateless.
 */
public final class SyscallOverview {

    /**
     * One system call of an architecture.
     *
     * @param number the architecture's number
     * @param name canonical name
     * @param family name of the family that serves it; "" if none does
     * @param syscall the family's row; null if no family serves it
     */
    public record Row(int number, String name, String family, Syscall syscall) {

        /** {@code full}, {@code partial}, {@code errno}, or {@code -} for a call that nobody serves. */
        public String support() {
            return syscall == null ? "-" : syscall.support().name().toLowerCase(java.util.Locale.ROOT);
        }

        /** What is missing or why, or "". */
        public String note() {
            return syscall == null ? "" : syscall.note();
        }
    }

    private SyscallOverview() {
    }

    /**
     * All numbers of an architecture in ascending order.
     *
     * @param families in ascending order of service ranking: where two bring the same call, the later one serves it
     */
    public static List<Row> rows(SyscallNumbers numbers, Collection<SyscallFamily> families) {
        Map<String, Row> served = new HashMap<>();
        for (SyscallFamily family : families) {
            for (Syscall syscall : family.syscalls()) {
                served.put(syscall.name(), new Row(0, syscall.name(), family.name(), syscall));
            }
        }
        List<Row> rows = new ArrayList<>();
        for (int number = numbers.first(); number < numbers.end(); number++) {
            String name = numbers.name(number);
            if (name != null) {
                Row row = served.get(name);
                rows.add(row == null
                        ? new Row(number, name, "", null)
                        : new Row(number, name, row.family(), row.syscall()));
            }
        }
        return rows;
    }

    /** One line that says how many calls there are of each kind of support. */
    public static String totals(List<Row> rows) {
        Map<Support, Integer> counts = new EnumMap<>(Support.class);
        int missing = 0;
        for (Row row : rows) {
            if (row.syscall() == null) {
                missing++;
            } else {
                counts.merge(row.syscall().support(), 1, Integer::sum);
            }
        }
        return rows.size() + " system calls: " + counts.getOrDefault(Support.FULL, 0) + " full, "
                + counts.getOrDefault(Support.PARTIAL, 0) + " partial, " + counts.getOrDefault(Support.ERRNO, 0)
                + " with a fixed error, " + missing + " not there (ENOSYS)";
    }

    /**
     * The page in Markdown, with one table an architecture.
     *
     * @param families as for {@link #rows}
     * @param command what a reader types to write the page anew
     */
    public static String page(
            Collection<Architecture> architectures, Collection<SyscallFamily> families, String command) {
        StringBuilder page = new StringBuilder("# System calls\n\n")
                .append("Made from the tables of the system-call families; do not edit. After a change of a table, "
                        + "write it anew:\n\n    ")
                .append(command)
                .append("\n\n*full*: all that programs can ask for. *partial*: the note names what is missing. "
                        + "*errno*: always the same\nerror, as a Linux without that feature gives it. "
                        + "*-*: not there; the guest gets ENOSYS and `--stats` counts it.\n");
        Map<String, Architecture> sorted = new TreeMap<>();
        architectures.forEach(architecture -> sorted.put(architecture.name(), architecture));
        sorted.values().forEach(architecture -> section(page, architecture, families));
        return page.toString();
    }

    private static void section(StringBuilder page, Architecture architecture, Collection<SyscallFamily> families) {
        List<Row> rows = rows(architecture.syscallNumbers(), families);
        page.append("\n## ")
                .append(architecture.name())
                .append("\n\n")
                .append(totals(rows))
                .append(".\n\n| number | name | family | support | note |\n|---:|---|---|---|---|\n");
        for (Row row : rows) {
            page.append("| ")
                    .append(row.number())
                    .append(" | ")
                    .append(row.name())
                    .append(" | ")
                    .append(row.family())
                    .append(" | ")
                    .append(row.support())
                    .append(" | ")
                    .append(row.note().replace("|", "\\|"))
                    .append(" |\n");
        }
    }
}
