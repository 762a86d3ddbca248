package org.nesteddune.socket;

import static org.nesteddune.host.SyscallNumbers.SYS_kcmp;
import static org.nesteddune.host.SyscallNumbers.SYS_ppoll;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.HostStatus;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.syscall.ErrnoException;

/**
 * Open files on their way in messages between guests (SCM_RIGHTS). What travels is the host's descriptor; here is kept
 * what the host does not know of the description, so that the receiver gets the sender's own object. Thread-safe.
 *
 * <p>The host alone knows whether a message is still under way. Nothing here therefore keeps a host file open: it would
 * delay the end of a pipe whose writer was lost with a message. A description that is open elsewhere is found again as
 * the object it is; of one that is not, a new object is made from the old one ({@link HostFile#revive}). What has no
 * descriptor in the host is sent as the writing end of a pipe, whose reading end tells when the last message is gone.
 */
public final class PassedFiles {

    /** Files that are remembered, and descriptions of one file; what is sent beyond that arrives as a new object. */
    private static final int FILES = 1024;
    private static final int DESCRIPTIONS = 64;

    /** KCMP_FILE of {@code linux/kcmp.h}. */
    private static final int KCMP_FILE = 0;

    /** Bytes for a {@code struct pollfd} and a {@code struct timespec}. */
    private static final int POLL = 24;

    private record FileKey(long device, long inode) {}

    /** What travels for a file that the host does not know, and the end of its pipe that stays. */
    private record StandIn(OpenFile file, int readEnd) {}

    private final Map<FileKey, Deque<HostFile>> sent = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<FileKey, Deque<HostFile>> eldest) {
            return size() > FILES;
        }
    };
    private final Map<FileKey, StandIn> standIns = new HashMap<>();
    private volatile boolean waiting; // whether there are stand-ins

    /** Host descriptors for one message. Holds what they need until the message has been sent. For one thread. */
    public final class Parcel implements AutoCloseable {

        private final List<OpenFile> files = new ArrayList<>();
        private final List<Integer> own = new ArrayList<>();

        /**
         * Adds a file; the caller's reference becomes the parcel's.
         *
         * @return the host descriptor to send, valid until the parcel is closed
         */
        public int add(OpenFile file) {
            files.add(file);
            if (file instanceof HostFile host) {
                remember(host);
                return host.hostDescriptor();
            }
            return own(standIn(file));
        }

        /** Has a host descriptor closed with the parcel. */
        public int own(int descriptor) {
            own.add(descriptor);
            return descriptor;
        }

        @Override
        public void close() {
            own.forEach(Linux::close);
            files.forEach(OpenFile::release);
        }
    }

    private void remember(HostFile file) {
        synchronized (sent) {
            Deque<HostFile> same = sent.computeIfAbsent(
                    new FileKey(file.device(), file.inode()), key -> new ArrayDeque<>());
            same.remove(file);
            same.addFirst(file);
            if (same.size() > DESCRIPTIONS) {
                same.removeLast();
            }
        }
    }

    private int standIn(OpenFile file) {
        try (NativeBuffer buffer = new NativeBuffer(HostStatus.STATX_SIZE + 16)) {
            ErrnoException.check(Linux.pipe2(buffer.address(), OpenFlags.O_CLOEXEC));
            int readEnd = Memory.getInt(buffer.address());
            int writeEnd = Memory.getInt(buffer.address() + 4);
            FileStatus status = new FileStatus();
            HostStatus.query(writeEnd, buffer.address(), status);
            synchronized (standIns) {
                sweep(buffer);
                standIns.put(new FileKey(status.device, status.inode), new StandIn(file.retain(), readEnd));
                waiting = true;
            }
            return writeEnd;
        }
    }

    /** A socket has been closed, and with it the messages that were in it. */
    void messagesLost() {
        if (waiting) {
            try (NativeBuffer buffer = new NativeBuffer(POLL)) {
                synchronized (standIns) {
                    sweep(buffer);
                }
            }
        }
    }

    /** Lets go of those whose last message is gone: nobody has the writing end any more. */
    private void sweep(NativeBuffer buffer) {
        for (Iterator<StandIn> all = standIns.values().iterator(); all.hasNext(); ) {
            StandIn each = all.next();
            long entry = buffer.address();
            Memory.putInt(entry, each.readEnd);
            Memory.putInt(entry + 4, Poll.POLLIN);
            Memory.putLong(entry + 8, 0);
            Memory.putLong(entry + 16, 0);
            boolean over = Linux.call(SYS_ppoll, entry, 1, entry + 8, 0, 8) == 1
                    && (Memory.getShort(entry + 6) & Poll.POLLHUP) != 0;
            if (over) {
                all.remove();
                Linux.close(each.readEnd);
                each.file.release();
            }
        }
        waiting = !standIns.isEmpty();
    }

    /**
     * The open file of a descriptor that came in a message.
     *
     * @param descriptor the host's, close-on-exec, which is taken over
     * @param view where the receiver looks for the path of a file that comes from elsewhere
     * @return the file with a reference for the caller
     */
    public OpenFile receive(int descriptor, FsContext view) {
        FileStatus status = new FileStatus();
        try (NativeBuffer buffer = new NativeBuffer(HostStatus.STATX_SIZE + 16)) {
            long error = HostStatus.query(descriptor, buffer.address(), status);
            if (error < 0) {
                Linux.close(descriptor);
                throw new ErrnoException((int) -error);
            }
            FileKey key = new FileKey(status.device, status.inode);
            synchronized (standIns) {
                StandIn known = standIns.get(key);
                if (known != null) {
                    OpenFile file = known.file.retain();
                    Linux.close(descriptor);
                    sweep(buffer);
                    return file;
                }
            }
            synchronized (sent) {
                Deque<HostFile> candidates = sent.get(key);
                if (candidates != null) {
                    OpenFile found = find(candidates, descriptor);
                    if (found != null) {
                        return found;
                    }
                }
            }
        }
        return view.adopt(descriptor);
    }

    private static OpenFile find(Deque<HostFile> candidates, int descriptor) {
        int access = (int) Linux.fcntl(descriptor, Fcntl.F_GETFL, 0) & (OpenFlags.O_ACCMODE | OpenFlags.O_PATH);
        HostFile past = null;
        for (HostFile candidate : candidates) {
            if (candidate.tryRetain()) {
                if (isSame(descriptor, candidate.hostDescriptor())) {
                    Linux.close(descriptor);
                    return candidate;
                }
                candidate.release();
            } else if (past == null && candidate.accessFlags() == access && fits(candidate, descriptor)) {
                past = candidate;
            }
        }
        if (past == null) {
            return null;
        }
        HostFile again = past.revive(descriptor);
        candidates.remove(past);
        candidates.addFirst(again);
        return again;
    }

    /** What has no path shares its inode with others of the kind, and with other kinds: these differ in their names. */
    private static boolean fits(HostFile past, int descriptor) {
        return past.path().startsWith("/") || past.path().equals(HostFile.hostName(descriptor));
    }

    /** Whether two host descriptors are of one description; false where the host does not tell. */
    private static boolean isSame(int one, int other) {
        long answer = Linux.fcntl(one, Fcntl.F_DUPFD_QUERY, other); // since Linux 6.10
        if (answer < 0) {
            long pid = Linux.getpid();
            return Linux.call(SYS_kcmp, pid, pid, KCMP_FILE, one, other) == 0;
        }
        return answer == 1;
    }
}
