package org.nesteddune.x86.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.x86.X86Registers.FS_BASE;
import static org.nesteddune.x86.X86Registers.GS_BASE;
import static org.nesteddune.x86.X86Registers.RAX;
import static org.nesteddune.x86.X86Registers.RBX;
import static org.nesteddune.x86.X86Registers.RDI;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.CpuSnapshot;
import org.nesteddune.arch.CpuState;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.host.Memory;
import org.nesteddune.x86.X86Registers;

/** Vector state, segment bases and what a new vCPU holds. */
class KvmStateTest extends KvmGuestTest {

    private static final int XSTATE_BV = 512;
    private static final int XCOMP_BV = 520;
    private static final int XMM0 = 160;
    private static final int XMM3 = XMM0 + 3 * 16;

    private ByteBuffer vector() {
        byte[] bytes = new byte[guest.state.vectorSize()];
        guest.state.readVector(bytes);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void newVcpuHasTheStateOfANewProcess() {
        try (Vcpu second = guest.machine.createVcpu()) {
            assertFresh(second.state());
        }
    }

    private static void assertFresh(CpuState state) {
        for (int register = 0; register < X86Registers.COUNT; register++) {
            long expected = switch (register) {
                case X86Registers.RFLAGS -> 0x202;
                case X86Registers.ORIG_RAX -> -1;
                default -> 0;
            };
            assertThat(state.get(register)).as(X86Registers.SET.names().get(register)).isEqualTo(expected);
        }
        byte[] bytes = new byte[state.vectorSize()];
        state.readVector(bytes);
        ByteBuffer vector = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(vector.getShort(0)).isEqualTo((short) 0x37f);
        assertThat(vector.getInt(24)).isEqualTo(0x1f80);
        assertThat(Arrays.copyOfRange(bytes, XMM0, 416)).containsOnly(0);
    }

    @Test
    void vcpuThatIsUsedAgainIsLikeNew() {
        Vcpu first = guest.machine.createVcpu();
        CpuState state = first.state();
        state.set(X86Registers.RIP, guest.at(TestGuest.CODE));
        state.set(RAX, 5);
        guest.code("66480f6ef8 48c7c077000000 f3480faed0 f3480faed8 0f05"); // xmm7 = rax; fs base = gs base = 0x77
        assertThat(first.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(state.get(FS_BASE)).isEqualTo(0x77);
        first.close();
        try (Vcpu second = guest.machine.createVcpu()) {
            second.state().set(X86Registers.RIP, guest.at(TestGuest.CODE));
            second.state().set(X86Registers.RIP, 0);
            assertFresh(second.state());
            guest.code("f3480faec0 66480f7efb 0f05"); // rax = fs base; rbx = xmm7
            second.state().set(X86Registers.RIP, guest.at(TestGuest.CODE));
            assertThat(second.run()).isSameAs(Exit.SYSTEM_CALL);
            assertThat(second.state().get(RAX)).isZero();
            assertThat(second.state().get(RBX)).isZero();
        }
    }

    @Test
    void controlWordsOfAVcpuThatIsUsedAgainAreThoseOfANewProcess() {
        guest.map(TestGuest.DATA, TestGuest.PAGE, TestGuest.RW);
        Memory.putInt(guest.at(TestGuest.DATA), 0x7f80); // MXCSR, rounding towards zero
        Memory.putShort(guest.at(TestGuest.DATA) + 4, (short) 0xf7f); // x87, the same
        guest.code("0fae17 d96f04 0f05").with(RDI, guest.at(TestGuest.DATA)); // ldmxcsr (%rdi); fldcw 4(%rdi)
        try (Vcpu first = guest.machine.createVcpu()) {
            first.state().copyFrom(guest.state);
            assertThat(first.run()).isSameAs(Exit.SYSTEM_CALL);
        }
        try (Vcpu second = guest.machine.createVcpu()) {
            guest.code("0fae5f08 d97f0c 0f05"); // stmxcsr 8(%rdi); fnstcw 12(%rdi)
            second.state().set(X86Registers.RIP, guest.at(TestGuest.CODE));
            second.state().set(RDI, guest.at(TestGuest.DATA));
            assertThat(second.run()).isSameAs(Exit.SYSTEM_CALL);
            assertThat(Memory.getInt(guest.at(TestGuest.DATA) + 8)).isEqualTo(0x1f80);
            assertThat(Memory.getShort(guest.at(TestGuest.DATA) + 12)).isEqualTo((short) 0x37f);
        }
    }

    /** As a child begins: with everything that its parent has, and nothing that the parent gets later. */
    @Test
    void copyHasAllThatItsSourceHas() {
        guest.code("66480f6ed8 f3480faed0 0f05").with(RAX, 0x5544332211L); // xmm3 = rax; fs base = rax
        Assumptions.assumeTrue(guest.run() == Exit.SYSTEM_CALL, "no FSGSBASE");
        try (TestGuest other = new TestGuest(engine); Vcpu sibling = guest.machine.createVcpu()) {
            sibling.state().copyFrom(guest.state);
            other.state.copyFrom(guest.state);
            byte[] vector = vector().array();
            guest.code("660fefdb 4831c0 f3480faed0 0f05"); // pxor %xmm3, %xmm3; xor %rax, %rax; fs base = rax
            assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
            for (Vcpu copy : new Vcpu[] {sibling, other.vcpu}) {
                assertCopy(copy.state(), vector);
                TestGuest its = copy == sibling ? guest : other;
                its.code("f3480faec3 66480f7eda 0f05"); // rbx = fs base; rdx = xmm3
                copy.state().set(X86Registers.RIP, its.at(TestGuest.CODE));
                assertThat(copy.run()).isSameAs(Exit.SYSTEM_CALL);
                assertThat(copy.state().get(RBX)).isEqualTo(0x5544332211L);
                assertThat(copy.state().get(X86Registers.RDX)).isEqualTo(0x5544332211L);
            }
        }
    }

    private static void assertCopy(CpuState state, byte[] vector) {
        assertThat(state.get(RAX)).isEqualTo(0x5544332211L);
        assertThat(state.get(FS_BASE)).isEqualTo(0x5544332211L);
        byte[] copied = new byte[state.vectorSize()];
        state.readVector(copied);
        assertThat(copied).isEqualTo(vector);
    }

    @Test
    void copyOfAStateThatIsNoLongerOnAVcpu() {
        guest.code("66480f6ed8 0f05").with(RAX, 42);
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        CpuSnapshot kept = CpuSnapshot.of(guest.state, X86Registers.SET);
        try (Vcpu second = guest.machine.createVcpu(); Vcpu third = guest.machine.createVcpu()) {
            second.state().copyFrom(kept);
            third.state().copyFrom(second.state());
            kept.copyFrom(third.state());
            guest.code("66480f7ed8 0f05").with(RAX, 0);
            kept.set(X86Registers.RIP, guest.at(TestGuest.CODE));
            third.state().copyFrom(kept);
            assertThat(third.run()).isSameAs(Exit.SYSTEM_CALL);
            assertThat(third.state().get(RAX)).isEqualTo(42);
        }
    }

    @Test
    void vectorRegistersComeOut() {
        guest.code("66480f6ed8 0f05").with(RAX, 0x1122334455667788L); // movq %rax, %xmm3
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        ByteBuffer vector = vector();
        assertThat(vector.getLong(XMM3)).isEqualTo(0x1122334455667788L);
        assertThat(vector.getLong(XSTATE_BV) & 2).isEqualTo(2);
        assertThat(vector.getLong(XCOMP_BV)).isZero();
    }

    @Test
    void vectorRegistersGoIn() {
        guest.code("0f05 66480f7ed8 0f05"); // syscall; movq %xmm3, %rax
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        ByteBuffer vector = vector();
        vector.putLong(XMM3, 0x99aabbccddeeff00L);
        vector.putLong(XSTATE_BV, vector.getLong(XSTATE_BV) | 2);
        assertThat(guest.state.writeVector(vector.array())).isTrue();
        assertThat(vector().getLong(XMM3)).isEqualTo(0x99aabbccddeeff00L);
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.state.get(RAX)).isEqualTo(0x99aabbccddeeff00L);
    }

    @Test
    void oldFormOf512BytesIsTaken() {
        byte[] old = new byte[512];
        ByteBuffer.wrap(old).order(ByteOrder.LITTLE_ENDIAN).putShort(0, (short) 0x37f).putInt(24, 0x1f80)
                .putLong(XMM3, 42);
        assertThat(guest.state.writeVector(old)).isTrue();
        assertThat(guest.code("66480f7ed8 0f05").run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.state.get(RAX)).isEqualTo(42);
    }

    @Test
    void badVectorStateIsRefusedAndChangesNothing() {
        guest.code("66480f6ed8 0f05 66480f7ed8 0f05").with(RAX, 7);
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        byte[] good = vector().array();
        assertThat(guest.state.writeVector(new byte[100])).isFalse();
        assertThat(guest.state.writeVector(changed(good, XSTATE_BV, 1L << 40))).isFalse();
        assertThat(guest.state.writeVector(changed(good, XCOMP_BV, 1L << 63))).isFalse();
        assertThat(guest.state.writeVector(changed(good, XCOMP_BV + 8, 1))).isFalse();
        assertThat(guest.state.writeVector(changed(good, 24, -1))).isFalse();
        assertThat(guest.with(RAX, 0).run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.state.get(RAX)).isEqualTo(7);
    }

    private static byte[] changed(byte[] state, int offset, long value) {
        byte[] copy = state.clone();
        ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN).putLong(offset, value);
        return copy;
    }

