package org.nesteddune.loongarch;

import org.nesteddune.arch.GuestAbi;

/** What LoongArch64 has otherwise than {@code asm-generic}. Stateless, safe for any thread. */
final class LoongAbi implements GuestAbi {

    /** SHMLBA of {@code asm/shmparam.h}: 64 KiB whatever a page is. */
    @Override
    public long sharedMemoryAlignment(int pageSize) {
        return 0x10000;
    }
}
