package org.nesteddune.syscalls.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Who may become whom. */
class CredentialCallsTest {

    private final List<Syscall> syscalls = new ProcessFamily().syscalls();
    private Credentials credentials = new Credentials(1000, 1000, 1001, 2000, 2000, 2001, List.of(2000));

    private boolean hostRefuses;

    private final Task task = (Task) Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {Task.class}, (proxy, method, arguments) -> {
                if (method.getName().equals("credentials")) {
                    if (arguments == null) {
                        return credentials;
                    }
                    if (hostRefuses) {
                        throw new ErrnoException(Errno.EINVAL);
                    }
                    credentials = (Credentials) arguments[0];
                    return null;
                }
                throw new AssertionError(method.getName());
            });

    private long call(String name, long... values) {
        SyscallArguments arguments = new SyscallArguments();
        for (int i = 0; i < values.length; i++) {
            arguments.set(i, values[i]);
        }
        Syscall syscall = syscalls.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
        return syscall.handler().handle(task, arguments);
    }

    @Test
    void anOrdinaryUserMovesAmongItsOwnIds() {
        assertThat(call("setuid", 1001)).isZero();
        assertThat(credentials.effectiveUid()).isEqualTo(1001);
        assertThat(credentials.uid()).isEqualTo(1000);
        assertThat(call("setuid", 0)).isEqualTo(-Errno.EPERM);
        assertThat(call("setresuid", 1001, 1000, -1)).isZero();
        assertThat(call("setresuid", -1, 5, -1)).isEqualTo(-Errno.EPERM);
        assertThat(call("setreuid", 1001, 1000)).isZero();
        assertThat(credentials.savedUid()).isEqualTo(1000);
    }

    @Test
    void anOrdinaryUserMovesAmongItsOwnGroups() {
        assertThat(call("setgid", 2001)).isZero();
        assertThat(call("setgid", 0)).isEqualTo(-Errno.EPERM);
        assertThat(call("setregid", -1, 2000)).isZero();
        assertThat(call("setresgid", 2001, 2001, 2001)).isZero();
        assertThat(call("setregid", 2000, -1)).isEqualTo(-Errno.EPERM);
        assertThat(call("setgroups", 0, 0)).isEqualTo(-Errno.EPERM);
    }

    @Test
    void rootGivesItselfUpForGood() {
        credentials = new Credentials(0, 0, 0, 0, 0, 0, List.of());
        assertThat(call("setuid", 1000)).isZero();
        assertThat(credentials.uid()).isEqualTo(1000);
        assertThat(credentials.savedUid()).isEqualTo(1000);
        assertThat(call("setuid", 0)).isEqualTo(-Errno.EPERM);
    }

    @Test
    void fileSystemIdsAreFreeAmongOnesOwn() {
        assertThat(call("setfsuid", 1001)).isEqualTo(1000);
        assertThat(call("setfsuid", 5)).isEqualTo(1001);
        assertThat(call("setfsuid", -1)).isEqualTo(1001);
        assertThat(call("setfsgid", 2001)).isEqualTo(2000);
        assertThat(call("setfsgid", 0)).isEqualTo(2001);
        assertThat(credentials.fsUid()).isEqualTo(1001);
        assertThat(credentials.fsGid()).isEqualTo(2001);
        assertThat(credentials.effectiveUid()).isEqualTo(1000);
    }

    @Test
    void whatTheHostRefusesIsNotTaken() {
        credentials = new Credentials(0, 0, 0, 0, 0, 0, List.of());
        hostRefuses = true;
        assertThatThrownBy(() -> call("setresuid", 7, 7, 7)).isInstanceOf(ErrnoException.class);
        assertThat(call("setfsuid", 7)).isZero();
        assertThat(call("setfsuid", -1)).isZero();
    }

    @Test
    void minusOneIsNobody() {
        assertThat(call("setuid", 0xffff_ffffL)).isEqualTo(-Errno.EINVAL);
        assertThat(call("setgid", -1)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void namesAreThereOnce() {
        assertThat(syscalls).extracting(Syscall::name).doesNotHaveDuplicates();
    }
}
