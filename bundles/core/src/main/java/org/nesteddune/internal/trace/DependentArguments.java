package org.nesteddune.internal.trace;

import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Ioctl;
import org.nesteddune.linux.Ipc;
import org.nesteddune.linux.Prctl;
import org.nesteddune.memory.GuestMemory;

/** Arguments and results whose meaning another argument decides: those of fcntl, ioctl, prctl and arch_prctl. */
final class DependentArguments {

    /** Stands for an argument that is known only after the call. */
    static final String LATER = new String("later");

    private final Structures structures;
    private final String call;
    private final long[] values;
    private final GuestMemory memory;

    DependentArguments(Structures structures, String call, long[] values, GuestMemory memory) {
        this.structures = structures;
        this.call = call;
        this.values = values;
        this.memory = memory;
    }

    /** The text of such an argument, {@link #LATER}, {@link ArgumentPrinter#OMITTED}, or null if it is an ordinary one. */
    String before(int index) {
        return switch (call) {
            case "fcntl" -> index == 2 ? fcntl() : null;
            case "ioctl" -> index == 2 ? ioctl() : null;
            case "prctl" -> index >= 1 ? prctl(index) : null;
            case "arch_prctl" -> index == 1 && isArchGet() ? LATER : null;
            case "shmctl", "msgctl" -> index == 2 ? ipc(1, 2) : null;
            case "semctl" -> index == 3 ? ipc(2, 3) : null;
            case "setsockopt", "getsockopt" -> index == 2 ? option() : null;
            case "recvmsg", "recvmmsg" -> index == 1 ? LATER : null;
            default -> null;
        };
    }

    /** The text of an argument that was {@link #LATER}; null for an ordinary one. */
    String after(int index, long result) {
        return switch (call) {
            case "fcntl" -> index == 2 ? structure("flock") : null;
            case "ioctl" -> index == 2 ? ioctlOutput() : null;
            case "prctl" -> index == 1 ? prctlOutput() : null;
            case "arch_prctl" -> index == 1 ? "[" + Text.hex(memory.readLong(values[1])) + "]" : null;
            case "shmctl" -> index == 2 ? structure("shmid_ds", 2) : null;
            case "msgctl" -> index == 2 ? structure("msqid_ds", 2) : null;
            case "semctl" -> index == 3 ? structure("semid_ds", 3) : null;
            default -> null;
        };
    }

    /** The result's text, or null for an ordinary one. */
    String result(long result) {
        if (call.equals("fcntl")) {
            return switch ((int) values[1]) {
                case Fcntl.F_GETFL -> Text.hex(result) + " (flags " + Constants.set("open").flags(result) + ")";
                case Fcntl.F_GETFD -> Text.hex(result)
                        + (result == 0 ? "" : " (flags " + Constants.set("fd").flags(result) + ")");
                case Fcntl.F_GET_SEALS -> Text.hex(result)
                        + (result == 0 ? "" : " (seals " + Constants.set("seal").flags(result) + ")");
                default -> null;
            };
        }
        return null;
    }

    private String fcntl() {
        return switch ((int) values[1]) {
            case Fcntl.F_GETFD, Fcntl.F_GETFL, Fcntl.F_GETOWN, Fcntl.F_GETSIG, Fcntl.F_GETLEASE, Fcntl.F_GETPIPE_SZ,
                    Fcntl.F_GET_SEALS -> ArgumentPrinter.OMITTED;
            case Fcntl.F_SETFD -> Constants.set("fd").flags(values[2]);
            case Fcntl.F_SETFL -> Constants.set("open").flags(values[2]);
            case Fcntl.F_ADD_SEALS -> Constants.set("seal").flags(values[2]);
            case Fcntl.F_SETLEASE -> Constants.set("lock").one(values[2]);
            case Fcntl.F_SETSIG -> Text.signal((int) values[2]);
            case Fcntl.F_SETLK, Fcntl.F_SETLKW, Fcntl.F_OFD_SETLK, Fcntl.F_OFD_SETLKW -> structure("flock");
            case Fcntl.F_GETLK, Fcntl.F_OFD_GETLK -> LATER;
            case Fcntl.F_DUPFD, Fcntl.F_DUPFD_CLOEXEC, Fcntl.F_SETOWN, Fcntl.F_SETPIPE_SZ -> Integer.toString((int) values[2]);
            default -> Text.hex(values[2]);
        };
    }

