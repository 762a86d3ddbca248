package org.nesteddune.host;

import com.sun.jna.Native;
import org.nesteddune.linux.Fcntl;

/**
 * System calls of the host. Each returns what the kernel returns: the result, or a negative error number from -4095 to -1
 * (see {@link org.nesteddune.linux.Errno}); {@link HostException#check} makes an exception of that where failure is not
 * expected. Addresses are raw ({@link NativeBuffer}), paths end with a zero byte, sizes are in bytes. Nothing is
 * allocated, nothing is started again after EINTR.
 *
 * <p>Stateless, safe for any thread. A blocked call keeps its Java thread out of no safepoint; {@link KickSignal} ends it.
 */
public final class Linux {
    /** The size of a page of the host in bytes. */
    public static final int PAGE_SIZE = Memory.pageSize();

    private Linux() {
    }

    /** Any system call with six arguments; {@link SyscallNumbers} has the numbers. */
    public static long call(long number, long a0, long a1, long a2, long a3, long a4, long a5) {
        long result = LibC.syscall(number, a0, a1, a2, a3, a4, a5);
        return result == -1 ? -Native.getLastError() : result;
    }

    /** Any system call with five arguments. */
    public static long call(long number, long a0, long a1, long a2, long a3, long a4) {
        return call(number, a0, a1, a2, a3, a4, 0);
    }

    /** Any system call with four arguments. */
    public static long call(long number, long a0, long a1, long a2, long a3) {
        return call(number, a0, a1, a2, a3, 0, 0);
    }

    /** Any system call with three arguments. */
    public static long call(long number, long a0, long a1, long a2) {
        return call(number, a0, a1, a2, 0, 0, 0);
    }

    /** Any system call with two arguments. */
    public static long call(long number, long a0, long a1) {
        return call(number, a0, a1, 0, 0, 0, 0);
    }

    /** Any system call with one argument. */
    public static long call(long number, long a0) {
        return call(number, a0, 0, 0, 0, 0, 0);
    }

    /** Any system call with no argument. */
    public static long call(long number) {
        return call(number, 0, 0, 0, 0, 0, 0);
    }

    // Files by path and descriptor

    /** Opens a file, a relative path from the working directory of the JVM. See open(2). */
    public static long open(long path, int flags, int mode) {
        return openat(Fcntl.AT_FDCWD, path, flags, mode);
    }

    /** Opens a file. See openat(2). */
    public static long openat(int dirfd, long path, int flags, int mode) {
        return call(SyscallNumbers.SYS_openat, dirfd, path, flags, mode);
    }

    /** Opens a file as a {@code struct open_how} says. See openat2(2). */
    public static long openat2(int dirfd, long path, long how, long size) {
        return call(SyscallNumbers.SYS_openat2, dirfd, path, how, size);
    }

    /** Closes a descriptor. After EINTR it is closed too. See close(2). */
    public static long close(int fd) {
        return call(SyscallNumbers.SYS_close, fd);
    }

    /** See read(2). */
    public static long read(int fd, long buffer, long count) {
        return call(SyscallNumbers.SYS_read, fd, buffer, count);
    }

    /** See write(2). */
    public static long write(int fd, long buffer, long count) {
        return call(SyscallNumbers.SYS_write, fd, buffer, count);
    }

    /** See pread(2). */
    public static long pread(int fd, long buffer, long count, long offset) {
        return call(SyscallNumbers.SYS_pread64, fd, buffer, count, offset);
    }

    /** See pwrite(2). */
    public static long pwrite(int fd, long buffer, long count, long offset) {
        return call(SyscallNumbers.SYS_pwrite64, fd, buffer, count, offset);
    }

    /** See readv(2). */
    public static long readv(int fd, long vector, int count) {
        return call(SyscallNumbers.SYS_readv, fd, vector, count);
    }

    /** See writev(2). */
    public static long writev(int fd, long vector, int count) {
        return call(SyscallNumbers.SYS_writev, fd, vector, count);
    }

    /** Reads at an offset, or at the file position when that is -1. See preadv2(2). */
    public static long preadv2(int fd, long vector, int count, long offset, int flags) {
        return call(SyscallNumbers.SYS_preadv2, fd, vector, count, offset, flags);
    }

    /** Writes at an offset, or at the file position when that is -1. See pwritev2(2). */
    public static long pwritev2(int fd, long vector, int count, long offset, int flags) {
        return call(SyscallNumbers.SYS_pwritev2, fd, vector, count, offset, flags);
    }

    /** See lseek(2). */
    public static long lseek(int fd, long offset, int origin) {
        return call(SyscallNumbers.SYS_lseek, fd, offset, origin);
    }

    /** Fills a {@code struct stat} of the host. See fstat(2). */
    public static long fstat(int fd, long stat) {
        return call(SyscallNumbers.SYS_fstat, fd, stat);
    }

