package org.nesteddune.engine.kvm.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.ConcurrentHashMap;
import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.ArchitectureParts;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.ExecutionEngine;
import org.nesteddune.engine.ExitCost;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.kvm.Kvm;
import org.nesteddune.engine.kvm.KvmArchitecture;
import org.nesteddune.engine.kvm.KvmCapability;
import org.nesteddune.engine.kvm.KvmMachine;
import org.nesteddune.engine.kvm.KvmVm;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** Runs guests on virtual CPUs of stock KVM. The device is opened when it is first needed. */
@Component(service = {ExecutionEngine.class, ExitCost.class},
        property = {ExecutionEngine.NAME + "=" + KvmEngine.NAME, "service.ranking:Integer=100",
            KvmEngine.VCPUS + ":Integer=0"})
public final class KvmEngine implements ExecutionEngine, ExitCost {

    /** The engine's name. */
    static final String NAME = "kvm";

    /**
     * Component property: how many vCPUs a machine has at most, 0 for as many as KVM allows. More threads than that share
     * them.
     */
    public static final String VCPUS = "dune.kvm.vcpus";

    /** What KVM promises where it does not say (Documentation/virt/kvm/api.rst, 4.7). */
    private static final int LEAST_VCPUS = 4;

    private static final KvmCapability[] NEEDED = {
        KvmCapability.KVM_CAP_USER_MEMORY,
        KvmCapability.KVM_CAP_SYNC_MMU,
        KvmCapability.KVM_CAP_SYNC_REGS,
        KvmCapability.KVM_CAP_IMMEDIATE_EXIT,
    };

    private final ArchitectureParts<KvmArchitecture> architectures = new ArchitectureParts<>();
    private final String hostArchitecture = System.getProperty("os.arch");
    /** Those that have been found to run here, which they are asked before each machine. */
    private final Set<KvmArchitecture> fit = ConcurrentHashMap.newKeySet();
    private final MachineStock stock = new MachineStock(architectures::contains);
    private volatile int configuredVcpus = Integer.MAX_VALUE;
    private volatile int vcpuLimit;
    private Kvm kvm;
    private boolean stopped;

    /** Takes the component's properties. */
    @Activate
    public void activate(Map<String, Object> properties) {
        if (properties.get(VCPUS) instanceof Number number && number.intValue() > 0) {
            configuredVcpus = number.intValue();
        }
    }

    /** An architecture's KVM part has come. */
    @Reference(policy = ReferencePolicy.DYNAMIC, cardinality = ReferenceCardinality.MULTIPLE)
    public void addArchitecture(KvmArchitecture architecture, Map<String, Object> properties) {
        architectures.add(architecture, properties);
    }

    /** An architecture's KVM part is going away; machines that were made with it go on. */
    public void removeArchitecture(KvmArchitecture architecture) {
        architectures.remove(architecture);
        fit.remove(architecture);
        stock.forget(architecture);
    }

    /** Closes the device, and frees what no guest uses. */
    @Deactivate
    public void deactivate() {
        synchronized (this) {
            stopped = true;
            if (kvm != null) {
                kvm.close();
                kvm = null;
            }
        }
        stock.stop();
    }

    private synchronized Kvm kvm() {
        if (stopped) {
            throw new EngineException("the KVM engine has been stopped");
        }
        if (kvm == null) {
            kvm = Kvm.open();
        }
        return kvm;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String refusal(Architecture architecture) {
        KvmArchitecture part = architectures.of(architecture);
        if (part == null) {
            return "no bundle is active that knows how KVM runs " + architecture.name() + " guests: start the bundle of"
                    + " that architecture";
        }
        if (!part.runsOn(hostArchitecture)) {
            return "KVM runs only programs of the host's own architecture, which is " + hostArchitecture + " and not "
                    + architecture.name() + ": use another engine";
        }
        try {
            Kvm device = kvm();
            if (fit.contains(part)) {
                return null;
            }
            StringJoiner missing = new StringJoiner(", ");
            for (KvmCapability capability : NEEDED) {
                if (device.check(capability) == 0) {
                    missing.add(capability.name());
                }
            }
            if (missing.length() > 0) {
                return "this host's KVM lacks " + missing + ": update its kernel (4.17 or later is needed)";
            }
            String refusal = part.refusal(device);
            if (refusal == null) {
                fit.add(part);
            }
            return refusal;
        } catch (EngineException e) {
            return e.getMessage();
        }
    }

    @Override
    public Machine createMachine(Architecture architecture) {
        return machine(architecture);
    }

    private EngineMachine machine(Architecture architecture) {
        KvmArchitecture part = architectures.of(architecture);
        if (part == null || !part.runsOn(hostArchitecture)) {
            throw new EngineException(refusal(architecture));
        }
        Kvm device = kvm();
        MachineParts parts = stock.take(part, () -> make(part, device));
        return new EngineMachine(stock, parts, vcpuLimit(device));
    }

    private static MachineParts make(KvmArchitecture part, Kvm device) {
        KvmVm vm = device.createVm();
        try {
            return new MachineParts(part, vm, part.createMachine(vm), new ArrayList<>());
        } catch (RuntimeException | Error e) {
            vm.close();
            throw e;
        }
    }

    /** How many vCPUs a machine may have. */
    private int vcpuLimit(Kvm device) {
        int limit = vcpuLimit;
        if (limit == 0) {
            int most = device.check(KvmCapability.KVM_CAP_MAX_VCPUS);
            limit = Math.min(most > 0 ? most : LEAST_VCPUS, configuredVcpus);
            vcpuLimit = limit;
        }
        return limit;
    }

    @Override
    public double nanosecondsPerExit(Architecture architecture, int exits) {
        if (exits <= 0) {
            throw new IllegalArgumentException("exits " + exits);
        }
        try (EngineMachine machine = machine(architecture)) {
            HardwareVcpu vcpu = machine.bareVcpu();
            vcpu.processor.startExitLoop();
            exitLoop(vcpu, Math.min(exits, 200));
            long start = System.nanoTime();
            exitLoop(vcpu, exits);
            return (double) (System.nanoTime() - start) / exits;
        }
    }

    private static void exitLoop(HardwareVcpu vcpu, int exits) {
        for (int i = 0; i < exits; i++) {
            long result = vcpu.vcpu.enter();
            if (result < 0) {
                throw new EngineException("the exit loop ended with error " + -result + "\n" + vcpu.processor.dump());
            }
            vcpu.processor.continueExitLoop();
        }
    }

    @Override
    public Map<String, String> describe() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("device", Kvm.DEVICE);
        try {
            Kvm device = kvm();
            facts.put("API version", Integer.toString(device.apiVersion()));
            facts.put("memory slots", Integer.toString(device.check(KvmCapability.KVM_CAP_NR_MEMSLOTS)));
            facts.put("vCPUs a machine", Integer.toString(device.check(KvmCapability.KVM_CAP_MAX_VCPUS)));
            facts.put("shared registers", "0x" + Integer.toHexString(device.check(KvmCapability.KVM_CAP_SYNC_REGS)));
            architectures.all().filter(part -> part.runsOn(hostArchitecture))
                    .forEach(part -> facts.putAll(part.describe(device)));
        } catch (EngineException e) {
            facts.put("unavailable", e.getMessage());
        }
        return facts;
    }
}
