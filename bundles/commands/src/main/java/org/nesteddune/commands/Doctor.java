package org.nesteddune.commands;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.ExecutionEngine;
import org.nesteddune.engine.ExitCost;
import org.nesteddune.syscall.FamilyNames;
import org.nesteddune.syscall.SyscallFamily;

/** {@code doctor}: whether this machine and this installation can run guests, and what to do if not. */
final class Doctor implements Command {

    /** The fact of the KVM engine that tells the interface's version (KVM_GET_API_VERSION). */
    private static final String API_VERSION = "API version";

    /** Exits to measure: some 0.1 s where one takes long. */
    private static final int EXITS = 1000;

    /** From here on an exit is that of nested or software virtualization, in microseconds. */
    private static final double SLOW_MICROS = 10;

    private static final Options OPTIONS = Options.of("doctor", "",
                    "Check Java, /dev/kvm, limits and what is installed. One line a check: ok, warn for what works but not "
                            + "well, FAIL for what keeps programs from running, each with what to do about it.")
            .footer("The exit status is 0 if programs can run and 1 if not.");

    private final Installed installed;

    Doctor(Installed installed) {
        this.installed = installed;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) {
        List<Finding> findings = new ArrayList<>();
        HostChecks host = HostChecks.ofThisHost();
        findings.add(host.java());
        findings.add(host.memory());
        findings.add(host.kvm());
        engines(findings);
        findings.add(host.openFiles());
        findings.add(host.addressSpace());
        findings.add(host.mappings());
        findings.add(host.overcommit());
        findings.add(host.hugePages());
        architectures(findings);
        families(findings);
        bundles(findings);
        runtime(findings);
        findings.forEach(finding -> call.out().println(finding.line()));
        boolean failed = findings.stream().anyMatch(finding -> finding.grade() == Finding.Grade.FAIL);
        call.out().println(failed ? "Programs cannot run in dune until the lines with FAIL are dealt with."
                : "Programs can run in dune.");
        return failed ? FAILED : DONE;
    }

    private void engines(List<Finding> findings) {
        List<Installed.Part<ExecutionEngine>> engines = installed.engines();
        if (engines.isEmpty()) {
            findings.add(Finding.fail("engines", "none is installed; install org.nesteddune.engines.kvm"));
        }
        boolean runs = false;
        List<Finding> refusals = new ArrayList<>();
        for (Installed.Part<ExecutionEngine> part : engines) {
            ExecutionEngine engine = part.service();
            List<Architecture> runnable = new ArrayList<>();
            for (Installed.Part<Architecture> architecture : installed.architectures()) {
                String refusal = engine.refusal(architecture.service());
                if (refusal == null) {
                    runnable.add(architecture.service());
                } else if (isHosts(architecture.service())) {
                    refusals.add(Finding.fail("engine " + engine.name(), refusal));
                }
            }
            if (!runnable.isEmpty()) {
                runs = true;
                findings.add(works(engine, runnable));
                exitCost(engine, runnable.get(0), findings);
            }
        }
        // Where one engine runs, another that cannot is no obstacle.
        for (Finding refusal : refusals) {
            findings.add(runs ? Finding.warn(refusal.subject(), refusal.text()) : refusal);
        }
    }

    private static Finding works(ExecutionEngine engine, List<Architecture> runnable) {
        String names = runnable.stream().map(Architecture::name).collect(Collectors.joining(", "));
        String version = engine.describe().get(API_VERSION);
        return Finding.ok("engine " + engine.name(), "runs " + names
                + (version == null ? "" : "; " + API_VERSION + " " + version + ", all needed capabilities"));
    }

    private static void exitCost(ExecutionEngine engine, Architecture architecture, List<Finding> findings) {
        if (engine instanceof ExitCost cost) {
            String subject = engine.name() + " exit";
            try {
                double micros = cost.nanosecondsPerExit(architecture, EXITS) / 1000;
                findings.add(Finding.ok(subject, String.format(Locale.ROOT, "%.1f us: the floor under every system call%s",
                        micros, micros > SLOW_MICROS ? "; hardware with VMX or SVM of its own takes about 1 us" : "")));
            } catch (EngineException e) {
                findings.add(Finding.fail(subject, e.getMessage()));
            }
        }
    }

    private static boolean isHosts(Architecture architecture) {
        return architecture.unameMachine().equals(Syscalls.host());
    }

    private void architectures(List<Finding> findings) {
        String names = installed.architectures().stream().map(part -> part.service().name())
                .collect(Collectors.joining(", "));
        findings.add(names.isEmpty()
                ? Finding.fail("architectures", "none is installed; install org.nesteddune.x86")
                : Finding.ok("architectures", names));
    }

    private void families(List<Finding> findings) {
        Set<String> missing = new TreeSet<>(FamilyNames.GENERAL);
        List<String> there = new ArrayList<>();
        int calls = 0;
        for (Installed.Part<SyscallFamily> part : installed.families()) {
            missing.remove(part.service().name());
            there.add(part.service().name());
            calls += part.service().syscalls().size();
        }
        if (there.isEmpty()) {
            findings.add(Finding.fail("families", "none is installed; install org.nesteddune.syscalls.*"));
        } else if (missing.isEmpty()) {
            findings.add(Finding.ok("families", String.join(", ", there) + ": " + calls + " calls"));
        } else {
            findings.add(Finding.warn("families", "without " + String.join(", ", missing)
                    + "; programs get ENOSYS for their calls: install org.nesteddune.syscalls." + missing.iterator().next()));
        }
    }

    private void bundles(List<Finding> findings) {
        installed.stopped().forEach(text -> findings.add(Finding.warn("bundle", text + "; start it or see its log")));
        installed.unsatisfied().forEach(text -> findings.add(Finding.warn("component", text)));
    }

    private void runtime(List<Finding> findings) {
        try {
            installed.dune();
            findings.add(Finding.ok("runtime", "ready"));
        } catch (CommandException e) {
            findings.add(Finding.fail("runtime", e.getMessage()));
        }
    }
}
