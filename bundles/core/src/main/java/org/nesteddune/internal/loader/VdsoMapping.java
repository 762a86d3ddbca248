package org.nesteddune.internal.loader;

import org.nesteddune.arch.Vdso;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.MapRequest;
import org.nesteddune.syscall.ErrnoException;

/** Maps an architecture's vDSO: data pages that somebody keeps current, and the image behind them. Stateless. */
public final class VdsoMapping {

    private static final int ANONYMOUS = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS;

    private VdsoMapping() {}

    /**
     * Maps all of it at a free place.
     *
     * @return where the image begins
     * @throws ErrnoException ENOMEM if there is no room; ESTALE if the architecture has just been taken away
     */
    public static long map(AddressSpace memory, Vdso vdso) {
        long length = (long) vdso.dataLength() + vdso.image().length;
        long place = ErrnoException.check(memory.map(new MapRequest(
                0, length, Mman.PROT_READ | Mman.PROT_WRITE, ANONYMOUS, null, 0, "[vdso]")));
        long image = place + vdso.dataLength();
        memory.write(image, vdso.image(), 0, vdso.image().length);
        memory.protect(image, vdso.image().length, Mman.PROT_READ | Mman.PROT_EXEC);
        mapData(memory, vdso, image);
        return image;
    }

    /**
     * Maps the data pages of an image that is there.
     *
     * @throws ErrnoException as {@link #map}
     */
    public static void mapData(AddressSpace memory, Vdso vdso, long image) {
        if (vdso.dataLength() == 0) {
            return;
        }
        if (!vdso.data().tryRetain()) {
            throw new ErrnoException(Errno.ESTALE);
        }
        SharedPages data = new SharedPages("[vvar]", vdso.data());
        try {
            ErrnoException.check(memory.map(new MapRequest(
                    image - vdso.dataLength(),
                    vdso.dataLength(),
                    Mman.PROT_READ,
                    Mman.MAP_SHARED | Mman.MAP_FIXED,
                    data,
                    0,
                    "[vvar]")));
        } finally {
            data.release();
        }
    }
}
