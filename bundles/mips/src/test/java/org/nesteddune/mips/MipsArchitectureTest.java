package org.nesteddune.mips;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nesteddune.engine.software.testing.SoftwareGuest.DATA;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalFrames.AlternateStack;
import org.nesteddune.arch.SignalFrames.Delivery;
import org.nesteddune.arch.SignalFrames.Restored;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.arch.TracedCpu;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Ioctl;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Signal;

/** Numbers, structures and conventions, by the kernel's headers. */
class MipsArchitectureTest {

    private final MipsArchitecture architecture = new MipsArchitecture();
    private final GuestAbi abi = architecture.abi();
    private final MipsGuest guest = new MipsGuest();

    @AfterEach
    void close() {
        guest.close();
    }

    @Test
    void onlyN64IsTaken() {
        assertThat(architecture.refusal(0x8000_0007)).isNull();
        assertThat(architecture.refusal(0x8000_0027)).contains("n32");
        assertThat(architecture.refusal(0x7000_1007)).contains("o32");
        assertThat(architecture.refusal(0xa000_0007)).contains("release 6");
    }

    @Test
    void callsHaveTheNumbersOfN64() {
        assertThat(architecture.syscallNumbers().number("read")).isEqualTo(5000);
        assertThat(architecture.syscallNumbers().number("rt_sigreturn")).isEqualTo(5211);
        assertThat(architecture.syscallNumbers().number("io_pgetevents")).isEqualTo(5328);
        assertThat(architecture.syscallNumbers().number("clone3")).isEqualTo(5435);
        assertThat(architecture.syscallNumbers().name(5447)).isNull();
        assertThat(architecture.syscallNumbers().number("futex_waitv")).isEqualTo(5449);
        assertThat(architecture.syscallNumbers().number("file_setattr")).isEqualTo(5469);
    }

    @Test
    void resultsHaveAFlagForErrors() {
        CpuState cpu = guest.vcpu.state();
        architecture.setSyscallResult(cpu, -Errno.ENOSYS);
        assertThat(cpu.get(2)).isEqualTo(89);
        assertThat(cpu.get(7)).isEqualTo(1);
        architecture.setSyscallResult(cpu, 17);
        assertThat(cpu.get(2)).isEqualTo(17);
        assertThat(cpu.get(7)).isZero();
    }

    @Test
    void callIsMadeAgainWithItsArguments() {
        guest.set(2, 5001).set(4, 1).set(7, 44);
        guest.run();
        CpuState cpu = guest.vcpu.state();
        assertThat(architecture.syscallNumber(cpu)).isEqualTo(5001);
        architecture.setSyscallResult(cpu, -Errno.EINTR);
        assertThat(architecture.syscallArgument(cpu, 3)).isEqualTo(44);
        architecture.restartSyscall(cpu, 5001);
        assertThat(guest.vcpu.run()).isSameAs(org.nesteddune.engine.Exit.SYSTEM_CALL);
        assertThat(architecture.syscallNumber(cpu)).isEqualTo(5001);
        assertThat(cpu.get(7)).isEqualTo(44);
    }

    @Test
    void numbersAreTranslated() {
        assertThat(abi.errno(Errno.EAGAIN)).isEqualTo(11);
        assertThat(abi.errno(Errno.ETIMEDOUT)).isEqualTo(145);
        assertThat(abi.openFlagsFromGuest(0x101 | 0x80 | 0x8_0000)).isEqualTo(
                OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_NONBLOCK | OpenFlags.O_CLOEXEC);
        assertThat(abi.openFlagsToGuest(OpenFlags.O_SYNC | OpenFlags.O_APPEND)).isEqualTo(0x4000 | 0x10 | 0x8);
        assertThat(abi.mapFlagsFromGuest(0x802)).isEqualTo(Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS);
        assertThat(abi.socketTypeFromGuest(2 | 0x80)).isEqualTo(1 | OpenFlags.O_NONBLOCK);
        assertThat(abi.socketLevelFromGuest(0xffff)).isEqualTo(1);
        assertThat(abi.socketOptionFromGuest(1, 0x1007)).isEqualTo(4);
        assertThat(abi.fileCommandFromGuest(14)).isEqualTo(Fcntl.F_GETLK);
        assertThat(abi.deviceCommandFromGuest(0x540d)).isEqualTo(Ioctl.TCGETS);
        assertThat(abi.deviceCommandFromGuest(0x4008_7468)).isEqualTo(Ioctl.TIOCGWINSZ);
        assertThat(abi.deviceCommandFromGuest(0x4004_5430)).isEqualTo(Ioctl.TIOCGPTN);
        assertThat(abi.resourceFromGuest(5)).isEqualTo(7);
        assertThat(abi.maskOperationFromGuest(3)).isEqualTo(Signal.SIG_SETMASK);
    }