    @Test
    void widestRegistersSurviveCalls() {
        Assumptions.assumeTrue(guest.code("31c9 0f01d0 0f05").run() == Exit.SYSTEM_CALL); // xgetbv
        Assumptions.assumeTrue((guest.state.get(RAX) & 0xe0) == 0xe0, "the CPU has no AVX-512");
        guest.map(TestGuest.DATA, TestGuest.PAGE, TestGuest.RW);
        for (int i = 0; i < 8; i++) {
            Memory.putLong(guest.at(TestGuest.DATA) + 8L * i, 0x0101010101010101L * (i + 1));
        }
        // vmovdqu64 (%rdi), %zmm20; syscall; vmovdqu64 %zmm20, 64(%rdi); syscall
        guest.code("62e1fe486f27 0f05 62e1fe487f6701 0f05").with(RDI, guest.at(TestGuest.DATA));
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        CpuSnapshot snapshot = CpuSnapshot.of(guest.state, X86Registers.SET);
        guest.code("62a1fe4833c0 0f05"); // disturb nothing of interest
        snapshot.restore(guest.state);
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        for (int i = 0; i < 8; i++) {
            assertThat(Memory.getLong(guest.at(TestGuest.DATA) + 64 + 8L * i)).isEqualTo(0x0101010101010101L * (i + 1));
        }
    }

