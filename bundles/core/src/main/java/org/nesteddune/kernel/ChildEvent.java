package org.nesteddune.kernel;

/**
 * What a parent learns of a child by {@code wait4}, {@code waitid} or SIGCHLD.
 *
 * @param pid the child's
 * @param uid the child's real user id
 * @param code CLD_EXITED, CLD_KILLED, CLD_DUMPED, CLD_STOPPED or CLD_CONTINUED ({@code asm-generic/siginfo.h})
 * @param status exit code, or the signal that killed, stopped or continued it
 * @param waitStatus the same as {@code wait4} encodes it
 * @param usage what the child and those it has waited for have used
 */
public record ChildEvent(
        int pid, int uid, int code, int status, int waitStatus, Usage usage) {}
