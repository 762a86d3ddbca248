package org.nesteddune.syscalls.time;

import java.util.List;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.service.component.annotations.Component;

/** The family of clocks, sleeping and timers. */
@Component(service = SyscallFamily.class, property = SyscallFamily.NAME + "=time")
public final class TimeFamily implements SyscallFamily {

    private final List<Syscall> syscalls;

    public TimeFamily() {
        Syscall.Table table = new Syscall.Table();
        ClockCalls.addTo(table);
        SleepCalls.addTo(table);
        TimerCalls.addTo(table);
        TimerFileCalls.addTo(table);
        syscalls = table.build();
    }

    @Override
    public String name() {
        return "time";
    }

    @Override
    public List<Syscall> syscalls() {
        return syscalls;
    }
}
