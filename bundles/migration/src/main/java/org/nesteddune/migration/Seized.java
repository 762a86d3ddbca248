package org.nesteddune.migration;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.escape.Arriving;
import org.nesteddune.escape.EntryRoute.Steps;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.escape.NativeProgram;
import org.nesteddune.escape.NativeThread;
import org.nesteddune.escape.Parked;
import org.nesteddune.escape.ShellCode;
import org.nesteddune.fs.FsContext;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.host.ThreadScheduling;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessTable;
import org.nesteddune.linux.Clone;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.Ptrace;
import org.nesteddune.linux.Signal;
import org.nesteddune.mm.AddressSpace;

/** A native process that stands still, so that it can be looked at from outside and by itself. For the thread that seized it. */
final class Seized implements Arriving {

    /** More instructions than any function of the vDSO has. */
    private static final int MOST_STEPS = 100_000;

    /** struct rseq: CPU numbers, and where the section in progress is described. */
    private static final int SEQUENCE = 8;

    /** What a thread is to go on with. */
    private record Standing(byte[] registers, byte[] vector, long mask, long[] sequences) {}

    private final int pid;
    private final int machine;
    private final ShellCode code;
    private final Steps steps;
    private final Tracer tracer = new Tracer();
    private final ProcFiles proc;
    private final Map<Integer, Standing> standings = new LinkedHashMap<>();
    private final Map<Integer, TimedCall.KeptWait> waits = new LinkedHashMap<>();
    private final List<Integer> attached = new ArrayList<>();
    private List<NativeMap> maps = List.of();
    private List<NativeThread> threads = List.of();
    private NativeProgram program;
    private NativeState state;
    private long instruction;
    private Shell shell;
    private DescriptorTake taking;
    private boolean over;

    private Seized(int pid, int machine, ShellCode code, Steps steps) {
        this.pid = pid;
        this.machine = machine;
        this.code = code;
        this.steps = steps;
        this.proc = new ProcFiles(pid);
    }

    /**
     * Stops a process and finds out what it is.
     *
     * @param patient whether it is to be let go again if one of its threads has only begun
     * @return null if it has been let go for that
     */
    static Seized seize(int pid, int machine, ShellCode code, Steps steps, boolean patient) throws EscapeException {
        Seized seized = new Seized(pid, machine, code, steps);
        boolean good = false;
        try {
            steps.step("stop");
            seized.stop();
            if (patient && seized.hasThreadThatBegins()) {
                return null;
            }
            steps.step("look again");
            EntryObstacles.checkStopped(pid);
            steps.step("find out what it is");
            seized.settle();
            seized.ask();
            good = true;
            return seized;
        } catch (EscapeException failed) {
            throw failed.getMessage().startsWith("process " + pid + " ") ? failed : EscapeException.cannotEnter(pid, failed.getMessage());
        } finally {
            if (!good) {
                seized.abandon();
            }
        }
    }

    /** Threads come and go until all that there are stand still. */
    private void stop() throws EscapeException {
        attach(pid);
        boolean more = true;
        while (more) {
            more = false;
            for (int tid : proc.numbers("task")) {
                if (!attached.contains(tid)) {
                    more |= attachIfThere(tid);
                }
            }
        }
        for (int tid : attached) {
            byte[] registers = tracer.registers(tid);
            byte[] vector = tracer.read(tid, code.vectorSet());
            standings.put(tid, new Standing(registers, vector, tracer.mask(tid), tracer.restartableSequences(tid)));
            tracer.mask(tid, Parking.BLOCKED);
        }
    }

    /**
     * Whether a thread has no restartable sequences while another one has: the C library (glibc) is about to tell the kernel of them, and
     * ends the program if that fails, as it does in dune.
     */
    private boolean hasThreadThatBegins() {
        long with = standings.values().stream().filter(each -> each.sequences[0] != 0).count();
        return with != 0 && with != standings.size();
    }

    private void attach(int tid) throws EscapeException {
        tracer.attach(tid, 0);
        attached.add(tid);
        tracer.stop(tid);
    }

    private boolean attachIfThere(int tid) throws EscapeException {
        try {
            attach(tid);
            return true;
        } catch (EscapeException gone) {
            if (proc.numbers("task").contains(tid)) {
                throw gone;
            }
            attached.remove(Integer.valueOf(tid));
            return true;
        }
    }

