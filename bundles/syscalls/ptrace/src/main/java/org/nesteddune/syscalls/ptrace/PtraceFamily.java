package org.nesteddune.syscalls.ptrace;

import java.util.List;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.service.component.annotations.Component;

/** The family of ptrace and kcmp. */
@Component(service = SyscallFamily.class, property = SyscallFamily.NAME + "=ptrace")
public final class PtraceFamily implements SyscallFamily {

    private final List<Syscall> syscalls;

    public PtraceFamily() {
        Syscall.Table table = new Syscall.Table();
        PtraceCall.addTo(table);
        CompareCall.addTo(table);
        syscalls = table.build();
    }

    @Override
    public String name() {
        return "ptrace";
    }

    @Override
    public List<Syscall> syscalls() {
        return syscalls;
    }
}
