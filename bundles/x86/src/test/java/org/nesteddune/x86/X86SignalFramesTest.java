package org.nesteddune.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalFrames.AlternateStack;
import org.nesteddune.arch.SignalFrames.Delivery;
import org.nesteddune.arch.SignalFrames.Restored;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.linux.Signal;
import org.nesteddune.memory.GuestFault;

class X86SignalFramesTest {

    private static final long STACK = 0x7000_0000_0000L;
    private static final int STACK_SIZE = 0x10000;
    private static final long TOP = STACK + STACK_SIZE;
    private static final long HANDLER = 0x401000;
    private static final long RESTORER = 0x402000;
    private static final long MASK = 0x1234_5678_9abcL;

    /** x87, SSE, AVX and AVX-512 at the places where Intel has them. */
    private static final XStateLayout LAYOUT = new XStateLayout(
            new int[] {0, 0, 576, 960, 1024, 1088, 1152, 1664, 0, 2688},
            new int[] {0, 0, 256, 0, 0, 64, 512, 1024, 0, 8});

    private static final int VECTOR_SIZE = 2688;

    private final X86SignalFrames frames = new X86SignalFrames(() -> LAYOUT, 3632);
    private final FakeCpu cpu = new FakeCpu(VECTOR_SIZE);
    private final FakeMemory memory = new FakeMemory(STACK, STACK_SIZE);
    private final ByteBuffer vector = ByteBuffer.wrap(cpu.vector()).order(ByteOrder.LITTLE_ENDIAN);

    @BeforeEach
    void fillRegisters() {
        for (int register = 0; register < X86Registers.COUNT; register++) {
            cpu.set(register, 0x1111_0000_0000L + register);
        }
        cpu.set(X86Registers.RSP, TOP - 0x1008);
        cpu.set(X86Registers.RFLAGS, 0x246 | 1 << 10 | 1 << 8);
        new Random(1).nextBytes(cpu.vector());
        Arrays.fill(cpu.vector(), 512, 576, (byte) 0);
        vector.putLong(512, 0xe7);
        vector.putInt(24, 0x1fa0);
        vector.putInt(28, 0xffff);
    }

    private static Delivery delivery(SignalInfo info, long stackTop, boolean alternate, AlternateStack stack) {
        SignalAction action =
                new SignalAction(HANDLER, Signal.SA_RESTORER | Signal.SA_SIGINFO, RESTORER, SignalSet.EMPTY);
        return new Delivery(info.signal(), info, action, new SignalSet(MASK, 0), stackTop, alternate, stack);
    }

    private void push(SignalInfo info) {
        frames.push(cpu, memory, delivery(info, cpu.get(X86Registers.RSP), false, AlternateStack.NONE));
    }

    private Restored pop() {
        cpu.set(X86Registers.RSP, cpu.get(X86Registers.RSP) + 8); // the handler's return
        return frames.pop(cpu, memory);
    }

    private long context(int offset) {
        return cpu.get(X86Registers.RSP) + 48 + offset;
    }

    @Test
    void theHandlerStartsAsTheAbiWantsIt() {
        long before = cpu.get(X86Registers.RSP);
        push(SignalInfo.from(Signal.SIGUSR1, Signal.SI_USER, 77, 1000));

        long sp = cpu.get(X86Registers.RSP);
        assertThat(sp + 8 & 15).isZero();
        assertThat(cpu.get(X86Registers.RIP)).isEqualTo(HANDLER);
        assertThat(cpu.get(X86Registers.RDI)).isEqualTo(Signal.SIGUSR1);
        assertThat(cpu.get(X86Registers.RSI)).isEqualTo(sp + 312);
        assertThat(cpu.get(X86Registers.RDX)).isEqualTo(sp + 8);
        assertThat(cpu.get(X86Registers.RAX)).isZero();
        assertThat(cpu.get(X86Registers.RFLAGS)).isEqualTo(0x246);
        assertThat(memory.readLong(sp)).isEqualTo(RESTORER);
        assertThat(memory.readLong(sp + 8)).as("uc_flags").isEqualTo(7);
        assertThat(memory.readLong(sp + 304)).as("uc_sigmask").isEqualTo(MASK);
        assertThat(memory.readLong(context(120))).as("saved rsp").isEqualTo(before);
        assertThat(memory.readShort(context(144))).as("cs").isEqualTo((short) 0x33);
        assertThat(memory.readShort(context(150))).as("ss").isEqualTo((short) 0x2b);
        long area = memory.readLong(context(184));
        assertThat(area & 63).isZero();
        assertThat(area + VECTOR_SIZE + 4).as("below the red zone").isLessThanOrEqualTo(before - 128);
        assertThat(memory.readInt(area + 464)).isEqualTo(0x46505853);
        assertThat(memory.readInt(area + 468)).isEqualTo(VECTOR_SIZE + 4);
        assertThat(memory.readLong(area + 472)).isEqualTo(0xe7);
        assertThat(memory.readInt(area + 480)).isEqualTo(VECTOR_SIZE);
        assertThat(memory.readInt(area + VECTOR_SIZE)).isEqualTo(0x46505845);
        assertThat(vector.getShort(0)).as("FCW in the handler").isEqualTo((short) 0x37f);
        assertThat(vector.getInt(24)).as("MXCSR in the handler").isEqualTo(0x1f80);
        assertThat(vector.getLong(512)).as("components in the handler").isEqualTo(3);
    }

