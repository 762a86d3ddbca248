package org.nesteddune.engine.kvm;

import org.nesteddune.engine.EngineException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.osgi.annotation.versioning.ProviderType;

/** A virtual machine's descriptor. Thread-safe. */
@ProviderType
public final class KvmVm implements AutoCloseable {

    // struct kvm_userspace_memory_region, linux/kvm.h
    private static final int REGION_SLOT = 0;
    private static final int REGION_FLAGS = 4;
    private static final int REGION_GUEST_PHYS_ADDR = 8;
    private static final int REGION_MEMORY_SIZE = 16;
    private static final int REGION_USERSPACE_ADDR = 24;
    private static final int REGION_SIZEOF = 32;

    private final Kvm kvm;
    private final int fd;
    private final NativeBuffer region = new NativeBuffer(REGION_SIZEOF);
    private int vcpus;
    private boolean closed;

    KvmVm(Kvm kvm, int fd) {
        this.kvm = kvm;
        this.fd = fd;
    }

    /** The device that the machine was made with. */
    public Kvm kvm() {
        return kvm;
    }

    /** What the host answers about a capability of this machine; 0 if it does not have it. */
    public int check(KvmCapability capability) {
        long result = Linux.ioctl(fd, KvmIoctl.KVM_CHECK_EXTENSION, capability.number());
        return result < 0 ? 0 : (int) result;
    }

    /**
     * Makes a request of the machine.
     *
     * @throws KvmException if it fails
     */
    public long ioctl(long request, long argument) {
        return KvmCall.check(Linux.ioctl(fd, request, argument), request, null, argument);
    }

    /**
     * Makes, moves or, with a size of 0, removes a memory slot.
     *
     * @param slot its number
     * @param physical guest-physical address, a multiple of the host's page size
     * @param size in bytes, a multiple of the host's page size
     * @param host the host address of the first byte
     * @throws KvmException if the host refuses
     */
    public synchronized void setSlot(int slot, long physical, long size, long host) {
        long address = region.address();
        Memory.putInt(address + REGION_SLOT, slot);
        Memory.putInt(address + REGION_FLAGS, 0);
        Memory.putLong(address + REGION_GUEST_PHYS_ADDR, physical);
        Memory.putLong(address + REGION_MEMORY_SIZE, size);
        Memory.putLong(address + REGION_USERSPACE_ADDR, host);
        KvmCall.check(Linux.ioctl(fd, KvmIoctl.KVM_SET_USER_MEMORY_REGION, address),
                KvmIoctl.KVM_SET_USER_MEMORY_REGION, null, slot, physical, size, host);
    }

    /**
     * Makes a vCPU. KVM frees it only together with the machine.
     *
     * @throws EngineException if there can be no further one
     */
    public synchronized KvmVcpu createVcpu() {
        long vcpu = Linux.ioctl(fd, KvmIoctl.KVM_CREATE_VCPU, vcpus);
        KvmCall.check(vcpu, KvmIoctl.KVM_CREATE_VCPU, hint(vcpu), vcpus);
        int size = kvm.vcpuMapSize();
        long run = Linux.mmap(0, size, Mman.PROT_READ | Mman.PROT_WRITE, Mman.MAP_SHARED, (int) vcpu, 0);
        if (Errno.isError(run)) {
            Linux.close((int) vcpu);
            vcpus++;
            throw new EngineException("the shared page of a vCPU cannot be mapped: " + Errno.text((int) -run));
        }
        return new KvmVcpu(vcpus++, (int) vcpu, run, size);
    }

    private String hint(long result) {
        if (result == -Errno.EMFILE || result == -Errno.ENFILE) {
            return "raise the limit of open files (ulimit -n)";
        }
        if (result == -Errno.EINVAL) {
            return "a machine can have " + kvm.check(KvmCapability.KVM_CAP_MAX_VCPUS) + " vCPUs and has " + vcpus;
        }
        return null;
    }

    /** Frees the machine once its last vCPU's descriptor is closed too. Idempotent. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Linux.close(fd);
            region.close();
        }
    }
}
