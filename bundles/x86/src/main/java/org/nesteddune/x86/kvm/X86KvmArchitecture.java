package org.nesteddune.x86.kvm;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.kvm.Kvm;
import org.nesteddune.engine.kvm.KvmArchitecture;
import org.nesteddune.engine.kvm.KvmCapability;
import org.nesteddune.engine.kvm.KvmMachine;
import org.nesteddune.engine.kvm.KvmVm;
import org.nesteddune.linux.Elf;
import org.osgi.service.component.annotations.Component;

/** x86-64 for the KVM engine. */
@Component(service = KvmArchitecture.class, property = Architecture.ELF_MACHINE + ":Integer=" + Elf.EM_X86_64)
public final class X86KvmArchitecture implements KvmArchitecture {

    private static final Set<String> HOSTS = Set.of("amd64", "x86_64");
    private static final KvmCapability[] NEEDED = {
        KvmCapability.KVM_CAP_XSAVE,
        KvmCapability.KVM_CAP_XCRS,
        KvmCapability.KVM_CAP_VCPU_EVENTS,
    };

    private CpuFeatures features;

    @Override
    public boolean runsOn(String hostArchitecture) {
        return HOSTS.contains(hostArchitecture);
    }

    @Override
    public String refusal(Kvm kvm) {
        for (KvmCapability capability : NEEDED) {
            if (kvm.check(capability) == 0) {
                return "this host's KVM lacks " + capability + ": its processor or its kernel is too old";
            }
        }
        return null;
    }

    private synchronized CpuFeatures features(Kvm kvm) {
        if (features == null) {
            features = CpuFeatures.of(kvm);
        }
        return features;
    }

    @Override
    public KvmMachine createMachine(KvmVm vm) {
        return new X86Machine(vm, features(vm.kvm()));
    }

    @Override
    public Map<String, String> describe(Kvm kvm) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("exits by", "OUT behind SYSCALL and behind exception gates");
        facts.put("guest CPU", features(kvm).toString());
        facts.put("guest TSC", "the host's");
        return facts;
    }
}
