/**
 * The system-call family of memory mappings.
 */
package org.nesteddune.syscalls.memory;
