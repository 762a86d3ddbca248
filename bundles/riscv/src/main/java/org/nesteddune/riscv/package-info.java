/**
 * The RISC-V 64 architecture (rv64gc: integers, multiplication, atomic operations, floating point, compressed instructions) with the lp64
 * ABIs. {@link org.nesteddune.riscv.RiscvArchitecture} is what a kernel's {@code arch/riscv} knows, {@link
 * org.nesteddune.riscv.RiscvSoftware} what the software engine needs to know of the instruction set.
 */
package org.nesteddune.riscv;
