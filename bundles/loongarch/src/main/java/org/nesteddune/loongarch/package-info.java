/**
 * The place of the LoongArch64 architecture with the lp64d ABI (ELF machine 258). It registers no service yet, so that a
 * LoongArch program is refused with its machine's name.
 *
 * <p>What will live here: an {@link org.nesteddune.arch.Architecture} with the generic system-call table, the calling
 * convention (number in a7, arguments and result from a0 on), signal frames whose extended contexts hold the
 * floating-point and vector registers, the vDSO with its signal trampoline, and what an engine needs to know of the
 * instruction set.
 */
package org.nesteddune.loongarch;
