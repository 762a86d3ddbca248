package org.nesteddune.migration;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.nesteddune.arch.Architecture;
import org.nesteddune.escape.Arriving;
import org.nesteddune.escape.Departing;
import org.nesteddune.escape.EntryRoute;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.escape.EscapeRoute;
import org.nesteddune.escape.NativeShell;
import org.nesteddune.escape.ShellCode;
import org.nesteddune.host.Linux;
import org.nesteddune.kernel.Process;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Signal;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.HostContents;
import org.nesteddune.syscall.ErrnoException;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** Makes native processes of guests of the host's own architecture, step by step, and takes native processes. Thread-safe. */
@Component(service = {EscapeRoute.class, EntryRoute.class})
public final class Migration implements EscapeRoute, EntryRoute {

    /** How often a process is let go because a thread has only begun; there are threads that never have what others have. */
    private static final int MOST_LOOKS = 20;

    private static final long BETWEEN_LOOKS_NANOS = 2_000_000;

    private final Map<Integer, ShellCode> codes = new ConcurrentHashMap<>();

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addCode(ShellCode code) {
        codes.put(code.elfMachine(), code);
    }

    void removeCode(ShellCode code) {
        codes.remove(code.elfMachine(), code);
    }

    @Override
    public void check(Process process) throws EscapeException {
        code(process);
        Obstacles.check(process);
    }

    @Override
    public Arriving seize(int pid, Steps steps) throws EscapeException {
        steps.step("look");
        int machine = EntryObstacles.check(pid);
        ShellCode code = codes.get(machine);
        if (code == null || !code.isHostCpu()) {
            throw EscapeException.cannotEnter(pid, "it is a program for " + Elf.name(machine) + ", which the host only emulates");
        }
        for (int i = 0; ; i++) {
            Seized seized = Seized.seize(pid, machine, code, steps, i < MOST_LOOKS);
            if (seized != null) {
                return seized;
            }
            LockSupport.parkNanos(this, BETWEEN_LOOKS_NANOS);
        }
    }

    private ShellCode code(Process process) throws EscapeException {
        Architecture architecture = process.architecture();
        ShellCode code = codes.get(architecture.elfMachine());
        if (code == null || !code.isHostCpu() || architecture.pageSize() != Linux.PAGE_SIZE) {
            throw EscapeException.impossible(process, "it is a program for " + architecture.name()
                    + ", which this host does not run natively; it can go on in dune, or be started again on such a machine");
        }
        return code;
    }

    @Override
    public NativeShell prepare(Departing guest) throws EscapeException {
        checkCalls(guest);
        Process process = guest.process();
        AddressSpace memory = process.memory();
        guest.step("look at memory");
        try (HostContents contents = memory.hostContents()) {
            guest.step("start a process");
            Shell shell = Shell.start(code(process), Placement.find(memory.mappings(), Shell.SPAN));
            boolean good = false;
            try {
                fill(guest, shell, contents, List.of(), Map.of());
                good = true;
                return shell;
            } finally {
                if (!good) {
                    shell.abandon();
                }
            }
        } catch (ErrnoException failed) {
            throw EscapeException.failed(process, failed.getMessage(), failed);
        }
    }

    /** @throws EscapeException if a task waits in a call that the host's kernel could not go on with */
    static void checkCalls(Departing guest) throws EscapeException {
        Process process = guest.process();
        for (Departing.Standing each : guest.tasks()) {
            if (!RestartedCall.isKnown(process.architecture(), each)) {
                throw EscapeException.impossible(process, "its task " + each.task().tid()
                        + " waits in a call for a time that the host cannot go on to wait for");
            }
        }
    }

    /**
     * Makes a process what a guest is.
     *
     * @param kept what the process keeps of the host's kernel
     * @param sequences restartable sequences of its threads
     */
    static void fill(
            Departing guest, Shell shell, HostContents contents, List<NativeMap> kept, Map<Integer, long[]> sequences)
            throws EscapeException {
        Process process = guest.process();
        Architecture architecture = process.architecture();
        Script script = new Script(shell, architecture.syscallNumbers(), shell.pid());
        MemoryMove memory = new MemoryMove(shell, script, contents, kept);
        Descriptors descriptors = new Descriptors(shell, script, highestDescriptor(process));
        StateMove state = new StateMove(script, process);
        ThreadMove threads = new ThreadMove(shell, architecture, guest.tasks(), sequences);
        if (shell.isSettled()) {
            guest.step("end threads");
            threads.dismiss();
            guest.step("connect");
            shell.connect(script);
        }
        guest.step("clear memory");
        memory.clear();
        descriptors.begin();
        guest.step("map memory");
        memory.map(descriptors);
        guest.step("copy memory");
        memory.copy();
        guest.step("protect memory");
        memory.finish();
        guest.step("set handlers");
        state.handlers();
        guest.step("enter the working directory");
        state.place(descriptors);
        guest.step("describe the program");
        state.program(descriptors, process.memory().setBreak(0));
        script.run();
        guest.step("make threads");
        threads.multiply(script);
        guest.step("describe threads");
        threads.tell();
        guest.step("send signals");
        threads.send(guest.waitingSignals());
        guest.step("pass descriptors");
        descriptors.passAll(process, process.descriptors(), new MadeAnew(
                script, process, architecture.abi().packedEpollEvent()));
        descriptors.end();
        guest.step("set timers");
        state.timers(guest.intervalTimers());
        script.run();
        guest.step("set limits");
        state.limits();
        guest.step("set registers");
        threads.stand(script, state.action(Signal.SIGTRAP));
    }

    private static int highestDescriptor(Process process) {
        List<Integer> numbers = new ArrayList<>();
        process.descriptors().forEach(numbers::add);
        return numbers.isEmpty() ? -1 : numbers.get(numbers.size() - 1);
    }
}
