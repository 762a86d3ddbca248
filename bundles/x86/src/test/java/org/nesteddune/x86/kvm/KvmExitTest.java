package org.nesteddune.x86.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.x86.X86Registers.ERR;
import static org.nesteddune.x86.X86Registers.ORIG_RAX;
import static org.nesteddune.x86.X86Registers.R10;
import static org.nesteddune.x86.X86Registers.R11;
import static org.nesteddune.x86.X86Registers.R15;
import static org.nesteddune.x86.X86Registers.RAX;
import static org.nesteddune.x86.X86Registers.RBX;
import static org.nesteddune.x86.X86Registers.RCX;
import static org.nesteddune.x86.X86Registers.RDI;
import static org.nesteddune.x86.X86Registers.RFLAGS;
import static org.nesteddune.x86.X86Registers.RIP;
import static org.nesteddune.x86.X86Registers.RSI;
import static org.nesteddune.x86.X86Registers.RSP;
import static org.nesteddune.x86.X86Registers.TRAPNO;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.Machine.ExitCount;
import org.nesteddune.linux.Signal;

/** What ends a run, and what the registers then say. */
class KvmExitTest extends KvmGuestTest {

    @Test
    void systemCallShowsAllRegistersAndReturns() {
        guest.code("0f05 4889c3 0f05"); // syscall; mov %rax, %rbx; syscall
        for (int register = RAX; register <= R15; register++) {
            if (register != RSP) {
                guest.with(register, 0x1111_0000L + register);
            }
        }
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        for (int register = RAX; register <= R15; register++) {
            if (register != RSP && register != RCX && register != R11) {
                assertThat(guest.state.get(register)).isEqualTo(0x1111_0000L + register);
            }
        }
        assertThat(guest.position()).isEqualTo(2);
        assertThat(guest.state.get(RCX)).isEqualTo(guest.at(2));
        assertThat(guest.state.get(R11)).isEqualTo(0x202);
        assertThat(guest.state.get(RFLAGS)).isEqualTo(0x202);
        assertThat(guest.state.get(RSP)).isEqualTo(guest.at(TestGuest.STACK) + TestGuest.PAGE);
        assertThat(guest.state.get(ORIG_RAX)).isEqualTo(0x1111_0000L);

        guest.with(RAX, -38).with(R10, 5);
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.state.get(RBX)).isEqualTo(-38);
        assertThat(guest.state.get(R10)).isEqualTo(5);
        assertThat(guest.position()).isEqualTo(7);
    }

    @Test
    void systemCallsInALoopCountTheirArguments() {
        // 1: syscall; add %rax, %rsi; inc %rdi; jmp 1b
        guest.code("0f05 4801c6 48ffc7 ebf6").with(RDI, 0).with(RSI, 0);
        long sum = 0;
        for (int i = 0; i < 500; i++) {
            assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
            assertThat(guest.state.get(RDI)).isEqualTo(i);
            assertThat(guest.state.get(RSI)).isEqualTo(sum);
            guest.with(RAX, 3L * i);
            sum += 3L * i;
        }
        assertThat(guest.machine.exitCounts()).contains(new ExitCount("system call", 500));
    }

    @Test
    void flagsTravelBothWays() {
        guest.code("f9 fd 0f05 9c 58 0f05"); // stc; std; syscall; pushfq; pop %rax; syscall
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.state.get(RFLAGS)).isEqualTo(0x603);
        guest.with(RFLAGS, 0x3ef3); // with IOPL 3, which is not the user's to have
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.state.get(RAX) & 0x3eff).isEqualTo(0x0ed3);
    }

    @ParameterizedTest
    @CsvSource({
        "ud2, 0f0b, 0",
        "nop before ud2, 900f0b, 1",
    })
    void illegalInstruction(String what, String code, long position) {
        assertThat(guest.code(code).run()).isEqualTo(new Exit.IllegalInstruction());
        assertThat(guest.position()).isEqualTo(position);
        assertThat(guest.state.get(TRAPNO)).isEqualTo(6);
        assertThat(guest.state.get(ORIG_RAX)).isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({
        "hlt, f4",
        "cli, fa",
        "mov %cr3, 0f20d8",
        "rdmsr, 0f32",
        "swapgs, 0f01f8",
        "out to a closed port, e680",
        "out to the port of system calls, e610",
        "out to the port of exceptions, e611",
        "in from the port of system calls, e410",
        "int $0x80, cd80",
        "int $0x20, cd20",
        "int $14, cd0e",
        "misaligned vector, 0f280425 01000000",
    })
    void protectionFaultPointsAtTheInstruction(String what, String code) {
        // First a call, from which it is known how this KVM reports ports.
        assertThat(guest.code("0f05").run()).isSameAs(Exit.SYSTEM_CALL);
        for (int i = 0; i < 3; i++) {
            Exit exit = guest.code(code + "0f05").with(RAX, 0x55).run();
            if (exit == Exit.INTERRUPTED) {
                exit = guest.run();
            }
            assertThat(exit).isEqualTo(new Exit.ProtectionFault());
            assertThat(guest.position()).isZero();
            assertThat(guest.state.get(TRAPNO)).isEqualTo(13);
            assertThat(guest.state.get(RAX)).isEqualTo(0x55);
        }
        guest.code("0f05");
        Exit exit = guest.run();
        assertThat(exit == Exit.INTERRUPTED ? guest.run() : exit).isSameAs(Exit.SYSTEM_CALL);
    }

    @Test
    void addressThatIsNotCanonical() {
        assertThat(guest.read(0x0080_0000_0000_0000L)).isEqualTo(new Exit.ProtectionFault());
        assertThat(guest.position()).isZero();
        assertThat(guest.execute(0x0080_0000_0000_0000L)).isEqualTo(new Exit.ProtectionFault());
    }

    @ParameterizedTest
    @ValueSource(longs = {0x0000_8000_0000_0000L, 0x7fff_ffff_ffff_ffffL})
    void startAtAnAddressThatIsNotCanonical(long address) {
        guest.code("0f05").with(RIP, address);
        assertThat(guest.run()).isEqualTo(new Exit.ProtectionFault());
        assertThat(guest.state.get(RIP)).isEqualTo(address);
        assertThat(guest.code("0f05").run()).isSameAs(Exit.SYSTEM_CALL);
    }

    @Test
    void upperHalf() {
        long address = 0xffff_8000_0000_0000L;
        assertThat(guest.read(address)).isEqualTo(new Exit.MemoryFault(address, Access.READ));
        assertThat(guest.state.get(ERR)).isEqualTo(5);
        assertThat(guest.execute(address)).isEqualTo(new Exit.MemoryFault(address, Access.EXECUTE));
        guest.with(RIP, address);
        assertThat(guest.run()).isEqualTo(new Exit.MemoryFault(address, Access.EXECUTE));
        assertThat(guest.run()).isEqualTo(new Exit.MemoryFault(address, Access.EXECUTE));
    }

    @Test
    void supervisorPagesAreOutOfReach() {
        assertThat(guest.write(SystemLayout.STUB)).isEqualTo(new Exit.MemoryFault(SystemLayout.STUB, Access.WRITE));
        assertThat(guest.write(SystemLayout.FRAMES)).isEqualTo(new Exit.MemoryFault(SystemLayout.FRAMES, Access.WRITE));
        assertThat(guest.read(SystemLayout.EXCEPTIONS))
                .isEqualTo(new Exit.MemoryFault(SystemLayout.EXCEPTIONS, Access.READ));
        assertThat(guest.execute(SystemLayout.EXCEPTIONS + SupervisorCode.HANDLERS))
                .isInstanceOf(Exit.MemoryFault.class);
        assertThat(guest.read(SystemLayout.VCPU_PAGES))
                .isEqualTo(new Exit.MemoryFault(SystemLayout.VCPU_PAGES, Access.READ));
        assertThat(guest.state.get(ERR)).isEqualTo(4);
    }

    @Test
    void jumpIntoTheStubIsNoMoreThanASystemCall() {
        guest.code("488d0d03000000 ffe7 90 0f05") // lea 3(%rip), %rcx; jmp *%rdi; nop; syscall
                .with(RDI, SystemLayout.STUB).with(RAX, 39).with(R11, 0x3202);
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.position()).isEqualTo(10);
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.position()).isEqualTo(12);
        assertThat(guest.state.get(RFLAGS) & 0x3000).isZero();
    }

    @Test
    void breakpoint() {
        assertThat(guest.code("90 cc 0f05").run()).isEqualTo(new Exit.Breakpoint());
        assertThat(guest.position()).isEqualTo(2);
        assertThat(guest.state.get(TRAPNO)).isEqualTo(3);
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
    }

    @Test
    void singleStep() {
        guest.code("90 90 0f05").with(RFLAGS, 0x302);
        assertThat(guest.run()).isEqualTo(new Exit.DebugTrap(Signal.TRAP_TRACE));
        assertThat(guest.position()).isEqualTo(1);
        assertThat(guest.run()).isEqualTo(new Exit.DebugTrap(Signal.TRAP_TRACE));
        assertThat(guest.position()).isEqualTo(2);
        guest.with(RFLAGS, guest.state.get(RFLAGS) & ~0x100);
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
    }

    @Test
    void trapInstructionIsNoSingleStep() {
        assertThat(guest.code("90 f1 0f05").run()).isEqualTo(new Exit.DebugTrap(Signal.TRAP_BRKPT));
        assertThat(guest.position()).isIn(1L, 2L); // under some hypervisors it stays at the instruction
        assertThat(guest.state.get(TRAPNO)).isEqualTo(1);
    }

    @Test
    void integerDivision() {
        assertThat(guest.code("31c0 31d2 31c9 f7f1").run()).isEqualTo(new Exit.ArithmeticFault(Signal.FPE_INTDIV));
        assertThat(guest.position()).isEqualTo(6);
    }

    @Test
    void floatingPointDivision() {
        // fninit; push $0x37b; fldcw (%rsp); fld1; fldz; fdivrp; fwait
        assertThat(guest.code("dbe3 687b030000 d92c24 d9e8 d9ee def9 9b 0f05").run())
                .isEqualTo(new Exit.ArithmeticFault(Signal.FPE_FLTDIV));
        assertThat(guest.state.get(TRAPNO)).isEqualTo(16);
    }

    @ParameterizedTest
    @CsvSource({
        "0x1d80, f30f5ec1, " + Signal.FPE_FLTDIV, // divss, 1/0
        "0x1f00, f30f5ec9, " + Signal.FPE_FLTINV, // divss, 0/0
    })
    void vectorDivision(int mxcsr, String division, int code) {
        // mov $1, %eax; xorps %xmm1, %xmm1; cvtsi2ss %eax, %xmm0; push %rdi; ldmxcsr (%rsp)
        guest.code("b801000000 0f57c9 f30f2ac0 57 0fae1424" + division + "0f05").with(RDI, mxcsr);
        assertThat(guest.run()).isEqualTo(new Exit.ArithmeticFault(code));
        assertThat(guest.state.get(TRAPNO)).isEqualTo(19);
    }

    @Test
    void alignmentCheck() {
        // mov %rsp, %rax; pushfq; orl $0x40000, (%rsp); popfq; mov -7(%rax), %eax
        assertThat(guest.code("4889e0 9c 810c2400000400 9d 8b40f9 0f05").run())
                .isEqualTo(new Exit.AlignmentFault(0));
        assertThat(guest.state.get(TRAPNO)).isEqualTo(17);
    }

    @Test
    void endlessRecursionStopsWhereTheStackEnds() {
        assertThat(guest.code("e8fbffffff").run()) // 1: call 1b
                .isEqualTo(new Exit.MemoryFault(guest.at(TestGuest.STACK) - 8, Access.WRITE));
    }

    @Test
    void guestTimeIsTheHosts() {
        long before = System.nanoTime();
        guest.code("0f31 0f05"); // rdtsc; syscall
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        long first = guest.state.get(3) << 32 | guest.state.get(RAX);
        assertThat(guest.code("0f31 0f05").run()).isSameAs(Exit.SYSTEM_CALL);
        long second = guest.state.get(3) << 32 | guest.state.get(RAX);
        assertThat(second).isGreaterThan(first);
        assertThat(System.nanoTime()).isGreaterThan(before);
    }
}
