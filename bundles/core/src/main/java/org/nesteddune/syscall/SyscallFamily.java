package org.nesteddune.syscall;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A group of system calls with one subject. One OSGi service a family; where two families bring the same call, the one
 * with the higher service ranking serves it. Thread-safe; whatever must survive the family's bundle lives in kernel
 * objects, not here.
 */
@ConsumerType
public interface SyscallFamily {

    /** Service property: the family's name, a string. */
    String NAME = "dune.family";

    /** The family's name, {@code files}. */
    String name();

    /** Its calls, the same list at every call. */
    List<Syscall> syscalls();
}
