package org.nesteddune.escape;

import java.util.List;
import org.nesteddune.fs.FsContext;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessTable;
import org.nesteddune.mm.AddressSpace;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A native process all of whose threads stand still, and which has not been changed. It becomes a guest by {@link #park}, or goes on
 * by {@link #abandon}. For the thread that seized it.
 */
@ConsumerType
public interface Arriving {

    NativeProgram program();

    /** Its threads as they stand, the first one of the process first. */
    List<NativeThread> threads();

    /**
     * Maps what the process has, at the same addresses and with the same contents. What only the host's kernel can map is left out
     * but for the vDSO's code.
     *
     * @param target an empty address space
     * @throws EscapeException if something cannot be had
     */
    void memory(AddressSpace target) throws EscapeException;

    /** Where in its memory the process has an image of a vDSO from an earlier stay in dune; 0 if it has none. */
    long find(byte[] image);

    /**
     * Makes the host's vDSO go to another one's functions.
     *
     * @param target what {@link #memory} was called with
     * @param image a vDSO that is mapped in it at {@code address}
     */
    void redirect(AddressSpace target, byte[] image, long address) throws EscapeException;

    /**
     * Opens in a table what the process has open: the same open file descriptions, under the same numbers.
     *
     * @param files for what has to be opened anew
     * @param processes the guests among which it will be
     */
    void descriptors(DescriptorTable target, FsContext files, ProcessTable processes) throws EscapeException;

    /**
     * Enters in the table's epoll instances what they watch.
     *
     * @param guest whose table it is, and which has not begun
     */
    void watch(Process guest) throws EscapeException;

    /**
     * Takes away everything that the process has now as a guest. From here on it does not go on by itself.
     *
     * @throws EscapeException if that failed, and it can still go on
     */
    Parked park() throws EscapeException;

    /** Lets it go on as if nothing had been. Idempotent; nothing after {@link #park}. */
    void abandon();
}
