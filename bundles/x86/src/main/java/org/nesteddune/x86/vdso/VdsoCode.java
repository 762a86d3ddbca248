package org.nesteddune.x86.vdso;

import static org.nesteddune.x86.asm.Condition.ABOVE;
import static org.nesteddune.x86.asm.Condition.ABOVE_OR_EQUAL;
import static org.nesteddune.x86.asm.Condition.EQUAL;
import static org.nesteddune.x86.asm.Condition.NOT_EQUAL;
import static org.nesteddune.x86.asm.Register.R10;
import static org.nesteddune.x86.asm.Register.R11;
import static org.nesteddune.x86.asm.Register.R8;
import static org.nesteddune.x86.asm.Register.R9;
import static org.nesteddune.x86.asm.Register.RAX;
import static org.nesteddune.x86.asm.Register.RCX;
import static org.nesteddune.x86.asm.Register.RDI;
import static org.nesteddune.x86.asm.Register.RDX;
import static org.nesteddune.x86.asm.Register.RSI;

import java.util.List;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.linux.Time;
import org.nesteddune.x86.asm.Assembler;
import org.nesteddune.x86.asm.Label;
import org.nesteddune.x86.asm.Operand;

/**
 * The functions of the vDSO. All are leaves that leave the stack alone and use only what a C function may overwrite.
 * Signatures: vdso(7).
 */
final class VdsoCode {

    /** Clocks that are computed: the coarse ones, and those with nanoseconds. */
    private static final int COARSE = 1 << Time.CLOCK_REALTIME_COARSE | 1 << Time.CLOCK_MONOTONIC_COARSE;

    private static final int FINE = 1 << Time.CLOCK_REALTIME | 1 << Time.CLOCK_MONOTONIC | 1 << Time.CLOCK_BOOTTIME
            | 1 << Time.CLOCK_TAI;

    private static final int NANOS = 1_000_000_000;

    /** Division of any 64-bit number by 10^9: shift right by 9, upper half of the product, shift right by 11. */
    private static final long SECONDS_FACTOR = 0x44B82FA09B5A53L;

    /** Division of a 32-bit number by 1000: multiply, shift right by 38. */
    private static final int MICROS_FACTOR = 0x10624DD3;

    private static final int MICROS_SHIFT = 38;

    /**
     * The segment whose limit Linux sets to {@code node << 12 | cpu}: GDT_ENTRY_CPUNODE of {@code asm/segment.h}, at
     * privilege level 3.
     */
    private static final int CPU_NODE_SELECTOR = 0x7b;

    private static final int CPU_BITS = 12;

    /** The functions' names without prefix, in the order of the code. */
    static final List<String> NAMES = List.of("clock_gettime", "gettimeofday", "time", "clock_getres", "getcpu");

    private final Assembler a = new Assembler();
    private final SyscallNumbers numbers;
    private final int page;
    private final int[] starts = new int[NAMES.size() + 1];
    private int emitted;

    /** @param page where the clock page is, relative to the code's start */
    VdsoCode(SyscallNumbers numbers, int page) {
        this.numbers = numbers;
        this.page = page;
        begin();
        clockGettime();
        begin();
        gettimeofday();
        begin();
        time();
        begin();
        clockGetres();
        begin();
        getcpu();
        begin();
    }

    byte[] bytes() {
        return a.toBytes();
    }

    /** Where a function lies in the code. */
    int offset(String name) {
        return starts[NAMES.indexOf(name)];
    }

    /** Bytes of a function, up to the next one. */
    int size(String name) {
        return starts[NAMES.indexOf(name) + 1] - offset(name);
    }

    private void begin() {
        a.align(16);
        starts[emitted++] = a.position();
    }

    /** int clock_gettime(clockid_t edi, struct timespec *rsi). */
    private void clockGettime() {
        Label systemCall = new Label();
        Label fine = new Label();
        known(FINE | COARSE, systemCall);
        now(Operand.at(RCX, RDI, 3, ClockPage.OFFSETS), systemCall);
        ifNotOneOf(COARSE, fine);
        floorToTick();
        a.bind(fine);
        a.addq(RAX, R11);
        split();
        a.movq(Operand.at(RSI, 0), RDX);
        a.movq(Operand.at(RSI, 8), R9);
        a.xorl(RAX, RAX);
        a.ret();
        a.bind(systemCall);
        systemCall("clock_gettime");
    }

