package org.nesteddune.mm;

/** The resource limits that an address space keeps to, asked for at each call; bytes, {@code -1} for no limit. */
public interface MemoryLimits {

    /** RLIMIT_AS, soft. */
    long addressSpace();

    /** RLIMIT_DATA, soft. */
    long data();

    /** RLIMIT_STACK, soft. */
    long stack();

    /** RLIMIT_MEMLOCK, soft. */
    long locked();
}
