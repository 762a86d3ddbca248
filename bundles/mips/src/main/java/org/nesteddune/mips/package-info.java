/**
 * The place of the MIPS64 architecture, little-endian with the n64 ABI (ELF machine 8). It registers no service yet, so
 * that a MIPS program is refused with its machine's name.
 *
 * <p>What will live here: an {@link org.nesteddune.arch.Architecture} with the numbers of n64 (system calls from 5000
 * on; error numbers, signals, flags of {@code open} and {@code mmap} and constants of sockets and terminals that differ
 * from the generic ones), the structures with a layout of their own ({@code stat}, {@code sigaction}, {@code siginfo}),
 * the result convention with its error flag in a3, signal frames with their trampoline in the vDSO, and what an engine
 * needs to know of the instruction set.
 */
package org.nesteddune.mips;
