package org.nesteddune.internal.proc;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.Node;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Process;
import org.nesteddune.linux.Dirent;
import org.nesteddune.linux.Ioctl;
import org.nesteddune.linux.Stat;
import org.nesteddune.syscall.ErrnoException;

/**
 * {@code /dev/pts} of a guest with a root of its own: of the host's terminals those that it holds already, by a
 * descriptor of the terminal itself or of its master.
 */
final class PtsDirectory extends Node {

    /** UNIX98_PTY_SLAVE_MAJOR and the last of the majors that follow it ({@code linux/major.h}). */
    private static final int FIRST_MAJOR = 136;

    private static final int LAST_MAJOR = 143;

    /** 5:2 of {@code devices.txt}. */
    private static final long PTMX = FileStatus.encode(5, 2);

    PtsDirectory(long inode) {
        super(inode, Stat.S_IFDIR | 0755);
    }

    @Override
    public Node child(FsContext.Owner caller, String name) {
        int number = PidNames.parse(name);
        return number >= 0 && held(caller).contains(number) ? terminal(number) : null;
    }

    private Node terminal(int number) {
        return new HostEntry(inode() + 1 + number, Stat.S_IFCHR | 0620, "/dev/pts/" + number);
    }

    @Override
    public List<Entry> entries(FsContext.Owner caller) {
        return held(caller).stream()
                .map(number -> new Entry(Integer.toString(number), inode() + 1 + number, Dirent.DT_CHR))
                .toList();
    }

    private static Set<Integer> held(FsContext.Owner caller) {
        Set<Integer> numbers = new TreeSet<>();
        Process process = caller.process();
        if (process != null) {
            DescriptorTable descriptors = process.descriptors();
            descriptors.forEach(descriptor -> {
                OpenFile file;
                try {
                    file = descriptors.get(descriptor);
                } catch (ErrnoException closed) {
                    return;
                }
                try {
                    int number = number(file);
                    if (number >= 0) {
                        numbers.add(number);
                    }
                } finally {
                    file.release();
                }
            });
        }
        return numbers;
    }

    private static int number(OpenFile file) {
        if (!(file instanceof HostFile host) || host.type() != Stat.S_IFCHR) {
            return -1;
        }
        long device = host.specialDevice();
        int major = FileStatus.major(device);
        if (major >= FIRST_MAJOR && major <= LAST_MAJOR) {
            return (major - FIRST_MAJOR << 20) + FileStatus.minor(device);
        }
        if (device != PTMX) {
            return -1;
        }
        try (NativeBuffer number = new NativeBuffer(4)) {
            long result = Linux.ioctl(host.hostDescriptor(), Ioctl.TIOCGPTN & 0xffffffffL, number.address());
            return result == 0 ? Memory.getInt(number.address()) : -1;
        }
    }
}
