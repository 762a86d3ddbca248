package org.nesteddune.syscalls.process;

import java.util.List;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.service.component.annotations.Component;

/** The family of process identity, credentials, limits, scheduling, and the beginning and end of processes. */
@Component(service = SyscallFamily.class, property = SyscallFamily.NAME + "=process")
public final class ProcessFamily implements SyscallFamily {

    private final List<Syscall> syscalls;

    public ProcessFamily() {
        Syscall.Table table = new Syscall.Table();
        IdentityCalls.addTo(table);
        CredentialCalls.addTo(table);
        CapabilityCalls.addTo(table);
        LimitCalls.addTo(table);
        SchedulingCalls.addTo(table);
        ControlCalls.addTo(table);
        CloneCalls.addTo(table);
        ExecCalls.addTo(table);
        WaitCalls.addTo(table);
        LifeCalls.addTo(table);
        PidfdCalls.addTo(table);
        syscalls = table.build();
    }

    @Override
    public String name() {
        return "process";
    }

    @Override
    public List<Syscall> syscalls() {
        return syscalls;
    }
}
