package org.nesteddune.migration;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.CpuSnapshot;
import org.nesteddune.escape.Departing.Standing;
import org.nesteddune.escape.Departing.Waiting;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.linux.Clone;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ptrace;
import org.nesteddune.linux.Signal;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.mm.AddressSpace;

/** Makes the threads of a new process what a guest's tasks are. */
final class ThreadMove {

    private static final int CLONE_FLAGS = Clone.CLONE_VM | Clone.CLONE_FS | Clone.CLONE_FILES | Clone.CLONE_SIGHAND
            | Clone.CLONE_THREAD | Clone.CLONE_SYSVSEM;

    private final Shell shell;
    private final Architecture architecture;
    private final List<Standing> tasks;
    private final Map<Integer, long[]> sequences;

    /** @param sequences by threads: address, length and signature of what rseq(2) is to be told */
    ThreadMove(Shell shell, Architecture architecture, List<Standing> tasks, Map<Integer, long[]> sequences) {
        this.sequences = sequences;
        this.shell = shell;
        this.architecture = architecture;
        this.tasks = tasks;
    }

    /** Makes as many threads as there are tasks. In a process that was there before, threads whose task has ended have ended too. */
    void multiply(Script script) throws EscapeException {
        List<Integer> before = List.copyOf(shell.threads());
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < tasks.size(); i++) {
            int tid = tasks.get(i).task().tid();
            boolean known = i == 0 || shell.isSettled() && before.contains(tid);
            order.add(i == 0 ? shell.pid() : known ? tid : 0);
            if (!known) {
                script.add("clone", "make a thread", CLONE_FLAGS, 0, 0, 0, 0);
            }
        }
        script.run();
        Iterator<Integer> made = shell.threads().subList(before.size(), shell.threads().size()).iterator();
        for (int i = 0; i < order.size(); i++) {
            if (order.get(i) == 0 && made.hasNext()) {
                order.set(i, made.next());
            }
        }
        if (order.contains(0) || shell.threads().size() != tasks.size()) {
            throw new EscapeException("the native process has " + shell.threads().size() + " threads instead of " + tasks.size());
        }
        shell.threads().clear();
        shell.threads().addAll(order);
    }

    /** Ends those threads of a process that was there before whose tasks have ended. */
    void dismiss() throws EscapeException {
        for (int tid : List.copyOf(shell.threads())) {
            if (tasks.stream().noneMatch(each -> each.task().tid() == tid)) {
                shell.end(tid, number("exit"));
            }
        }
    }

    /** Tells the kernel about each thread, on itself; and the thread's library its number, as the kernel would. */
    void tell() throws EscapeException {
        for (int i = 0; i < tasks.size(); i++) {
            Standing standing = tasks.get(i);
            int tid = shell.threads().get(i);
            StateMove.thread(new Script(shell, architecture.syscallNumbers(), tid), standing.task(), tid);
            remember(tid);
            renumber(standing, tid);
        }
    }

    /** Restartable sequences that a thread had before it was a guest's. */
    private void remember(int tid) throws EscapeException {
        long[] area = sequences.get(tid);
        if (area != null && area[0] != 0) {
            Script script = new Script(shell, architecture.syscallNumbers(), tid);
            script.attempt("rseq", area[0], area[1], 0, area[2]);
            script.run();
        }
    }

    /** Sends the process what waits for it; all is blocked meanwhile. */
    void send(List<Waiting> signals) throws EscapeException {
        for (Waiting each : signals) {
            if (each.signal() == Signal.SIGTRAP) {
                throw new EscapeException("a SIGTRAP waits, by which the native process would stop");
            }
            // By the one that gets it: nobody else may say that it comes from tgkill.
            int tid = each.task() == null ? shell.pid() : thread(each);
            Script script = new Script(shell, architecture.syscallNumbers(), tid);
            script.room(1, each.info().length);
            long info = script.data(each.info());
            if (each.task() == null) {
                script.add("rt_sigqueueinfo", "send a waiting signal", shell.pid(), each.signal(), info);
            } else {
                script.add("rt_tgsigqueueinfo", "send a waiting signal", shell.pid(), tid, each.signal(), info);
            }
            script.run();
        }
    }

    private int thread(Waiting signal) {
        int index = 0;
        while (tasks.get(index).task() != signal.task()) {
            index++;
        }
        return shell.threads().get(index);
    }

    /**
     * The C libraries keep a thread's number where the kernel is to clear it at the thread's end (CLONE_CHILD_CLEARTID). If it is
     * there, the new one takes its place, as that of a child does by CLONE_CHILD_SETTID.
     */
    private void renumber(Standing standing, int tid) throws EscapeException {
        AddressSpace memory = standing.task().memory();
        long word = standing.task().settings().clearChildTid();
        try {
            if (word == 0 || memory.readInt(word) != standing.task().tid()) {
                return;
            }
        } catch (GuestFault unreadable) {
            return;
        }
        MemoryCopy.write(shell.pid(), word, Script.structure(Integer.BYTES).putInt(tid).array());
    }

    /**
     * Puts all threads where the tasks stand. Nothing of the table is left then, and nothing but {@link Shell#release} is to follow.
     *
     * @param trapAction what is done about the signal by which the process has stopped ({@code struct sigaction})
     */
    void stand(Script script, byte[] trapAction) throws EscapeException {
        byte[][] registers = new byte[tasks.size()][];
        for (int i = tasks.size() - 1; i >= 0; i--) {
            registers[i] = standing(i);
        }
        int leader = shell.pid();
        script.room(0, trapAction.length);
        long action = script.data(trapAction);
        long instruction = shell.callInstruction();
        check("rt_sigaction", shell.call(
                leader, instruction, number("rt_sigaction"), Signal.SIGTRAP, action, 0, KernelStructures.SIGNAL_SET));
        check("munmap", shell.call(leader, instruction, number("munmap"), shell.tableAddress(), Shell.TABLE_LENGTH));
        shell.bare();
        // From here a call can be restarted, and no instruction is executed before the process is released.
        shell.tracer().registers(leader, registers[0]);
        shell.tracer().interrupt(leader);
        shell.tracer().goOn(leader);
        shell.tracer().awaitEvent(leader, Ptrace.PTRACE_EVENT_STOP);
        for (int i = 0; i < registers.length; i++) {
            finish(shell.threads().get(i), tasks.get(i), registers[i]);
        }
    }

    private void finish(int tid, Standing standing, byte[] registers) throws EscapeException {
        Tracer tracer = shell.tracer();
        byte[] vector = tracer.read(tid, shell.code().vectorSet());
        if (!shell.code().vector(vector, standing.cpu())) {
            throw new EscapeException("the vector registers of task " + standing.task().tid()
                    + " have more in them than the host shows of its own");
        }
        tracer.write(tid, shell.code().vectorSet(), vector);
        tracer.registers(tid, registers);
        tracer.mask(tid, standing.mask().low());
    }

    private int number(String call) {
        return architecture.syscallNumbers().number(call);
    }

    private static void check(String name, long result) throws EscapeException {
        if (Errno.isError(result)) {
            throw new EscapeException("the native process could not be completed: " + name + ": " + Errno.text((int) -result));
        }
    }

    /** The registers to go on with; a call that waits for a time is begun again, so that the kernel knows how to go on with it. */
    private byte[] standing(int index) throws EscapeException {
        Standing standing = tasks.get(index);
        CpuSnapshot cpu = CpuSnapshot.of(standing.cpu(), architecture.registers());
        if (RestartedCall.isNeeded(architecture, standing)) {
            return new RestartedCall(shell, architecture, standing).begin(shell.threads().get(index), cpu);
        }
        if (standing.restart() != 0) {
            architecture.restartSyscall(cpu, standing.call());
        }
        return shell.code().registers(cpu);
    }
}
