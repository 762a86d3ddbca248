package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.Test;
import org.nesteddune.LaunchException;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.Signature;
import org.nesteddune.syscall.Signature.Parameter;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;

/**
 * Every implemented call with a bad pointer in each pointer argument, by the families' own signatures. The same program
 * makes the same calls natively: where Linux answers EFAULT, so must dune.
 */
@Needs({"/dev/kvm", "gcc"})
public class PointerTest extends ProgramTest {

    /** Pointers that lead nowhere: unmapped, the kernel's, the top of the address space, no address at all. */
    private static final List<String> BAD = List.of("low", "hole", "kernel", "top", "noncanonical");

    /** Arguments that a call needs to get as far as its pointers, by position; others follow from the signature. */
    private static final Map<String, Map<Integer, String>> ARGUMENTS = new LinkedHashMap<>();

    /** Calls that with these arguments never look at the pointer, natively either, and why. */
    private static final Map<String, String> NEVER = new LinkedHashMap<>();

    static {
        arguments("getdents", 0, "directory", 2, "4096");
        arguments("getdents64", 0, "directory", 2, "4096");
        arguments("clock_settime", 0, "0");
        arguments("sched_getattr", 2, "48");
        for (String call : List.of("setxattr", "lsetxattr", "fsetxattr", "getxattr", "lgetxattr", "fgetxattr")) {
            arguments(call, 1, "attribute");
        }
        arguments("readlink", 0, "link");
        arguments("readlinkat", 1, "link");
        arguments("timer_settime", 0, "timer");
        arguments("timer_gettime", 0, "timer");
        arguments("timerfd_settime", 0, "timerfd");
        arguments("timerfd_gettime", 0, "timerfd");
        arguments("epoll_ctl", 0, "epoll", 1, "1", 2, "pipe-out");
        arguments("epoll_wait", 0, "epoll", 2, "1");
        arguments("epoll_pwait", 0, "epoll", 2, "1", 5, "8");
        arguments("epoll_pwait2", 0, "epoll", 2, "1", 5, "8");
        arguments("inotify_add_watch", 0, "inotify", 2, "2");
        arguments("poll", 1, "1");
        arguments("ppoll", 1, "1", 4, "8");
        arguments("select", 0, "8");
        arguments("pselect6", 0, "8");
        arguments("capget", 0, "caps");
        arguments("capset", 0, "caps");
        arguments("getcwd", 1, "4096");
        arguments("sigaltstack", 0, "null", 1, "null");
        arguments("prlimit64", 2, "null", 3, "null");
        arguments("settimeofday", 0, "null", 1, "null");
        arguments("sendfile", 0, "pipe-in", 1, "file");
        arguments("vmsplice", 0, "pipe-in");
        arguments("copy_file_range", 0, "file", 2, "file");
        arguments("rt_sigaction", 0, "10", 3, "8");
        arguments("rt_sigprocmask", 3, "8");
        arguments("rt_sigsuspend", 1, "8");
        arguments("rt_sigpending", 1, "8");
        arguments("rt_sigtimedwait", 3, "8");
        arguments("rt_sigqueueinfo", 0, "self", 1, "0");
        arguments("rt_tgsigqueueinfo", 0, "self", 1, "self", 2, "0");
        arguments("futex_waitv", 1, "1", 4, "1");
        arguments("futex_wait", 2, "1", 3, "2");
        arguments("futex_wake", 1, "1", 2, "1", 3, "2");
        arguments("openat2", 3, "24");
        arguments("file_getattr", 3, "24");
        arguments("file_setattr", 3, "24");
        arguments("getxattrat", 5, "16");
        arguments("setxattrat", 5, "16");
        arguments("mincore", 1, "4096");
        arguments("setgroups", 0, "1");
        arguments("arch_prctl", 0, "0x1003");
        arguments("signalfd", 0, "-1", 2, "8");
        arguments("signalfd4", 0, "-1", 2, "8");
        arguments("pidfd_send_signal", 0, "pidfd");
        arguments("msgrcv", 0, "messages");
        arguments("mq_timedsend", 0, "queue");
        arguments("mq_timedreceive", 0, "queue");
        arguments("mq_getsetattr", 0, "queue", 1, "null", 2, "null");
        arguments("socketpair", 0, "1", 1, "1");
        arguments("bind", 0, "pair", 2, "16");
        arguments("connect", 0, "pair", 2, "16");
        arguments("accept", 0, "listener", 2, "length");
        arguments("accept4", 0, "listener", 2, "length");
        arguments("getsockname", 0, "listener", 2, "length");
        arguments("getpeername", 0, "pair", 2, "length");
        arguments("sendto", 0, "pair", 2, "16", 4, "null", 5, "16");
        arguments("recvfrom", 0, "pair", 2, "16", 4, "null", 5, "length");
        arguments("sendmsg", 0, "pair");
        arguments("recvmsg", 0, "pair");
        arguments("sendmmsg", 0, "pair", 2, "1");
        arguments("recvmmsg", 0, "pair", 2, "1", 4, "null");
        arguments("setsockopt", 0, "pair", 1, "1", 2, "2", 4, "4");
        arguments("getsockopt", 0, "pair", 1, "1", 2, "2", 4, "length");
        NEVER.put("splice", "an offset is for one end and not for the pipe at the other: see HIDDEN");
        NEVER.put("getgroups", "nothing is written for a user without supplementary groups");
        NEVER.put("flistxattr", "nothing is written where the file system has no extended attributes");
    }

