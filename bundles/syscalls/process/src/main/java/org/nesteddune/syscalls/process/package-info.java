/**
 * The system-call family of process identity, limits and the end of processes.
 */
package org.nesteddune.syscalls.process;
