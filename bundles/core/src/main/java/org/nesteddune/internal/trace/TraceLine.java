package org.nesteddune.internal.trace;

import org.nesteddune.arch.GuestAbi;
import org.nesteddune.linux.Errno;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.Signature;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;
import org.nesteddune.syscall.SyscallHandler;

/**
 * The line of one system call, begun before it is carried out and finished when its result is known. For the thread that
 * made the call.
 */
public final class TraceLine {

    /** The column that {@code =} stands in unless the call is longer, as strace has it. */
    private static final int RESULT_COLUMN = 40;

    private final String name;
    private final Signature signature;
    private final long[] values = new long[SyscallArguments.COUNT];
    private final String[] texts;
    private final ArgumentPrinter printer;

    TraceLine(GuestAbi abi, Structures structures, Syscall syscall, String name, SyscallArguments arguments,
            GuestMemory memory) {
        this.name = name != null ? name : "syscall_" + Text.hex(arguments.number());
        this.signature = syscall == null ? null : syscall.signature();
        for (int i = 0; i < values.length; i++) {
            values[i] = arguments.get(i);
        }
        printer = new ArgumentPrinter(abi, structures, this.name, signature, values, memory);
        texts = new String[signature == null ? values.length : signature.parameters().size()];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = signature == null ? Text.hex(values[i]) : printer.before(i);
        }
    }

    /**
     * The whole line.
     *
     * @param result what the handler returned: a value, a negated generic error number or
     *     {@link SyscallHandler#NO_RESULT}
     */
    public String finish(long result) {
        boolean failed = result < 0 && result >= -Errno.MAX_ERRNO;
        StringBuilder line = new StringBuilder(96).append(name).append('(');
        boolean first = true;
        for (int i = 0; i < texts.length; i++) {
            String text = signature == null ? texts[i] : printer.after(i, texts[i], failed, result);
            if (text != ArgumentPrinter.OMITTED) {
                line.append(first ? "" : ", ").append(text);
                first = false;
            }
        }
        return pad(line.append(')')).append("= ").append(result(result, failed)).toString();
    }

    /** The line of a call that never returns, because the guest ends in it. */
    public String unfinished() {
        StringBuilder line = new StringBuilder(96).append(name).append('(');
        boolean first = true;
        for (String text : texts) {
            if (text == null) {
                break;
            }
            if (text != ArgumentPrinter.OMITTED) {
                line.append(first ? "" : ", ").append(text);
                first = false;
            }
        }
        return line.append(" <unfinished ...>").toString();
    }

    private static StringBuilder pad(StringBuilder line) {
        do {
            line.append(' ');
        } while (line.length() < RESULT_COLUMN);
        return line;
    }

    private String result(long result, boolean failed) {
        if (result == SyscallHandler.NO_RESULT) {
            return name.startsWith("execve") ? "0" : "?";
        }
        if (failed) {
            return error((int) -result);
        }
        if (name.equals("exit") || name.equals("exit_group")) {
            return "?";
        }
        String special = printer.result(result);
        if (special != null) {
            return special;
        }
        String type = signature == null ? "int" : signature.result();
        int colon = type.indexOf(':');
        ConstantSet set = colon < 0 ? null : Constants.set(type.substring(colon + 1));
        if (set != null) {
            return type.startsWith("flags") ? Text.hex(result) + " (flags " + set.flags(result) + ")" : set.one(result);
        }
        return switch (type) {
            case "addr", "hex", "address", "ptr" -> Text.hex(result);
            case "mode" -> Text.octal(result);
            case "void", "none" -> "?";
            // A result that no int holds is an address or a word of bits.
            case "int", "fd", "pid", "uid", "gid" -> result == (int) result || result == (result & 0xffffffffL)
                    ? Long.toString(result) : Text.hex(result);
            default -> Long.toString(result);
        };
    }

    private static String error(int errno) {
        return switch (errno) {
            case Errno.ERESTARTSYS -> "? ERESTARTSYS (To be restarted if SA_RESTART is set)";
            case Errno.ERESTARTNOINTR -> "? ERESTARTNOINTR (To be restarted)";
            case Errno.ERESTARTNOHAND -> "? ERESTARTNOHAND (To be restarted if no handler)";
            case Errno.ERESTART_RESTARTBLOCK -> "? ERESTART_RESTARTBLOCK (Interrupted by signal)";
            default -> "-1 " + Errno.name(errno) + " (" + Errno.text(errno) + ")";
        };
    }
}
