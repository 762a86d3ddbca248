package org.nesteddune.syscalls.system;

import java.util.List;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.service.component.annotations.Component;

/** The family of what concerns the machine as a whole. */
@Component(service = SyscallFamily.class, property = SyscallFamily.NAME + "=system")
public final class SystemFamily implements SyscallFamily {

    private final List<Syscall> syscalls;

    public SystemFamily() {
        Syscall.Table table = new Syscall.Table();
        InformationCalls.addTo(table);
        IoPriorityCalls.addTo(table);
        RefusedCalls.addTo(table);
        syscalls = table.build();
    }

    @Override
    public String name() {
        return "system";
    }

    @Override
    public List<Syscall> syscalls() {
        return syscalls;
    }
}
