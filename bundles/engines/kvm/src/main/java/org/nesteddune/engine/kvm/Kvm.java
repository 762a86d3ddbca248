package org.nesteddune.engine.kvm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nesteddune.engine.EngineException;
import org.nesteddune.host.HostIdentity;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.OpenFlags;
import org.osgi.annotation.versioning.ProviderType;

/** The opened {@code /dev/kvm}. Thread-safe. */
@ProviderType
public final class Kvm implements AutoCloseable {

    /** The device. */
    public static final String DEVICE = "/dev/kvm";

    /** The only version of the interface there has been since Linux 2.6.22. */
    public static final int API_VERSION = 12;

    private final int fd;
    private final int version;
    private final int vcpuMapSize;
    private final boolean movesCheaply = movesCheaply(System.getProperty("os.version", ""));
    private boolean closed;

    private Kvm(int fd) {
        this.fd = fd;
        this.version = (int) ioctl(KvmIoctl.KVM_GET_API_VERSION, 0);
        this.vcpuMapSize = (int) ioctl(KvmIoctl.KVM_GET_VCPU_MMAP_SIZE, 0);
    }

    /**
     * Opens the device.
     *
     * @throws EngineException if that is not possible; the message says what to do
     */
    public static Kvm open() {
        long fd;
        try (NativeBuffer path = NativeBuffer.ofCString(DEVICE)) {
            fd = HostIdentity.asProcess(() ->
                    Linux.openat(Fcntl.AT_FDCWD, path.address(), OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC, 0));
        }
        if (Errno.isError(fd)) {
            throw new EngineException(cannotOpen((int) -fd));
        }
        Kvm kvm;
        try {
            kvm = new Kvm((int) fd);
        } catch (EngineException e) {
            Linux.close((int) fd);
            throw new EngineException(DEVICE + " is not KVM: " + e.getMessage(), e);
        }
        if (kvm.version != API_VERSION) {
            kvm.close();
            throw new EngineException(DEVICE + " speaks version " + kvm.version + " of the KVM interface, and only "
                    + API_VERSION + " is known: update the host's kernel");
        }
        return kvm;
    }

    static String cannotOpen(int errno) {
        return switch (errno) {
            case Errno.ENOENT, Errno.ENXIO, Errno.ENODEV -> DEVICE + " does not exist: enable virtualisation in the"
                    + " firmware and load kvm_intel or kvm_amd, or give this virtual machine nested virtualisation";
            case Errno.EACCES, Errno.EPERM -> notPermitted(Path.of(DEVICE), System.getProperty("user.name"));
            default -> DEVICE + " cannot be opened: " + Errno.text(errno) + " (" + Errno.name(errno) + ")";
        };
    }

    static String notPermitted(Path device, String user) {
        String start = device + " may not be opened by " + user;
        try {
            PosixFileAttributes attributes = Files.readAttributes(device, PosixFileAttributes.class);
            String mode = PosixFilePermissions.toString(attributes.permissions());
            String group = attributes.group().getName();
            if (mode.startsWith("rw", 3)) {
                return start + ": it belongs to the group " + group + ", so run `sudo usermod -aG " + group + " " + user
                        + "` and log in again";
            }
            return start + ": its mode is " + mode + ", so run `sudo chgrp kvm " + device + " && sudo chmod 660 "
                    + device + " && sudo usermod -aG kvm " + user + "` and log in again";
        } catch (IOException | UnsupportedOperationException e) {
            return start + ": ask the administrator for membership in the group that owns it";
        }
    }

    /** The version of the interface. */
    public int apiVersion() {
        return version;
    }

    /**
     * Whether a vCPU can be run by one thread after another at no great cost. Before Linux 6.12 KVM_RUN waits for an RCU
     * grace period, which is many milliseconds, when the thread is not the one of the time before
     * (virt/kvm/kvm_main.c).
     */
    public boolean movesVcpusCheaply() {
        return movesCheaply;
    }

    static boolean movesCheaply(String release) {
        Matcher matcher = Pattern.compile("(\\d+)\\.(\\d+).*").matcher(release);
        if (!matcher.matches()) {
            return false;
        }
        int version = Integer.parseInt(matcher.group(1));
        return version > 6 || version == 6 && Integer.parseInt(matcher.group(2)) >= 12;
    }

    /** Bytes of a vCPU's shared mapping. */
    public int vcpuMapSize() {
        return vcpuMapSize;
    }

    /** What the host answers about a capability; 0 if it does not have it. */
    public synchronized int check(KvmCapability capability) {
        if (closed) {
            return 0;
        }
        long result = Linux.ioctl(fd, KvmIoctl.KVM_CHECK_EXTENSION, capability.number());
        return result < 0 ? 0 : (int) result;
    }

    /**
     * Makes a request of the device.
     *
     * @throws KvmException if it fails
     */
    public synchronized long ioctl(long request, long argument) {
        requireOpen();
        return KvmCall.check(Linux.ioctl(fd, request, argument), request, null, argument);
    }

    /** Makes a virtual machine of the host's usual type. */
    public synchronized KvmVm createVm() {
        requireOpen();
        long vm = Linux.ioctl(fd, KvmIoctl.KVM_CREATE_VM, 0);
        KvmCall.check(vm, KvmIoctl.KVM_CREATE_VM,
                vm == -Errno.EMFILE || vm == -Errno.ENFILE ? "raise the limit of open files (ulimit -n)" : null, 0);
        return new KvmVm(this, (int) vm);
    }

    private void requireOpen() {
        if (closed) {
            throw new EngineException("the KVM engine has been stopped");
        }
    }

    /** Closes the device; machines that exist go on. Idempotent. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Linux.close(fd);
        }
    }
}
