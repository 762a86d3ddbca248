package org.nesteddune;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An address that a guest may use with its sockets. Immutable. Written as
 *
 * <pre>
 * [connect |bind ] unix | unix:/PATH | unix:@NAME | netlink | * | IPV4[/BITS] | [IPV6[/BITS]]   [:PORT[-PORT]]
 * </pre>
 *
 * Without {@code connect} or {@code bind} both are granted; to send to an address counts as to connect. {@code unix} alone stands for all
 * names of UNIX sockets, a path for itself and what is below it, {@code @NAME} for a name that is in no file system, where a {@code *}
 * at the end takes any continuation. {@code *} stands for all addresses of IPv4 and IPv6; an IPv4 address that is written as an IPv6 one
 * (RFC 4291, 2.5.5.2) counts as what it is. Without ports all are granted.
 */
public final class AddressRule {

    /** What is done with an address. */
    public enum Use {
        /** Connected or sent to. */
        CONNECT,
        /** Bound to, so that others can reach it. */
        BIND
    }

    /** What kind of address it is. */
    public enum Kind {
        /** A name of a UNIX socket, in or outside of the file system. */
        UNIX,
        /** IPv4 or IPv6. */
        INET,
        /** The kernel's answers about the network. */
        NETLINK
    }

    private static final int LAST_PORT = 65535;

    private static final Pattern INET = Pattern.compile(
            "(?:(?<any>\\*)|(?<v4>[0-9.]+)(?:/(?<bits4>\\d+))?|\\[(?<v6>[0-9a-fA-F:.]+)(?:/(?<bits6>\\d+))?\\])"
                    + "(?::(?:(?<all>\\*)|(?<first>\\d+)(?:-(?<last>\\d+))?))?");

    private final String text;
    private final Use use;
    private final Kind kind;
    private final String name;
    private final byte[] address;
    private final int bits;
    private final int firstPort;
    private final int lastPort;

    private AddressRule(
            String text, Use use, Kind kind, String name, byte[] address, int bits, int firstPort, int lastPort) {
        this.text = text;
        this.use = use;
        this.kind = kind;
        this.name = name;
        this.address = address;
        this.bits = bits;
        this.firstPort = firstPort;
        this.lastPort = lastPort;
    }

    /**
     * Reads the written form.
     *
     * @throws IllegalArgumentException with a sentence that says what is wrong
     */
    public static AddressRule parse(String text) {
        String rest = text.strip();
        Use use = null;
        for (Use each : Use.values()) {
            String word = each.name().toLowerCase(java.util.Locale.ROOT) + " ";
            if (rest.startsWith(word)) {
                use = each;
                rest = rest.substring(word.length()).strip();
            }
        }
        String shown = (use == null ? "" : use.name().toLowerCase(java.util.Locale.ROOT) + " ") + rest;
        if (rest.equals("netlink")) {
            return new AddressRule(shown, use, Kind.NETLINK, null, null, 0, 0, 0);
        }
        if (rest.equals("unix") || rest.startsWith("unix:")) {
            String name = rest.equals("unix") ? null : rest.substring("unix:".length());
            if (name != null && !name.startsWith("/") && !name.startsWith("@")) {
                throw new IllegalArgumentException("'" + text + "': a UNIX socket's name is an absolute path or begins with @");
            }
            return new AddressRule(shown, use, Kind.UNIX, name, null, 0, 0, 0);
        }
        return inet(text, shown, use, rest);
    }

