package org.nesteddune.migration;

import java.util.List;
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

    private static final int SIGNAL_SET = 8;

    private final Shell shell;
    private final Architecture architecture;
    private final List<Standing> tasks;

    ThreadMove(Shell shell, Architecture architecture, List<Standing> tasks) {
        this.shell = shell;
        this.architecture = architecture;
        this.tasks = tasks;
    }

    /** Makes as many threads as there are tasks. */
    void multiply(Script script) throws EscapeException {
        for (int i = 1; i < tasks.size(); i++) {
            script.add("clone", "make a thread", CLONE_FLAGS, 0, 0, 0, 0);
        }
        script.run();
        if (shell.threads().size() != tasks.size()) {
            throw new EscapeException("the native process has " + shell.threads().size() + " threads instead of " + tasks.size());
        }
    }

    /** Tells the kernel about each thread, on itself; and the thread's library its number, as the kernel would. */
    void tell() throws EscapeException {
        for (int i = 0; i < tasks.size(); i++) {
            Standing standing = tasks.get(i);
            int tid = shell.threads().get(i);
            StateMove.thread(new Script(shell, architecture.syscallNumbers(), tid), standing.task(), tid);
            renumber(standing, tid);
        }
    }

    /** Sends the process what waits for it; all is blocked meanwhile. */
    void send(Script script, List<Waiting> signals) throws EscapeException {
        for (Waiting each : signals) {
            script.room(1, each.info().length);
            long info = script.data(each.info());
            if (each.signal() == Signal.SIGTRAP) {
                throw new EscapeException("a SIGTRAP waits, by which the native process would stop");
            }
            if (each.task() == null) {
                script.add("rt_sigqueueinfo", "send a waiting signal", shell.pid(), each.signal(), info);
            } else {
                int index = 0;
                while (tasks.get(index).task() != each.task()) {
                    index++;
                }
                script.add("rt_tgsigqueueinfo", "send a waiting signal",
                        shell.pid(), shell.threads().get(index), each.signal(), info);
            }
        }
        script.run();
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
        shell.write(word, Script.structure(Integer.BYTES).putInt(tid).array());
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
                leader, instruction, number("rt_sigaction"), Signal.SIGTRAP, action, 0, SIGNAL_SET));
        check("munmap", shell.call(leader, instruction, number("munmap"), shell.tableAddress(), Shell.TABLE_LENGTH));
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
        if (standing.restart() == Errno.ERESTART_RESTARTBLOCK) {
            return new RestartedCall(shell, architecture, standing).begin(shell.threads().get(index), cpu);
        }
        if (standing.restart() != 0) {
            architecture.restartSyscall(cpu, standing.call());
        }
        return shell.code().registers(cpu);
    }
}
