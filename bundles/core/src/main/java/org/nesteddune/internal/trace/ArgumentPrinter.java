package org.nesteddune.internal.trace;

import java.util.List;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.Signature;
import org.nesteddune.syscall.Signature.Parameter;

/**
 * Writes the arguments of one call by its signature. Whatever cannot be read is written as the address it is; no method
 * throws for a value that a guest passes.
 */
final class ArgumentPrinter {

    /** Stands for an argument that this use of the call does not have (the mode of an open that creates nothing). */
    static final String OMITTED = new String("");

    /** Elements of an array that are written before it is cut. */
    private static final int ELEMENTS = 16;

    private static final int PATH_MAX = 4096;

    private final GuestAbi abi;
    private final Structures structures;
    private final String call;
    private final Signature signature;
    private final long[] values;
    private final GuestMemory memory;

    ArgumentPrinter(GuestAbi abi, Structures structures, String call, Signature signature, long[] values,
            GuestMemory memory) {
        this.abi = abi;
        this.structures = structures;
        this.call = call;
        this.signature = signature;
        this.values = values;
        this.memory = memory;
    }

    /** An argument's text before the call is carried out; null if it is known only afterwards. */
    String before(int index) {
        Parameter parameter = signature.parameters().get(index);
        if (isLater(parameter)) {
            return null;
        }
        try {
            String special = new DependentArguments(structures, call, values, memory).before(index);
            return special != null ? special == DependentArguments.LATER ? null : special : text(parameter, index, -1);
        } catch (RuntimeException e) {
            return Text.address(values[index]);
        }
    }

    /** An argument's text once the call has ended. */
    String after(int index, String before, boolean failed, long result) {
        Parameter parameter = signature.parameters().get(index);
        boolean inout = parameter.type().equals("inout");
        if (before != null && !inout) {
            return before;
        }
        if (failed) {
            return before != null ? before : Text.address(values[index]);
        }
        try {
            String special = new DependentArguments(structures, call, values, memory).after(index, result);
            String now = special != null ? special : text(parameter, index, result);
            return before == null || before.equals(now) ? now : before + " => " + now;
        } catch (RuntimeException e) {
            return before != null ? before : Text.address(values[index]);
        }
    }

    /** The result's text where it depends on an argument; null if the signature says enough. */
    String result(long result) {
        return new DependentArguments(structures, call, values, memory).result(result);
    }

    /** The buffers of a scattering read are filled by the call, though the list of them is an input. */
    private boolean isLater(Parameter parameter) {
        return parameter.isOutput() || parameter.detail().equals("iovec") && scatters();
    }

    private boolean scatters() {
        return call.contains("readv") || call.startsWith("recv");
    }

    private String text(Parameter parameter, int index, long result) {
        long value = values[index];
        return switch (parameter.type()) {
            case "int", "fd", "pid" -> Integer.toString((int) value);
            case "uid", "gid" -> (int) value == -1 ? "-1" : Integer.toUnsignedString((int) value);
            case "uint" -> Integer.toUnsignedString((int) value);
            case "long", "off" -> Long.toString(value);
            case "ulong", "size" -> Long.toUnsignedString(value);
            case "hex" -> Text.hex(value);
            case "addr" -> Text.address(value);
            case "mode" -> isModeUnused() ? OMITTED : Text.octal(value & 0xffffffffL);
            case "sig" -> Text.signal(abi == null ? (int) value : abi.signalFromGuest((int) value));
            case "clock" -> Constants.set("clock").one(value);
            case "dirfd" -> (int) value == Fcntl.AT_FDCWD ? "AT_FDCWD" : Integer.toString((int) value);
            case "flags" -> flags(parameter.detail(), value);
            case "enum" -> one(parameter.detail(), value);
            case "path" -> value == 0 ? "NULL" : string(value, PATH_MAX);
            case "str" -> value == 0 ? "NULL" : string(value, Text.LIMIT);
            case "strv" -> value == 0 ? "NULL" : strings(parameter, value);
            case "inbuf" -> buffer(value, count(parameter, parameter.detail()));
            case "outbuf" -> call.equals("getdents64")
                    ? entries(value, result)
                    : buffer(value, filled(parameter, result));
            case "in", "out", "inout" -> structure(parameter, value, result);
            default -> Text.hex(value);
        };
    }

