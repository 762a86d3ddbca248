package org.nesteddune.internal.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.nesteddune.GuestSpec;
import org.nesteddune.LaunchException;
import org.nesteddune.fs.DeviceDrivers;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.GuestFiles;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.internal.loader.LoadException;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.syscall.ErrnoException;

/** What a first guest inherits from the host's process: ids, ignored signals, open streams, files. */
final class HostEnvironment {

    /** NGROUPS_MAX of linux/limits.h. */
    private static final int MOST_GROUPS = 65536;

    private HostEnvironment() {}

    static Credentials credentials() {
        int uid = (int) Linux.getuid();
        int euid = (int) Linux.geteuid();
        int gid = (int) Linux.getgid();
        int egid = (int) Linux.getegid();
        return new Credentials(uid, euid, euid, gid, egid, egid, groups(), HostCapabilities.read(euid));
    }

    /** Those of a guest that is to be somebody else; whom the runtime is, if {@code user} is null. */
    static Credentials credentials(GuestSpec.User user) {
        if (user == null) {
            return credentials();
        }
        return new Credentials(
                user.uid(), user.uid(), user.uid(), user.gid(), user.gid(), user.gid(), user.groups(),
                user.uid() == 0 ? HostCapabilities.read(0) : Capabilities.ofUser(user.uid()));
    }

    private static List<Integer> groups() {
        int count = (int) Linux.call(SyscallNumbers.SYS_getgroups, 0, 0);
        List<Integer> groups = new ArrayList<>();
        if (count > 0 && count <= MOST_GROUPS) {
            try (NativeBuffer buffer = new NativeBuffer(count * 4)) {
                long got = Linux.call(SyscallNumbers.SYS_getgroups, count, buffer.address());
                for (int i = 0; i < got; i++) {
                    groups.add(Memory.getInt(buffer.address() + i * 4L));
                }
            }
        }
        return groups;
    }

    /**
     * The signals that this process was started with as ignored, which what it starts inherits: a set, bit n−1 is signal n.
     * The JVM handles SIGPIPE and SIGQUIT whatever it was started with; shells ignore SIGQUIT where they ignore SIGINT.
     */
    static long ignoredSignals() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            long set = lines.filter(line -> line.startsWith("SigIgn:"))
                    .mapToLong(line -> Long.parseUnsignedLong(line.substring("SigIgn:".length()).strip(), 16))
                    .findFirst()
                    .orElse(0);
            return (set & Signal.bit(Signal.SIGINT)) != 0 ? set | Signal.bit(Signal.SIGQUIT) : set;
        } catch (IOException unknown) {
            return 0;
        }
    }

    /**
     * The file tree of a guest.
     *
     * @throws LaunchException if its root or working directory cannot be entered
     */
    static FsContext files(GuestSpec spec, Confinement confinement, DeviceDrivers drivers, FsContext.Owner owner)
            throws LaunchException {
        try {
            return GuestFiles.context(
                    spec.root(), spec.workingDirectory(), GuestFiles.hostUmask(), confinement, drivers, owner);
        } catch (UncheckedIOException failed) {
            throw new LaunchException(LaunchException.Part.PROFILE, "a private directory: " + failed.getCause().getMessage(), failed);
        } catch (ErrnoException failed) {
            String where = (spec.root() == null ? "" : "root " + spec.root() + ", ")
                    + "working directory " + (spec.workingDirectory() == null ? "/" : spec.workingDirectory());
            throw new LaunchException(LaunchException.Part.DIRECTORY, 0, where + ": " + Errno.text(failed.errno()));
        }
    }

    /**
     * Gives a guest its descriptors 0, 1 and 2.
     *
     * @param host the host's, −1 for a closed one
     * @throws LoadException if one of them is not open
     */
    static void standardStreams(int[] host, boolean confined, DescriptorTable descriptors) throws LoadException {
        for (int descriptor = 0; descriptor < host.length; descriptor++) {
            if (host[descriptor] >= 0) {
                try {
                    descriptors.set(descriptor, GuestFiles.standardStream(host[descriptor], confined), false);
                } catch (ErrnoException failed) {
                    throw new LoadException(
                            failed.errno(),
                            "host descriptor " + host[descriptor] + " for the guest's descriptor " + descriptor + ": "
                                    + Errno.text(failed.errno()));
                }
            }
        }
    }
}
