package org.nesteddune.commands;

import java.util.ArrayList;
import java.util.List;

/**
 * Text in columns. A heading that begins with {@code >} makes its column right-aligned. The last column is cut at the
 * width that the table may have, or wrapped.
 */
final class Table {

    /** Columns of an ordinary terminal. */
    static final int WIDTH = 80;

    private static final String GAP = "  ";

    private final String[] headings;
    private final boolean[] right;
    private final List<String[]> rows = new ArrayList<>();
    private boolean wrap;

    Table(String... headings) {
        this.headings = headings.clone();
        this.right = new boolean[headings.length];
        for (int i = 0; i < headings.length; i++) {
            if (headings[i].startsWith(">")) {
                right[i] = true;
                this.headings[i] = headings[i].substring(1);
            }
        }
    }

    /** Wraps the last column between words rather than cutting it. */
    Table wrapped() {
        wrap = true;
        return this;
    }

    /** Adds a row; there are as many cells as headings. */
    Table row(Object... cells) {
        String[] row = new String[headings.length];
        for (int i = 0; i < row.length; i++) {
            row[i] = String.valueOf(cells[i]);
        }
        rows.add(row);
        return this;
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    /** The table in lines of at most so many columns, each with its end. */
    String print(int width) {
        int[] widths = new int[headings.length];
        measure(widths, headings);
        rows.forEach(row -> measure(widths, row));
        StringBuilder out = new StringBuilder();
        line(out, headings, widths, width);
        rows.forEach(row -> line(out, row, widths, width));
        return out.toString();
    }

    String print() {
        return print(WIDTH);
    }

    private static void measure(int[] widths, String[] row) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], row[i].length());
        }
    }

    private void line(StringBuilder out, String[] row, int[] widths, int width) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < row.length; i++) {
            String padding = " ".repeat(widths[i] - row[i].length());
            line.append(i == 0 ? "" : GAP);
            if (right[i]) {
                line.append(padding).append(row[i]);
            } else {
                line.append(row[i]).append(i == row.length - 1 ? "" : padding);
            }
        }
        while (line.length() > 0 && line.charAt(line.length() - 1) == ' ') {
            line.setLength(line.length() - 1);
        }
        if (line.length() > width && wrap) {
            fold(out, line.toString(), line.length() - row[row.length - 1].stripTrailing().length(), width);
            return;
        }
        if (line.length() > width) {
            line.setLength(width - 1);
            line.append('+');
        }
        out.append(line).append('\n');
    }

    /** Breaks a line between words, and the further ones begin below the last column. */
    private static void fold(StringBuilder out, String line, int indent, int width) {
        String rest = line;
        while (rest.length() > width) {
            int space = rest.lastIndexOf(' ', width);
            int cut = space > indent ? space : width;
            out.append(rest, 0, cut).append('\n');
            rest = " ".repeat(indent) + rest.substring(cut).stripLeading();
        }
        out.append(rest).append('\n');
    }
}
