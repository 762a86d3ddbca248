package org.nesteddune.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Prctl;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

class X86CallsTest {

    private final X86Calls family = new X86Calls();
    private final FakeCpu cpu = new FakeCpu(576);

    /** A task of which only the CPU is there: these calls take nothing else but memory, which is asked for last. */
    private final Task task = (Task) Proxy.newProxyInstance(
            Task.class.getClassLoader(), new Class<?>[] {Task.class}, (proxy, method, arguments) -> {
                if (method.getName().equals("cpu")) {
                    return cpu;
                }
                throw new UnsupportedOperationException(method.getName());
            });

    private long call(String name, long... values) {
        SyscallArguments arguments = new SyscallArguments();
        for (int i = 0; i < values.length; i++) {
            arguments.set(i, values[i]);
        }
        Syscall call = family.syscalls().stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
        return call.handler().handle(task, arguments);
    }

    @Test
    void segmentBasesAreSetAndChecked() {
        assertThat(call("arch_prctl", Prctl.ARCH_SET_FS, 0x7000_0000_0000L)).isZero();
        assertThat(cpu.get(X86Registers.FS_BASE)).isEqualTo(0x7000_0000_0000L);
        assertThat(call("arch_prctl", Prctl.ARCH_SET_GS, 0x1000)).isZero();
        assertThat(cpu.get(X86Registers.GS_BASE)).isEqualTo(0x1000);
        assertThat(call("arch_prctl", Prctl.ARCH_SET_FS, 0x7fff_ffff_f000L)).isEqualTo(-Errno.EPERM);
        assertThat(call("arch_prctl", Prctl.ARCH_SET_FS, -1)).isEqualTo(-Errno.EPERM);
        assertThat(cpu.get(X86Registers.FS_BASE)).isEqualTo(0x7000_0000_0000L);
        assertThatThrownBy(() -> call("arch_prctl", Prctl.ARCH_GET_FS, 0x1000))
                .as("goes to memory").hasMessage("memory");
    }

    @Test
    void whatIsNotOfferedHasLinuxsError() {
        assertThat(call("arch_prctl", Prctl.ARCH_GET_CPUID, 0)).isEqualTo(1);
        assertThat(call("arch_prctl", Prctl.ARCH_SET_CPUID, 0)).isEqualTo(-Errno.ENODEV);
        assertThat(call("arch_prctl", Prctl.ARCH_REQ_XCOMP_PERM, 18)).isEqualTo(-Errno.EOPNOTSUPP);
        assertThat(call("arch_prctl", Prctl.ARCH_REQ_XCOMP_PERM, 99)).isEqualTo(-Errno.EINVAL);
        assertThat(call("arch_prctl", 0x3001, 0)).isEqualTo(-Errno.EINVAL);
        assertThat(call("arch_prctl", 0x5001, 1)).isEqualTo(-Errno.EINVAL);
        assertThat(call("modify_ldt", 0, 0, 0)).isEqualTo(-Errno.ENOSYS);
    }

    @Test
    void portsAreNeverGiven() {
        assertThat(call("iopl", 0)).isZero();
        assertThat(call("iopl", 3)).isEqualTo(-Errno.EPERM);
        assertThat(call("iopl", 4)).isEqualTo(-Errno.EINVAL);
        assertThat(call("ioperm", 0x378, 3, 1)).isEqualTo(-Errno.EPERM);
        assertThat(call("ioperm", 0x378, 3, 0)).isZero();
        assertThat(call("ioperm", 65536, 1, 1)).isEqualTo(-Errno.EINVAL);
        assertThat(call("ioperm", 5, -1, 1)).isEqualTo(-Errno.EINVAL);
    }
}