    private void settle() throws EscapeException {
        maps = NativeMap.parse(proc.text("smaps"));
        leaveVdso();
        byte[] wanted = new byte[code.callLength()];
        System.arraycopy(code.loop(), code.callOffset(), wanted, 0, wanted.length);
        List<NativeMap> executable = new ArrayList<>(maps.stream().filter(NativeMap::isVdso).toList());
        maps.stream()
                .filter(map -> (map.protection() & Mman.PROT_EXEC) != 0 && (map.protection() & Mman.PROT_READ) != 0)
                .forEach(executable::add);
        instruction = Foreign.find(pid, executable, wanted);
        if (instruction < 0) {
            throw new EscapeException("there is no system-call instruction in its memory");
        }
        shell = Shell.settle(code, tracer, attached, Placement.findIn(ranges(), Shell.SPAN), instruction, name());
        state = new NativeState(shell, code.syscallNumbers());
    }

    private List<long[]> ranges() {
        return maps.stream().map(map -> new long[] {map.start(), map.end()}).toList();
    }

    /** A short text somewhere: the first bytes of an ELF file. */
    private long name() throws EscapeException {
        for (NativeMap map : maps) {
            if (map.offset() == 0 && (map.isFile() || map.isVdso()) && (map.protection() & Mman.PROT_READ) != 0) {
                byte[] start = MemoryCopy.read(pid, map.start(), 8);
                if (start[0] == 0x7f && start[1] == 'E' && start[7] == 0) {
                    return map.start();
                }
            }
        }
        throw new EscapeException("no ELF file is mapped in its memory");
    }

    /** Whoever is in the host's vDSO could not go on in another, so he comes out of it first. */
    private void leaveVdso() throws EscapeException {
        for (Map.Entry<Integer, Standing> each : standings.entrySet()) {
            int tid = each.getKey();
            int made = 0;
            while (isInVdso(code.programCounter(tracer.registers(tid)))) {
                if (made++ == MOST_STEPS) {
                    throw new EscapeException("its thread " + tid + " does not come out of the vDSO");
                }
                tracer.step(tid);
            }
            if (made > 0) {
                Standing old = each.getValue();
                each.setValue(new Standing(
                        tracer.registers(tid), tracer.read(tid, code.vectorSet()), old.mask, old.sequences));
            }
        }
    }

    private boolean isInVdso(long address) {
        return maps.stream().anyMatch(map -> map.isVdso() && address >= map.start() && address < map.end());
    }

    private void ask() throws EscapeException {
        state.ask();
        List<NativeThread> all = new ArrayList<>();
        for (Map.Entry<Integer, Standing> each : standings.entrySet()) {
            all.add(thread(each.getKey(), each.getValue()));
        }
        threads = all;
        program = state.program(machine);
    }

    private NativeThread thread(int tid, Standing standing) throws EscapeException {
        NativeState.Told told = state.told(tid);
        byte[] registers = outOfSequence(standing);
        int call = code.interruptedCall(registers);
        int restart = 0;
        NativeThread.Wait wait = null;
        if (call >= 0) {
            long result = -code.result(registers);
            restart = result >= Errno.ERESTARTSYS && result <= Errno.ERESTART_RESTARTBLOCK ? (int) result : 0;
        }
        if (restart == Errno.ERESTART_RESTARTBLOCK) {
            TimedCall timed = TimedCall.of(pid, code, registers);
            restart = timed.prepare(told.settings());
            call = timed.number();
            wait = timed.waiting();
            if (wait != null) {
                waits.put(tid, timed.kept());
            }
            if (restart == 0) {
                code.result(registers, -Errno.EINTR);
            }
        }
        return new NativeThread(
                tid, new ProcFiles(tid).text("comm").stripTrailing(), registers, standing.vector,
                new SignalSet(standing.mask, 0), told.stack(), told.settings(), scheduling(tid), restart, call, wait);
    }

    private static ThreadScheduling scheduling(int tid) throws EscapeException {
        ThreadScheduling scheduling = ThreadScheduling.of(tid);
        switch (scheduling.policy()) {
            case Clone.SCHED_NORMAL, Clone.SCHED_BATCH, Clone.SCHED_IDLE -> {
                return scheduling;
            }
            default -> throw new EscapeException(
                    "its thread " + tid + " has a real-time policy, by which a guest could keep the runtime from running");
        }
    }

    /** A restartable sequence that a thread is in begins anew, as if the thread had been moved to another CPU (rseq(2)). */
    private byte[] outOfSequence(Standing standing) throws EscapeException {
        byte[] registers = standing.registers.clone();
        if (standing.sequences[0] != 0) {
            long description = Script.buffer(MemoryCopy.read(pid, standing.sequences[0] + SEQUENCE, 8)).getLong(0);
            if (description != 0) {
                var section = Script.buffer(MemoryCopy.read(pid, description, 32));
                long offset = code.programCounter(registers) - section.getLong(8);
                if (offset >= 0 && offset < section.getLong(16)) {
                    code.jump(registers, section.getLong(24));
                }
            }
        }
        return registers;
    }

