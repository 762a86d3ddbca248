package org.nesteddune.internal.loader;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.nesteddune.linux.Errno;

/**
 * The first line of a {@code #!} script (fs/binfmt_script.c): an interpreter and at most one argument, which is the
 * rest of the line.
 */
record ScriptLine(String interpreter, String argument) {

    /** What the kernel reads of a file's start (BINPRM_BUF_SIZE of linux/binfmts.h). */
    static final int BUFFER_SIZE = 256;

    static boolean isScript(byte[] start) {
        return start.length >= 2 && start[0] == '#' && start[1] == '!';
    }

    /** Parses the line. */
    static ScriptLine parse(String path, byte[] start) throws LoadException {
        String text = new String(start, StandardCharsets.ISO_8859_1);
        int end = text.indexOf('\n');
        boolean cut = end < 0 && start.length == BUFFER_SIZE;
        String line = (end < 0 ? text : text.substring(0, end)).substring(2);
        int nul = line.indexOf('\0');
        line = strip(nul < 0 ? line : line.substring(0, nul));
        int space = firstSpace(line);
        if (line.isEmpty() || cut && space < 0) {
            throw new LoadException(Errno.ENOEXEC, path + ": the #! line names no interpreter");
        }
        if (space < 0) {
            return new ScriptLine(line, null);
        }
        String argument = strip(line.substring(space));
        return new ScriptLine(line.substring(0, space), argument.isEmpty() ? null : argument);
    }

    private static int firstSpace(String line) {
        for (int i = 0; i < line.length(); i++) {
            if (line.charAt(i) == ' ' || line.charAt(i) == '\t') {
                return i;
            }
        }
        return -1;
    }

    private static String strip(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && (text.charAt(from) == ' ' || text.charAt(from) == '\t')) {
            from++;
        }
        while (to > from && (text.charAt(to - 1) == ' ' || text.charAt(to - 1) == '\t')) {
            to--;
        }
        return text.substring(from, to);
    }

    /** The interpreter's arguments: itself, its argument, the script, and the script's own arguments. */
    List<String> arguments(String script, List<String> scriptArguments) {
        List<String> all = new ArrayList<>();
        all.add(interpreter);
        if (argument != null) {
            all.add(argument);
        }
        all.add(script);
        all.addAll(scriptArguments.subList(Math.min(1, scriptArguments.size()), scriptArguments.size()));
        return all;
    }
}
