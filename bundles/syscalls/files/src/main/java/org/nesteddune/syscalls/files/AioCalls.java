package org.nesteddune.syscalls.files;

import static org.nesteddune.host.SyscallNumbers.SYS_fdatasync;
import static org.nesteddune.host.SyscallNumbers.SYS_ppoll;
import static org.nesteddune.host.SyscallNumbers.SYS_write;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.AioContexts;
import org.nesteddune.kernel.AioContexts.Context;
import org.nesteddune.kernel.AioContexts.Event;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Limits;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.linux.Signal;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.MapRequest;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/**
 * Asynchronous I/O with contexts ({@code io_setup}). A request is carried out as it is submitted, which is what Linux does
 * too unless a file is open with O_DIRECT. The page that a context's number is the address of shows no ring, so that
 * libraries make the calls and look for nothing there. Structures: {@code linux/aio_abi.h}.
 */
final class AioCalls {

    // struct iocb
    private static final int IOCB = 64;
    private static final int KEY = 8;
    private static final int RW_FLAGS = 12;
    private static final int OPCODE = 16;
    private static final int FILE = 20;
    private static final int BUFFER = 24;
    private static final int LENGTH = 32;
    private static final int OFFSET = 40;
    private static final int RESERVED = 48;
    private static final int FLAGS = 56;
    private static final int EVENT_FILE = 60;

    private static final int FLAG_RESFD = 1;

    private static final int PREAD = 0;
    private static final int PWRITE = 1;
    private static final int FSYNC = 2;
    private static final int FDSYNC = 3;
    private static final int PREADV = 7;
    private static final int PWRITEV = 8;

    /** Bytes in {@code struct io_event}, and in the head of the kernel's ring of them. */
    private static final int EVENT = 32;

    /** Most events that a context is made for ({@code ioctx_alloc} of {@code fs/aio.c}). */
    private static final long MOST_EVENTS = 0x10000000 / EVENT;

