package org.nesteddune.syscall;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.linux.Errno;

/**
 * One row of a family's table.
 *
 * @param name canonical name, the kernel's without {@code sys_}
 * @param signature parameters and result, see {@link Signature}
 * @param support how much of Linux's behaviour is there
 * @param note for {@link Support#PARTIAL} and {@link Support#ERRNO} what is missing or why; otherwise empty
 * @param handler carries it out
 */
public record Syscall(String name, Signature signature, Support support, String note, SyscallHandler handler) {

    /** How much of a call is there. */
    public enum Support {
        /** All that programs can ask for. */
        FULL,
        /** Most; the note names what is not. */
        PARTIAL,
        /** Always the same error number, as a Linux without that feature gives; the note says why. */
        ERRNO
    }

    /** Builds a table; the order is kept. */
    public static final class Table {

        private final List<Syscall> rows = new ArrayList<>();

        /** A call with all of Linux's behaviour. */
        public Table full(String name, String signature, SyscallHandler handler) {
            rows.add(new Syscall(name, Signature.parse(signature), Support.FULL, "", handler));
            return this;
        }

        /** A call of which the note names what is missing. */
        public Table partial(String name, String signature, String note, SyscallHandler handler) {
            rows.add(new Syscall(name, Signature.parse(signature), Support.PARTIAL, note, handler));
            return this;
        }

        /** A call that always fails with an error number. */
        public Table errno(String name, String signature, int errno, String note) {
            String text = Errno.name(errno) + ": " + note;
            rows.add(new Syscall(name, Signature.parse(signature), Support.ERRNO, text, (task, arguments) -> -errno));
            return this;
        }

        /** The finished, immutable table. */
        public List<Syscall> build() {
            return List.copyOf(rows);
        }
    }
}
