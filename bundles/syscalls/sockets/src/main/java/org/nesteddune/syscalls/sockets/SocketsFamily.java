package org.nesteddune.syscalls.sockets;

import java.util.List;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.service.component.annotations.Component;

/**
 * The family of sockets. A guest cannot make any yet, but it may have inherited one as a standard stream, and programs
 * ask any descriptor whether it is one: a shell whose standard input seems to be a connection reads other start-up files.
 */
@Component(service = SyscallFamily.class, property = SyscallFamily.NAME + "=sockets")
public final class SocketsFamily implements SyscallFamily {

    private final List<Syscall> syscalls;

    public SocketsFamily() {
        Syscall.Table table = new Syscall.Table();
        InheritedSockets.addTo(table);
        syscalls = table.build();
    }

    @Override
    public String name() {
        return "sockets";
    }

    @Override
    public List<Syscall> syscalls() {
        return syscalls;
    }
}