    @Test
    void signalsAreTranslatedBothWays() {
        assertThat(abi.signalToGuest(Signal.SIGCHLD)).isEqualTo(18);
        assertThat(abi.signalToGuest(Signal.SIGUSR1)).isEqualTo(16);
        for (int signal = 1; signal <= 128; signal++) {
            assertThat(abi.signalFromGuest(abi.signalToGuest(signal))).isEqualTo(signal);
        }
        SignalSet set = SignalSet.of(Signal.SIGBUS, 41, 128);
        assertThat(abi.signalSetToGuest(set)).isEqualTo(SignalSet.of(10, 41, 128));
        assertThat(abi.signalSetFromGuest(abi.signalSetToGuest(set))).isEqualTo(set);
    }

    @Test
    void actionsGoThroughMemory() {
        SignalAction action = new SignalAction(
                0x1234, Signal.SA_SIGINFO | Signal.SA_RESTART & 0xffff_ffffL, 0,
                SignalSet.of(Signal.SIGUSR1, 65));
        abi.writeSignalAction(guest.memory, DATA, action);
        assertThat(guest.memory.readInt(DATA)).isEqualTo(0x1000_0008);
        assertThat(guest.memory.readLong(DATA + 8)).isEqualTo(0x1234);
        assertThat(guest.memory.readLong(DATA + 16)).isEqualTo(1L << 15);
        assertThat(guest.memory.readLong(DATA + 24)).isEqualTo(1);
        assertThat(abi.readSignalAction(guest.memory, DATA)).isEqualTo(action);
    }

    @Test
    void pollHasFewerBits() {
        assertThat(abi.pollEventsFromGuest(0x1 | 0x4)).isEqualTo(0x1 | 0x4 | 0x100);
        assertThat(abi.pollEventsFromGuest(0x100)).isEqualTo(0x200);
        assertThat(abi.pollEventsToGuest(0x10 | 0x100)).isEqualTo(0x10 | 0x4);
        assertThat(abi.pollEventsToGuest(0x200)).isEqualTo(0x100);
    }

    @Test
    void terminalSettingsGoBothWays() {
        byte[] guest = new byte[abi.terminalSettingsSize(true)];
        for (int i = 0; i < guest.length; i++) {
            guest[i] = (byte) (100 + i);
        }
        guest[12] = 0x2; // ICANON
        guest[13] = (byte) 0x81; // TOSTOP, IEXTEN
        guest[14] = guest[15] = 0;
        byte[] generic = abi.terminalSettingsFromGuest(guest, true);
        assertThat(generic).hasSize(44);
        assertThat(generic[13] & 0xff).as("TOSTOP, IEXTEN").isEqualTo(0x81);
        assertThat(generic[17 + 4]).as("VEOF").isEqualTo(guest[17 + 16]);
        assertThat(generic[17 + 6]).as("VMIN").isEqualTo(guest[17 + 4]);
        assertThat(generic[36]).as("speed").isEqualTo(guest[40]);
        byte[] back = abi.terminalSettingsToGuest(generic, true);
        for (int i = 0; i < 23; i++) {
            boolean known = i != 11 && i < 18;
            assertThat(back[17 + i]).as("character " + i).isEqualTo(known ? guest[17 + i] : 0);
        }
        generic[13] = 0x10; // FLUSHO
        assertThat(abi.terminalSettingsToGuest(generic, true)[13]).isEqualTo((byte) 0x20);
    }

    @Test
    void encodingOfNansIsTheProgramsFiles() {
        CpuState cpu = guest.vcpu.state();
        architecture.start(cpu, 0x1000, 0x2000, 0x8000_0407);
        byte[] set = architecture.tracedCpu().readSet(cpu, Elf.NT_FPREGSET);
        assertThat(ByteBuffer.wrap(set).order(ByteOrder.LITTLE_ENDIAN).getInt(256)).isEqualTo(0xc_0000);
        architecture.start(cpu, 0x1000, 0x2000, 0x8000_0007);
        set = architecture.tracedCpu().readSet(cpu, Elf.NT_FPREGSET);
        assertThat(ByteBuffer.wrap(set).order(ByteOrder.LITTLE_ENDIAN).getInt(256)).isZero();
    }

