package org.nesteddune.kernel;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.nesteddune.AddressRule;
import org.nesteddune.Profile;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;

/**
 * The profile of a guest that was entered and of all its descendants, and the log of what is refused to them. Guests without a profile have
 * none. Thread-safe.
 */
public final class Confinement {

    /** How many lines may come at once, and after which time another one. */
    private static final int BURST = 10;

    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Profile profile;
    private final Consumer<String> log;
    private long credit = BURST * INTERVAL_NANOS; // guarded by this
    private long last = System.nanoTime(); // guarded by this
    private long unsaid; // guarded by this

    /** @param log takes one line at a time; must not throw */
    public Confinement(Profile profile, Consumer<String> log) {
        this.profile = profile;
        this.log = log;
    }

    /** What is granted. */
    public Profile profile() {
        return profile;
    }

    /** The error number for what is not granted, positive. */
    public int error() {
        return profile.refusal() == Profile.Refusal.ENOSYS ? Errno.ENOSYS : Errno.EPERM;
    }

    /**
     * Notes that something is refused; of many such lines only some are logged.
     *
     * @param process whose wish it was; null if that is not known
     * @param what for the operator; a byte string in ISO-8859-1 chars
     * @return to be thrown
     */
    public ErrnoException refuse(Process process, String what) {
        String more;
        synchronized (this) {
            long now = System.nanoTime();
            credit = Math.min(BURST * INTERVAL_NANOS, credit + now - last);
            last = now;
            if (credit < INTERVAL_NANOS) {
                unsaid++;
                return new ErrnoException(error());
            }
            credit -= INTERVAL_NANOS;
            more = unsaid == 0 ? "" : " (and " + unsaid + " more since the last such line)";
            unsaid = 0;
        }
        String who = process == null ? "a guest" : "guest " + process.pid() + " (" + process.name() + ")";
        log.accept(printable(who + ", profile " + profile.name() + ": " + what + " is not granted") + more);
        return new ErrnoException(error());
    }

    /** Names are a guest's own, and bytes: it must not be able to write lines of its own into the log. */
    private static String printable(String bytes) {
        String text = new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        return text.replaceAll("[\\p{Cntrl}\\x{80}-\\x{9f}\\x{2028}\\x{2029}]", "?");
    }

    /**
     * Whether one process is kept from another, whoever its user is: a guest with a profile can do nothing to those that were not
     * entered with it.
     */
    public static boolean separates(Process from, Process to) {
        Confinement mine = from.confinement();
        return mine != null && mine != to.confinement();
    }

    /** Whether a device that needs a driver is granted, by its path. */
    public boolean mayUseDevice(String path) {
        return profile.devices().contains(path);
    }

    /** Whether sockets are limited to some addresses. */
    public boolean limitsAddresses() {
        return profile.addresses() != null;
    }

    /** Whether any address of a kind is granted. */
    public boolean mayUse(AddressRule.Kind kind) {
        return !limitsAddresses() || profile.addresses().stream().anyMatch(rule -> rule.kind() == kind);
    }

    /** Whether an IP address of 4 or 16 bytes and a port are granted. */
    public boolean mayUse(AddressRule.Use use, byte[] address, int port) {
        List<AddressRule> rules = profile.addresses();
        return rules == null || rules.stream().anyMatch(rule -> rule.grants(use, address, port));
    }

    /** Whether a UNIX socket's name is granted: a path without links, or {@code @NAME}. */
    public boolean mayUse(AddressRule.Use use, String name) {
        List<AddressRule> rules = profile.addresses();
        return rules == null || rules.stream().anyMatch(rule -> rule.grants(use, name));
    }
}
