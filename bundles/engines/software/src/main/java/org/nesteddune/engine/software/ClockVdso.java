package org.nesteddune.engine.software;

import org.nesteddune.arch.Vdso;
import org.nesteddune.host.HostException;

/**
 * An architecture's vDSO with the page of its clocks ({@link ClockPage}), made when it is first wanted. Handlers return through {@link
 * SoftwareArchitecture#commonPage}, so it names no place for that. Thread-safe.
 */
public final class ClockVdso implements AutoCloseable {

    private final Class<?> owner;
    private final String resource;
    private final int pageSize;
    private ClockPage clock;
    private boolean closed;

    /**
     * @param owner whose resource the image is
     * @param resource its name
     * @param pageSize what the image's length must be a multiple of
     */
    public ClockVdso(Class<?> owner, String resource, int pageSize) {
        this.owner = owner;
        this.resource = resource;
        this.pageSize = pageSize;
    }

    /** The vDSO; null if the host has no descriptor or memory left for it, which programs do without, or after {@link #close}. */
    public synchronized Vdso get() {
        if (clock == null && !closed) {
            try {
                clock = new ClockPage(owner, resource, pageSize);
            } catch (HostException noMemory) {
                return null;
            }
        }
        return closed ? null : clock.vdso();
    }

    /** Ends the clock. Idempotent. */
    @Override
    public synchronized void close() {
        closed = true;
        if (clock != null) {
            clock.close();
            clock = null;
        }
    }
}
