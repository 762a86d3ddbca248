package org.nesteddune.mm;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The mappings of an address space and those of their pages that no file has. As long as it is open the host can read all of
 * them; the guest does not run meanwhile. For one thread.
 */
@ProviderType
public interface HostContents extends AutoCloseable {

    /** The mappings in ascending order. */
    List<HostArea> areas();

    /** Pages of private mappings that were written, and those of shared anonymous memory, in ascending order. */
    List<Run> runs();

    /** Makes everything as it was. */
    @Override
    void close();

    /**
     * Pages side by side of one area.
     *
     * @param area its index
     * @param start the guest's address
     * @param host the host's
     * @param length bytes
     */
    record Run(int area, long start, long host, long length) {}
}
