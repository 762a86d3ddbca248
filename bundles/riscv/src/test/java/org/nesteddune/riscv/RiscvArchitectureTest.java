package org.nesteddune.riscv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.engine.software.testing.SoftwareGuest.DATA;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalFrames.AlternateStack;
import org.nesteddune.arch.SignalFrames.Delivery;
import org.nesteddune.arch.SignalFrames.Restored;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Signal;

/** Numbers, structures and conventions, by the kernel's headers. */
class RiscvArchitectureTest {

    private static final int SIZE = 1088;

    private final RiscvArchitecture architecture = new RiscvArchitecture();
    private final RiscvGuest guest = new RiscvGuest();

    @AfterEach
    void close() {
        guest.close();
        architecture.close();
    }

    @Test
    void otherRegistersAreRefused() {
        assertThat(architecture.refusal(5)).isNull(); // lp64d, compressed
        assertThat(architecture.refusal(0)).isNull(); // lp64
        assertThat(architecture.refusal(7)).contains("lp64q");
        assertThat(architecture.refusal(8)).contains("RVE");
    }

    @Test
    void callsHaveTheNumbersOfTheNewTable() {
        assertThat(architecture.syscallNumbers().number("read")).isEqualTo(63);
        assertThat(architecture.syscallNumbers().number("getrlimit")).isEqualTo(163);
        assertThat(architecture.syscallNumbers().number("riscv_hwprobe")).isEqualTo(258);
        assertThat(architecture.syscallNumbers().number("riscv_flush_icache")).isEqualTo(259);
        assertThat(architecture.syscallNumbers().number("wait4")).isEqualTo(260);
        assertThat(architecture.syscallNumbers().name(38)).isNull(); // renameat
        assertThat(architecture.syscallNumbers().number("file_setattr")).isEqualTo(469);
    }

    @Test
    void callIsMadeAgainWithItsArguments() {
        guest.set(RiscvRegisters.A7, 64).set(RiscvRegisters.A0, 1);
        guest.run();
        CpuState cpu = guest.vcpu.state();
        assertThat(architecture.syscallNumber(cpu)).isEqualTo(64);
        architecture.setSyscallResult(cpu, -4);
        assertThat(cpu.get(RiscvRegisters.A0)).isEqualTo(-4);
        architecture.restartSyscall(cpu, 64);
        assertThat(guest.vcpu.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(architecture.syscallArgument(cpu, 0)).isEqualTo(1);
    }

    private static byte[] prepare(CpuState cpu) {
        for (int i = 1; i < 32; i++) {
            cpu.set(i, 1000 + i);
        }
        cpu.set(RiscvRegisters.SP, DATA + 0xff0);
        cpu.set(RiscvRegisters.PC, 0x4444);
        byte[] vector = new byte[cpu.vectorSize()];
        for (int i = 0; i < 8 * 32; i++) {
            vector[i] = (byte) i;
        }
        vector[8 * (RiscvRegisters.FCSR - RiscvRegisters.F0)] = 0x61;
        cpu.writeVector(vector);
        return vector;
    }

    private void push(CpuState cpu) {
        architecture.signalFrames().push(cpu, guest.memory, new Delivery(
                11, SignalInfo.fault(Signal.SIGSEGV, 1, 0xdead), new SignalAction(0x8888, Signal.SA_SIGINFO, 0, SignalSet.EMPTY),
                SignalSet.of(Signal.SIGCHLD), DATA + 0xff0, false, AlternateStack.NONE));
    }

    @Test
    void frameBringsEverythingBack() {
        CpuState cpu = guest.vcpu.state();
        byte[] vector = prepare(cpu);
        push(cpu);
        long frame = cpu.get(RiscvRegisters.SP);
        assertThat(frame).isEqualTo(DATA + 0xff0 - SIZE);
        assertThat(architecture.signalFrames().minimumStackSize()).isEqualTo(SIZE);
        assertThat(cpu.get(RiscvRegisters.PC)).isEqualTo(0x8888);
        assertThat(cpu.get(RiscvRegisters.RA)).isEqualTo(SoftwareArchitecture.COMMON_PAGE);
        assertThat(cpu.get(RiscvRegisters.A0)).isEqualTo(11);
        assertThat(cpu.get(RiscvRegisters.A1)).isEqualTo(frame);
        assertThat(cpu.get(RiscvRegisters.A2)).isEqualTo(frame + 128);
        assertThat(guest.memory.readLong(frame + 16)).isEqualTo(0xdead);
        assertThat(guest.memory.readLong(frame + 168)).isEqualTo(Signal.bit(Signal.SIGCHLD));
        assertThat(guest.memory.readLong(frame + 304)).isEqualTo(0x4444);
        assertThat(guest.memory.readLong(frame + 304 + 8 * 5)).isEqualTo(1005);
        assertThat(guest.memory.readInt(frame + 560 + 256)).isEqualTo(0x61);
        assertThat(guest.memory.readLong(frame + 1080)).isZero();

        cpu.writeVector(new byte[cpu.vectorSize()]);
        for (int i = 1; i < 32; i++) {
            cpu.set(i, i == RiscvRegisters.SP ? frame : 0);
        }
        Restored restored = architecture.signalFrames().pop(cpu, guest.memory);
        assertThat(restored.whole()).isTrue();
        assertThat(restored.mask()).isEqualTo(SignalSet.of(Signal.SIGCHLD));
        assertThat(cpu.get(RiscvRegisters.PC)).isEqualTo(0x4444);
        assertThat(cpu.get(RiscvRegisters.SP)).isEqualTo(DATA + 0xff0);
        assertThat(cpu.get(8)).isEqualTo(1008);
        byte[] back = new byte[cpu.vectorSize()];
        cpu.readVector(back);
        assertThat(back).containsExactly(vector);
    }

    @Test
    void frameWithAnUnknownExtensionIsRefused() {
        CpuState cpu = guest.vcpu.state();
        prepare(cpu);
        push(cpu);
        long frame = cpu.get(RiscvRegisters.SP);
        guest.memory.writeInt(frame + 1080, 0x5346_5457); // of vectors
        assertThat(architecture.signalFrames().pop(cpu, guest.memory).whole()).isFalse();
    }

    @Test
    void tracersSeeWhatTheKernelShows() {
        CpuState cpu = guest.vcpu.state();
        prepare(cpu);
        byte[] general = architecture.tracedCpu().readSet(cpu, Elf.NT_PRSTATUS);
        assertThat(general).hasSize(256).startsWith(0x44, 0x44, 0, 0, 0, 0, 0, 0, 0xe9, 3);
        general[0] = 0x50;
        general[16] = 7;
        assertThat(architecture.tracedCpu().writeSet(cpu, Elf.NT_PRSTATUS, general)).isZero();
        assertThat(guest.pc()).isEqualTo(0x4450);
        byte[] floats = architecture.tracedCpu().readSet(cpu, Elf.NT_FPREGSET);
        assertThat(floats).hasSize(264);
        assertThat(floats[256]).isEqualTo((byte) 0x61);
        floats[256] = 0x1f;
        assertThat(architecture.tracedCpu().writeSet(cpu, Elf.NT_FPREGSET, floats)).isZero();
        assertThat(architecture.tracedCpu().readSet(cpu, Elf.NT_FPREGSET)).containsExactly(floats);
    }
}