    private static void arguments(String call, Object... positions) {
        Map<Integer, String> words = new LinkedHashMap<>();
        for (int i = 0; i < positions.length; i += 2) {
            words.put((Integer) positions[i], (String) positions[i + 1]);
        }
        ARGUMENTS.put(call, words);
    }

    /** Pointers that hide behind a plain argument, whose meaning another argument decides. */
    private static final String[][] HIDDEN = {
        {"fcntl", "file", "5", "BAD"}, // F_GETLK
        {"fcntl", "file", "6", "BAD"}, // F_SETLK
        {"ioctl", "pipe-out", "0x541b", "BAD"}, // FIONREAD
        {"ioctl", "pipe-out", "0x5421", "BAD"}, // FIONBIO
        {"prctl", "15", "BAD"}, // PR_SET_NAME
        {"prctl", "16", "BAD"}, // PR_GET_NAME
        {"prctl", "2", "BAD"}, // PR_GET_PDEATHSIG
        {"prctl", "37", "BAD"}, // PR_GET_CHILD_SUBREAPER
        {"prctl", "40", "BAD"}, // PR_GET_TID_ADDRESS
        {"arch_prctl", "0x1003", "BAD"}, // ARCH_GET_FS
        {"recvfrom", "pair", "good", "16", "0", "good", "BAD"},
        {"setsockopt", "pair", "1", "26", "BAD", "16"}, // SO_ATTACH_FILTER
        {"getsockopt", "pair", "1", "17", "BAD", "length"}, // SO_PEERCRED
        {"splice", "file", "BAD", "pipe-in", "null", "16"},
        {"splice", "pipe-out", "null", "file", "BAD", "16"},
        {"shmctl", "segment", "1", "BAD"}, // IPC_SET
        {"shmctl", "segment", "2", "BAD"}, // IPC_STAT
        {"shmctl", "0", "3", "BAD"}, // IPC_INFO
        {"shmctl", "0", "14", "BAD"}, // SHM_INFO
        {"semctl", "semaphores", "0", "1", "BAD"}, // IPC_SET
        {"semctl", "semaphores", "0", "2", "BAD"}, // IPC_STAT
        {"semctl", "semaphores", "0", "13", "BAD"}, // GETALL
        {"semctl", "semaphores", "0", "17", "BAD"}, // SETALL
        {"semctl", "0", "0", "3", "BAD"}, // IPC_INFO
        {"msgctl", "messages", "1", "BAD"}, // IPC_SET
        {"msgctl", "messages", "2", "BAD"}, // IPC_STAT
        {"msgctl", "0", "3", "BAD"}, // IPC_INFO
        {"futex", "good", "0", "0", "BAD"}, // FUTEX_WAIT's timeout
        {"futex", "good", "9", "0", "BAD", "0", "1"}, // FUTEX_WAIT_BITSET's timeout
        {"futex", "good", "3", "1", "1", "BAD"}, // FUTEX_REQUEUE's second word
    };

    @Test
    public void everyBadPointerIsAnError() throws LaunchException {
        Architecture architecture = Services.all(Architecture.class).stream()
                .filter(each -> each.unameMachine().equals("x86_64"))
                .findFirst()
                .orElseThrow();
        List<String> lines = new ArrayList<>();
        Set<String> walked = new TreeSet<>();
        for (SyscallFamily family : Services.all(SyscallFamily.class)) {
            for (Syscall syscall : family.syscalls()) {
                int number = architecture.syscallNumbers().number(syscall.name());
                if (number >= 0 && syscall.support() != Syscall.Support.ERRNO) {
                    walk(syscall, number, lines, walked);
                }
            }
        }
        hidden(architecture.syscallNumbers(), lines);
        assertTrue("only " + walked.size() + " calls have pointers: is a family missing?", walked.size() > 120);
        Command program = Command.of(CProgram.compile("pointers", "-static").toString())
                .input(String.join("\n", lines) + "\n");
        Map<String, Long> natively = results(guests.natively(program));
        Outcome outcome = guests.inDune(program);
        Map<String, Long> inDune = results(outcome);
        assertEquals(outcome.note() + outcome.errorText(), natively.size(), inDune.size());
        compare(natively, inDune, walked);
    }