    /** int gettimeofday(struct timeval *rdi, struct timezone *rsi); either may be null. */
    private void gettimeofday() {
        Label systemCall = new Label();
        Label zone = new Label();
        Label done = new Label();
        a.testq(RDI, RDI);
        a.j(EQUAL, zone);
        now(offsetOf(Time.CLOCK_REALTIME), systemCall);
        a.addq(RAX, R11);
        split();
        a.movq(Operand.at(RDI, 0), RDX);
        a.imulq(R9, R9, MICROS_FACTOR);
        a.shrq(R9, MICROS_SHIFT);
        a.movq(Operand.at(RDI, 8), R9);
        a.bind(zone);
        a.testq(RSI, RSI);
        a.j(EQUAL, done);
        page(systemCall);
        a.movq(RAX, Operand.at(R8, ClockPage.ZONE));
        a.movq(Operand.at(RSI, 0), RAX);
        a.bind(done);
        a.xorl(RAX, RAX);
        a.ret();
        a.bind(systemCall);
        systemCall("gettimeofday");
    }

    /** time_t time(time_t *rdi): the seconds of the coarse clock, as on Linux; the pointer may be null. */
    private void time() {
        Label systemCall = new Label();
        Label done = new Label();
        now(offsetOf(Time.CLOCK_REALTIME_COARSE), systemCall);
        floorToTick();
        a.addq(RAX, R11);
        split();
        a.movq(RAX, RDX);
        a.testq(RDI, RDI);
        a.j(EQUAL, done);
        a.movq(Operand.at(RDI, 0), RAX);
        a.bind(done);
        a.ret();
        a.bind(systemCall);
        systemCall("time");
    }

    /** int clock_getres(clockid_t edi, struct timespec *rsi); the pointer may be null. */
    private void clockGetres() {
        Label systemCall = new Label();
        Label fine = new Label();
        Label done = new Label();
        known(FINE | COARSE, systemCall);
        page(systemCall);
        a.movq(RAX, Operand.at(R8, ClockPage.RESOLUTION));
        ifNotOneOf(COARSE, fine);
        a.movq(RAX, Operand.at(R8, ClockPage.TICK));
        a.bind(fine);
        a.testq(RSI, RSI);
        a.j(EQUAL, done);
        a.xorl(RCX, RCX);
        a.movq(Operand.at(RSI, 0), RCX);
        a.movq(Operand.at(RSI, 8), RAX);
        a.bind(done);
        a.xorl(RAX, RAX);
        a.ret();
        a.bind(systemCall);
        systemCall("clock_getres");
    }

    /**
     * int getcpu(unsigned *rdi, unsigned *rsi, void *rdx); either of the first may be null, the third does not count.
     *
     * <p>A guest's thread may be on any CPU, and no register of a vCPU tells on which. RDTSCP reads 0 where the vCPU has a
     * TSC_AUX of its own, as the engine sets it, and then a system call must be made; where guest code runs in the host's
     * own ring 3, it reads the host's, which is the truth. The segment says whether there is RDTSCP at all.
     */
    private void getcpu() {
        Label systemCall = new Label();
        Label node = new Label();
        Label done = new Label();
        a.movl(RAX, CPU_NODE_SELECTOR);
        a.lsl(RAX, RAX);
        a.j(NOT_EQUAL, systemCall);
        a.cmpl(RAX, VdsoService.NO_RDTSCP);
        a.j(EQUAL, systemCall);
        a.rdtscp();
        a.movl(RAX, RCX);
        a.testl(RAX, RAX);
        a.j(EQUAL, systemCall);
        a.testq(RDI, RDI);
        a.j(EQUAL, node);
        a.movl(RCX, RAX);
        a.andl(RCX, (1 << CPU_BITS) - 1);
        a.movl(Operand.at(RDI, 0), RCX);
        a.bind(node);
        a.testq(RSI, RSI);
        a.j(EQUAL, done);
        a.shrl(RAX, CPU_BITS);
        a.movl(Operand.at(RSI, 0), RAX);
        a.bind(done);
        a.xorl(RAX, RAX);
        a.ret();
        a.bind(systemCall);
        systemCall("getcpu");
    }

