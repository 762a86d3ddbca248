package org.nesteddune.engine.software.internal;

/** How much work a region's code is worth. A region that is run more often than its grade is for is made anew, large. */
enum Grade {

    /** A few blocks, in little bytecode: what is long is called. For HotSpot's quick compiler. */
    COMPACT("Compact", 1 << 20),

    /**
     * All that is hot around, with accesses and floating point written out, which takes HotSpot long to compile. If it is left again and
     * again it is made once more, since what has become hot meanwhile is missing.
     */
    LARGE("Large", 1 << 23);

    private final String className;
    private final long mostRuns;

    Grade(String className, long mostRuns) {
        this.className = className;
        this.mostRuns = mostRuns;
    }

    /** The name of its classes, which the JVM's options know: how soon HotSpot compiles what. */
    String className() {
        return className;
    }

    /** After how many runs, entries or jumps backwards, it is worth while to make a region anew. */
    long mostRuns() {
        return mostRuns;
    }
}