    private static AddressRule inet(String text, String shown, Use use, String rest) {
        Matcher match = INET.matcher(rest);
        if (!match.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no address: unix:/PATH, unix:@NAME, netlink, "
                    + "IPV4[/BITS][:PORT], [IPV6[/BITS]][:PORT] or *[:PORT]");
        }
        byte[] address = null;
        int bits = 0;
        if (match.group("any") == null) {
            boolean six = match.group("v6") != null;
            address = six ? parse6(text, match.group("v6")) : parse4(text, match.group("v4"));
            String prefix = match.group(six ? "bits6" : "bits4");
            bits = prefix == null ? address.length * 8 : number(text, prefix, address.length * 8, "prefix");
        }
        int first = 0;
        int last = LAST_PORT;
        if (match.group("first") != null) {
            first = number(text, match.group("first"), LAST_PORT, "port");
            last = match.group("last") == null ? first : number(text, match.group("last"), LAST_PORT, "port");
            if (last < first) {
                throw new IllegalArgumentException("'" + text + "': the last port is lower than the first");
            }
        }
        return new AddressRule(shown, use, Kind.INET, null, address, bits, first, last);
    }

    private static int number(String text, String digits, int most, String what) {
        if (digits.length() > 5 || Integer.parseInt(digits) > most) {
            throw new IllegalArgumentException("'" + text + "': " + digits + " is no " + what + " (0 to " + most + ")");
        }
        return Integer.parseInt(digits);
    }

    private static byte[] parse4(String text, String address) {
        String[] parts = address.split("\\.", -1);
        if (parts.length != 4) {
            throw new IllegalArgumentException("'" + text + "': " + address + " is no IPv4 address");
        }
        byte[] bytes = new byte[4];
        for (int i = 0; i < 4; i++) {
            if (parts[i].isEmpty()) {
                throw new IllegalArgumentException("'" + text + "': " + address + " is no IPv4 address");
            }
            bytes[i] = (byte) number(text, parts[i], 255, "byte of an address");
        }
        return bytes;
    }

    /** Text form of RFC 4291, 2.2. */
    private static byte[] parse6(String text, String address) {
        String whole = address;
        int dot = whole.indexOf('.');
        if (dot >= 0) {
            int colon = whole.lastIndexOf(':');
            byte[] end = parse4(text, whole.substring(colon + 1));
            HexFormat hex = HexFormat.of();
            whole = whole.substring(0, colon + 1) + hex.formatHex(end, 0, 2) + ":" + hex.formatHex(end, 2, 4);
        }
        int gap = whole.indexOf("::");
        String[] before = groups(gap < 0 ? whole : whole.substring(0, gap));
        String[] after = gap < 0 ? new String[0] : groups(whole.substring(gap + 2));
        int count = before.length + after.length;
        if (gap < 0 ? count != 8 : count > 7) {
            throw new IllegalArgumentException("'" + text + "': " + address + " is no IPv6 address");
        }
        byte[] bytes = new byte[16];
        put(text, address, before, bytes, 0);
        put(text, address, after, bytes, 16 - 2 * after.length);
        return normal(bytes);
    }

    private static String[] groups(String text) {
        return text.isEmpty() ? new String[0] : text.split(":", -1);
    }

    private static void put(String text, String address, String[] groups, byte[] bytes, int at) {
        for (int i = 0; i < groups.length; i++) {
            if (!groups[i].matches("[0-9a-fA-F]{1,4}")) {
                throw new IllegalArgumentException("'" + text + "': " + address + " is no IPv6 address");
            }
            int value = Integer.parseInt(groups[i], 16);
            bytes[at + 2 * i] = (byte) (value >> 8);
            bytes[at + 2 * i + 1] = (byte) value;
        }
    }

    /** An IPv4 address in the place of the IPv6 one that stands for it. */
    private static byte[] normal(byte[] address) {
        if (address.length == 16) {
            boolean mapped = address[10] == (byte) 0xff && address[11] == (byte) 0xff;
            for (int i = 0; i < 10; i++) {
                mapped &= address[i] == 0;
            }
            if (mapped) {
                return Arrays.copyOfRange(address, 12, 16);
            }
        }
        return address;
    }

    /** The kind of address. */
    public Kind kind() {
        return kind;
    }

    private boolean isFor(Use wanted) {
        return use == null || use == wanted;
    }

    /** Whether it grants an IP address (4 or 16 bytes) and port. */
    public boolean grants(Use wanted, byte[] wantedAddress, int port) {
        if (kind != Kind.INET || !isFor(wanted) || port < firstPort || port > lastPort) {
            return false;
        }
        if (address == null) {
            return true;
        }
        byte[] other = normal(wantedAddress);
        if (other.length != address.length) {
            return false;
        }
        int whole = bits / 8;
        int mask = 0xff00 >> bits % 8 & 0xff;
        return Arrays.equals(address, 0, whole, other, 0, whole)
                && (mask == 0 || ((address[whole] ^ other[whole]) & mask) == 0);
    }

    /** Whether it grants a name of a UNIX socket: an absolute path without links, or {@code @NAME}. */
    public boolean grants(Use wanted, String wantedName) {
        if (kind != Kind.UNIX || !isFor(wanted)) {
            return false;
        }
        if (name == null || name.equals(wantedName)) {
            return true;
        }
        if (name.startsWith("@")) {
            return name.endsWith("*") && wantedName.startsWith(name.substring(0, name.length() - 1));
        }
        return wantedName.startsWith(name.endsWith("/") ? name : name + "/");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AddressRule that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return Objects.hash(text);
    }

    @Override
    public String toString() {
        return text;
    }
}
