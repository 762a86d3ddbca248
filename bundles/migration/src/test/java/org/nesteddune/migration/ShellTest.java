package org.nesteddune.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Clone;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.x86.X86Architecture;
import org.nesteddune.x86.X86Shell;

class ShellTest {

    private static final long BASE = 1L << 32;
    private static final long PLACE = 1L << 33;

    private final SyscallNumbers numbers = new X86Architecture().syscallNumbers();
    private Shell shell;
    private Script script;

    @BeforeEach
    void start() throws EscapeException {
        X86Shell code = new X86Shell();
        assumeTrue(code.isHostCpu(), "the host is not x86-64");
        shell = Shell.start(code, BASE);
        script = new Script(shell, numbers, shell.pid());
    }

    @AfterEach
    void end() {
        if (shell != null) {
            int pid = shell.pid();
            shell.abandon();
            assertThat(pid == 0 || Linux.kill(pid, 0) == -Errno.ESRCH).isTrue();
        }
    }

    @Test
    void makesTheCallsOfAList() throws Exception {
        script.add("getpid", "tell its number");
        script.expect(PLACE, "mmap", "map memory", PLACE, 8192, 3, Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_FIXED, -1, 0);
        script.attempt("close", 99);
        long text = script.data("hello".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        script.add("getcpu", "look where it is", PLACE, 0, 0);
        script.run();
        assertThat(script.result(0)).isEqualTo(shell.pid());
        assertThat(script.result(2)).isEqualTo(-Errno.EBADF);
        assertThat(Memory.getByte(script.own(text))).isEqualTo((byte) 'h');
        assertThat(Files.readString(Path.of("/proc/" + shell.pid() + "/maps"))).contains("200000000-200002000 rw-p");
        script.expect(shell.pid(), "gettid", "tell its number");
        script.run();
    }

    @Test
    void callsThatFailEndTheList() throws Exception {
        script.add("dup", "duplicate a descriptor", 99);
        script.add("getpid", "tell its number");
        assertThatThrownBy(script::run)
                .isInstanceOf(EscapeException.class)
                .hasMessage("the native process could not duplicate a descriptor: dup: Bad file descriptor");
    }

    @Test
    void wrongResultsAreErrors() throws Exception {
        script.expect(1, "getpid", "have pid 1");
        assertThatThrownBy(script::run).isInstanceOf(EscapeException.class).hasMessageContaining("instead of 0x1");
    }

    @Test
    void longListsAreMadeInParts() throws Exception {
        for (int i = 0; i < 10_000; i++) {
            script.expect(shell.pid(), "getpid", "tell its number");
        }
        script.run();
    }

    @Test
    void descriptorsArriveUnderTheirNumbers() throws Exception {
        Descriptors descriptors = new Descriptors(shell, script, 300);
        descriptors.begin();
        int file = Spawner.memoryFile("passed", new byte[] {1, 2, 3}, 3);
        try {
            Linux.lseek(file, 2, 0);
            descriptors.pass(List.of(file, file));
            script.expect(2, "lseek", "find the offset", 1, 0, 1);
            script.expect(1, "read", "read", 0, script.space(8), 8);
            script.run();
            assertThat(Linux.lseek(file, 0, 1)).isEqualTo(3);
        } finally {
            Linux.close(file);
        }
        descriptors.closePassed(2);
        script.attempt("close", 0);
        script.run();
        assertThat(script.result(1)).isEqualTo(-Errno.EBADF);
        descriptors.end();
        assertThat(Path.of("/proc/" + shell.pid() + "/fd").toFile().list()).isEmpty();
    }

    @Test
    void threadsAreStoppedAsTheyAreMade() throws Exception {
        for (int i = 0; i < 3; i++) {
            script.add("clone", "make a thread", Clone.CLONE_VM | Clone.CLONE_FS | Clone.CLONE_FILES | Clone.CLONE_SIGHAND | Clone.CLONE_THREAD, 0, 0, 0, 0);
        }
        script.run();
        assertThat(shell.threads()).hasSize(4).doesNotHaveDuplicates();
        for (int tid : shell.threads()) {
            Script own = new Script(shell, numbers, tid);
            own.expect(tid, "gettid", "tell its number");
            own.expect(shell.pid(), "getpid", "tell its process's");
            own.run();
        }
    }

    @Test
    void goesOnByItselfWhenReleased() throws Exception {
        byte[] registers = shell.tracer().registers(shell.pid());
        shell.code().call(registers, shell.callInstruction(), numbers.number("exit_group"), 42);
        shell.tracer().registers(shell.pid(), registers);
        int pid = shell.pid();
        shell.release();
        try (NativeBuffer status = new NativeBuffer(16)) {
            assertThat(Linux.call(org.nesteddune.host.SyscallNumbers.SYS_wait4, pid, status.address(), 0, 0)).isEqualTo(pid);
            assertThat(Memory.getInt(status.address())).isEqualTo(42 << 8);
        }
        shell = null;
    }

    @Test
    void whoIsKilledMeanwhileIsAnError() throws Exception {
        Linux.kill(shell.pid(), 9);
        script.add("getpid", "tell its number");
        assertThatThrownBy(script::run).isInstanceOf(EscapeException.class);
    }
}
