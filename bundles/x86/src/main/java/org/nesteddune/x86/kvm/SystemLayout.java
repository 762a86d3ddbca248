package org.nesteddune.x86.kvm;

/**
 * Where the supervisor's pages are in the guest's virtual address space: in the last 32 MiB of the lower half, which no
 * guest's mappings reach; as few as possible, because native processes that enter have their stack near there. (The upper half is not
 * usable under kvm-pvm.)
 *
 * <pre>
 * 0x7ffffe000000  stub        readable and executable for the user
 * 0x7ffffe001000  exceptions  supervisor, executable
 * 0x7ffffe010000  frames      readable for the user: 64 bytes a vCPU, the IRETQ frame it starts from
 * 0x7ffffe050000  vCPU pages  supervisor, writable: GDT, TSS, stack
 * </pre>
 */
final class SystemLayout {

    static final int PAGE = 4096;

    /** Where the guest's own addresses end. */
    static final long USER_END = 0x7ffffe000000L;

    static final long STUB = USER_END;
    static final long EXCEPTIONS = USER_END + 0x1000;
    static final long FRAMES = USER_END + 0x10000;
    static final long VCPU_PAGES = USER_END + 0x50000;

    /** Bytes of a frame: rip, cs, rflags, rsp, ss, and room to the next cache line. */
    static final int FRAME = 64;
    static final int FRAME_RIP = 0;
    static final int FRAME_CS = 8;
    static final int FRAME_RFLAGS = 16;
    static final int FRAME_RSP = 24;
    static final int FRAME_SS = 32;

    /** As many as there is room for frames: 4096, as KVM's own limit at most is. */
    static final int MAX_VCPUS = (int) ((VCPU_PAGES - FRAMES) / FRAME);

    private SystemLayout() {
    }

    /** Whether an address is that of a handler for exceptions. */
    static boolean isHandler(long rip) {
        return rip >= EXCEPTIONS && rip < EXCEPTIONS + PAGE;
    }
}
