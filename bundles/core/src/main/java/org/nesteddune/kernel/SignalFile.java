package org.nesteddune.kernel;

import java.util.HashMap;
import java.util.Map;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.fs.IoContext;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.fs.ReadableSignal;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Stat;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;

/**
 * Signals as a file: what {@code signalfd} makes. Whoever reads takes signals of his own, whoever has made the file. So the
 * file shows each process that polls it another host descriptor, which follows what waits for that process and its tasks; a
 * signal that was sent to one thread alone seems readable to the others as well.
 */
public final class SignalFile extends OpenFile {

    /** Bytes in {@code struct signalfd_siginfo}. */
    private static final int RECORD = 128;

    /** The kernel numbers the devices of file systems without one as it mounts them; this one is our own. */
    private static final long DEVICE = FileStatus.encode(0, 0xffd);

    private final ProcessTable table;
    private volatile int flags;
    private volatile SignalSet mask;

    // Guarded by this.
    private final Map<Process, View> views = new HashMap<>();

    /**
     * @param mask the signals that it gives
     * @param flags O_NONBLOCK or nothing
     */
    public SignalFile(ProcessTable table, SignalSet mask, int flags) {
        super("anon_inode:[signalfd]");
        this.table = table;
        this.mask = mask;
        this.flags = OpenFlags.O_RDWR | flags;
    }

    /** The signals that it gives. */
    public SignalSet mask() {
        return mask;
    }

    /** What one process sees. Guarded by the file's monitor. */
    private final class View implements SignalWatchers.Watcher {

        private final Process process;
        private final SignalWatchers signals;
        private final ReadableSignal signal = ReadableSignal.create();

        View(Process process) {
            this.process = process;
            signals = process.signalWatchers();
            signals.add(this);
            changed(SignalSet.EMPTY);
        }

        @Override
        public void changed(SignalSet arrived) {
            synchronized (SignalFile.this) {
                signal.set(signals.waiting().intersects(mask), arrived.intersects(mask));
            }
        }

        @Override
        public void ended() {
            synchronized (SignalFile.this) {
                if (views.remove(process, this)) {
                    forgetPolling(signal.descriptor());
                    signal.close();
                }
            }
        }
    }

    /** Changes the signals that it gives. */
    public synchronized void mask(SignalSet value) {
        mask = value;
        views.values().forEach(view -> view.changed(SignalSet.EMPTY));
    }

    @Override
    protected synchronized void close() {
        for (View view : views.values()) {
            view.signals.remove(view);
            view.signal.close();
        }
        views.clear();
    }

    @Override
    public int pollDescriptor() {
        Task task = table.currentTask();
        return task == null ? -1 : pollDescriptor(task.process());
    }

    @Override
    public synchronized int pollDescriptor(Process process) {
        return views.computeIfAbsent(process, View::new).signal.descriptor();
    }

    @Override
    public int readiness() {
        return 0;
    }

    @Override
    public int statusFlags() {
        return flags;
    }

    @Override
    public synchronized long setStatusFlags(int wanted) {
        flags = flags & ~OpenFlags.O_NONBLOCK | wanted & OpenFlags.O_NONBLOCK;
        return 0;
    }

    @Override
    public long read(IoContext io, long address, long length) {
        if (!(io instanceof Task task) || length < RECORD) {
            return -Errno.EINVAL;
        }
        long done = 0;
        while (done <= length - RECORD) {
            SignalInfo info = task.takeSignal(mask);
            if (info == null && done == 0) {
                if ((flags & OpenFlags.O_NONBLOCK) != 0) {
                    return -Errno.EAGAIN;
                }
                task.sleepUntil(Long.MAX_VALUE, mask);
                info = task.takeSignal(mask);
                if (info == null) {
                    return -Errno.ERESTARTSYS; // where no handler runs the call begins anew
                }
            }
            if (info == null) {
                break;
            }
            try {
                write(task.architecture().abi(), task.memory(), address + done, info);
            } catch (GuestFault bad) {
                return done > 0 ? done : -Errno.EFAULT; // as in the kernel, the signal is lost
            }
            done += RECORD;
        }
        return done;
    }

    /**
     * linux/signalfd.h: signo 0, errno 4, code 8, pid 12, uid 16, fd 20, tid 24, band 28, overrun 32, trapno 36, status 40,
     * int 44, ptr 48, utime 56, stime 64, addr 72, addr_lsb 80, syscall 84, call_addr 88.
     */
    private static void write(GuestAbi abi, GuestMemory memory, long address, SignalInfo info) {
        memory.clear(address, RECORD);
        memory.writeInt(address, abi.signalToGuest(info.signal()));
        memory.writeInt(address + 8, info.code());
        if (info.code() == Signal.SI_TIMER) {
            memory.writeInt(address + 24, (int) (info.address() >>> 32));
            memory.writeInt(address + 32, (int) info.address());
            value(memory, address, info);
        } else if (info.code() == Signal.SI_SIGIO) {
            poll(memory, address, info);
        } else if (info.code() <= 0 || info.code() == Signal.SI_KERNEL) {
            sender(memory, address, info);
            if (info.code() < 0 && info.code() != Signal.SI_TKILL) {
                value(memory, address, info);
            }
        } else {
            switch (info.signal()) {
                case Signal.SIGILL, Signal.SIGFPE, Signal.SIGSEGV, Signal.SIGBUS, Signal.SIGTRAP ->
                        memory.writeLong(address + 72, info.address());
                case Signal.SIGCHLD -> {
                    sender(memory, address, info);
                    memory.writeInt(address + 40, (int) info.value());
                    memory.writeLong(address + 56, info.userTime());
                    memory.writeLong(address + 64, info.systemTime());
                }
                case Signal.SIGSYS -> {
                    memory.writeLong(address + 88, info.address());
                    memory.writeInt(address + 84, (int) info.value());
                }
                // Any signal may be chosen for I/O by F_SETSIG, with the codes of SIGIO.
                default -> poll(memory, address, info);
            }
        }
    }

    private static void poll(GuestMemory memory, long address, SignalInfo info) {
        memory.writeInt(address + 28, (int) info.address());
        memory.writeInt(address + 20, (int) info.value());
    }

    private static void sender(GuestMemory memory, long address, SignalInfo info) {
        memory.writeInt(address + 12, info.pid());
        memory.writeInt(address + 16, info.uid());
    }

    private static void value(GuestMemory memory, long address, SignalInfo info) {
        memory.writeInt(address + 44, (int) info.value());
        memory.writeLong(address + 48, info.value());
    }

    /** The position means nothing, and may be set to anything (noop_llseek of the kernel). */
    @Override
    public long seek(long offset, int whence) {
        return 0;
    }

    @Override
    public long status(FileStatus status) {
        status.device = DEVICE;
        status.inode = 1;
        status.links = 1;
        status.mode = 0600;
        status.blockSize = 4096;
        status.mask = Stat.STATX_BASIC_STATS;
        return 0;
    }

    @Override
    public String information() {
        Task reader = table.currentTask();
        GuestAbi abi = reader == null ? null : reader.architecture().abi();
        return "sigmask:\t" + (abi == null ? mask.hex(Long.BYTES) : abi.signalSetToGuest(mask).hex(abi.signalSetSize())) + "\n";
    }
}
