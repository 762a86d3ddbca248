package org.nesteddune.engine.software;

/**
 * When the host's own arithmetic is the guest's: while a control register says that rounding is to the nearest, that being inexact does
 * not trap, and that it has been recorded before, so that nothing would change. The register must be one of {@link
 * SoftwareArchitecture#callRegisters}.
 *
 * @param register the control register
 * @param mask the bits that count
 * @param value what they must be
 */
public record FloatGuard(int register, long mask, long value) {}