    private static void compare(Map<String, Long> natively, Map<String, Long> inDune, Set<String> walked) {
        StringBuilder wrong = new StringBuilder();
        Set<String> unproved = new TreeSet<>(walked);
        natively.forEach((label, expected) -> {
            long is = inDune.get(label);
            // A user without the right to a call is not even asked for the pointer.
            if (expected == -Errno.EFAULT || expected == -Errno.EPERM) {
                unproved.remove(label.substring(0, label.indexOf('/')));
            }
            // Dune may look at a pointer before it knows that nothing is to be copied: there Linux gives no EFAULT.
            if (expected == -Errno.EFAULT && is != expected) {
                wrong.append("\n  ").append(label).append(": ").append(name(is)).append(" instead of ").append(name(expected));
            }
        });
        assertEquals("", wrong.toString());
        unproved.removeAll(NEVER.keySet());
        assertEquals("these calls never gave EFAULT natively, so nothing is proved of them", Set.of(), unproved);
    }

    private static String name(long result) {
        return result < 0 && result > -4096 ? Errno.name((int) -result) : Long.toString(result);
    }

    private static Map<String, Long> results(Outcome outcome) {
        Map<String, Long> results = new LinkedHashMap<>();
        outcome.outputText().lines().forEach(line -> {
            String[] words = line.split(" ");
            results.put(words[0], Long.parseLong(words[1]));
        });
        return results;
    }

    private static void hidden(SyscallNumbers numbers, List<String> lines) {
        for (String[] call : HIDDEN) {
            for (String bad : BAD) {
                StringBuilder line = new StringBuilder(String.join("-", call).replace("BAD", bad).replaceFirst("-", "/"))
                        .append(' ')
                        .append(numbers.number(call[0]));
                for (int i = 1; i <= 6; i++) {
                    line.append(' ').append(i >= call.length ? "0" : call[i].equals("BAD") ? bad : call[i]);
                }
                lines.add(line.toString());
            }
        }
    }

    private static void walk(Syscall syscall, int number, List<String> lines, Set<String> walked) {
        List<Parameter> parameters = syscall.signature().parameters();
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            if (parameter.isPointer()) {
                walked.add(syscall.name());
                List<String> pointers = new ArrayList<>(BAD);
                if (isWide(parameter)) {
                    pointers.add("edge");
                }
                if (parameter.isOutput() || parameter.type().equals("inout")) {
                    pointers.add("readonly");
                }
                if (parameter.detail().equals("iovec")) {
                    pointers.add("badvector");
                }
                for (String pointer : pointers) {
                    lines.add(line(syscall, number, i, pointer));
                }
            }
        }
    }

    /** Whether the pointer's target is surely longer than a byte, so that it cannot end at a mapping's last one. */
    private static boolean isWide(Parameter parameter) {
        return switch (parameter.type()) {
            case "path", "str", "strv", "in", "out", "inout" -> true;
            default -> false;
        };
    }

    private static String line(Syscall syscall, int number, int position, String pointer) {
        StringBuilder line = new StringBuilder(syscall.name())
                .append('/')
                .append(syscall.signature().parameters().get(position).name())
                .append('/')
                .append(pointer)
                .append(' ')
                .append(number);
        for (int i = 0; i < 6; i++) {
            line.append(' ').append(i == position ? pointer : argument(syscall, i));
        }
        return line.toString();
    }

    private static String argument(Syscall syscall, int position) {
        String fixed = ARGUMENTS.getOrDefault(syscall.name(), Map.of()).get(position);
        if (fixed != null) {
            return fixed;
        }
        Signature signature = syscall.signature();
        if (position >= signature.parameters().size()) {
            return "0";
        }
        Parameter parameter = signature.parameters().get(position);
        return switch (parameter.type()) {
            case "fd" -> "file";
            case "dirfd" -> "-100";
            case "path", "str" -> "text";
            case "strv" -> "null";
            case "inbuf", "outbuf", "in", "out", "inout", "addr" -> "good";
            case "clock" -> "1";
            case "sig" -> "0";
            default -> length(signature, parameter.name());
        };
    }

    /** For a parameter that says how long another is: one element, or some bytes. */
    private static String length(Signature signature, String name) {
        for (Parameter other : signature.parameters()) {
            if (other.count().equals(name)) {
                return "1";
            }
            if (other.detail().equals(name)) {
                return "16";
            }
        }
        return name.equals("sigsetsize") ? "8" : "0";
    }
}