    @Test
    void tracersSeeRegistersByTheKernelsLayout() {
        CpuState cpu = guest.vcpu.state();
        TracedCpu traced = architecture.tracedCpu();
        cpu.set(MipsRegisters.PC, 0x4444);
        cpu.set(MipsRegisters.LO, 7);
        byte[] set = traced.readSet(cpu, Elf.NT_PRSTATUS);
        assertThat(set).hasSize(360);
        ByteBuffer words = ByteBuffer.wrap(set).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(words.getLong(8 * 34)).isEqualTo(0x4444);
        words.putLong(8 * 5, 55).putLong(0, 99);
        assertThat(traced.writeSet(cpu, Elf.NT_PRSTATUS, set)).isZero();
        assertThat(cpu.get(5)).isEqualTo(55);
        assertThat(cpu.get(0)).isZero();
        assertThat(traced.readUser(cpu, 64)).isEqualTo(0x4444);
        assertThat(traced.readUser(cpu, 68)).isEqualTo(7);
        assertThat(traced.writeUser(cpu, 33, 0x1234)).isZero();
        assertThat(traced.readUser(cpu, 33)).isEqualTo(0x1234);
        assertThat(traced.writeUser(cpu, 66, 1)).isEqualTo(-Errno.EIO);
        assertThatThrownBy(() -> traced.readUser(cpu, 500)).hasMessage("EIO");
    }

    @Test
    void informationOfSignals() {
        abi.writeSignalInfo(guest.memory, DATA, new SignalInfo(Signal.SIGCHLD, 2, 9, 1, Signal.SIGUSR1, 0, 0, 0));
        assertThat(guest.memory.readInt(DATA + 24)).as("si_status").isEqualTo(16);
        guest.memory.writeInt(DATA + 4, -3); // SI_TIMER
        assertThat(abi.readSignalInfo(guest.memory, DATA, Signal.SIGUSR1).code()).isEqualTo(Signal.SI_TIMER);
    }

    @Test
    void frameBringsEverythingBack() {
        CpuState cpu = guest.vcpu.state();
        for (int i = 1; i < 32; i++) {
            cpu.set(i, 1000 + i);
        }
        cpu.set(MipsRegisters.SP, DATA + 0x1000);
        cpu.set(MipsRegisters.PC, 0x4444);
        cpu.set(MipsRegisters.HI, 5);
        byte[] vector = new byte[cpu.vectorSize()];
        for (int i = 0; i < 32 * 8 + 1; i++) {
            vector[i] = (byte) i;
        }
        cpu.writeVector(vector);
        SignalSet mask = SignalSet.of(Signal.SIGCHLD, 127);
        architecture.signalFrames().push(cpu, guest.memory, new Delivery(
                11, SignalInfo.fault(Signal.SIGSEGV, 1, 0xdead), new SignalAction(0x8888, Signal.SA_SIGINFO, 0, SignalSet.EMPTY), mask,
                DATA + 0x1000, false, AlternateStack.NONE));
        long frame = cpu.get(MipsRegisters.SP);
        assertThat(frame & 15).isZero();
        assertThat(cpu.get(MipsRegisters.PC)).isEqualTo(0x8888);
        assertThat(cpu.get(MipsRegisters.T9)).isEqualTo(0x8888);
        assertThat(cpu.get(MipsRegisters.RA)).isEqualTo(SoftwareArchitecture.COMMON_PAGE);
        assertThat(cpu.get(MipsRegisters.A0)).isEqualTo(11);
        assertThat(cpu.get(MipsRegisters.A1)).isEqualTo(frame + 24);
        assertThat(cpu.get(MipsRegisters.A2)).isEqualTo(frame + 152);
        assertThat(guest.memory.readInt(frame + 24)).isEqualTo(11);
        assertThat(guest.memory.readInt(frame + 28)).isEqualTo(1); // si_code comes second
        assertThat(guest.memory.readLong(frame + 40)).isEqualTo(0xdead);

        cpu.writeVector(new byte[cpu.vectorSize()]);
        for (int i = 1; i < 32; i++) {
            cpu.set(i, i == MipsRegisters.SP ? frame : 0);
        }
        Restored restored = architecture.signalFrames().pop(cpu, guest.memory);
        assertThat(restored.mask()).isEqualTo(mask);
        assertThat(cpu.get(MipsRegisters.PC)).isEqualTo(0x4444);
        assertThat(cpu.get(MipsRegisters.SP)).isEqualTo(DATA + 0x1000);
        assertThat(cpu.get(8)).isEqualTo(1008);
        assertThat(cpu.get(MipsRegisters.HI)).isEqualTo(5);
        byte[] back = new byte[cpu.vectorSize()];
        cpu.readVector(back);
        assertThat(back).containsExactly(vector);
    }
}
