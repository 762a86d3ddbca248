package org.nesteddune.memory;

/**
 * A guest pointer that does not lead to memory the guest may use in that way. Where a system call does not catch it,
 * the guest gets EFAULT. It carries no stack trace, because guests cause it at will.
 */
public final class GuestFault extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final long address;

    public GuestFault(long address) {
        super(null, null, false, false);
        this.address = address;
    }

    /** The guest virtual address of the access that failed; the first byte of the range where no more is known. */
    public long address() {
        return address;
    }

    @Override
    public String getMessage() {
        return "bad guest address 0x" + Long.toHexString(address);
    }
}