    @Test
    void aReturnBringsEverythingBack() {
        long[] before = cpu.all();
        byte[] vectorBefore = cpu.vector().clone();
        push(SignalInfo.fault(Signal.SIGSEGV, Signal.SEGV_MAPERR, 0xdead));
        cpu.set(X86Registers.RBX, 5);
        cpu.set(X86Registers.RFLAGS, 0x202);

        Restored restored = pop();

        assertThat(restored.whole()).isTrue();
        assertThat(restored.mask()).isEqualTo(new SignalSet(MASK, 0));
        assertThat(restored.alternateStack()).isEqualTo(AlternateStack.NONE);
        before[X86Registers.ORIG_RAX] = -1;
        assertThat(cpu.all()).isEqualTo(before);
        byte[] vectorAfter = cpu.vector().clone();
        Arrays.fill(vectorBefore, 416, 512, (byte) 0); // reserved, and software's
        Arrays.fill(vectorAfter, 416, 512, (byte) 0);
        assertThat(Arrays.mismatch(vectorAfter, vectorBefore)).as("first byte that differs").isEqualTo(-1);
    }

    @Test
    void onlyUserFlagsAreTakenFromTheFrame() {
        push(SignalInfo.kernel(Signal.SIGUSR1));
        memory.writeLong(context(136), -1);
        pop();
        assertThat(cpu.get(X86Registers.RFLAGS)).isEqualTo(0x50dd5 | 0x246);
    }

    @Test
    void theAlternateStackHasNoRedZoneAndMustBeLargeEnough() {
        AlternateStack alternate = new AlternateStack(STACK, 0, 0x4000);
        frames.push(cpu, memory, delivery(SignalInfo.kernel(Signal.SIGUSR1), STACK + 0x4000, true, alternate));
        assertThat(memory.readLong(context(184)) + VECTOR_SIZE + 4).isBetween(STACK + 0x4000 - 63, STACK + 0x4000);
        assertThat(memory.readLong(cpu.get(X86Registers.RSP) + 24)).isEqualTo(STACK);
        assertThat(memory.readLong(cpu.get(X86Registers.RSP) + 40)).isEqualTo(0x4000);

        // A second signal goes below the first, and what has no room any more is a fault.
        cpu.set(X86Registers.RSP, STACK + 0x400);
        assertThatThrownBy(() -> frames.push(
                        cpu, memory, delivery(SignalInfo.kernel(Signal.SIGUSR1), STACK + 0x400, false, alternate)))
                .isInstanceOf(GuestFault.class);
    }

    @Test
    void aStackThatCannotBeWrittenIsAFault() {
        cpu.set(X86Registers.RSP, STACK + 16);
        assertThatThrownBy(() -> push(SignalInfo.kernel(Signal.SIGUSR1))).isInstanceOf(GuestFault.class);
        Delivery without = new Delivery(
                Signal.SIGUSR1, SignalInfo.kernel(Signal.SIGUSR1), new SignalAction(HANDLER, 0, 0, SignalSet.EMPTY), SignalSet.EMPTY, TOP, false,
                AlternateStack.NONE);
        assertThatThrownBy(() -> frames.push(cpu, memory, without)).isInstanceOf(GuestFault.class);
    }

    @Test
    void siginfoHasThePartsOfItsCode() {
        push(SignalInfo.fault(Signal.SIGSEGV, Signal.SEGV_ACCERR, 0x1234_5678_9000L));
        long info = cpu.get(X86Registers.RSI);
        assertThat(memory.readInt(info)).isEqualTo(Signal.SIGSEGV);
        assertThat(memory.readInt(info + 8)).isEqualTo(Signal.SEGV_ACCERR);
        assertThat(memory.readLong(info + 16)).isEqualTo(0x1234_5678_9000L);

        push(new SignalInfo(Signal.SIGCHLD, Signal.CLD_EXITED, 12, 34, 56, 0, 78, 90));
        info = cpu.get(X86Registers.RSI);
        assertThat(memory.readInt(info + 16)).isEqualTo(12);
        assertThat(memory.readInt(info + 20)).isEqualTo(34);
        assertThat(memory.readInt(info + 24)).isEqualTo(56);
        assertThat(memory.readLong(info + 32)).isEqualTo(78);
        assertThat(memory.readLong(info + 40)).isEqualTo(90);

        push(new SignalInfo(Signal.SIGRTMIN + 2, Signal.SI_QUEUE, 12, 34, -56, 0, 0, 0));
        info = cpu.get(X86Registers.RSI);
        assertThat(memory.readInt(info + 20)).isEqualTo(34);
        assertThat(memory.readLong(info + 24)).isEqualTo(-56);

        push(new SignalInfo(Signal.SIGALRM, Signal.SI_TIMER, 0, 0, 99, 7L << 32 | 3, 0, 0));
        info = cpu.get(X86Registers.RSI);
        assertThat(memory.readInt(info + 16)).as("si_tid").isEqualTo(7);
        assertThat(memory.readInt(info + 20)).as("si_overrun").isEqualTo(3);
        assertThat(memory.readLong(info + 24)).isEqualTo(99);

        push(new SignalInfo(Signal.SIGIO, Signal.POLL_IN, 0, 0, 5, 0x41, 0, 0));
        info = cpu.get(X86Registers.RSI);
        assertThat(memory.readLong(info + 16)).as("si_band").isEqualTo(0x41);
        assertThat(memory.readInt(info + 24)).as("si_fd").isEqualTo(5);

        push(new SignalInfo(Signal.SIGSYS, Signal.SYS_SECCOMP, 0, 0, 59, 0x400500, 0, 0));
        info = cpu.get(X86Registers.RSI);
        assertThat(memory.readLong(info + 16)).isEqualTo(0x400500);
        assertThat(memory.readInt(info + 24)).isEqualTo(59);
        assertThat(memory.readInt(info + 28)).isEqualTo(0xc000003e);
    }

