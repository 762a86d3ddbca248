package org.nesteddune.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NamesTest {
    @Test
    void everyErrorHasItsNameAndText() throws Exception {
        for (Field field : Errno.class.getFields()) {
            int value = field.getInt(null);
            if (field.getName().matches("EWOULDBLOCK|EDEADLOCK|ENOTSUP|MAX_ERRNO")) {
                continue;
            }
            assertThat(Errno.name(value)).isEqualTo(field.getName());
            assertThat(Errno.text(value)).isNotEmpty();
        }
        assertThat(Errno.text(Errno.ENOENT)).isEqualTo("No such file or directory");
        assertThat(Errno.text(0)).isEqualTo("Success");
        assertThat(Errno.text(58)).isEqualTo("Unknown error 58");
        assertThat(Errno.name(58)).isEqualTo("errno 58");
        assertThat(Errno.EHWPOISON).isEqualTo(133);
    }

    @Test
    void errorsAreTheLast4095Results() {
        assertThat(Errno.isError(-1)).isTrue();
        assertThat(Errno.isError(-4095)).isTrue();
        assertThat(Errno.isError(-4096)).isFalse();
        assertThat(Errno.isError(0)).isFalse();
    }

    @Test
    void signalsHaveNames() {
        assertThat(Signal.name(Signal.SIGSEGV)).isEqualTo("SIGSEGV");
        assertThat(Signal.name(Signal.SIGSYS)).isEqualTo("SIGSYS");
        assertThat(Signal.name(32)).isEqualTo("SIGRTMIN");
        assertThat(Signal.name(64)).isEqualTo("SIGRTMIN+32");
        assertThat(Signal.name(128)).isEqualTo("SIGRTMIN+96");
        assertThat(Signal.name(129)).isEqualTo("signal 129");
        assertThat(Signal.name(0)).isEqualTo("signal 0");
        for (int signal = 1; signal <= Signal.MIPS_NSIG; signal++) {
            assertThat(Signal.number(Signal.name(signal))).isEqualTo(signal);
        }
        assertThat(Signal.number("term")).isEqualTo(Signal.SIGTERM);
        assertThat(Signal.number("9")).isEqualTo(Signal.SIGKILL);
        assertThat(Signal.number("SIGNOPE")).isZero();
        assertThat(Signal.bit(64)).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void signalNamesAreThoseOfTheConstants() throws Exception {
        Map<Integer, String> names = new HashMap<>();
        for (Field field : Signal.class.getFields()) {
            if (field.getName().matches("SIG[A-Z0-9]+") && !field.getName().equals("SIGSTKSZ")) {
                names.put(field.getInt(null), field.getName());
            }
        }
        names.forEach((number, name) -> assertThat(Signal.name(number)).isEqualTo(name));
        assertThat(names).hasSize(32);
    }

    @Test
    void machinesHaveNames() {
        assertThat(Elf.name(Elf.EM_X86_64)).isEqualTo("x86-64");
        assertThat(Elf.EM_LOONGARCH).isEqualTo(258);
        assertThat(Elf.name(258)).isEqualTo("LoongArch");
        assertThat(Elf.name(Elf.EM_MIPS)).isEqualTo("MIPS");
        assertThat(Elf.name(9999)).isEqualTo("unknown machine 9999");
    }

    @Test
    void limitsHaveNames() throws Exception {
        for (Field field : Resource.class.getFields()) {
            if (field.getName().startsWith("RLIMIT_")) {
                assertThat(Resource.name(field.getInt(null))).isEqualTo(field.getName());
            }
        }
        assertThat(Resource.name(16)).isEqualTo("16");
    }

    @Test
    void modesTellTheType() {
        assertThat(Stat.S_ISDIR(Stat.S_IFDIR | 0755)).isTrue();
        assertThat(Stat.S_ISREG(Stat.S_IFDIR | 0755)).isFalse();
        assertThat(Dirent.ofMode(Stat.S_IFLNK | 0777)).isEqualTo(Dirent.DT_LNK);
        assertThat(OpenFlags.isReadable(OpenFlags.O_RDWR)).isTrue();
        assertThat(OpenFlags.isWritable(OpenFlags.O_RDONLY | OpenFlags.O_CREAT)).isFalse();
        assertThat(OpenFlags.isReadable(OpenFlags.O_PATH)).isFalse();
    }

    @Test
    void constantsAreConstant() {
        for (Class<?> type : new Class<?>[] {Auxv.class, Clone.class, Dirent.class, Elf.class, Errno.class, Fcntl.class,
            FileSystems.class, Futex.class, Ioctl.class, Limits.class, Mman.class, OpenFlags.class, Poll.class,
            Prctl.class, Random.class, Resource.class, Seek.class, Signal.class, Socket.class, Stat.class, Time.class,
            Wait.class, Xattr.class}) {
            assertThat(type.getFields()).isNotEmpty().allMatch(field -> Modifier.isFinal(field.getModifiers()));
        }
    }
}