    /** Extends the clock in edi to rdi, or leaves for a system call if it is not one of a set. */
    private void known(int clocks, Label systemCall) {
        a.cmpl(RDI, ClockPage.CLOCKS - 1);
        a.j(ABOVE, systemCall);
        a.movl(RDI, RDI);
        ifNotOneOf(clocks, systemCall);
    }

    /** Jumps if the clock in rdi is not one of a set. Overwrites r10. */
    private void ifNotOneOf(int clocks, Label target) {
        a.movl(R10, clocks);
        a.btl(R10, RDI);
        a.j(ABOVE_OR_EQUAL, target); // carry clear
    }

    /** r8 = the clock page, or leaves for a system call if nobody keeps it current. Overwrites r9. */
    private void page(Label systemCall) {
        a.leaq(R8, Operand.relative(page));
        a.movl(R9, Operand.at(R8, ClockPage.MODE));
        a.testl(R9, R9);
        a.j(EQUAL, systemCall);
    }

    /** rax = CLOCK_MONOTONIC, r11 = what stands at {@code offset} in the segment in rcx. Leaves rdi and rsi alone. */
    private void now(Operand offset, Label systemCall) {
        Label again = new Label();
        Label inside = new Label();
        a.bind(again);
        page(systemCall);
        a.movl(R9, Operand.at(R8, ClockPage.NEWEST));
        a.lfence(); // the counter is to be read after the number
        a.rdtsc();
        a.shlq(RDX, 32);
        a.orq(RAX, RDX);
        a.movq(R10, RAX);
        a.movl(RCX, R9);
        segment();
        a.subq(RAX, Operand.at(RCX, ClockPage.START));
        a.j(ABOVE_OR_EQUAL, inside);
        a.leal(RCX, Operand.at(R9, -1)); // the newest has not begun yet
        segment();
        a.movq(RAX, R10);
        a.subq(RAX, Operand.at(RCX, ClockPage.START));
        a.j(ABOVE_OR_EQUAL, inside);
        a.xorl(RAX, RAX); // never, unless counters of CPUs differ: stand still then
        a.bind(inside);
        a.mulq(Operand.at(RCX, ClockPage.RATE));
        a.shrdq(RAX, RDX, ClockPage.RATE_SHIFT);
        a.addq(RAX, Operand.at(RCX, ClockPage.BASE));
        a.movq(R11, offset);
        a.cmpl(R9, Operand.at(R8, ClockPage.NEWEST));
        a.j(NOT_EQUAL, again);
    }

    /** rcx = the address of the segment whose number is in ecx. */
    private void segment() {
        a.andl(RCX, ClockPage.SEGMENT_MASK);
        a.shll(RCX, ClockPage.SEGMENT_SHIFT);
        a.leaq(RCX, Operand.at(R8, RCX, 0, ClockPage.SEGMENTS));
    }

    private static Operand offsetOf(int clock) {
        return Operand.at(RCX, ClockPage.OFFSETS + 8 * clock);
    }

    /** Takes from rax what is left of it when divided by a tick. Overwrites rdx and r10. */
    private void floorToTick() {
        a.movq(R10, RAX);
        a.xorl(RDX, RDX);
        a.divq(Operand.at(R8, ClockPage.TICK));
        a.subq(R10, RDX);
        a.movq(RAX, R10);
    }

    /** Nanoseconds in rax to seconds in rdx and nanoseconds in r9. Overwrites rax and r10. */
    private void split() {
        a.movq(R9, RAX);
        a.shrq(RAX, 9);
        a.movq(R10, SECONDS_FACTOR);
        a.mulq(R10);
        a.shrq(RDX, 11);
        a.imulq(R10, RDX, NANOS);
        a.subq(R9, R10);
    }

    /** The same call to the kernel, arguments as they came. */
    private void systemCall(String name) {
        a.movl(RAX, numbers.number(name));
        a.syscall();
        a.ret();
    }
}
