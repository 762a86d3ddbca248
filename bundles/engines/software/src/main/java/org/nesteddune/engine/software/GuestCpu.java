package org.nesteddune.engine.software;

import org.nesteddune.engine.Exit;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A vCPU as an instruction sees it that is carried out by {@link SoftwareArchitecture#call}. Only the thread that runs the vCPU
 * uses it, and only during that call.
 *
 * <p>Accesses to memory need not be aligned; what is not accessible makes them throw, which ends the instruction with the fault.
 */
@ProviderType
public interface GuestCpu {

    /** The register file ({@link RegisterFile}); the program counter's word in it is not current. */
    long[] registers();

    /** Reads 1, 2, 4 or 8 bytes, the upper bits of the result 0. */
    long load(long address, int bytes);

    /** Writes 1, 2, 4 or 8 bytes. */
    void store(long address, long value, int bytes);

    /** Forgets what has been decoded from a range, because the guest says that it has changed. */
    void invalidate(long address, long length);

    /**
     * Forgets what has been decoded and is no longer so, because the guest says that something may have changed, and not what. Stores of its
     * own are noticed anyway; this is about what the host or another address space has written.
     */
    void recheckCode();

    /** Ends the instruction with an exit; the program counter stays at it. Never returns. */
    RuntimeException exit(Exit exit);
}
