package org.nesteddune.events;

/**
 * Topics and properties of the events about guests. Every event has {@link #PID}, {@link #PARENT}, {@link #COMMAND},
 * {@link #EXECUTABLE}, {@link #ARCHITECTURE}, {@link #ENGINE} and {@link #TIME}; what else it has is said with its topic. Events are posted
 * in the order of what they tell; those about processes that guests make come as well as those about guests that were entered.
 */
public final class GuestEvents {

    private static final String PREFIX = "org/nesteddune/guest/";

    /** All topics, for a handler's {@code event.topics}. */
    public static final String ALL = PREFIX + "*";

    /** A guest runs. */
    public static final String STARTED = PREFIX + "STARTED";

    /** A guest has ended; with {@link #EXIT_CODE}, {@link #SIGNAL}, {@link #MESSAGE} and {@link #CORE_DUMPED}. */
    public static final String EXITED = PREFIX + "EXITED";

    /** A guest that was entered has been stopped, with {@link #SIGNAL}. */
    public static final String STOPPED = PREFIX + "STOPPED";

    /** A guest that was entered goes on after a stop. */
    public static final String CONTINUED = PREFIX + "CONTINUED";

    /** A guest waits because its architecture or engine is away, or because somebody holds it; with {@link #REASON}. */
    public static final String HELD = PREFIX + "HELD";

    /** A guest that was held goes on. */
    public static final String RESUMED = PREFIX + "RESUMED";

    /** The guest's process id, an Integer. */
    public static final String PID = "guest.pid";

    /** The parent's process id, an Integer; 1 for a guest that was entered. */
    public static final String PARENT = "guest.parent";

    /** Program and arguments as a String[]. */
    public static final String COMMAND = "guest.command";

    /** The program's path as the guest sees it, a String. */
    public static final String EXECUTABLE = "guest.executable";

    /** The architecture's name, a String. */
    public static final String ARCHITECTURE = "guest.architecture";

    /** The engine's name, a String. */
    public static final String ENGINE = "guest.engine";

    /** Exit code 0 to 255, an Integer; 0 if a signal ended the guest. */
    public static final String EXIT_CODE = "guest.exit.code";

    /** Generic number of the signal that ended or stopped the guest, an Integer; 0 if it exited by itself. */
    public static final String SIGNAL = "guest.signal";

    /** What a fatal fault was about, a String; "" for none. */
    public static final String MESSAGE = "guest.message";

    /** Whether a core file was written, a Boolean. */
    public static final String CORE_DUMPED = "guest.core.dumped";

    /** What is away, or why it is held; a String. */
    public static final String REASON = "guest.reason";

    /** When, in milliseconds since 1970, a Long (the OSGi name for it). */
    public static final String TIME = "timestamp";

    private GuestEvents() {}
}
