package org.nesteddune.mips;

import java.util.HashMap;
import java.util.Map;

/**
 * Commands of {@code ioctl}. Those of terminals have other numbers with MIPS, and those that say what their argument is have other bits
 * for that: three for the direction where others have two. Source: {@code arch/mips/include/uapi/asm/ioctls.h}, {@code sockios.h},
 * {@code ioctl.h}. Immutable.
 */
final class MipsDeviceCommands {

    /** A command that no file has. */
    private static final int UNKNOWN = 0x7fff_ffff;

    private static final int DIRECTION_SHIFT = 29;
    private static final int NONE = 1;
    private static final int READ = 2;
    private static final int WRITE = 4;
    private static final int GENERIC_DIRECTION_SHIFT = 30;
    private static final int GENERIC_WRITE = 1;
    private static final int GENERIC_READ = 2;
    private static final int REST = (1 << DIRECTION_SHIFT) - 1;

    /** MIPS's number and the generic one, by turns: TCGETA to TCFLSH, TCGETS to TCSETSF, the TIOC, FIO, SIOC ones,
     * TCGETS2 to TCSETSF2, whose structure is larger. */
    private static final int[] PAIRS = {
        0x5401, 0x5405, 0x5402, 0x5406, 0x5403, 0x5407, 0x5404, 0x5408, 0x5405, 0x5409, 0x5406, 0x540a, 0x5407, 0x540b,
        0x540d, 0x5401, 0x540e, 0x5402, 0x540f, 0x5403, 0x5410, 0x5404,
        0x740d, 0x540c, 0x740e, 0x540d, 0x7472, 0x5411, 0x5472, 0x5412, 0x741d, 0x5415, 0x741b, 0x5416, 0x741c, 0x5417,
        0x741a, 0x5418, 0x5470, 0x5420, 0x5471, 0x5422, 0x7401, 0x5423, 0x7400, 0x5424, 0x5427, 0x5427, 0x5428, 0x5428,
        0x7416, 0x5429, 0x5437, 0x5437, 0x5480, 0x540e, 0x5481, 0x5419, 0x5482, 0x541a, 0x5484, 0x541e, 0x5485, 0x541f,
        0x5486, 0x5425, 0x548e, 0x5459, 0x5491, 0x545c, 0x5492, 0x545d,
        0x6601, 0x5451, 0x6602, 0x5450, 0x667d, 0x5452, 0x667e, 0x5421, 0x667f, 0x5460, 0x467f, 0x541b,
        0x8008_7467, 0x5414, 0x4008_7468, 0x5413, 0x8004_7476, 0x5410, 0x4004_7477, 0x540f, 0x8004_7478, 0x541d,
        0x4004_667b, 0x8903, 0x8004_667c, 0x8901, 0x4004_7307, 0x8905, 0x8004_7308, 0x8902, 0x4004_7309, 0x8904,
        0x4030_542a, 0x802c_542a, 0x8030_542b, 0x402c_542b, 0x8030_542c, 0x402c_542c, 0x8030_542d, 0x402c_542d
    };

    private static final Map<Integer, Integer> GENERIC = new HashMap<>();

    static {
        for (int i = 0; i < PAIRS.length; i += 2) {
            GENERIC.put(PAIRS[i], PAIRS[i + 1]);
        }
    }

    private MipsDeviceCommands() {
    }

    /** The generic number of a command; one that no file has where there is none. */
    static int toGeneric(int command) {
        Integer known = GENERIC.get(command);
        if (known != null) {
            return known;
        }
        int direction = command >>> DIRECTION_SHIFT;
        if (direction == 0) {
            int group = command >>> 8;
            return group == 0x54 || group == 0x74 || group == 0x66 || group == 0x46 ? UNKNOWN : command;
        }
        int generic = ((direction & READ) != 0 ? GENERIC_READ : 0) | ((direction & WRITE) != 0 ? GENERIC_WRITE : 0);
        if (direction != NONE && (direction & NONE) != 0) {
            return UNKNOWN;
        }
        return generic << GENERIC_DIRECTION_SHIFT | command & REST;
    }
}