    @Test
    void segmentBasesGoInAndComeOut() {
        guest.map(TestGuest.DATA, TestGuest.PAGE, TestGuest.RW);
        Memory.putLong(guest.at(TestGuest.DATA), 11);
        Memory.putLong(guest.at(TestGuest.DATA) + 8, 22);
        // mov %fs:0, %rax; mov %gs:0, %rbx; syscall
        guest.code("64488b042500000000 65488b1c2500000000 0f05")
                .with(FS_BASE, guest.at(TestGuest.DATA)).with(GS_BASE, guest.at(TestGuest.DATA) + 8);
        assertThat(guest.state.get(FS_BASE)).isEqualTo(guest.at(TestGuest.DATA));
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.state.get(RAX)).isEqualTo(11);
        assertThat(guest.state.get(RBX)).isEqualTo(22);
        assertThat(guest.state.get(FS_BASE)).isEqualTo(guest.at(TestGuest.DATA));
        assertThat(guest.state.get(GS_BASE)).isEqualTo(guest.at(TestGuest.DATA) + 8);
    }

    @Test
    void userMaySetItsSegmentBaseItself() {
        Assumptions.assumeTrue(guest.machine.hardwareCapabilities()[1] == 2, "no FSGSBASE");
        guest.code("f3480faed0 0f05").with(RAX, 0x123456789000L); // wrfsbase %rax
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.state.get(FS_BASE)).isEqualTo(0x123456789000L);
        guest.code("f3480faec3 0f05").with(FS_BASE, 0x5000); // rdfsbase %rbx
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.state.get(RBX)).isEqualTo(0x5000);
    }

    @Test
    void segmentSelectorsAreThoseOfLinux() {
        guest.code("31c0 8cc8 8cd3 8cd9 0f05"); // mov %cs, %eax; mov %ss, %ebx; mov %ds, %ecx
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.state.get(RAX)).isEqualTo(0x33);
        assertThat(guest.state.get(RBX)).isEqualTo(0x2b);
    }

    @Test
    void numberOfTheCpuIsInTheSegmentThatLinuxHasForIt() {
        guest.code("b97b000000 31c0 0f03c1 0f05"); // mov $0x7b, %ecx; lsl %ecx, %eax
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.state.get(RAX) & 0xfff).isLessThan(Runtime.getRuntime().availableProcessors());
    }
}
