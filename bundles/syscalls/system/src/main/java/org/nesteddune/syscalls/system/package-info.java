/**
 * The system-call family of system information.
 */
package org.nesteddune.syscalls.system;
