package org.nesteddune.engine.software.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.nesteddune.arch.CpuState;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.engine.software.FloatGuard;
import org.nesteddune.engine.software.GuestCpu;
import org.nesteddune.engine.software.InstructionFetch;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.host.Memory;

/**
 * A thread's registers, and the loop that runs them. What others may touch is {@link #requests} and {@link #inGuest}.
 *
 * <p>A safe point lies before each block: there what others have asked for is looked at, and no address that was computed before is used
 * after it.
 */
final class SoftwareVcpu implements Vcpu, GuestCpu, InstructionFetch {

    /** What is counted. */
    enum Count {
        SYSTEM_CALL("system calls"),
        FAULT("faults"),
        INTERRUPTION("interruptions"),
        OTHER("other exits"),
        BLOCK("blocks interpreted"),
        INSTRUCTION("instructions interpreted");

        private final String text;

        Count(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    private static final VarHandle REQUESTS;

    static {
        try {
            REQUESTS = MethodHandles.lookup().findVarHandle(SoftwareVcpu.class, "requests", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int KICK = 1;
    private static final int FLUSH = 2;
    /** The vCPU's own: so that it does not go on to another block. */
    private static final int STEP = 4;
    /** The vCPU's own: something has been {@link #answerEarly answered early}, and is to be answered again. */
    private static final int AGAIN = 8;

    /** Slots of the vCPU's own short way from an address to its block: so many at first, and at most. Powers of 2. */
    private static final int FEWEST_SHORTCUTS = 1024;
    private static final int MOST_SHORTCUTS = 16384;

    /** A block that was run so many times less than a hot one is not worth being translated with it. */
    private static final int COLDER = 16;

    /** More than the instructions of a block have. */
    private static final int BLOCK_BYTES = 512;

    private final SoftwareMachine machine;
    private final CodeCache code;
    private final Interpreter interpreter;
    private final BlockBuilder builder;
    private final SoftwareState state;
    final long[] registers;
    final SoftMemory memory;
    private Block[] shortcuts = new Block[FEWEST_SHORTCUTS];
    /** The same for translated code. Emptied whenever code has been dropped. */
    private Region[] regions = new Region[FEWEST_SHORTCUTS];
    /** How often a slot has been taken from another address since there are so many slots. */
    private int conflicts;
    private int drops;
    private long flushes;
    private final GuestExit guestExit = new GuestExit();
    private final long[] counts = new long[Count.values().length];
    private final int programCounter;
    private final FloatGuard guard;
    private final int unit;
    /** What is being decoded: its beginning, and the end of what has been looked at. */
    private long start;
    private long fetched;
    volatile int requests;
    private volatile boolean inGuest;
    /** Why translated code has ended, or null if it only goes on elsewhere. */
    Exit translatedExit;

    SoftwareVcpu(SoftwareMachine machine) {
        this.machine = machine;
        code = machine.code();
        // One more word for operations' constants.
        registers = new long[machine.file().size() + 1];
        state = new SoftwareState(machine.file(), registers);
        builder = new BlockBuilder(machine.file());
        memory = new SoftMemory(machine.table(), code, guestExit, registers, machine.architecture().alignmentRegister());
        interpreter = new Interpreter(this, machine.architecture());
        programCounter = machine.file().programCounter();
        guard = machine.architecture().floatGuard();
        unit = machine.architecture().instructionUnit();
    }

    @Override
    public CpuState state() {
        return state;
    }

    @Override
    public Exit run() {
        inGuest = true;
        forgetDropped();
        forgetRanges();
        Exit exit;
        try {
            exit = state.stepping() == 0 ? loop() : step();
        } finally {
            inGuest = false;
        }
        count(exit);
        return exit;
    }

    private Exit loop() {
        long pc = registers[programCounter];
        try {
            while (true) {
                if (requests != 0 && answer()) {
                    registers[programCounter] = pc;
                    return Exit.INTERRUPTED;
                }
                int slot = slot(pc);
                Region region = regions[slot];
                Exit exit;
                if (region != null && region.isAt(pc)) {
                    if (region.countEntry()) {
                        region = improve(slot, region);
                        if (requests != 0) {
                            // Other blocks have been looked at for it, whose pages may be watched only now.
                            continue;
                        }
                    }
                    if (memory.ranges.isWanting()) {
                        memory.learnRange();
                    }
                    pc = region.run(this, registers, memory);
                    exit = translatedExit;
                } else {
                    Block block = block(pc);
                    pc = interpreter.run(block);
                    exit = interpreter.exit();
                }
                if (exit != null) {
                    if (translatedExit != null) {
                        translatedExit = null;
                        memory.unlink();
                    }
                    registers[programCounter] = pc;
                    return exit;
                }
            }
        } catch (GuestExit noCode) {
            registers[programCounter] = pc;
            return noCode.reason();
        } catch (InternalError lost) {
            // How the JVM tells of a SIGBUS, maybe somewhat late: the file behind a mapping has become shorter.
            memory.unlink();
            registers[programCounter] = pc;
            return new Exit.BackingFault();
        }
    }

    /**
     * One instruction, from a block of its own that nobody else sees. From a load-linked on it goes on until the reservation has been used
     * or given up, since with a trap in between no conditional store would ever succeed.
     */
    private Exit step() {
        long pc = registers[programCounter];
        try {
            do {
                if (requests != 0 && answer()) {
                    registers[programCounter] = pc;
                    return Exit.INTERRUPTED;
                }
                builder.single(true);
                Block block;
                try {
                    block = build(pc);
                } finally {
                    builder.single(false);
                }
                REQUESTS.getAndBitwiseOr(this, STEP);
                try {
                    pc = interpreter.run(block);
                } finally {
                    REQUESTS.getAndBitwiseAnd(this, ~STEP);
                }
            } while (interpreter.exit() == null && memory.isLinked());
            registers[programCounter] = pc;
            return interpreter.exit() == null ? new Exit.DebugTrap(state.stepping()) : interpreter.exit();
        } catch (GuestExit noCode) {
            registers[programCounter] = pc;
            return noCode.reason();
        }
    }

    /** The block to interpret; if it has been translated meanwhile that is run from the next time on. */
    private Block block(long pc) {
        int slot = slot(pc);
        Block block = shortcuts[slot];
        if (block == null || block.pc() != pc || !block.isValid()) {
            if (block != null && block.pc() != pc && ++conflicts > shortcuts.length && shortcuts.length < MOST_SHORTCUTS) {
                widen();
                slot = slot(pc);
            }
            block = find(pc);
            shortcuts[slot] = block;
        }
        if (block.translation() instanceof Region region) {
            regions[slot] = region;
        } else {
            interpreter.link(block);
            if (block.countRun() == threshold()) {
                translate(block);
            }
        }
        return block;
    }

    private int slot(long pc) {
        return (int) (pc >>> 2) & shortcuts.length - 1;
    }

    /** Begins with more slots, because the guest's code does not fit: most guests have little, and a thread is to cost little. */
    private void widen() {
        int slots = 4 * shortcuts.length;
        conflicts = 0;
        shortcuts = new Block[slots];
        regions = new Region[slots];
    }

    /** The block at an address if the vCPU has found it lately, or null. */
    Block known(long pc) {
        Block block = shortcuts[slot(pc)];
        return block != null && block.pc() == pc ? block : null;
    }

    /** Counts what has been interpreted. */
    void count(long blocks, long instructions) {
        counts[Count.BLOCK.ordinal()] += blocks;
        counts[Count.INSTRUCTION.ordinal()] += instructions;
    }

    /** After how many runs a block is to be translated. */
    int threshold() {
        return machine.translator().threshold();
    }

    /** Has a block translated that has become hot. */
    void translate(Block head) {
        Grade grade = machine.translator().first();
        machine.translator().request(blocksAround(head, grade), code, grade);
    }

    private List<Block> blocksAround(Block head, Grade grade) {
        Translator translator = machine.translator();
        int least = translator.threshold() / COLDER;
        return RegionFinder.find(head, translator.bytes(grade), least, this::findOrNull, code::isReturnPoint);
    }

    /** A region has been entered many times: has a better one made, or takes the one that has been made meanwhile. */
    private Region improve(int slot, Region region) {
        Block head = region.head();
        if (head.translation() instanceof Region now && now != region) {
            regions[slot] = now;
            return now;
        }
        askForMore(region, head);
        return region;
    }

    /**
     * Whether there is something better for a loop that a region has run many times, which is what is run there next; if the loop is worth it
     * that is asked for.
     */
    boolean isOutdone(Region region, long loop) {
        Block head = code.get(loop);
        if (head == null) {
            return false;
        }
        if (head.translation() instanceof Region now && now.grade().compareTo(region.grade()) > 0) {
            int slot = slot(loop);
            regions[slot] = now;
            return true;
        }
        askForMore(region, head);
        return false;
    }

    private void askForMore(Region region, Block head) {
        if (region.isWorthMore() && machine.translator().hasRoom() && head.ask(region.grade().ordinal() + 1)) {
            List<Block> blocks = blocksAround(head, Grade.LARGE);
            if (region.grade() != Grade.LARGE || blocks.size() > region.blocks().size()) {
                machine.translator().request(blocks, code, Grade.LARGE);
            }
        }
    }

    private Block findOrNull(long pc) {
        try {
            return find(pc);
        } catch (GuestExit notThere) {
            return null;
        }
    }

    /** Whether the control register lets the host's arithmetic be the guest's. */
    boolean hasHostFloats() {
        return (registers[guard.register()] & guard.mask()) == guard.value();
    }

    /** What the architecture does for an operation. */
    long call(int function, long a, long b) {
        return machine.architecture().call(this, function, a, b);
    }

    /** At a safe point: does what others have asked for, and tells whether the run ends for it. */
    private boolean answer() {
        int seen = (int) REQUESTS.getAndSet(this, 0);
        forgetDropped();
        forgetRanges();
        return (seen & KICK) != 0;
    }

    /**
     * Lets those go on who wait for a safe point, between blocks or in code that uses no known ranges. As what will run next has perhaps
     * been chosen already, the next safe point does the same.
     */
    void answerEarly() {
        if ((requests & FLUSH) != 0) {
            REQUESTS.getAndBitwiseOr(this, AGAIN);
            REQUESTS.getAndBitwiseAnd(this, ~FLUSH);
        }
    }

    /** Forgets translations if some have been dropped. */
    private void forgetDropped() {
        int now = code.drops();
        if (now != drops) {
            drops = now;
            Arrays.fill(regions, null);
        }
    }

    /** Forgets which pages may be accessed if some may no longer be. */
    private void forgetRanges() {
        long now = machine.flushes();
        if (now != flushes || memory.isAlignmentChecked()) {
            flushes = now;
            memory.ranges.forget();
        }
    }

    private Block find(long pc) {
        Block block = code.get(pc);
        while (block == null || !block.isValid()) {
            block = decode(pc);
        }
        return block;
    }

    private Block decode(long pc) {
        int stamp = code.stamp();
        byte[] source = machine.isExecutable(pc) && code.mayChangeUnseen(pc) ? source(pc) : null;
        Block block = build(pc);
        return code.add(block, fetched - pc, stamp, source) ? block : null;
    }

    /** What is there, as far as a block can reach. */
    private byte[] source(long pc) {
        byte[] bytes = new byte[BLOCK_BYTES];
        for (int i = 0; i < bytes.length; i++) {
            long host = machine.table().readable(pc + i);
            if (host == 0) {
                return Arrays.copyOf(bytes, i);
            }
            bytes[i] = Memory.getByte(host);
        }
        return bytes;
    }

    private Block build(long pc) {
        if ((pc & unit - 1) != 0) {
            throw guestExit.with(new Exit.AlignmentFault(pc));
        }
        start = pc;
        fetched = pc;
        fetch(pc); // a fault here is the block's own
        builder.begin(pc);
        machine.architecture().decode(pc, this, builder);
        return builder.build();
    }

    @Override
    public boolean isExecutable(long address) {
        if (!machine.isExecutable(address)) {
            return false;
        }
        if (address >= fetched) {
            if (address == start || (address & PageTable.PAGE_SIZE - 1) == 0) {
                machine.settle(this, code.watch(address));
            }
            fetched = address + unit;
        }
        return true;
    }

    @Override
    public int word(long address) {
        return (int) fetch(address);
    }

    @Override
    public int halfword(long address) {
        return (int) fetch(address);
    }

    private long fetch(long address) {
        if (!isExecutable(address)) {
            throw guestExit.with(new Exit.MemoryFault(address, Access.EXECUTE));
        }
        return memory.load(address, unit);
    }

    @Override
    public long[] registers() {
        return registers;
    }

    @Override
    public long load(long address, int bytes) {
        return memory.load(address, bytes);
    }

    @Override
    public void store(long address, long value, int bytes) {
        memory.store(address, value, bytes);
    }

    @Override
    public void invalidate(long address, long length) {
        code.invalidate(address, length);
    }

    @Override
    public void recheckCode() {
        code.recheck();
    }

    @Override
    public RuntimeException exit(Exit exit) {
        throw guestExit.with(exit);
    }

    private void count(Exit exit) {
        Count kind = exit == Exit.SYSTEM_CALL ? Count.SYSTEM_CALL
                : exit == Exit.INTERRUPTED ? Count.INTERRUPTION
                : exit instanceof Exit.MemoryFault ? Count.FAULT : Count.OTHER;
        counts[kind.ordinal()]++;
    }

    void addCounts(long[] sum) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += counts[i];
        }

    }

    @Override
    public void kick() {
        REQUESTS.getAndBitwiseOr(this, KICK);
    }

    /** Asks the vCPU to pass a safe point. Any thread. */
    void requestFlush() {
        if (inGuest) {
            REQUESTS.getAndBitwiseOr(this, FLUSH);
        }
    }

    /**
     * Waits until the vCPU has passed a safe point since {@link #requestFlush}.
     *
     * @param meanwhile done again and again while it has not
     */
    void awaitFlush(Runnable meanwhile) {
        for (int spins = 0; inGuest && (requests & FLUSH) != 0; spins++) {
            meanwhile.run();
            if (spins < 100) {
                Thread.onSpinWait();
            } else if (spins < 200) {
                Thread.yield();
            } else {
                LockSupport.parkNanos(20_000);
            }
        }
    }

    @Override
    public void close() {
        machine.retire(this);
    }
}
