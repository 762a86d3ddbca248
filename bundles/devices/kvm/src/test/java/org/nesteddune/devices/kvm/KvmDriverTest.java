package org.nesteddune.devices.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.HostStatus;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.testing.TestGuest;

class KvmDriverTest {

    private static final int KVM_CREATE_VM = 0xae01;
    private static final int KVM_SET_USER_MEMORY_REGION = 0x4020ae46;
    private static final int KVM_GET_DIRTY_LOG = 0x4010ae42;

    @TempDir
    Path root;

    private TestGuest guest;
    private Task task;
    private OpenFile device;

    @BeforeEach
    void open() {
        long descriptor;
        try (NativeBuffer path = NativeBuffer.ofCString("/dev/kvm")) {
            descriptor = Linux.openat(Fcntl.AT_FDCWD, path.address(), OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC, 0);
        }
        assumeTrue(descriptor >= 0, "the host has no usable /dev/kvm: " + Errno.name((int) -descriptor));
        FileStatus status = new FileStatus();
        HostStatus.ofHost("/dev/kvm", status);
        device = new SystemFile((int) descriptor, "/dev/kvm", OpenFlags.O_RDWR, status);
        guest = new TestGuest(root);
        task = guest.task();
    }

    @AfterEach
    void close() {
        if (device != null) {
            device.release();
            guest.close();
        }
    }

    private VmFile machine() {
        long descriptor = device.ioctl(task, KVM_CREATE_VM, 0);
        assertThat(descriptor).isNotNegative();
        assertThat(task.descriptors().closeOnExec((int) descriptor)).isEqualTo(1);
        VmFile vm = (VmFile) task.descriptors().get((int) descriptor);
        vm.release(); // the table has it
        return vm;
    }

    private long slot(VmFile vm, int slot, long physical, long size, long address) {
        long region = guest.allocate(32);
        task.memory().writeInt(region, slot);
        task.memory().writeInt(region + 4, 1);
        task.memory().writeLong(region + 8, physical);
        task.memory().writeLong(region + 16, size);
        task.memory().writeLong(region + 24, address);
        return vm.ioctl(task, KVM_SET_USER_MEMORY_REGION, region);
    }

    @Test
    void slotsLieInTheGuestsWindow() {
        VmFile vm = machine();
        long memory = guest.allocate(1 << 16) + 4095 & -4096;
        assertThat(slot(vm, 0, 0, 8192, memory)).isZero();
        assertThat(slot(vm, 1, 1 << 20, 1L << 46, memory)).isEqualTo(-Errno.EINVAL);
        assertThat(slot(vm, 1, 1 << 20, -4096, memory)).isEqualTo(-Errno.EINVAL);
        try (NativeBuffer own = new NativeBuffer(1 << 14)) {
            assertThat(slot(vm, 1, 1 << 20, 4096, own.address() + 4095 & -4096)).isEqualTo(-Errno.EINVAL);
        }
        assertThat(vm.machine().withSlot(0, pages -> pages)).isEqualTo(2);
        assertThat(slot(vm, 0, 0, 0, 0)).isZero();
        assertThat(vm.machine().withSlot(0, pages -> pages)).isZero();
    }

    @Test
    void slotsGoBeforeTheMemoryDoes() {
        VmFile vm = machine();
        long memory = guest.allocate(1 << 16) + 4095 & -4096;
        assertThat(slot(vm, 0, 0, 8192, memory)).isZero();
        int host = vm.machine().handle();
        try (NativeBuffer log = new NativeBuffer(16); NativeBuffer bitmap = new NativeBuffer(8)) {
            log.clear();
            Memory.putLong(log.address() + 8, bitmap.address());
            assertThat(Linux.ioctl(host, KVM_GET_DIRTY_LOG, log.address())).isZero();
            task.memory().close();
            assertThat(Linux.ioctl(host, KVM_GET_DIRTY_LOG, log.address())).isEqualTo(-Errno.ENOENT);
        }
        assertThat(vm.machine().withSlot(0, pages -> pages)).isZero();
    }
}
