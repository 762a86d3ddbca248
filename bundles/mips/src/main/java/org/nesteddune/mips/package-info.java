/**
 * The MIPS64 architecture, little-endian with the n64 ABI (ELF machine 8): {@link org.nesteddune.mips.MipsArchitecture} has the
 * numbers and structures that only MIPS has, {@link org.nesteddune.mips.MipsSoftware} tells the software engine what
 * instructions mean.
 */
package org.nesteddune.mips;
