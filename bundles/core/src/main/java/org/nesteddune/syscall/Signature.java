package org.nesteddune.syscall;

import java.util.ArrayList;
import java.util.List;

/**
 * Parameters and result of a system call, for the trace, the documentation and the tests.
 *
 * <p>Written as {@code "dirfd dirfd, path path, flags:open flags, mode mode -> fd"}: comma-separated pairs of a type and
 * a name, then optionally {@code ->} and the result's type. Types:
 *
 * <table>
 * <caption>Types</caption>
 * <tr><td>{@code int uint long ulong hex size off mode pid uid gid sig clock}</td><td>numbers, by how they print</td></tr>
 * <tr><td>{@code fd dirfd}</td><td>a descriptor; {@code dirfd} may be AT_FDCWD</td></tr>
 * <tr><td>{@code addr}</td><td>an address that the call does not dereference</td></tr>
 * <tr><td>{@code flags:SET}, {@code enum:SET}</td><td>bits, or one value, of a named set of constants</td></tr>
 * <tr><td>{@code path}, {@code str}</td><td>pointer to a NUL-terminated string</td></tr>
 * <tr><td>{@code strv}</td><td>pointer to a NULL-terminated array of strings</td></tr>
 * <tr><td>{@code inbuf:LEN}, {@code outbuf:LEN}</td><td>pointer to bytes, as many as parameter LEN (or a number) says;
 *     of an {@code outbuf} only as many count as the result says</td></tr>
 * <tr><td>{@code in:STRUCT}, {@code out:STRUCT}, {@code inout:STRUCT}</td><td>pointer to a structure</td></tr>
 * <tr><td>{@code in:STRUCT[LEN]}, …</td><td>pointer to an array of as many as parameter LEN says</td></tr>
 * <tr><td>{@code in:sockaddr[LEN]}, {@code out:sockaddr[LEN]}</td><td>pointer to a socket's address of as many bytes as
 *     parameter LEN, or the {@code int} that it points to, says</td></tr>
 * </table>
 *
 * A pointer type with a {@code ?} at its end may be NULL. The result is {@code int} unless said otherwise.
 */
public record Signature(List<Parameter> parameters, String result) {

    /**
     * One parameter.
     *
     * @param type the type's first word, {@code flags}
     * @param detail what follows the colon, {@code open}; empty if nothing does
     * @param count the name of the parameter (or a number) in brackets; empty if there is none
     * @param nullable whether a pointer may be NULL
     * @param name its name
     */
    public record Parameter(String type, String detail, String count, boolean nullable, String name) {

        /** Whether the call dereferences this argument. */
        public boolean isPointer() {
            return switch (type) {
                case "path", "str", "strv", "inbuf", "outbuf", "in", "out", "inout" -> true;
                default -> false;
            };
        }

        /** Whether the argument's target is printed only after the call. */
        public boolean isOutput() {
            return type.equals("outbuf") || type.equals("out");
        }
    }

    public Signature {
        parameters = List.copyOf(parameters);
        if (parameters.size() > SyscallArguments.COUNT) {
            throw new IllegalArgumentException("a system call has at most six arguments");
        }
    }

    /**
     * Parses the written form.
     *
     * @throws IllegalArgumentException if it is not well-formed
     */
    public static Signature parse(String text) {
        String result = "int";
        String list = text;
        int arrow = text.indexOf("->");
        if (arrow >= 0) {
            result = text.substring(arrow + 2).strip();
            list = text.substring(0, arrow);
        }
        List<Parameter> parameters = new ArrayList<>();
        for (String part : list.split(",")) {
            if (!part.isBlank()) {
                parameters.add(parameter(part.strip(), text));
            }
        }
        return new Signature(parameters, result);
    }

    private static Parameter parameter(String text, String whole) {
        String[] words = text.split("\\s+");
        if (words.length != 2) {
            throw new IllegalArgumentException("parameter '" + text + "' in '" + whole + "' is not a type and a name");
        }
        String type = words[0];
        boolean nullable = type.endsWith("?");
        if (nullable) {
            type = type.substring(0, type.length() - 1);
        }
        String count = "";
        int bracket = type.indexOf('[');
        if (bracket >= 0 && type.endsWith("]")) {
            count = type.substring(bracket + 1, type.length() - 1);
            type = type.substring(0, bracket);
        }
        String detail = "";
        int colon = type.indexOf(':');
        if (colon >= 0) {
            detail = type.substring(colon + 1);
            type = type.substring(0, colon);
        }
        return new Parameter(type, detail, count, nullable, words[1]);
    }
}
