package org.nesteddune.x86.vdso;

/**
 * One look at a clock of the host.
 *
 * @param counter the time-stamp counter in the middle of the look
 * @param nanos what the clock said
 * @param width counts from the look's beginning to its end; what the clock said belongs to a count in between
 */
record Reading(long counter, long nanos, long width) {}