    /** Fills a {@code struct stat} of the host. See newfstatat(2). */
    public static long newfstatat(int dirfd, long path, long stat, int flags) {
        return call(SyscallNumbers.SYS_newfstatat, dirfd, path, stat, flags);
    }

    /** Fills a {@code struct statx}, which is the same on every host. See statx(2). */
    public static long statx(int dirfd, long path, int flags, int mask, long statx) {
        return call(SyscallNumbers.SYS_statx, dirfd, path, flags, mask, statx);
    }

    /** See statfs(2). */
    public static long statfs(long path, long statfs) {
        return call(SyscallNumbers.SYS_statfs, path, statfs);
    }

    /** See fstatfs(2). */
    public static long fstatfs(int fd, long statfs) {
        return call(SyscallNumbers.SYS_fstatfs, fd, statfs);
    }

    /** Reads a symbolic link; no zero byte is put after it. See readlinkat(2). */
    public static long readlinkat(int dirfd, long path, long buffer, long size) {
        return call(SyscallNumbers.SYS_readlinkat, dirfd, path, buffer, size);
    }

    /** See getdents64(2). */
    public static long getdents64(int fd, long buffer, long size) {
        return call(SyscallNumbers.SYS_getdents64, fd, buffer, size);
    }

    /** See faccessat2(2). */
    public static long faccessat2(int dirfd, long path, int mode, int flags) {
        return call(SyscallNumbers.SYS_faccessat2, dirfd, path, mode, flags);
    }

    /** See mkdirat(2). */
    public static long mkdirat(int dirfd, long path, int mode) {
        return call(SyscallNumbers.SYS_mkdirat, dirfd, path, mode);
    }

    /** See unlinkat(2). */
    public static long unlinkat(int dirfd, long path, int flags) {
        return call(SyscallNumbers.SYS_unlinkat, dirfd, path, flags);
    }

    /** See renameat2(2). */
    public static long renameat2(int olddir, long oldpath, int newdir, long newpath, int flags) {
        return call(SyscallNumbers.SYS_renameat2, olddir, oldpath, newdir, newpath, flags);
    }

    /** See linkat(2). */
    public static long linkat(int olddir, long oldpath, int newdir, long newpath, int flags) {
        return call(SyscallNumbers.SYS_linkat, olddir, oldpath, newdir, newpath, flags);
    }

    /** See symlinkat(2). */
    public static long symlinkat(long target, int dirfd, long path) {
        return call(SyscallNumbers.SYS_symlinkat, target, dirfd, path);
    }

    /** See fchdir(2). */
    public static long fchdir(int fd) {
        return call(SyscallNumbers.SYS_fchdir, fd);
    }

    /** See ftruncate(2). */
    public static long ftruncate(int fd, long length) {
        return call(SyscallNumbers.SYS_ftruncate, fd, length);
    }

    /** See fcntl(2). */
    public static long fcntl(int fd, int command, long argument) {
        return call(SyscallNumbers.SYS_fcntl, fd, command, argument);
    }

    /** See ioctl(2). */
    public static long ioctl(int fd, long request, long argument) {
        return call(SyscallNumbers.SYS_ioctl, fd, request, argument);
    }

    /** Duplicates a descriptor; the copy is not close-on-exec. See dup(2). */
    public static long dup(int fd) {
        return call(SyscallNumbers.SYS_dup, fd);
    }

    /** See dup3(2). */
    public static long dup3(int fd, int to, int flags) {
        return call(SyscallNumbers.SYS_dup3, fd, to, flags);
    }

    /** Makes a pipe; two ints at the address become its ends. See pipe2(2). */
    public static long pipe2(long pair, int flags) {
        return call(SyscallNumbers.SYS_pipe2, pair, flags);
    }

    /** Waits for events; the mask, if any, has {@code maskSize} (8) bytes. See ppoll(2). */
    public static long ppoll(long fds, int count, long timeout, long mask, long maskSize) {
        return call(SyscallNumbers.SYS_ppoll, fds, count, timeout, mask, maskSize);
    }

    /** See eventfd2(2). */
    public static long eventfd2(int value, int flags) {
        return call(SyscallNumbers.SYS_eventfd2, value, flags);
    }

    /** See memfd_create(2). */
    public static long memfd_create(long name, int flags) {
        return call(SyscallNumbers.SYS_memfd_create, name, flags);
    }

    /** See fsync(2). */
    public static long fsync(int fd) {
        return call(SyscallNumbers.SYS_fsync, fd);
    }

    // Memory

    /** Maps memory and returns its address. See mmap(2). */
    public static long mmap(long address, long length, int protection, int flags, int fd, long offset) {
        return call(SyscallNumbers.SYS_mmap, address, length, protection, flags, fd, offset);
    }

    /** See munmap(2). */
    public static long munmap(long address, long length) {
        return call(SyscallNumbers.SYS_munmap, address, length);
    }

    /** See mprotect(2). */
    public static long mprotect(long address, long length, int protection) {
        return call(SyscallNumbers.SYS_mprotect, address, length, protection);
    }

