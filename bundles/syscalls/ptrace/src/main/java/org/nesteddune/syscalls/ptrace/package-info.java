/**
 * The system-call family of ptrace: how debuggers and tracers in dune look at other guests. The stops themselves are the
 * traced tasks' own business ({@link org.nesteddune.kernel.Tracing}).
 */
package org.nesteddune.syscalls.ptrace;