    private AioCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("io_setup", "uint nr_reqs, addr ctxp", AioCalls::setup)
                .full("io_destroy", "hex ctx", AioCalls::destroy)
                .partial("io_submit", "hex ctx, long nr, addr iocbpp", "no IOCB_CMD_POLL, as before Linux 4.18",
                        AioCalls::submit)
                .full("io_cancel", "hex ctx, addr iocb, addr result", AioCalls::cancel)
                .full("io_getevents", "hex ctx, long min_nr, long nr, addr events, in:timespec? timeout", (task, a) ->
                        fetch(task, a, deadline(task, a.get(4))))
                .full("io_pgetevents", "hex ctx, long min_nr, long nr, addr events, in:timespec? timeout, addr usig",
                        AioCalls::fetchWithMask);
    }

    private static AioContexts contexts(Task task) {
        return task.process().memory().aioContexts();
    }

    private static long setup(Task task, SyscallArguments a) {
        GuestMemory memory = task.memory();
        if (memory.readLong(a.get(1)) != 0 || a.getInt(0) == 0) {
            return -Errno.EINVAL;
        }
        long asked = Integer.toUnsignedLong(a.getInt(0));
        long events = Math.max(asked, Runtime.getRuntime().availableProcessors() * 4L) * 2;
        if (events > MOST_EVENTS) {
            return -Errno.EINVAL;
        }
        AioContexts contexts = contexts(task);
        contexts.checkRoom((int) asked);
        AddressSpace space = task.process().memory();
        int page = space.pageSize();
        long pages = (EVENT + EVENT * (events + 2) + page - 1) / page; // a ring has a head and two spare places
        int capacity = (int) ((pages * page - EVENT) / EVENT - 1);
        long id = ErrnoException.check(space.map(new MapRequest(0, page, Mman.PROT_READ | Mman.PROT_WRITE,
                Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, null, 0, "/[aio] (deleted)")));
        boolean good = false;
        try {
            contexts.add(id, (int) asked, capacity);
            try {
                memory.writeLong(a.get(1), id);
                good = true;
            } finally {
                if (!good) {
                    contexts.remove(id);
                }
            }
        } finally {
            if (!good) {
                space.unmap(id, page);
            }
        }
        return 0;
    }

    private static long destroy(Task task, SyscallArguments a) {
        contexts(task).remove(a.get(0));
        AddressSpace space = task.process().memory();
        space.unmap(a.get(0), space.pageSize());
        return 0;
    }

    private static long submit(Task task, SyscallArguments a) {
        Context context = contexts(task).get(a.get(0));
        if (a.get(1) < 0) {
            return -Errno.EINVAL;
        }
        long count = Math.min(a.get(1), context.capacity());
        long done = 0;
        try {
            while (done < count) {
                submit(task, context, task.memory().readLong(a.get(2) + done * Long.BYTES));
                done++;
            }
        } catch (GuestFault bad) {
            return done > 0 ? done : -Errno.EFAULT;
        } catch (ErrnoException refused) {
            return done > 0 ? done : -refused.errno();
        }
        return done;
    }

    private static void submit(Task task, Context context, long request) {
        byte[] copy = new byte[IOCB];
        task.memory().read(request, copy, 0, IOCB);
        ByteBuffer iocb = ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
        if (iocb.getLong(RESERVED) != 0 || iocb.getLong(LENGTH) < 0) {
            throw new ErrnoException(Errno.EINVAL);
        }
        if (!context.reserve()) {
            throw new ErrnoException(Errno.EAGAIN);
        }
        boolean good = false;
        try {
            long result;
            OpenFile file = Arguments.file(task, iocb.getInt(FILE));
            try {
                OpenFile counter = counter(task, iocb);
                try {
                    task.memory().writeInt(request + KEY, 0);
                    result = carryOut(task, file, iocb);
                    good = true;
                    context.complete(new Event(iocb.getLong(0), request, result));
                    count(task, counter);
                } finally {
                    Arguments.release(counter);
                }
            } finally {
                file.release();
            }
        } finally {
            if (!good) {
                context.giveBack();
            }
        }
    }

    /** The event counter that is told of the result, or null. */
    private static OpenFile counter(Task task, ByteBuffer iocb) {
        if ((iocb.getInt(FLAGS) & FLAG_RESFD) == 0) {
            return null;
        }
        OpenFile file = Arguments.file(task, iocb.getInt(EVENT_FILE));
        if (!file.path().equals("anon_inode:[eventfd]")) {
            file.release();
            throw new ErrnoException(Errno.EINVAL);
        }
        return file;
    }

    /** Adds 1 to a counter, if there is one. */
    private static void count(Task task, OpenFile counter) {
        if (counter == null) {
            return;
        }
        long scratch = task.scratch();
        Memory.putInt(scratch, counter.hostDescriptor()); // struct pollfd, and a time of 0 after it
        Memory.putInt(scratch + 4, Poll.POLLOUT);
        Memory.putLong(scratch + 8, 0);
        Memory.putLong(scratch + 16, 0);
        if (Linux.call(SYS_ppoll, scratch, 1, scratch + 8, 0, 0) == 1) { // else it is full, and a write would wait
            Memory.putLong(scratch, 1);
            Linux.call(SYS_write, counter.hostDescriptor(), scratch, Long.BYTES);
        }
    }

    /** What the request's event says; an exception if there is to be none. */
    private static long carryOut(Task task, OpenFile file, ByteBuffer iocb) {
        int opcode = Short.toUnsignedInt(iocb.getShort(OPCODE));
        switch (opcode) {
            case FSYNC, FDSYNC:
                if (iocb.getLong(BUFFER) != 0 || iocb.getLong(OFFSET) != 0 || iocb.getLong(LENGTH) != 0
                        || iocb.getInt(RW_FLAGS) != 0) {
                    throw new ErrnoException(Errno.EINVAL);
                }
                int host = file.hostDescriptor();
                if (host < 0) {
                    throw new ErrnoException(Errno.EINVAL);
                }
                return opcode == FSYNC ? Linux.fsync(host) : Linux.call(SYS_fdatasync, host);
            case PREAD, PWRITE, PREADV, PWRITEV:
                return transfer(task, file, iocb, opcode == PWRITE || opcode == PWRITEV,
                        opcode == PREADV || opcode == PWRITEV);
            default:
                throw new ErrnoException(Errno.EINVAL);
        }
    }

    private static long transfer(Task task, OpenFile file, ByteBuffer iocb, boolean write, boolean vector) {
        int flags = iocb.getInt(RW_FLAGS);
        long offset = iocb.getLong(OFFSET);
        if ((flags & ~TransferCalls.RWF_SUPPORTED) != 0) {
            throw new ErrnoException(Errno.EOPNOTSUPP);
        }
        int access = file.accessFlags();
        if (write ? !OpenFlags.isWritable(access) : !OpenFlags.isReadable(access)) {
            throw new ErrnoException(Errno.EBADF);
        }
        boolean stream = TransferCalls.isStream(file);
        if (offset < 0 && !stream) {
            throw new ErrnoException(Errno.EINVAL);
        }
        long place = stream ? -1 : offset;
        long entries = task.scratch();
        int count = 1;
        if (vector) {
            count = (int) Math.min(iocb.getLong(LENGTH), Integer.MAX_VALUE);
            entries = Arguments.vector(task, iocb.getLong(BUFFER), count);
        } else {
            Memory.putLong(entries, iocb.getLong(BUFFER));
            Memory.putLong(entries + 8, Math.min(iocb.getLong(LENGTH), Limits.MAX_RW_COUNT));
        }
        try {
            long result = write
                    ? file.writeVector(task, entries, count, place, flags)
                    : file.readVector(task, entries, count, place, flags);
            return result == -Errno.ERESTARTSYS ? -Errno.EINTR : result;
        } catch (GuestFault bad) {
            return -Errno.EFAULT;
        } catch (ErrnoException failed) {
            return -failed.errno();
        }
    }

    /** Nothing is ever left to be cancelled. */
    private static long cancel(Task task, SyscallArguments a) {
        task.memory().readInt(a.get(1) + KEY);
        return -Errno.EINVAL;
    }

    /** When to stop waiting; {@link Long#MAX_VALUE} for never, {@link Long#MIN_VALUE} not to wait at all. */
    private static long deadline(Task task, long address) {
        if (address == 0) {
            return Long.MAX_VALUE;
        }
        long seconds = task.memory().readLong(address);
        long nanos = task.memory().readLong(address + 8);
        if (seconds < 0 || seconds == 0 && nanos <= 0) {
            return Long.MIN_VALUE;
        }
        long time = seconds > Long.MAX_VALUE / Timespec.SECOND - 1 ? Long.MAX_VALUE : seconds * Timespec.SECOND;
        return Timespec.deadlineAfter(Timespec.add(time, Math.max(0, nanos)));
    }

    private static long fetchWithMask(Task task, SyscallArguments a) {
        long deadline = deadline(task, a.get(4));
        if (a.get(5) != 0) {
            long set = task.memory().readLong(a.get(5)); // struct __aio_sigset: the set's address, its size
            long size = task.memory().readLong(a.get(5) + 8);
            if (set != 0) {
                GuestAbi abi = task.architecture().abi();
                if (size != abi.signalSetSize()) {
                    return -Errno.EINVAL;
                }
                task.temporarySignalMask(abi.readSignalSet(task.memory(), set).andNot(SignalSet.UNSTOPPABLE));
            }
        }
        return fetch(task, a, deadline);
    }

    private static long fetch(Task task, SyscallArguments a, long deadline) {
        Context context = contexts(task).get(a.get(0));
        long least = a.get(1);
        if (least < 0 || least > a.get(2)) {
            return -Errno.EINVAL;
        }
        Fetch fetch = new Fetch(task, context, a.get(2), a.get(3));
        if (least == 0 || deadline == Long.MIN_VALUE) {
            fetch.reaches(least);
            return fetch.result();
        }
        long result = context.arrivals().await(task, () -> fetch.reaches(least), deadline);
        return result == -Errno.ERESTARTSYS && fetch.result() == 0 ? -Errno.EINTR : fetch.result();
    }

    /** Results on their way to a guest. */
    private static final class Fetch {

        private final Task task;
        private final Context context;
        private final long most;
        private final long address;
        private long done;
        private int error;

        Fetch(Task task, Context context, long most, long address) {
            this.task = task;
            this.context = context;
            this.most = most;
            this.address = address;
        }

        /** Hands over what there is; whether that is enough, or more will not come. */
        boolean reaches(long least) {
            while (done < most && error == 0) {
                Event event = context.take();
                if (event == null) {
                    break;
                }
                try {
                    long place = address + done * EVENT;
                    GuestMemory memory = task.memory();
                    memory.writeLong(place, event.data());
                    memory.writeLong(place + 8, event.request());
                    memory.writeLong(place + 16, event.result());
                    memory.writeLong(place + 24, 0);
                    done++;
                } catch (GuestFault bad) {
                    context.putBack(event);
                    error = Errno.EFAULT;
                }
            }
            if (done < least && context.isDestroyed()) {
                error = Errno.EINVAL;
            }
            return done >= least || error != 0;
        }

        long result() {
            return done > 0 || error == 0 ? done : -error;
        }
    }
}
