package org.nesteddune.engine.kvm;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.osgi.annotation.versioning.ProviderType;

/** A vCPU's descriptor and its shared {@code kvm_run}. For one thread at a time. */
@ProviderType
public final class KvmVcpu implements AutoCloseable {

    private final int id;
    private final int fd;
    private final long run;
    private final int size;
    private boolean closed;

    KvmVcpu(int id, int fd, long run, int size) {
        this.id = id;
        this.fd = fd;
        this.run = run;
        this.size = size;
    }

    /** The number of the vCPU within its machine, from 0. */
    public int id() {
        return id;
    }

    /** The host address of the {@code struct kvm_run}; {@link KvmRunLayout} knows what is where. */
    public long run() {
        return run;
    }

    /** Runs the guest: 0 or a negated error number. */
    public long enter() {
        return Linux.ioctl(fd, KvmIoctl.KVM_RUN, 0);
    }

    /** Lets KVM finish the instruction that the last exit interrupted, without going on. It changes the registers. */
    public void finishExit() {
        Memory.putByteVolatile(run + KvmRunLayout.IMMEDIATE_EXIT, (byte) 1);
        enter();
        Memory.putByteVolatile(run + KvmRunLayout.IMMEDIATE_EXIT, (byte) 0);
    }

    /** Makes a request of the vCPU: the result or a negated error number. */
    public long tryIoctl(long request, long argument) {
        return Linux.ioctl(fd, request, argument);
    }

    /**
     * Makes a request of the vCPU.
     *
     * @throws KvmException if it fails
     */
    public long ioctl(long request, long argument) {
        return KvmCall.check(Linux.ioctl(fd, request, argument), request, null, argument);
    }

    /** Unmaps the shared page and closes the descriptor. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Linux.munmap(run, size);
            Linux.close(fd);
        }
    }
}