    @Test
    void framesThatTheProcessorWouldRefuseAreFaults() {
        push(SignalInfo.kernel(Signal.SIGUSR1));
        long area = memory.readLong(context(184));
        assertRefused(area + 24, 0x8000_0000L | memory.readInt(area + 24) & 0xffffL, "a reserved bit of MXCSR", area);
        assertRefused(area + 512, 1L << 40, "a component that is not there", area);
        assertRefused(area + 520, 1L << 63, "the compact form", area);
        assertRefused(context(184), area + 8, "an area that is not aligned", area);
        assertRefused(context(184), 0x10, "an area that is not there", area);
        assertRefused(context(144), 0x10, "the kernel's code segment", area);
        assertThat(cpu.get(X86Registers.TRAPNO)).isEqualTo(13);
        assertThat(cpu.get(X86Registers.ERR)).isEqualTo(0x10);
        cpu.set(X86Registers.RSP, 8);
        assertThatThrownBy(() -> frames.pop(cpu, memory)).isInstanceOf(GuestFault.class);
    }

    private void assertRefused(long at, long value, String what, long area) {
        long good = memory.readLong(at);
        long sp = cpu.get(X86Registers.RSP);
        memory.writeLong(at, value);
        assertThat(pop().whole()).as(what).isFalse();
        memory.writeLong(at, good);
        cpu.set(X86Registers.RSP, sp);
    }

    @Test
    void whatAFrameDoesNotNameBecomesInitial() {
        push(SignalInfo.kernel(Signal.SIGUSR1));
        long area = memory.readLong(context(184));
        memory.writeLong(area + 472, 3); // xfeatures of the software bytes: no AVX
        memory.writeLong(area + 512, 0xe5); // and no SSE in the header
        pop();
        assertThat(vector.getLong(512)).isEqualTo(3);
        assertThat(Arrays.copyOfRange(cpu.vector(), 160, 416)).containsOnly(0);
        assertThat(vector.getInt(24)).as("MXCSR comes with SSE even if SSE is initial").isEqualTo(0x1fa0);
    }

    @Test
    void aFrameWithoutTheSecondMagicHasOnlyWhatFxsaveSaves() {
        push(SignalInfo.kernel(Signal.SIGUSR1));
        long area = memory.readLong(context(184));
        byte[] xmm = new byte[256];
        memory.read(area + 160, xmm, 0, 256);
        memory.writeInt(area + VECTOR_SIZE, 0);
        pop();
        assertThat(vector.getLong(512)).isEqualTo(3);
        assertThat(Arrays.copyOfRange(cpu.vector(), 160, 416)).isEqualTo(xmm);
    }

    @Test
    void aFrameWithoutFloatingPointGivesTheInitialState() {
        push(SignalInfo.kernel(Signal.SIGUSR1));
        memory.writeLong(context(184), 0);
        pop();
        assertThat(vector.getInt(24)).isEqualTo(0x1f80);
        assertThat(vector.getLong(512)).isEqualTo(3);
    }

    @Test
    void anyBytesInAFrameAreAStateOrAFault() {
        Random random = new Random(42);
        for (int round = 0; round < 2000; round++) {
            fillRegisters();
            push(SignalInfo.kernel(Signal.SIGUSR1));
            long sp = cpu.get(X86Registers.RSP);
            for (int i = random.nextInt(8); i >= 0; i--) {
                memory.writeByte(sp + random.nextInt((int) (TOP - 0x1008 - sp)), (byte) random.nextInt());
            }
            if (!pop().whole()) {
                continue;
            }
            assertThat(vector.getInt(24) & ~0xffff).isZero();
            assertThat(vector.getLong(512) & ~0xe7).isZero();
            assertThat(Arrays.copyOfRange(cpu.vector(), 520, 576)).containsOnly(0);
        }
    }
}
