package org.nesteddune.arch;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * User-mode register state in a form that engine, architecture and core share: integer registers by the architecture's
 * own numbering (its {@link Architecture#registers()}), and floating-point and vector state as one block of bytes whose
 * layout is the architecture's (for x86-64 the standard XSAVE form). Not thread-safe.
 */
@ConsumerType
public interface CpuState {

    /** The value of an integer register. */
    long get(int register);

    /** Sets an integer register. */
    void set(int register, long value);

    /** Size in bytes of the floating-point and vector state. */
    int vectorSize();

    /** Copies the floating-point and vector state out. {@code target} has at least {@link #vectorSize()} bytes. */
    void readVector(byte[] target);

    /**
     * Replaces the floating-point and vector state.
     *
     * @return false if the bytes are not a state that this CPU can take; the state is then unchanged
     */
    boolean writeVector(byte[] source);

    /**
     * Becomes a copy of another state of the same architecture, as a new thread begins with its parent's. The source stays
     * as it is; it must not be running. Where both are an engine's own, cheaper than by way of {@link CpuSnapshot}.
     *
     * @throws IllegalArgumentException if the source's vector state is not one that this CPU can take
     */
    void copyFrom(CpuState source);

    /**
     * Makes the engine stop behind each instruction, with {@link org.nesteddune.engine.Exit.DebugTrap} of this code; 0 for not so any
     * more. No other CPU becomes so by {@link #copyFrom}. Engines whose architectures have a flag for it do nothing here.
     */
    default void stepping(int code) {}
}
