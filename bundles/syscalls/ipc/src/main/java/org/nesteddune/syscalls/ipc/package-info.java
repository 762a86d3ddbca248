/**
 * The system-call family of System V shared memory, semaphores and message queues, and of POSIX message queues. The objects
 * belong to the dune: see {@code org.nesteddune.kernel.ipc}.
 */
package org.nesteddune.syscalls.ipc;
