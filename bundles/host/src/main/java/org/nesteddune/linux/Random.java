package org.nesteddune.linux;

/**
 * Flags of getrandom(2). Source: {@code include/uapi/linux/random.h}. Constants only: stateless, safe for any
 * thread.
 */
public final class Random {
    // Flags
    public static final int GRND_NONBLOCK = 0x1;
    public static final int GRND_RANDOM = 0x2;
    public static final int GRND_INSECURE = 0x4;

    private Random() {
    }
}
