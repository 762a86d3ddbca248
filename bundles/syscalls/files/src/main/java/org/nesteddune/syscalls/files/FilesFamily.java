package org.nesteddune.syscalls.files;

import java.util.List;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.service.component.annotations.Component;

/** The family of files and directories. */
@Component(service = SyscallFamily.class, property = SyscallFamily.NAME + "=files")
public final class FilesFamily implements SyscallFamily {

    private final List<Syscall> syscalls;

    public FilesFamily() {
        Syscall.Table table = new Syscall.Table();
        TransferCalls.addTo(table);
        PumpCalls.addTo(table);
        AioCalls.addTo(table);
        OpenCalls.addTo(table);
        DescriptorCalls.addTo(table);
        StatusCalls.addTo(table);
        DirectoryCalls.addTo(table);
        ModeCalls.addTo(table);
        TimeCalls.addTo(table);
        AttributeCalls.addTo(table);
        AttributeCalls.addNewTo(table);
        SizeCalls.addTo(table);
        ObjectCalls.addTo(table);
        WatchCalls.addTo(table);
        MountCalls.addTo(table);
        syscalls = table.build();
    }

    @Override
    public String name() {
        return "files";
    }

    @Override
    public List<Syscall> syscalls() {
        return syscalls;
    }
}
