package org.nesteddune.engine.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;

/** What an operator reads when KVM is not there or fails. */
class KvmMessagesTest {

    @Test
    void olderKernelsMoveVcpusDearly() {
        assertThat(Kvm.movesCheaply("6.12.0")).isTrue();
        assertThat(Kvm.movesCheaply("6.18.44-fc")).isTrue();
        assertThat(Kvm.movesCheaply("7.0")).isTrue();
        assertThat(Kvm.movesCheaply("6.11.10-generic")).isFalse();
        assertThat(Kvm.movesCheaply("5.10.0-30-amd64")).isFalse();
        assertThat(Kvm.movesCheaply("unknown")).isFalse();
    }

    @Test
    void missingDeviceSaysWhatToDo() {
        assertThat(Kvm.cannotOpen(Errno.ENOENT)).startsWith("/dev/kvm does not exist").contains("kvm_intel or kvm_amd");
        assertThat(Kvm.cannotOpen(Errno.EMFILE)).contains("EMFILE");
    }

    @Test
    void deviceOfAGroupNamesTheGroupAndTheCommand(@TempDir Path folder) throws IOException {
        Path device = Files.createFile(folder.resolve("kvm"));
        Files.setPosixFilePermissions(device, PosixFilePermissions.fromString("rw-rw----"));
        String group = Files.readAttributes(device, java.nio.file.attribute.PosixFileAttributes.class).group().getName();
        assertThat(Kvm.notPermitted(device, "alice"))
                .isEqualTo(device + " may not be opened by alice: it belongs to the group " + group
                        + ", so run `sudo usermod -aG " + group + " alice` and log in again");
    }

    @Test
    void deviceThatIsClosedToItsGroupNamesItsMode(@TempDir Path folder) throws IOException {
        Path device = Files.createFile(folder.resolve("kvm"));
        Files.setPosixFilePermissions(device, PosixFilePermissions.fromString("rw-------"));
        assertThat(Kvm.notPermitted(device, "alice")).contains("rw-------").contains("chmod 660");
    }

    @Test
    void failedRequestIsNamedWithErrorAndArguments() {
        KvmException e = new KvmException("KVM_CREATE_VCPU", Errno.EINVAL, "there are too many", "rax 0", 5, 0xff);
        assertThat(e).hasMessageStartingWith("ioctl KVM_CREATE_VCPU with 0x5, 0xff failed: ")
                .hasMessageContaining("EINVAL").hasMessageContaining("there are too many").hasMessageEndingWith("rax 0");
        assertThat(e.errno()).isEqualTo(Errno.EINVAL);
        assertThat(e.ioctl()).isEqualTo("KVM_CREATE_VCPU");
        assertThat(e.arguments()).containsExactly(5, 0xff);
        assertThat(e.state()).isEqualTo("rax 0");
        assertThat(KvmIoctl.name(KvmIoctl.KVM_RUN)).isEqualTo("KVM_RUN");
        assertThat(KvmIoctl.name(1)).isEqualTo("0x1");
    }

    @Test
    void exitsAreDescribedWithWhatBelongsToThem() {
        try (NativeBuffer run = new NativeBuffer(4096)) {
            long at = run.address();
            assertThat(describe(at, KvmExitReason.KVM_EXIT_SHUTDOWN)).isEqualTo("KVM_EXIT_SHUTDOWN");
            assertThat(describe(at, 77)).isEqualTo("exit reason 77");
            Memory.putByte(at + KvmRunLayout.IO_DIRECTION, (byte) KvmRunLayout.KVM_EXIT_IO_OUT);
            Memory.putByte(at + KvmRunLayout.IO_SIZE, (byte) 1);
            Memory.putShort(at + KvmRunLayout.IO_PORT, (short) 0x11);
            Memory.putInt(at + KvmRunLayout.IO_COUNT, 1);
            assertThat(describe(at, KvmExitReason.KVM_EXIT_IO))
                    .isEqualTo("KVM_EXIT_IO: write to port 0x11, 1 times 1 byte");
            Memory.putLong(at + KvmRunLayout.MMIO_PHYS_ADDR, 0xfee00000L);
            Memory.putInt(at + KvmRunLayout.MMIO_LEN, 4);
            assertThat(describe(at, KvmExitReason.KVM_EXIT_MMIO))
                    .isEqualTo("KVM_EXIT_MMIO: read of guest-physical 0xfee00000, 4 bytes");
            Memory.putInt(at + KvmRunLayout.INTERNAL_SUBERROR, 1);
            Memory.putInt(at + KvmRunLayout.INTERNAL_NDATA, 2);
            Memory.putLong(at + KvmRunLayout.INTERNAL_DATA, 0xab);
            Memory.putLong(at + KvmRunLayout.INTERNAL_DATA + 8, 0);
            assertThat(describe(at, KvmExitReason.KVM_EXIT_INTERNAL_ERROR))
                    .isEqualTo("KVM_EXIT_INTERNAL_ERROR: suberror 1, data 0xab 0x0");
        }
    }

    private static String describe(long run, int reason) {
        Memory.putInt(run + KvmRunLayout.EXIT_REASON, reason);
        return KvmRunLayout.describeExit(run);
    }
}