    private String flags(String name, long value) {
        ConstantSet set = Constants.set(name);
        if (set == null) {
            return Text.hex(value & 0xffffffffL);
        }
        if (name.equals("open") && abi != null) {
            return set.flags(abi.openFlagsFromGuest((int) value));
        }
        if ((name.equals("map") || name.equals("mmap")) && abi != null) {
            return set.flags(abi.mapFlagsFromGuest((int) value));
        }
        if (name.equals("shmget") || name.equals("semget") || name.equals("msgget")) {
            long rest = value & ~0777L;
            return (rest == 0 ? "" : set.flags(rest) + "|") + Text.octal((int) value & 0777);
        }
        if (name.equals("clone")) {
            // The lowest byte is the signal at the child's end.
            long bits = value & ~0xffL;
            String signal = (value & 0xff) == 0 ? "" : Text.signal((int) value & 0xff);
            return bits == 0 ? signal.isEmpty() ? "0" : signal : set.flags(bits) + (signal.isEmpty() ? "" : "|" + signal);
        }
        return set.flags(value);
    }

    private String one(String name, long value) {
        ConstantSet set = Constants.set(name);
        if (set == null) {
            return Integer.toString((int) value);
        }
        return set.one(value);
    }

    /** open's and openat's mode counts only when a file may be made. */
    private boolean isModeUnused() {
        List<Parameter> parameters = signature.parameters();
        for (int i = 0; i < parameters.size(); i++) {
            Parameter other = parameters.get(i);
            if (other.type().equals("flags") && other.detail().equals("open")) {
                int flags = abi == null ? (int) values[i] : abi.openFlagsFromGuest((int) values[i]);
                int temporary = OpenFlags.O_TMPFILE & ~OpenFlags.O_DIRECTORY;
                return (flags & (OpenFlags.O_CREAT | temporary)) == 0;
            }
        }
        return false;
    }

    private String string(long address, int limit) {
        StringBuilder out = new StringBuilder();
        string(out, address, limit);
        return out.toString();
    }

    private void string(StringBuilder out, long address, int limit) {
        String text = memory.readString(address, limit + 1);
        if (text != null) {
            Text.quote(out, text, limit);
        } else {
            byte[] bytes = new byte[Math.min(limit, Text.LIMIT)];
            memory.read(address, bytes, 0, bytes.length);
            Text.quote(out, bytes, bytes.length, true);
        }
    }

    private String strings(Parameter parameter, long address) {
        if (parameter.name().startsWith("env")) {
            int count = 0;
            while (count < 100_000 && memory.readLong(address + 8L * count) != 0) {
                count++;
            }
            return Text.address(address) + " /* " + count + (count == 1 ? " var */" : " vars */");
        }
        StringBuilder out = new StringBuilder("[");
        for (int i = 0; ; i++) {
            long element = memory.readLong(address + 8L * i);
            if (element == 0) {
                break;
            }
            out.append(i == 0 ? "" : ", ");
            if (i == ELEMENTS) {
                out.append("...");
                break;
            }
            try {
                string(out, element, Text.LIMIT);
            } catch (RuntimeException e) {
                out.append(Text.address(element));
            }
        }
        return out.append(']').toString();
    }

    private String buffer(long address, long length) {
        if (address == 0) {
            return "NULL";
        }
        StringBuilder out = new StringBuilder();
        buffer(out, address, length);
        return out.toString();
    }

    private void buffer(StringBuilder out, long address, long length) {
        byte[] bytes = new byte[(int) Math.max(0, Math.min(length, Text.LIMIT))];
        memory.read(address, bytes, 0, bytes.length);
        Text.quote(out, bytes, bytes.length, length > Text.LIMIT);
    }

    /** How much of an output buffer counts: what the result says, unless the result only says that it went well. */
    private long filled(Parameter parameter, long result) {
        long length = count(parameter, parameter.detail());
        return signature.result().equals("int") ? length : Math.min(result, length);
    }

    /** {@code 0x5581 /* 24 entries *}{@code /}: linux_dirent64 has its length at offset 16. */
    private String entries(long address, long bytes) {
        int count = 0;
        for (long at = 0; at + 19 <= bytes; count++) {
            int length = memory.readShort(address + at + 16) & 0xffff;
            if (length == 0) {
                break;
            }
            at += length;
        }
        return Text.address(address) + " /* " + count + (count == 1 ? " entry */" : " entries */");
    }

