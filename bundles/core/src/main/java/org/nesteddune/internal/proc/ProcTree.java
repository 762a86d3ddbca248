package org.nesteddune.internal.proc;

import java.util.Map;

/** A guest's {@code /proc}. */
public final class ProcTree extends StaticDirectory {

    /** The whole tree. */
    public ProcTree() {
        super(1, Map.of());
    }
}