    @Override
    public NativeProgram program() {
        return program;
    }

    @Override
    public List<NativeThread> threads() {
        return threads;
    }

    @Override
    public void memory(AddressSpace target) throws EscapeException {
        MemoryTake taking = new MemoryTake(pid, maps, target);
        steps.step("map memory");
        taking.map(program.bounds().breakStart());
        steps.step("copy memory");
        taking.copy();
        steps.step("protect memory");
        taking.finish();
        target.placeBreak(program.bounds().breakStart(), program.breakEnd());
        for (Standing each : standings.values()) {
            if (each.sequences[0] != 0) {
                // As after rseq(2) has been told to end it: nobody keeps the number of the CPU current.
                target.writeInt(each.sequences[0], 0);
                target.writeInt(each.sequences[0] + 4, -1);
                target.writeLong(each.sequences[0] + SEQUENCE, 0);
            }
        }
    }

    @Override
    public long find(byte[] image) {
        return MemoryTake.find(pid, maps, image);
    }

    @Override
    public void redirect(AddressSpace target, byte[] image, long address) throws EscapeException {
        steps.step("redirect the vDSO");
        for (NativeMap map : maps) {
            if (map.isVdso()) {
                Map<String, Long> own = ElfFunctions.of(image);
                Map<String, Long> hosts = ElfFunctions.of(MemoryCopy.read(pid, map.start(), (int) map.length()));
                hosts.forEach((name, offset) -> {
                    Long function = own.get(name);
                    if (function != null) {
                        byte[] leap = code.leap(address + function);
                        target.writeForced(map.start() + offset, leap, 0, leap.length);
                    }
                });
            }
        }
    }

    @Override
    public void descriptors(DescriptorTable target, FsContext files, ProcessTable processes) throws EscapeException {
        steps.step("take descriptors");
        taking = new DescriptorTake(pid, target, files, processes, code.packedEpollEvent());
        taking.take();
    }

    @Override
    public void watch(Process guest) throws EscapeException {
        steps.step("watch descriptors");
        taking.watch(guest);
    }

    @Override
    public Parked park() throws EscapeException {
        steps.step("park");
        Map<Integer, long[]> sequences = new LinkedHashMap<>();
        standings.forEach((tid, standing) -> sequences.put(tid, standing.sequences));
        tracer.bind(pid);
        Parked parked = ParkedProcess.park(
                shell, maps.stream().filter(map -> map.isVdso() || map.isClock()).toList(), sequences, waits, steps);
        over = true;
        return parked;
    }

    @Override
    public void abandon() {
        if (over) {
            return;
        }
        over = true;
        try {
            if (shell != null) {
                shell.giveBackStrays();
                takeBack();
            }
        } catch (EscapeException gone) {
            // Somebody has killed it.
            over = true;
        }
        for (int tid : attached) {
            letGo(tid);
        }
        if (shell != null) {
            shell.takeStrays().forEach(stray -> Linux.tgkill(pid, stray.tid(), stray.signal()));
            shell.close();
        } else {
            tracer.close();
        }
    }

    /** Takes the table away. A SIGTRAP that was ignored has got its default by the trap of the table's code. */
    private void takeBack() throws EscapeException {
        if (state.hasAsked()) {
            byte[] action = state.action(Signal.SIGTRAP);
            Memory.copyTo(shell.window() + Shell.DATA, action, 0, action.length);
            shell.call(pid, instruction, SyscallNumbers.SYS_rt_sigaction,
                    Signal.SIGTRAP, shell.tableAddress() + Shell.DATA, 0, Long.BYTES);
        }
        shell.unsettle();
    }

    /** A thread goes on from where it was; a call that it was called out of is made again by the kernel. */
    private void letGo(int tid) {
        try {
            Standing standing = standings.get(tid);
            if (standing != null) {
                tracer.registers(tid, standing.registers);
                tracer.interrupt(tid);
                tracer.goOn(tid);
                tracer.awaitEvent(tid, Ptrace.PTRACE_EVENT_STOP);
                tracer.registers(tid, standing.registers);
                tracer.mask(tid, standing.mask);
            }
            tracer.detach(tid);
        } catch (EscapeException gone) {
            // It has been killed, or it never stopped.
            return;
        }
    }
}