    private String option() {
        ConstantSet options = SocketArguments.options((int) values[1]);
        return options == null ? null : options.one(values[2]);
    }

    private String ioctl() {
        return switch ((int) values[1]) {
            case Ioctl.TCSETS, Ioctl.TCSETSW, Ioctl.TCSETSF, Ioctl.TCSETS2, Ioctl.TCSETSW2, Ioctl.TCSETSF2 ->
                    structure("termios");
            case Ioctl.TIOCSWINSZ -> structure("winsize");
            case Ioctl.TIOCSPGRP, Ioctl.FIONBIO, Ioctl.FIOASYNC -> word();
            case Ioctl.FIOCLEX, Ioctl.FIONCLEX, Ioctl.TIOCNOTTY -> ArgumentPrinter.OMITTED;
            case Ioctl.TCGETS, Ioctl.TCGETS2, Ioctl.TIOCGWINSZ, Ioctl.TIOCGPGRP, Ioctl.TIOCGSID, Ioctl.FIONREAD,
                    Ioctl.TIOCOUTQ, Ioctl.TIOCGPTN -> LATER;
            default -> Text.hex(values[2]);
        };
    }

    private String ioctlOutput() {
        return switch ((int) values[1]) {
            case Ioctl.TCGETS, Ioctl.TCGETS2 -> structure("termios");
            case Ioctl.TIOCGWINSZ -> structure("winsize");
            default -> word();
        };
    }

    private String prctl(int index) {
        if (index > 1) {
            return values[index] == 0 ? "0" : Text.hex(values[index]);
        }
        return switch ((int) values[0]) {
            case Prctl.PR_SET_NAME -> name();
            case Prctl.PR_GET_NAME, Prctl.PR_GET_PDEATHSIG, Prctl.PR_GET_CHILD_SUBREAPER, Prctl.PR_GET_TSC -> LATER;
            case Prctl.PR_SET_PDEATHSIG -> Text.signal((int) values[1]);
            case Prctl.PR_SET_MM -> Constants.set("prctl_mm").one(values[1]);
            default -> Text.hex(values[1]);
        };
    }

    private String prctlOutput() {
        return (int) values[0] == Prctl.PR_GET_NAME ? name() : word();
    }

    /** A thread's name: at most 15 bytes and a NUL count. */
    private String name() {
        StringBuilder out = new StringBuilder();
        String name = memory.readString(values[1], 16);
        if (name == null) {
            byte[] bytes = new byte[15];
            memory.read(values[1], bytes, 0, bytes.length);
            Text.quote(out, bytes, bytes.length, true);
        } else {
            Text.quote(out, name, 15);
        }
        return out.toString();
    }

    private boolean isArchGet() {
        return switch ((int) values[0]) {
            case Prctl.ARCH_GET_FS, Prctl.ARCH_GET_GS -> true;
            default -> false;
        };
    }

    /** The int behind argument 2 (of prctl behind argument 1). */
    private String word() {
        long address = call.equals("prctl") ? values[1] : values[2];
        return address == 0 ? "NULL" : "[" + memory.readInt(address) + "]";
    }

    /** What a command of System V IPC takes or gives, by the positions of command and argument. */
    private String ipc(int command, int argument) {
        switch ((int) values[command] & ~Ipc.IPC_64) {
            case Ipc.IPC_RMID:
                return ArgumentPrinter.OMITTED;
            case Ipc.IPC_STAT:
                return LATER;
            case Ipc.IPC_SET:
                return structure(call.equals("shmctl") ? "shmid_ds" : call.equals("msgctl") ? "msqid_ds" : "semid_ds", argument);
            case Ipc.SETVAL:
                return call.equals("semctl") ? Integer.toString((int) values[argument]) : Text.hex(values[argument]);
            case Ipc.GETVAL, Ipc.GETPID, Ipc.GETNCNT, Ipc.GETZCNT:
                return call.equals("semctl") ? ArgumentPrinter.OMITTED : Text.hex(values[argument]);
            default:
                return Text.hex(values[argument]);
        }
    }

    private String structure(String name) {
        return structure(name, 2);
    }

    private String structure(String name, int index) {
        if (values[index] == 0) {
            return "NULL";
        }
        StringBuilder out = new StringBuilder();
        structures.get(name).printer().print(out, memory, values[index]);
        return out.toString();
    }
}
