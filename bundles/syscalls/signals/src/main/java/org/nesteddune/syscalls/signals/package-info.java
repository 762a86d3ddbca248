/**
 * The system-call family of signals.
 */
package org.nesteddune.syscalls.signals;
