package org.nesteddune.mips;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@code struct termios}: three flags of {@code c_lflag} have changed places, and there are 23 characters in an order of their own.
 * Source: {@code arch/mips/include/uapi/asm/termbits.h}. Stateless.
 */
final class MipsTerminal {

    private static final int LOCAL = 12;
    private static final int LINE = 16;
    private static final int CHARACTERS = 17;
    private static final int COUNT = 23;
    private static final int SPEEDS = CHARACTERS + COUNT;
    private static final int GENERIC_COUNT = 19;
    private static final int GENERIC_SPEEDS = CHARACTERS + GENERIC_COUNT;
    private static final int SPEEDS_SIZE = 8;

    /** IEXTEN, FLUSHO, TOSTOP have other places. */
    private static final BitMap FLAGS = new BitMap(0x1_4eff, 0x100, 0x8000, 0x2000, 0x1000, 0x8000, 0x100);

    /** MIPS's index of a character by the generic one: VINTR to VEOL2. */
    private static final int[] PLACES = {0, 1, 2, 3, 16, 5, 4, 7, 8, 9, 10, 17, 12, 13, 14, 15, 6};

    private MipsTerminal() {
    }

    static int size(boolean speeds) {
        return speeds ? SPEEDS + SPEEDS_SIZE : SPEEDS;
    }

    static byte[] toGeneric(byte[] guest, boolean speeds) {
        byte[] generic = new byte[speeds ? GENERIC_SPEEDS + SPEEDS_SIZE : GENERIC_SPEEDS];
        System.arraycopy(guest, 0, generic, 0, LINE + 1);
        ByteBuffer flags = ByteBuffer.wrap(generic).order(ByteOrder.LITTLE_ENDIAN);
        flags.putInt(LOCAL, FLAGS.toGeneric(flags.getInt(LOCAL), 0));
        for (int i = 0; i < PLACES.length; i++) {
            generic[CHARACTERS + i] = guest[CHARACTERS + PLACES[i]];
        }
        if (speeds) {
            System.arraycopy(guest, SPEEDS, generic, GENERIC_SPEEDS, SPEEDS_SIZE);
        }
        return generic;
    }

    static byte[] fromGeneric(byte[] generic, boolean speeds) {
        byte[] guest = new byte[size(speeds)];
        System.arraycopy(generic, 0, guest, 0, LINE + 1);
        ByteBuffer flags = ByteBuffer.wrap(guest).order(ByteOrder.LITTLE_ENDIAN);
        flags.putInt(LOCAL, FLAGS.fromGeneric(flags.getInt(LOCAL)));
        for (int i = 0; i < PLACES.length; i++) {
            guest[CHARACTERS + PLACES[i]] = generic[CHARACTERS + i];
        }
        if (speeds) {
            System.arraycopy(generic, GENERIC_SPEEDS, guest, SPEEDS, SPEEDS_SIZE);
        }
        return guest;
    }
}
