package org.nesteddune.syscalls.ipc;

import java.util.List;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.service.component.annotations.Component;

/** The family of System V IPC and POSIX message queues. */
@Component(service = SyscallFamily.class, property = SyscallFamily.NAME + "=ipc")
public final class IpcFamily implements SyscallFamily {

    private final List<Syscall> syscalls;

    public IpcFamily() {
        Syscall.Table table = new Syscall.Table();
        SharedMemoryCalls.addTo(table);
        SemaphoreCalls.addTo(table);
        MessageCalls.addTo(table);
        PosixQueueCalls.addTo(table);
        syscalls = table.build();
    }

    @Override
    public String name() {
        return "ipc";
    }

    @Override
    public List<Syscall> syscalls() {
        return syscalls;
    }
}
