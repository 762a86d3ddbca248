package org.nesteddune.mm;

/** What became of a memory fault. */
public enum FaultOutcome {
    /** The page is there now; run on. */
    RESOLVED,
    /** Nothing is mapped there: SIGSEGV, SEGV_MAPERR. */
    NOT_MAPPED,
    /** The mapping forbids the access: SIGSEGV, SEGV_ACCERR. */
    FORBIDDEN,
    /** Behind the end of the mapped file: SIGBUS, BUS_ADRERR. */
    NO_BACKING
}
