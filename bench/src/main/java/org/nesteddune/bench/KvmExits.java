package org.nesteddune.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nesteddune.host.HostException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;

/**
 * What the host's KVM counts on the vCPUs of this process, those of machines that guests have made included: nesting is flat, so all
 * of them are descriptors of this JVM. Looks for new ones every few milliseconds and holds each until it is closed, so that the
 * counts of machines that have gone meanwhile are complete. Source: {@code Documentation/virt/kvm/api.rst}, KVM_GET_STATS_FD.
 */
final class KvmExits implements AutoCloseable {

    /** Faults of a guest's that KVM handled itself. */
    static final String PAGE_FAULTS = "pf_taken";

    private static final long KVM_GET_STATS_FD = 0xaece;
    private static final String VCPU = "anon_inode:kvm-vcpu";
    private static final long PERIOD_MILLIS = 5;
    private static final int KCMP_FILE = 0;

    /** {@code struct kvm_stats_header}: flags, name_size, num_desc, id_offset, desc_offset, data_offset. */
    private static final int HEADER = 24;
    /** {@code struct kvm_stats_desc} without its name: flags, exponent, size, offset, bucket_size. */
    private static final int DESCRIPTION = 16;

    private final Thread sampler = new Thread(this::sample, "bench-kvm-exits");
    private final List<Vcpu> held = new ArrayList<>();
    private volatile boolean stopped;

    /** Both are ours: a duplicate, by which the descriptor is known again, and the one of its statistics. */
    private record Vcpu(int duplicate, int statistics) {}

    KvmExits() {
        look(); // what is there already is held too; callers subtract
        sampler.setDaemon(true);
        sampler.start();
    }

    /** What has been counted under a name of the kernel's on all vCPUs; 0 if this KVM does not count. */
    synchronized long sum(String name) {
        look();
        return held.stream().filter(vcpu -> vcpu.statistics >= 0).mapToLong(vcpu -> value(vcpu.statistics, name)).sum();
    }

    private void sample() {
        while (!stopped) {
            look();
            try {
                Thread.sleep(PERIOD_MILLIS);
            } catch (InterruptedException closed) {
                return;
            }
        }
    }

    private synchronized void look() {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    if (Files.readSymbolicLink(descriptor).toString().startsWith(VCPU)) {
                        hold(Integer.parseInt(descriptor.getFileName().toString()));
                    }
                } catch (IOException closed) {
                    continue;
                }
            }
        } catch (IOException none) {
            throw new IllegalStateException("/proc/self/fd: " + none.getMessage(), none);
        }
    }

    private void hold(int fd) {
        long self = Linux.getpid();
        for (Vcpu known : held) {
            if (known.duplicate == fd || Linux.call(SyscallNumbers.SYS_kcmp, self, self, KCMP_FILE, fd, known.duplicate) == 0) {
                return;
            }
        }
        int duplicate = (int) Linux.dup(fd);
        if (duplicate >= 0) {
            held.add(new Vcpu(duplicate, (int) Linux.ioctl(duplicate, KVM_GET_STATS_FD, 0)));
        }
    }

    private static long value(int fd, String wanted) {
        try (NativeBuffer header = new NativeBuffer(HEADER)) {
            read(fd, header.address(), HEADER, 0);
            int size = DESCRIPTION + Memory.getInt(header.address() + 4);
            int count = Memory.getInt(header.address() + 8);
            long descriptions = Memory.getInt(header.address() + 16);
            long data = Memory.getInt(header.address() + 20);
            try (NativeBuffer all = new NativeBuffer(size * count); NativeBuffer value = new NativeBuffer(8)) {
                read(fd, all.address(), size * count, descriptions);
                for (int i = 0; i < count; i++) {
                    int one = i * size;
                    String name = new String(all.bytes(one + DESCRIPTION, size - DESCRIPTION), StandardCharsets.US_ASCII);
                    if (name.split("\0", 2)[0].equals(wanted)) {
                        read(fd, value.address(), 8, data + Memory.getInt(all.address() + one + 8));
                        return Memory.getLong(value.address());
                    }
                }
            }
        }
        return 0;
    }

    private static void read(int fd, long address, long length, long offset) {
        HostException.check("pread of a vCPU's statistics", Linux.pread(fd, address, length, offset));
    }

    @Override
    public void close() {
        stopped = true;
        sampler.interrupt();
        try {
            sampler.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        for (Vcpu vcpu : held) {
            Linux.close(vcpu.duplicate);
            if (vcpu.statistics >= 0) {
                Linux.close(vcpu.statistics);
            }
        }
        held.clear();
    }
}
