/**
 * The LoongArch64 architecture with the lp64d ABI: LA64 v1.0 with floating point and 128-bit vectors (LSX). {@link
 * org.nesteddune.loongarch.LoongArchitecture} is what a kernel's {@code arch/loongarch} knows, {@link
 * org.nesteddune.loongarch.LoongSoftware} what the software engine needs to know of the instruction set.
 */
package org.nesteddune.loongarch;
