package org.nesteddune.syscalls.sockets;

import java.util.List;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.service.component.annotations.Component;

/**
 * The family of sockets. Each is one of the host's: UNIX, INET and INET6, packets as far as the host allows, and of
 * netlink the questions about interfaces and routes.
 */
@Component(service = SyscallFamily.class, property = SyscallFamily.NAME + "=sockets")
public final class SocketsFamily implements SyscallFamily {

    private final List<Syscall> syscalls;

    public SocketsFamily() {
        Syscall.Table table = new Syscall.Table();
        CreationCalls.addTo(table);
        NameCalls.addTo(table);
        ConnectionCalls.addTo(table);
        SendCalls.addTo(table);
        ReceiveCalls.addTo(table);
        OptionCalls.addTo(table);
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
