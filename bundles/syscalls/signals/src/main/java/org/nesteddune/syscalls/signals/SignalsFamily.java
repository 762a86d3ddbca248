package org.nesteddune.syscalls.signals;

import java.util.List;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.service.component.annotations.Component;

/** The family of signals. */
@Component(service = SyscallFamily.class, property = SyscallFamily.NAME + "=signals")
public final class SignalsFamily implements SyscallFamily {

    private final List<Syscall> syscalls;

    public SignalsFamily() {
        Syscall.Table table = new Syscall.Table();
        ActionCalls.addTo(table);
        WaitCalls.addTo(table);
        SendCalls.addTo(table);
        SignalFileCalls.addTo(table);
        syscalls = table.build();
    }

    @Override
    public String name() {
        return "signals";
    }

    @Override
    public List<Syscall> syscalls() {
        return syscalls;
    }
}
