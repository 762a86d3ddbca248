package org.nesteddune;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What a guest and all its descendants may do; what is not granted is refused and logged. Immutable. Named profiles are OSGi services of this
 * class with the property {@value #NAME}.
 *
 * <p>A profile limits what goes through the runtime: system calls by family, files by path, sockets by address. It says nothing about memory
 * and processes, which {@link GuestSpec} limits, nor about descriptors that a guest is given.
 */
public final class Profile {

    /** Service property: the profile's name, a string. */
    public static final String NAME = "dune.profile";

    /** How much of a file or directory is granted; each includes those before it. */
    public enum Access {
        /** Nothing. */
        NONE,
        /** It may be found, as what lies above something granted: its status, and as a working directory. */
        SEARCH,
        /** It may be read, listed and executed. */
        READ,
        /** It may be changed. */
        WRITE
    }

    /** What is granted of a path and what is below it, where no longer path says otherwise. */
    public record PathRule(String path, Access access) {

        public PathRule {
            Objects.requireNonNull(access, "access");
            if (!path.startsWith("/")) {
                throw new IllegalArgumentException("'" + path + "' is no absolute path");
            }
            String plain = path.replaceAll("/+", "/");
            if ((plain + "/").contains("/../") || (plain + "/").contains("/./")) {
                throw new IllegalArgumentException("'" + path + "' has . or .. in it");
            }
            path = plain.length() > 1 && plain.endsWith("/") ? plain.substring(0, plain.length() - 1) : plain;
        }

        @Override
        public String toString() {
            return switch (access) {
                case WRITE -> "rw:";
                case READ -> "ro:";
                default -> "none:";
            } + path;
        }
    }

    /** What a guest gets that asks for what is not granted. */
    public enum Refusal {
        /** EPERM, as from a security module. */
        EPERM,
        /** ENOSYS, as from a kernel without the call. */
        ENOSYS
    }

    private final String name;
    private final Set<String> families;
    private final List<PathRule> paths;
    private final List<String> privateDirectories;
    private final List<AddressRule> addresses;
    private final Set<String> devices;
    private final Refusal refusal;

    private Profile(Builder b) {
        name = b.name;
        families = b.families;
        paths = List.copyOf(b.paths);
        privateDirectories = List.copyOf(b.privateDirectories);
        addresses = b.addresses;
        devices = Set.copyOf(b.devices);
        refusal = b.refusal;
    }

    /** Starts a profile that grants everything but devices that lead into the host's kernel ({@link Builder#device}). */
    public static Builder named(String name) {
        return new Builder(Objects.requireNonNull(name, "name"));
    }

    /** Its name. */
    public String name() {
        return name;
    }

    /**
     * Names of the families whose calls are granted, or null for all. {@code exit}, {@code exit_group}, {@code rt_sigreturn} and
     * {@code restart_syscall} are granted always, as in seccomp's strict mode. What programs ask the vDSO for is no system call.
     */
    public Set<String> families() {
        return families;
    }

    /** What is granted of files; if there is no rule, everything, otherwise nothing that no rule grants. */
    public List<PathRule> paths() {
        return paths;
    }

    /** Absolute paths of directories that are the guest's own, empty at its start and removed after its end. */
    public List<String> privateDirectories() {
        return privateDirectories;
    }

    /** The addresses that are granted, or null for all; if empty, sockets can be used in pairs only. */
    public List<AddressRule> addresses() {
        return addresses;
    }

    /** Absolute paths of the devices that are granted beside those that all guests have. */
    public Set<String> devices() {
        return devices;
    }

    /** What the guest gets for what is not granted. */
    public Refusal refusal() {
        return refusal;
    }

    /** The same with another name, and of the families only those that are also in the given set. */
    public Profile limitedTo(String newName, Set<String> other) {
        Builder builder = new Builder(newName);
        Set<String> both = new LinkedHashSet<>(other);
        if (families != null) {
            both.retainAll(families);
        }
        builder.families = Set.copyOf(both);
        builder.paths.addAll(paths);
        builder.privateDirectories.addAll(privateDirectories);
        builder.addresses = addresses;
        builder.devices.addAll(devices);
        builder.refusal = refusal;
        return builder.build();
    }

    @Override
    public String toString() {
        return name;
    }

    /** See {@link Profile}. */
    public static final class Builder {

        private final String name;
        private final List<PathRule> paths = new ArrayList<>();
        private final List<String> privateDirectories = new ArrayList<>();
        private final Set<String> devices = new LinkedHashSet<>();
        private Set<String> families;
        private List<AddressRule> addresses;
        private Refusal refusal = Refusal.EPERM;

        private Builder(String name) {
            this.name = name;
        }

        /** Grants the calls of these families and no others; null for all. */
        public Builder families(Set<String> names) {
            families = names == null ? null : Set.copyOf(names);
            return this;
        }

        /** Says what is granted of a path and what is below it; from the first one on nothing else is. */
        public Builder path(String path, Access access) {
            paths.add(new PathRule(path, access));
            return this;
        }

        /** Gives the guest a directory of its own, which it may change unless a rule says otherwise. */
        public Builder privateDirectory(String path) {
            String plain = new PathRule(path, Access.WRITE).path();
            if (plain.equals("/")) {
                throw new IllegalArgumentException("the root cannot be a private directory");
            }
            privateDirectories.add(plain);
            return this;
        }

        /**
         * Grants a device that reaches into the host's kernel: {@code /dev/kvm}, with which the guest makes virtual machines of its own
         * memory. A guest without a profile has what its user may open; one with a profile only what that names.
         */
        public Builder device(String path) {
            String plain = new PathRule(path, Access.WRITE).path();
            if (!plain.startsWith("/dev/")) {
                throw new IllegalArgumentException("'" + path + "' is no device: its path does not begin with /dev/");
            }
            devices.add(plain);
            return this;
        }

        /** Grants these addresses and no others; null for all. */
        public Builder addresses(List<AddressRule> rules) {
            addresses = rules == null ? null : List.copyOf(rules);
            return this;
        }

        /** What the guest gets for what is not granted; EPERM unless this is called. */
        public Builder refusal(Refusal value) {
            refusal = Objects.requireNonNull(value, "value");
            return this;
        }

        public Profile build() {
            return new Profile(this);
        }
    }
}
