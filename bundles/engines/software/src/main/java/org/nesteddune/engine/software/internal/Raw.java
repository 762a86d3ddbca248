package org.nesteddune.engine.software.internal;

import org.nesteddune.host.Memory;
import sun.misc.Unsafe;

/** Raw memory for translated code, as a constant that HotSpot knows. Stateless. */
final class Raw {

    static final Unsafe UNSAFE = Memory.unsafe();

    private Raw() {
    }
}
