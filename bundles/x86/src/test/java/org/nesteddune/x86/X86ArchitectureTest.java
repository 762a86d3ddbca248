package org.nesteddune.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.reflect.Field;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Fcntl;

class X86ArchitectureTest {

    private final X86Architecture architecture = new X86Architecture();
    private final FakeCpu cpu = new FakeCpu(576);

    @AfterEach
    void close() {
        architecture.deactivate();
    }

    @Test
    void theTableIsTheHosts() throws IllegalAccessException {
        assumeThat(HostCpu.isX86()).as("the host is an x86-64").isTrue();
        SyscallNumbers numbers = architecture.syscallNumbers();
        int compared = 0;
        for (Field field : org.nesteddune.host.SyscallNumbers.class.getFields()) {
            if (field.getName().startsWith("SYS_") && field.getInt(null) >= 0) {
                assertThat(numbers.name(field.getInt(null))).isEqualTo(field.getName().substring(4));
                compared++;
            }
        }
        assertThat(numbers.count()).isEqualTo(compared + 2L); // and uretprobe, uprobe
        assertThat(numbers.end()).isEqualTo(470);
        assertThat(numbers.name(337)).isNull();
        assertThat(numbers.name(423)).isNull();
    }

    @Test
    void aCallsNumberAndArgumentsAreWhereSyscallPutsThem() {
        cpu.set(X86Registers.ORIG_RAX, 0x1_0000_0101L);
        int[] registers = {
            X86Registers.RDI, X86Registers.RSI, X86Registers.RDX, X86Registers.R10, X86Registers.R8, X86Registers.R9
        };
        for (int i = 0; i < registers.length; i++) {
            cpu.set(registers[i], 100 + i);
        }
        assertThat(architecture.syscallNumber(cpu)).isEqualTo(257);
        for (int i = 0; i < registers.length; i++) {
            assertThat(architecture.syscallArgument(cpu, i)).isEqualTo(100 + i);
        }
        architecture.setSyscallResult(cpu, -2);
        assertThat(cpu.get(X86Registers.RAX)).isEqualTo(-2);
    }

    @Test
    void aRestartedCallIsExecutedAgain() {
        cpu.set(X86Registers.RIP, 0x401002);
        architecture.restartSyscall(cpu, 219);
        assertThat(cpu.get(X86Registers.RIP)).isEqualTo(0x401000);
        assertThat(cpu.get(X86Registers.RAX)).isEqualTo(219);
    }

    @Test
    void aProgramStartsWithNothingInItsRegisters() {
        for (int register = 0; register < X86Registers.COUNT; register++) {
            cpu.set(register, 7);
        }
        architecture.start(cpu, 0x401000, 0x7ffc_0000_0000L);
        assertThat(cpu.get(X86Registers.RIP)).isEqualTo(0x401000);
        assertThat(cpu.get(X86Registers.RSP)).isEqualTo(0x7ffc_0000_0000L);
        assertThat(cpu.get(X86Registers.RFLAGS)).isEqualTo(0x202);
        assertThat(cpu.get(X86Registers.RDX)).isZero();
        assertThat(cpu.get(X86Registers.FS_BASE)).isZero();
        architecture.setThreadPointer(cpu, 0x5000);
        assertThat(architecture.threadPointer(cpu)).isEqualTo(0x5000);
    }

    @Test
    void statIsWhatTheKernelWrites() {
        assumeThat(HostCpu.isX86()).as("the host is an x86-64").isTrue();
        try (NativeBuffer path = NativeBuffer.ofCString("/dev/null"); NativeBuffer buffer = new NativeBuffer(256)) {
            long statx = buffer.address();
            assertThat(Linux.statx(Fcntl.AT_FDCWD, path.address(), 0, 0x7ff, statx)).isZero();
            FileStatus status = fromStatx(java.nio.ByteBuffer.wrap(buffer.bytes(0, 256)).order(java.nio.ByteOrder.LITTLE_ENDIAN));
            buffer.clear();
            assertThat(Linux.newfstatat(Fcntl.AT_FDCWD, path.address(), buffer.address(), 0)).isZero();

            FakeMemory memory = new FakeMemory(0x1000, 4096);
            architecture.abi().writeStat(memory, 0x1008, status);
            byte[] written = new byte[architecture.abi().statSize()];
            memory.read(0x1008, written, 0, written.length);
            assertThat(written).isEqualTo(buffer.bytes(0, written.length));
        }
    }

    private static FileStatus fromStatx(java.nio.ByteBuffer statx) {
        FileStatus status = new FileStatus();
        status.blockSize = statx.getInt(4);
        status.links = statx.getInt(16);
        status.uid = statx.getInt(20);
        status.gid = statx.getInt(24);
        status.mode = statx.getShort(28) & 0xffff;
        status.inode = statx.getLong(32);
        status.size = statx.getLong(40);
        status.blocks = statx.getLong(48);
        status.accessSeconds = statx.getLong(64);
        status.accessNanos = statx.getInt(72);
        status.changeSeconds = statx.getLong(96);
        status.changeNanos = statx.getInt(104);
        status.modifySeconds = statx.getLong(112);
        status.modifyNanos = statx.getInt(120);
        status.specialDevice = FileStatus.encode(statx.getInt(128), statx.getInt(132));
        status.device = FileStatus.encode(statx.getInt(136), statx.getInt(140));
        return status;
    }

    @Test
    void sigactionHasItsFourWords() {
        FakeMemory memory = new FakeMemory(0x1000, 4096);
        SignalAction action = new SignalAction(0x401000, 0x1c000004L, 0x402000, new SignalSet(0x55, 0));
        architecture.abi().writeSignalAction(memory, 0x1000, action);
        assertThat(memory.readLong(0x1008)).isEqualTo(0x1c000004L);
        assertThat(memory.readLong(0x1010)).isEqualTo(0x402000);
        assertThat(architecture.abi().readSignalAction(memory, 0x1000)).isEqualTo(action);
        assertThat(architecture.abi().packedEpollEvent()).isTrue();
    }
}
