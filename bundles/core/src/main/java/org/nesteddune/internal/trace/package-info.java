/**
 * Writes system calls, signals and ends of guests in the way that strace(1) made usual. It reads only through
 * {@link org.nesteddune.memory.GuestMemory} and answers anything that it cannot read or does not know with the bare
 * number, so a trace never changes what a guest does.
 */
package org.nesteddune.internal.trace;
