package org.nesteddune.syscalls.memory;

import java.util.List;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.service.component.annotations.Component;

/** The family of memory mappings. All state is in the {@link org.nesteddune.mm.AddressSpace} of the caller. */
@Component(service = SyscallFamily.class, property = SyscallFamily.NAME + "=memory")
public final class MemoryFamily implements SyscallFamily {

    private final List<Syscall> syscalls;

    public MemoryFamily() {
        Syscall.Table table = new Syscall.Table();
        MappingCalls.addTo(table);
        AdviceCalls.addTo(table);
        CopyCalls.addTo(table);
        PlacementCalls.addTo(table);
        syscalls = table.build();
    }

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public List<Syscall> syscalls() {
        return syscalls;
    }
}
