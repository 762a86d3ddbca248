package org.nesteddune.engine.software.internal;

/** How much work a region's code is worth. A region that is run more often than its grade is for is made anew with the next one. */
enum Grade {

    /** A few blocks, in little bytecode: what is long is called. For HotSpot's quick compiler. */
    COMPACT("Compact", 1 << 20),

    /** All that is hot around, with accesses and floating point written out, which takes HotSpot long to compile. */
    LARGE("Large", Long.MAX_VALUE);

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

    /** After how many runs, entries or jumps backwards, the next grade is worth it. */
    long mostRuns() {
        return mostRuns;
    }

    /** The next grade; there is one unless it is the last. */
    Grade next() {
        return values()[ordinal() + 1];
    }
}
