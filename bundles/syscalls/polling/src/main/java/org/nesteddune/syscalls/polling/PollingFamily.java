package org.nesteddune.syscalls.polling;

import java.util.List;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.service.component.annotations.Component;

/** The family of waiting for several files at once. */
@Component(service = SyscallFamily.class, property = SyscallFamily.NAME + "=polling")
public final class PollingFamily implements SyscallFamily {

    private final List<Syscall> syscalls;

    public PollingFamily() {
        Syscall.Table table = new Syscall.Table();
        PollCalls.addTo(table);
        SelectCalls.addTo(table);
        EpollCalls.addTo(table);
        EventCalls.addTo(table);
        syscalls = table.build();
    }

    @Override
    public String name() {
        return "polling";
    }

    @Override
    public List<Syscall> syscalls() {
        return syscalls;
    }
}