    /** See mremap(2). */
    public static long mremap(long address, long oldLength, long newLength, int flags, long target) {
        return call(SyscallNumbers.SYS_mremap, address, oldLength, newLength, flags, target);
    }

    /** See madvise(2). */
    public static long madvise(long address, long length, int advice) {
        return call(SyscallNumbers.SYS_madvise, address, length, advice);
    }

    /** See msync(2). */
    public static long msync(long address, long length, int flags) {
        return call(SyscallNumbers.SYS_msync, address, length, flags);
    }

    /** See mincore(2). */
    public static long mincore(long address, long length, long vector) {
        return call(SyscallNumbers.SYS_mincore, address, length, vector);
    }

    /**
     * Reads memory of a process (this one too) without a fault: EFAULT when it is not there. The vectors are
     * {@code struct iovec}s. See process_vm_readv(2).
     */
    public static long process_vm_readv(int pid, long local, long localCount, long remote, long remoteCount) {
        return call(SyscallNumbers.SYS_process_vm_readv, pid, local, localCount, remote, remoteCount);
    }

    /** Writes memory of a process (this one too) without a fault. See process_vm_writev(2). */
    public static long process_vm_writev(int pid, long local, long localCount, long remote, long remoteCount) {
        return call(SyscallNumbers.SYS_process_vm_writev, pid, local, localCount, remote, remoteCount);
    }

    // Processes, threads, signals

    /** See getpid(2). */
    public static long getpid() {
        return call(SyscallNumbers.SYS_getpid);
    }

    /** The calling thread. See gettid(2). */
    public static long gettid() {
        return call(SyscallNumbers.SYS_gettid);
    }

    /** See getuid(2). */
    public static long getuid() {
        return call(SyscallNumbers.SYS_getuid);
    }

    /** See geteuid(2). */
    public static long geteuid() {
        return call(SyscallNumbers.SYS_geteuid);
    }

    /** See getgid(2). */
    public static long getgid() {
        return call(SyscallNumbers.SYS_getgid);
    }

    /** See getegid(2). */
    public static long getegid() {
        return call(SyscallNumbers.SYS_getegid);
    }

    /** See tgkill(2). */
    public static long tgkill(int pid, int tid, int signal) {
        return call(SyscallNumbers.SYS_tgkill, pid, tid, signal);
    }

    /** See kill(2). */
    public static long kill(int pid, int signal) {
        return call(SyscallNumbers.SYS_kill, pid, signal);
    }

    /**
     * Changes the signals that the calling thread blocks; {@code size} is 8. Never block those the JVM needs.
     * See rt_sigprocmask(2).
     */
    public static long rt_sigprocmask(int how, long set, long oldSet, long size) {
        return call(SyscallNumbers.SYS_rt_sigprocmask, how, set, oldSet, size);
    }

    /** See rt_sigtimedwait(2). */
    public static long rt_sigtimedwait(long set, long info, long timeout, long size) {
        return call(SyscallNumbers.SYS_rt_sigtimedwait, set, info, timeout, size);
    }

    /** See prlimit64(2). */
    public static long prlimit64(int pid, int resource, long newLimit, long oldLimit) {
        return call(SyscallNumbers.SYS_prlimit64, pid, resource, newLimit, oldLimit);
    }

    /** See futex(2). */
    public static long futex(long word, int operation, int value, long timeout, long word2, int value3) {
        return call(SyscallNumbers.SYS_futex, word, operation, value, timeout, word2, value3);
    }

    /** See sched_yield(2). */
    public static long sched_yield() {
        return call(SyscallNumbers.SYS_sched_yield);
    }

    /** See sched_getaffinity(2). */
    public static long sched_getaffinity(int tid, long size, long mask) {
        return call(SyscallNumbers.SYS_sched_getaffinity, tid, size, mask);
    }

    // Time, system

    /** See clock_gettime(2). */
    public static long clock_gettime(int clock, long timespec) {
        return call(SyscallNumbers.SYS_clock_gettime, clock, timespec);
    }

    /** See clock_getres(2). */
    public static long clock_getres(int clock, long timespec) {
        return call(SyscallNumbers.SYS_clock_getres, clock, timespec);
    }

    /** See clock_nanosleep(2). */
    public static long clock_nanosleep(int clock, int flags, long request, long remaining) {
        return call(SyscallNumbers.SYS_clock_nanosleep, clock, flags, request, remaining);
    }

    /** See getrandom(2). */
    public static long getrandom(long buffer, long length, int flags) {
        return call(SyscallNumbers.SYS_getrandom, buffer, length, flags);
    }

    /** See uname(2). */
    public static long uname(long buffer) {
        return call(SyscallNumbers.SYS_uname, buffer);
    }

    /** See sysinfo(2). */
    public static long sysinfo(long buffer) {
        return call(SyscallNumbers.SYS_sysinfo, buffer);
    }
}
