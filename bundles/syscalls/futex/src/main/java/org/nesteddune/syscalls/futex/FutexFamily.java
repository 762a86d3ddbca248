package org.nesteddune.syscalls.futex;

import java.util.List;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.service.component.annotations.Component;

/** The family of futexes, robust lists and memory barriers. */
@Component(service = SyscallFamily.class, property = SyscallFamily.NAME + "=futex")
public final class FutexFamily implements SyscallFamily {

    private final List<Syscall> syscalls;

    public FutexFamily() {
        Syscall.Table table = new Syscall.Table();
        FutexCalls.addTo(table);
        Futex2Calls.addTo(table);
        RobustListCalls.addTo(table);
        BarrierCalls.addTo(table);
        syscalls = table.build();
    }

    @Override
    public String name() {
        return "futex";
    }

    @Override
    public List<Syscall> syscalls() {
        return syscalls;
    }
}
