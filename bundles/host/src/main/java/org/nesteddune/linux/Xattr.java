package org.nesteddune.linux;

/**
 * Flags of setxattr(2). Source: {@code include/uapi/linux/xattr.h}. Constants only: stateless, safe for any
 * thread.
 */
public final class Xattr {
    // Flags
    public static final int XATTR_CREATE = 0x1;
    public static final int XATTR_REPLACE = 0x2;

    private Xattr() {
    }
}