    private String structure(Parameter parameter, long address, long result) {
        if (address == 0) {
            return "NULL";
        }
        StringBuilder out = new StringBuilder();
        if (parameter.detail().equals("iovec")) {
            vectors(out, address, count(parameter, parameter.count()), scatters() ? result : Long.MAX_VALUE);
            return out.toString();
        }
        if (parameter.detail().equals("sockaddr")) {
            new SocketArguments(memory).address(out, address, length(parameter));
            return out.toString();
        }
        if (parameter.detail().equals("msghdr")) {
            message(out, address, scatters() ? Math.max(0, result) : Long.MAX_VALUE);
            return out.toString();
        }
        if (parameter.detail().equals("mmsghdr")) {
            messages(out, address, count(parameter, parameter.count()), result);
            return out.toString();
        }
        if (parameter.detail().replace("_", "").equals("fdset")) {
            descriptors(out, address, (int) Math.min(values[0], 1024));
            return out.toString();
        }
        Structures.Structure structure = structures.get(parameter.detail());
        if (structure == null) {
            return Text.address(address);
        }
        if (parameter.count().isEmpty()) {
            structure.printer().print(out, memory, address);
            return structure.bare() ? "[" + out + "]" : out.toString();
        }
        long count = count(parameter, parameter.count());
        if (parameter.type().equals("out") && result >= 0 && isCount()) {
            count = Math.min(count, result);
        }
        out.append('[');
        for (int i = 0; i < count; i++) {
            out.append(i == 0 ? "" : ", ");
            if (i == ELEMENTS) {
                out.append("...");
                break;
            }
            structure.printer().print(out, memory, address + (long) i * structure.size());
        }
        return out.append(']').toString();
    }

    /** How long an address is: a parameter says so, or what it points to. */
    private long length(Parameter of) {
        List<Parameter> parameters = signature.parameters();
        for (int i = 0; i < parameters.size(); i++) {
            if (parameters.get(i).name().equals(of.count()) && parameters.get(i).isPointer()) {
                return memory.readInt(values[i]);
            }
        }
        return count(of, of.count());
    }

    private void message(StringBuilder out, long address, long filled) {
        new SocketArguments(memory).message(out, address, filled, this::vectors);
    }

    /** Each {@code struct mmsghdr} is 64 bytes, with the length of what was moved behind the message. */
    private void messages(StringBuilder out, long address, long count, long result) {
        long shown = result >= 0 ? Math.min(count, result) : count;
        out.append('[');
        for (int i = 0; i < shown; i++) {
            out.append(i == 0 ? "" : ", ");
            if (i == ELEMENTS) {
                out.append("...");
                break;
            }
            long moved = memory.readInt(address + 64L * i + 56) & 0xffffffffL;
            out.append("{msg_hdr=");
            message(out, address + 64L * i, scatters() ? moved : Long.MAX_VALUE);
            out.append(result >= 0 ? ", msg_len=" + moved : "").append('}');
        }
        out.append(']');
    }

    /** Calls that return how many elements of the array they filled. */
    private boolean isCount() {
        return call.equals("getgroups") || call.startsWith("epoll_") || call.equals("io_getevents");
    }

    private void vectors(StringBuilder out, long address, long count, long filled) {
        out.append('[');
        long left = filled;
        for (int i = 0; i < count; i++) {
            out.append(i == 0 ? "" : ", ");
            if (i == ELEMENTS) {
                out.append("...");
                break;
            }
            long base = memory.readLong(address + 16L * i);
            long length = memory.readLong(address + 16L * i + 8);
            long valid = Math.max(0, Math.min(left, length));
            left -= valid;
            out.append("{iov_base=");
            int start = out.length();
            try {
                buffer(out, base, valid);
            } catch (RuntimeException e) {
                out.setLength(start);
                out.append(Text.address(base));
            }
            out.append(", iov_len=").append(Long.toUnsignedString(length)).append('}');
        }
        out.append(']');
    }

    /** A {@code fd_set}, as {@code [0 3]}. */
    private void descriptors(StringBuilder out, long address, int count) {
        out.append('[');
        boolean first = true;
        for (int fd = 0; fd < count; fd++) {
            if ((memory.readLong(address + fd / 64 * 8L) >>> (fd % 64) & 1) != 0) {
                out.append(first ? "" : " ").append(fd);
                first = false;
            }
        }
        out.append(']');
    }

    /** The number that a signature names: a parameter's value, or a literal. */
    private long count(Parameter of, String count) {
        if (count.isEmpty()) {
            return 1;
        }
        if (Character.isDigit(count.charAt(0))) {
            return Long.parseLong(count);
        }
        List<Parameter> parameters = signature.parameters();
        for (int i = 0; i < parameters.size(); i++) {
            if (parameters.get(i).name().equals(count)) {
                String type = parameters.get(i).type();
                boolean word = type.equals("int") || type.equals("uint");
                long value = word ? (int) values[i] : values[i];
                return value < 0 ? Long.MAX_VALUE : value;
            }
        }
        throw new IllegalArgumentException(of.name());
    }
}
