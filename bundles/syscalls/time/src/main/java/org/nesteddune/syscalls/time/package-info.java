/**
 * The system-call family of clocks and timers.
 */
package org.nesteddune.syscalls.time;
