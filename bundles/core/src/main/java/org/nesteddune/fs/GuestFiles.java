package org.nesteddune.fs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nesteddune.Profile;
import org.nesteddune.Profile.PathRule;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.host.Linux;
import org.nesteddune.internal.proc.DevTree;
import org.nesteddune.internal.proc.ProcTree;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.syscall.ErrnoException;

/** Makes the file system of a new guest. Stateless. */
public final class GuestFiles {

    private GuestFiles() {}

    /**
     * A file system of the host's files under a root, with a {@code /proc} about guests and a {@code /dev} of harmless
     * devices. The context is the caller's to close; copies of it live on their own.
     *
     * @param root the host directory that becomes {@code /}; null for the host's own
     * @param workingDirectory absolute guest path (ISO-8859-1 bytes), or null for {@code /}
     * @param umask see {@code umask(2)}
     * @param owner whose file system it is; may know its process only later
     * @throws ErrnoException if the root or the working directory cannot be entered
     */
    public static FsContext context(Path root, String workingDirectory, int umask, FsContext.Owner owner) {
        return context(root, workingDirectory, umask, null, DeviceDrivers.NONE, owner);
    }

    /**
     * The same with limits.
     *
     * @param confinement says which paths and devices are granted and which directories are the guest's own; null for no limits
     * @param drivers of devices that need one
     */
    public static FsContext context(
            Path root, String workingDirectory, int umask, Confinement confinement, DeviceDrivers drivers,
            FsContext.Owner owner) {
        String top = root == null ? "/" : MountNamespace.bytes(root.toAbsolutePath());
        try (MountNamespace.Builder builder = new MountNamespace.Builder()) {
            builder.host("/", top);
            long procDevice = deviceOf("/proc", FileStatus.encode(0, 0xfff0));
            builder.node("/proc", new ProcTree(procDevice, builder.rootPath()), procDevice);
            builder.node("/dev", new DevTree(drivers, confinement), deviceOf("/dev", FileStatus.encode(0, 0xfff1)));
            if (root == null) {
                mountIfThere(builder, "/dev/pts", "/dev/pts");
            }
            builder.below("/dev/shm", "dev/shm");
            if (confinement != null) {
                confinement.profile().privateDirectories().forEach(builder::own);
            }
            MountNamespace mounts = builder.build();
            FsContext context = new MountedFs(
                    mounts, owner, new HostUmask(), protectedLinks(), umask & 0777,
                    new Directories(mounts, rootDirectory(mounts)));
            boolean done = false;
            try {
                if (confinement != null) {
                    mounts.limitTo(PathRules.of(confinement, links(context, confinement.profile())));
                }
                if (workingDirectory != null) {
                    context.changeDirectory(null, workingDirectory);
                }
                done = true;
                return context;
            } finally {
                if (!done) {
                    context.close();
                }
            }
        }
    }

    /** What rules are about that name symbolic links. */
    private static List<PathRule> links(FsContext context, Profile profile) {
        List<PathRule> rules = new ArrayList<>();
        for (PathRule rule : profile.paths()) {
            try {
                rules.add(new PathRule(context.realPath(null, rule.path()), rule.access()));
            } catch (ErrnoException | IllegalArgumentException absent) {
                // Then the rule is about the name alone.
                continue;
            }
        }
        return rules;
    }

    private static void mountIfThere(MountNamespace.Builder builder, String point, String hostPath) {
        try {
            builder.host(point, hostPath);
        } catch (ErrnoException absent) {
            // Then the guest has none either.
        }
    }

    private static OpenFile rootDirectory(MountNamespace mounts) {
        HostBuffer buffer = mounts.buffers().take();
        try {
            long descriptor = ErrnoException.check(
                    buffer.openPath(mounts.root().root(), ".", OpenFlags.O_DIRECTORY));
            ErrnoException.check(buffer.stat((int) descriptor));
            return new HostFile((int) descriptor, "/", OpenFlags.O_PATH, buffer, mounts, false);
        } finally {
            mounts.buffers().give(buffer);
        }
    }

    /** The device number that files of a made-up tree show: the host's for the same tree. */
    private static long deviceOf(String path, long otherwise) {
        try (HostBuffer.Pool pool = new HostBuffer.Pool()) {
            HostBuffer buffer = pool.take();
            try {
                return buffer.stat(Fcntl.AT_FDCWD, path) == 0 ? buffer.device() : otherwise;
            } finally {
                pool.give(buffer);
            }
        }
    }

    /** The runtime's own umask, which a guest inherits as any child would. */
    public static int hostUmask() {
        try (java.util.stream.Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("Umask:"))
                    .mapToInt(line -> Integer.parseInt(line.substring(6).strip(), 8))
                    .findFirst()
                    .orElse(022);
        } catch (IOException unknown) {
            return 022;
        }
    }

    private static boolean protectedLinks() {
        try {
            return Files.readString(Path.of("/proc/sys/fs/protected_symlinks")).strip().equals("1");
        } catch (IOException unknown) {
            return true;
        }
    }

    /**
     * A guest's standard stream: a duplicate of a host descriptor, which stays the caller's.
     *
     * @param confined whether the guest may read and write it and nothing else
     * @throws ErrnoException if it is not open
     */
    public static OpenFile standardStream(int hostDescriptor, boolean confined) {
        return HostFile.adopt(
                (int) ErrnoException.check(Linux.fcntl(hostDescriptor, Fcntl.F_DUPFD_CLOEXEC, 3)), null, confined);
    }
}
