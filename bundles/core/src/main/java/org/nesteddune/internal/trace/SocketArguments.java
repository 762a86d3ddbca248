package org.nesteddune.internal.trace;

import java.nio.charset.StandardCharsets;
import org.nesteddune.linux.Socket;
import org.nesteddune.memory.GuestMemory;

/**
 * Writes addresses and messages of sockets. Offsets are those of the kernel's headers for 64-bit machines. A bad address
 * is the caller's to catch.
 */
final class SocketArguments {

    /** Bytes in {@code struct sockaddr_storage}, and in {@code sun_path}. */
    private static final int MOST = 128;

    private static final int SUN_PATH = 108;

    /** Elements that are written before a list is cut. */
    private static final int ELEMENTS = 16;

    private final GuestMemory memory;

    SocketArguments(GuestMemory memory) {
        this.memory = memory;
    }

    /** {@code {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}}. */
    void address(StringBuilder out, long address, long length) {
        if (length < 2) {
            out.append("{}");
            return;
        }
        int family = memory.readShort(address) & 0xffff;
        out.append("{sa_family=").append(Constants.set("af").one(family));
        int size = (int) Math.min(length, MOST);
        switch (family) {
            case Socket.AF_UNIX -> unix(out, address + 2, Math.min(size - 2, SUN_PATH));
            case Socket.AF_INET -> {
                if (size >= 8) {
                    out.append(", sin_port=htons(").append(port(address + 2)).append("), sin_addr=inet_addr(\"");
                    for (int i = 0; i < 4; i++) {
                        out.append(i == 0 ? "" : ".").append(memory.readByte(address + 4 + i) & 0xff);
                    }
                    out.append("\")");
                }
            }
            case Socket.AF_INET6 -> {
                if (size >= 24) {
                    out.append(", sin6_port=htons(").append(port(address + 2)).append("), sin6_addr=\"");
                    inet6(out, address + 8);
                    out.append('"');
                }
            }
            case Socket.AF_NETLINK -> {
                if (size >= 12) {
                    out.append(", nl_pid=").append(memory.readInt(address + 4)).append(", nl_groups=")
                            .append(Text.hex(memory.readInt(address + 8) & 0xffffffffL));
                }
            }
            default -> {
                byte[] bytes = new byte[Math.min(size - 2, Text.LIMIT)];
                memory.read(address + 2, bytes, 0, bytes.length);
                out.append(", sa_data=");
                Text.quote(out, bytes, bytes.length, false);
            }
        }
        out.append('}');
    }

    private int port(long address) {
        return Short.toUnsignedInt(Short.reverseBytes(memory.readShort(address)));
    }

    private void unix(StringBuilder out, long address, int size) {
        if (size <= 0) {
            return;
        }
        byte[] bytes = new byte[size];
        memory.read(address, bytes, 0, size);
        boolean named = bytes[0] != 0;
        int length = 0;
        while (named && length < size && bytes[length] != 0) {
            length++;
        }
        out.append(named ? ", sun_path=" : ", sun_path=@");
        String text = new String(bytes, named ? 0 : 1, named ? length : size - 1, StandardCharsets.ISO_8859_1);
        Text.quote(out, text, SUN_PATH);
    }

    /** The groups of an IPv6 address, the longest row of zeros as {@code ::}. */
    private void inet6(StringBuilder out, long address) {
        int[] groups = new int[8];
        int best = -1;
        int bestLength = 1;
        for (int i = 0, run = 0; i < 8; i++) {
            groups[i] = port(address + 2L * i);
            run = groups[i] == 0 ? run + 1 : 0;
            if (run > bestLength) {
                bestLength = run;
                best = i - run + 1;
            }
        }
        for (int i = 0; i < 8; i++) {
            if (i == best) {
                out.append("::");
                i += bestLength - 1;
            } else {
                out.append(i == 0 || i == best + bestLength && best >= 0 ? "" : ":").append(Integer.toHexString(groups[i]));
            }
        }
    }

    /**
     * A {@code struct msghdr}.
     *
     * @param filled bytes of its buffers that count
     */
    void message(StringBuilder out, long address, long filled, VectorPrinter vectors) {
        long name = memory.readLong(address);
        int nameLength = memory.readInt(address + 8);
        out.append("{msg_name=");
        if (name == 0) {
            out.append("NULL");
        } else {
            address(out, name, nameLength);
        }
        out.append(", msg_namelen=").append(nameLength).append(", msg_iov=");
        long count = memory.readLong(address + 24);
        vectors.print(out, memory.readLong(address + 16), count, filled);
        out.append(", msg_iovlen=").append(Long.toUnsignedString(count));
        long control = memory.readLong(address + 32);
        long controlLength = memory.readLong(address + 40);
        if (control != 0 && controlLength > 0) {
            out.append(", msg_control=");
            control(out, control, controlLength);
        }
        out.append(", msg_controllen=").append(Long.toUnsignedString(controlLength)).append(", msg_flags=")
                .append(Constants.set("msg").flags(memory.readInt(address + 48))).append('}');
    }

    /** Writes a list of buffers. */
    interface VectorPrinter {
        void print(StringBuilder out, long address, long count, long filled);
    }

    private void control(StringBuilder out, long address, long length) {
        out.append('[');
        long at = 0;
        for (int i = 0; at + 16 <= length; i++) {
            long size = memory.readLong(address + at);
            if (i == ELEMENTS || size < 16 || size > length - at) {
                out.append(i == 0 ? "..." : ", ...");
                break;
            }
            int level = memory.readInt(address + at + 8);
            int type = memory.readInt(address + at + 12);
            boolean known = level == Socket.SOL_SOCKET;
            out.append(i == 0 ? "" : ", ").append("{cmsg_level=").append(Constants.set("sol").one(level))
                    .append(", cmsg_type=").append(known ? Constants.set("scm").one(type) : Integer.toString(type));
            if (known && type == Socket.SCM_RIGHTS) {
                out.append(", cmsg_data=[");
                long count = Math.min((size - 16) / 4, ELEMENTS);
                for (int k = 0; k < count; k++) {
                    out.append(k == 0 ? "" : ", ").append(memory.readInt(address + at + 16 + 4L * k));
                }
                out.append(count < (size - 16) / 4 ? ", ...]" : "]");
            } else if (known && type == Socket.SCM_CREDENTIALS && size >= 28) {
                out.append(", cmsg_data={pid=").append(memory.readInt(address + at + 16)).append(", uid=")
                        .append(memory.readInt(address + at + 20)).append(", gid=")
                        .append(memory.readInt(address + at + 24)).append('}');
            } else {
                out.append(", cmsg_len=").append(size);
            }
            out.append('}');
            at += size + 7 & ~7L;
        }
        out.append(']');
    }

    /** The set of a level's options, or null. */
    static ConstantSet options(int level) {
        return switch (level) {
            case Socket.SOL_SOCKET -> Constants.set("sosocket");
            case Socket.SOL_TCP -> Constants.set("sotcp");
            case Socket.SOL_IP -> Constants.set("soip");
            case Socket.SOL_IPV6 -> Constants.set("soipv6");
            case Socket.SOL_NETLINK -> Constants.set("sonetlink");
            default -> null;
        };
    }
}
