/**
 * The system-call family of futexes, robust lists and memory barriers: what threads need to agree.
 */
package org.nesteddune.syscalls.futex;
