package org.nesteddune.loongarch;

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
import org.nesteddune.linux.Signal;

/** Numbers, structures and conventions, by the kernel's headers. */
class LoongArchitectureTest {

    private final LoongArchitecture architecture = new LoongArchitecture();
    private final LoongGuest guest = new LoongGuest();

    @AfterEach
    void close() {
        guest.close();
    }

    @Test
    void onlyLp64dIsTaken() {
        assertThat(architecture.refusal(0x43)).isNull();
        assertThat(architecture.refusal(0x41)).contains("lp64s");
        assertThat(architecture.refusal(0x42)).contains("lp64f");
    }

    @Test
    void callsHaveTheNumbersOfTheNewTable() {
        assertThat(architecture.syscallNumbers().number("read")).isEqualTo(63);
        assertThat(architecture.syscallNumbers().number("rt_sigreturn")).isEqualTo(139);
        assertThat(architecture.syscallNumbers().name(163)).isNull(); // getrlimit
        assertThat(architecture.syscallNumbers().number("gettid")).isEqualTo(178);
        assertThat(architecture.syscallNumbers().number("clone")).isEqualTo(220);
        assertThat(architecture.syscallNumbers().number("recvmmsg")).isEqualTo(243);
        assertThat(architecture.syscallNumbers().name(244)).isNull();
        assertThat(architecture.syscallNumbers().number("wait4")).isEqualTo(260);
        assertThat(architecture.syscallNumbers().number("statx")).isEqualTo(291);
        assertThat(architecture.syscallNumbers().number("clone3")).isEqualTo(435);
        assertThat(architecture.syscallNumbers().number("file_setattr")).isEqualTo(469);
    }

    @Test
    void callIsMadeAgainWithItsArguments() {
        guest.set(LoongRegisters.A7, 64).set(LoongRegisters.A0, 1);
        guest.run();
        CpuState cpu = guest.vcpu.state();
        assertThat(architecture.syscallNumber(cpu)).isEqualTo(64);
        architecture.setSyscallResult(cpu, -4);
        assertThat(cpu.get(LoongRegisters.A0)).isEqualTo(-4);
        assertThat(architecture.syscallArgument(cpu, 0)).isEqualTo(1);
        architecture.restartSyscall(cpu, 64);
        assertThat(guest.vcpu.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(architecture.syscallArgument(cpu, 0)).isEqualTo(1);
    }

    @Test
    void actionsGoThroughMemory() {
        SignalAction action = new SignalAction(0x1234, Signal.SA_SIGINFO, 0, SignalSet.of(Signal.SIGUSR1));
        architecture.abi().writeSignalAction(guest.memory, DATA, action);
        assertThat(guest.memory.readLong(DATA + 16)).isEqualTo(Signal.bit(Signal.SIGUSR1));
        assertThat(architecture.abi().readSignalAction(guest.memory, DATA)).isEqualTo(action);
    }

    private byte[] prepare(CpuState cpu) {
        for (int i = 1; i < 32; i++) {
            cpu.set(i, 1000 + i);
        }
        cpu.set(LoongRegisters.SP, DATA + 0xff0);
        cpu.set(LoongRegisters.PC, 0x4444);
        byte[] vector = new byte[cpu.vectorSize()];
        for (int i = 0; i < 8 * 64; i++) {
            vector[i] = (byte) i;
        }
        vector[8 * 64 + 8 * 3] = 1; // fcc3
        vector[8 * (LoongRegisters.FCSR - LoongRegisters.F0)] = 3;
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
        long frame = cpu.get(LoongRegisters.SP);
        assertThat(frame).isEqualTo(DATA + 0xff0 - 1136);
        assertThat(cpu.get(LoongRegisters.PC)).isEqualTo(0x8888);
        assertThat(cpu.get(LoongRegisters.RA)).isEqualTo(SoftwareArchitecture.COMMON_PAGE);
        assertThat(cpu.get(LoongRegisters.A0)).isEqualTo(11);
        assertThat(cpu.get(LoongRegisters.A1)).isEqualTo(frame);
        assertThat(cpu.get(LoongRegisters.A2)).isEqualTo(frame + 128);
        assertThat(guest.memory.readInt(frame)).isEqualTo(11);
        assertThat(guest.memory.readLong(frame + 16)).isEqualTo(0xdead);
        assertThat(guest.memory.readLong(frame + 168)).isEqualTo(Signal.bit(Signal.SIGCHLD));
        assertThat(guest.memory.readLong(frame + 304)).isEqualTo(0x4444);
        assertThat(guest.memory.readLong(frame + 312 + 8 * 5)).isEqualTo(1005);
        assertThat(guest.memory.readInt(frame + 576)).isEqualTo(0x5358_0001);
        assertThat(guest.memory.readInt(frame + 580)).isEqualTo(544);
        assertThat(guest.memory.readLong(frame + 592 + 512)).isEqualTo(1L << 24); // fcc
        assertThat(guest.memory.readInt(frame + 592 + 520)).isEqualTo(3); // fcsr
        assertThat(guest.memory.readLong(frame + 1120)).isZero();

        cpu.writeVector(new byte[cpu.vectorSize()]);
        for (int i = 1; i < 32; i++) {
            cpu.set(i, i == LoongRegisters.SP ? frame : 0);
        }
        Restored restored = architecture.signalFrames().pop(cpu, guest.memory);
        assertThat(restored.whole()).isTrue();
        assertThat(restored.mask()).isEqualTo(SignalSet.of(Signal.SIGCHLD));
        assertThat(cpu.get(LoongRegisters.PC)).isEqualTo(0x4444);
        assertThat(cpu.get(LoongRegisters.SP)).isEqualTo(DATA + 0xff0);
        assertThat(cpu.get(8)).isEqualTo(1008);
        byte[] back = new byte[cpu.vectorSize()];
        cpu.readVector(back);
        assertThat(back).containsExactly(vector);
    }

    @Test
    void frameWithAnUnknownRecordIsRefused() {
        CpuState cpu = guest.vcpu.state();
        prepare(cpu);
        push(cpu);
        long frame = cpu.get(LoongRegisters.SP);
        guest.memory.writeInt(frame + 576, 0x1234);
        assertThat(architecture.signalFrames().pop(cpu, guest.memory).whole()).isFalse();
        guest.memory.writeInt(frame + 576, 0x5358_0001);
        guest.memory.writeInt(frame + 580, 16); // too short
        assertThat(architecture.signalFrames().pop(cpu, guest.memory).whole()).isFalse();
    }

    @Test
    void frameMayHoldScalarRegistersOnly() {
        CpuState cpu = guest.vcpu.state();
        byte[] vector = prepare(cpu);
        push(cpu);
        long frame = cpu.get(LoongRegisters.SP);
        guest.memory.clear(frame + 576, 560);
        guest.memory.writeInt(frame + 576, 0x4650_5501);
        guest.memory.writeInt(frame + 580, 16 + 272);
        guest.memory.writeLong(frame + 592 + 8 * 2, 99);
        assertThat(architecture.signalFrames().pop(cpu, guest.memory).whole()).isTrue();
        byte[] back = new byte[cpu.vectorSize()];
        cpu.readVector(back);
        assertThat(back[8 * 2]).isEqualTo((byte) 99);
        assertThat(back[8 * 34]).isEqualTo(vector[8 * 34]); // upper halves stay
    }
}
