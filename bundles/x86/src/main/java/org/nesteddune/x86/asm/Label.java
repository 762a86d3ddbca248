package org.nesteddune.x86.asm;

/** A place in the code, which jumps may name before it is known. Belongs to one {@link Assembler}. */
public final class Label {

    /** Not placed yet. */
    static final int UNBOUND = -1;

    private int position = UNBOUND;

    /** The offset from the code's start, or {@link #UNBOUND}. */
    int position() {
        return position;
    }

    void bind(int value) {
        if (position != UNBOUND) {
            throw new IllegalStateException("the label has a place already");
        }
        position = value;
    }
}
