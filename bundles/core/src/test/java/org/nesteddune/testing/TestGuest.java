package org.nesteddune.testing;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.engine.Machine;
import org.nesteddune.fs.FileNotifier;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.GuestFiles;
import org.nesteddune.fs.IoContext;
import org.nesteddune.fs.LockTable;
import org.nesteddune.fs.RunningPrograms;
import org.nesteddune.fs.Terminal;
import org.nesteddune.fs.Terminals;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.internal.task.RobustList;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.HostThread;
import org.nesteddune.kernel.JobControl;
import org.nesteddune.kernel.Limits;
import org.nesteddune.kernel.PendingSignals;
import org.nesteddune.kernel.PiFutexes;
import org.nesteddune.kernel.PidHandle;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessGroup;
import org.nesteddune.kernel.ProcessSettings;
import org.nesteddune.kernel.ProcessTable;
import org.nesteddune.kernel.Session;
import org.nesteddune.kernel.SignalHandlers;
import org.nesteddune.kernel.SignalQueues;
import org.nesteddune.kernel.SignalWatchers;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.TaskSettings;
import org.nesteddune.kernel.Tracing;
import org.nesteddune.kernel.Usage;
import org.nesteddune.kernel.ipc.IpcNamespace;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.Resource;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.AddressSpaceOptions;
import org.nesteddune.mm.MapRequest;
import org.nesteddune.socket.SocketTable;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;
import org.nesteddune.syscall.SyscallFamily;

/**
 * A guest process without a CPU: real memory, files and descriptors, and no program. Tests of system-call
 * families make its calls for it, on any thread and for any of its tasks, of which it has one at first. What a test does
 * not need is not there and throws.
 */
public final class TestGuest implements AutoCloseable {

    /** Its pid and tid. */
    public static final int PID = 4711;

    private static final int PAGE = 4096;

    private final AddressSpace memory;
    private final DescriptorTable descriptors = new DescriptorTable();
    private final Limits limits;
    private final List<SignalInfo> signals = new ArrayList<>();
    private final Process process;
    private final Architecture architecture = architecture();
    private final Task task;
    private final List<NativeBuffer> scratches = new CopyOnWriteArrayList<>();
    private final List<Task> tasks = new CopyOnWriteArrayList<>();
    private final FsContext fs;
    private final List<Process> all;
    private final FileNotifier fileNotifier;
    private final PiFutexes piFutexes;
    private final ThreadLocal<Task> current;
    private final IpcNamespace ipc;
    private final SocketTable sockets;
    private final Terminals terminals;
    private final LockTable recordLocks;
    private final RunningPrograms programs;
    private final SignalHandlers handlers = new SignalHandlers();
    private final SignalWatchers watchers = new SignalWatchers(this::waiting);
    private final PendingSignals pending = new PendingSignals(PendingSignals.Quota.NONE, watchers);
    private final PidHandle handle;
    private final ProcessSettings settings = new ProcessSettings();
    private volatile Credentials credentials = ownCredentials();
    private final boolean first;
    private volatile SignalSet temporaryMask;
    private volatile boolean interrupted;
    private volatile Terminal terminal;
    private volatile JobControl jobs = stub(JobControl.class, this::jobControl);

    /** @param root the directory that becomes its root; null for the host's */
    public TestGuest(Path root) {
        this(root, PID, null);
    }

    /** @param neighbour another guest of the same runtime, or null */
    public TestGuest(Path root, int pid, TestGuest neighbour) {
        first = neighbour == null;
        handle = new PidHandle(pid);
        all = neighbour == null ? new CopyOnWriteArrayList<>() : neighbour.all;
        fileNotifier = neighbour == null ? new FileNotifier() : neighbour.fileNotifier;
        piFutexes = neighbour == null ? new PiFutexes(this::find) : neighbour.piFutexes;
        current = neighbour == null ? new ThreadLocal<>() : neighbour.current;
        ipc = neighbour == null ? new IpcNamespace(current::get) : neighbour.ipc;
        recordLocks = neighbour == null ? new LockTable() : neighbour.recordLocks;
        programs = neighbour == null ? new RunningPrograms() : neighbour.programs;
        sockets = neighbour == null ? new SocketTable() : neighbour.sockets;
        terminals = neighbour == null ? new Terminals() : neighbour.terminals;
        long[] unlimited = new long[Resource.RLIM_NLIMITS];
        Arrays.fill(unlimited, Limits.INFINITY);
        unlimited[Resource.RLIMIT_NOFILE] = 1024;
        limits = new Limits(unlimited, unlimited);
        memory = AddressSpace.create(stub(Machine.class, (self, method, args) -> null), PAGE,
                AddressSpaceOptions.defaults());
        ProcessTable[] table = new ProcessTable[1];
        process = stub(Process.class, (proxy, method, args) -> switch (method.getName()) {
            case "pid", "processGroup", "session" -> pid;
            case "group" -> group(pid);
            case "terminal" -> terminal;
            case "signalHandlers" -> handlers;
            case "handle" -> handle;
            case "signalWatchers" -> watchers;
            case "pendingSignals" -> pending;
            case "settings" -> settings;
            case "parentPid" -> 1;
            case "name" -> task().name();
            case "stateLetter" -> 'R';
            case "children" -> List.of();
            case "childrenUsage" -> Usage.NONE;
            case "usage" -> new Usage(10_000_000, 20_000_000, 1, 2, 3, 4, 5, 6, 7);
            case "tasks" -> List.copyOf(tasks);
            case "memory" -> memory;
            case "architecture" -> architecture;
            case "descriptors" -> descriptors;
            case "fs" -> fs();
            case "limits" -> limits;
            case "credentials" -> credentials;
            case "executable" -> "/bin/true";
            case "commandLine" -> "true\0-x\0".getBytes(StandardCharsets.ISO_8859_1);
            case "environment" -> "A=b\0".getBytes(StandardCharsets.ISO_8859_1);
            case "auxiliaryVector" -> new byte[16];
            case "bounds" -> new Process.ProgramBounds(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
            case "startTime" -> 1_000_000_000L;
            case "cpuTimes" -> new Process.CpuTimes(10_000_000, 20_000_000);
            case "signal" -> signals.add((SignalInfo) args[0]) ? null : null;
            case "table" -> table[0];
            default -> missing(method);
        });
        task = newTask(pid);
        all.add(process);
        table[0] = stub(ProcessTable.class, (proxy, method, args) -> switch (method.getName()) {
            case "process" -> all.stream().filter(p -> args[0].equals(p.pid())).findFirst().orElse(null);
            case "task" -> find((Integer) args[0]);
            case "piFutexes" -> piFutexes;
            case "fileNotifier" -> fileNotifier;
            case "processes" -> List.copyOf(all);
            case "signalQueues" -> new SignalQueues();
            case "currentTask" -> current.get();
            case "ipc" -> ipc;
            case "sockets" -> sockets;
            case "terminals" -> terminals;
            case "jobs" -> jobs;
            case "forEach" -> {
                @SuppressWarnings("unchecked")
                Consumer<Process> action = (Consumer<Process>) args[0];
                all.forEach(action);
                yield null;
            }
            case "recordLocks" -> recordLocks;
            case "programs" -> programs;
            default -> missing(method);
        });
        fs = GuestFiles.context(root, null, 022, () -> process);
    }

    /** Each guest is a group and a session of its own, without a terminal. */
    private ProcessGroup group(int id) {
        Session session = stub(Session.class, (proxy, method, args) -> method.getName().equals("id") ? id : null);
        return stub(ProcessGroup.class, (proxy, method, args) -> switch (method.getName()) {
            case "id" -> id;
            case "session" -> session;
            case "forEach" -> {
                @SuppressWarnings("unchecked")
                Consumer<Process> action = (Consumer<Process>) args[0];
                all.stream().filter(each -> each.pid() == id).forEach(action);
                yield null;
            }
            default -> missing(method);
        });
    }

    private Object jobControl(Object proxy, Method method, Object[] args) {
        return switch (method.getName()) {
            case "group" -> all.stream().anyMatch(each -> args[0].equals(each.pid())) ? group((Integer) args[0]) : null;
            case "check" -> 0L;
            case "isBackground" -> false;
            case "session" -> null;
            default -> missing(method);
        };
    }

    /** Decides about sessions and groups instead of the simple rules that there are otherwise. */
    public void jobs(JobControl control) {
        jobs = control;
    }

    /** The terminals of this guest and its neighbours. */
    public Terminals terminals() {
        return terminals;
    }

    /** Sets the controlling terminal. */
    public void terminal(Terminal value) {
        terminal = value;
    }

    private Task find(int tid) {
        return all.stream()
                .flatMap(each -> each.tasks().stream())
                .filter(each -> each.tid() == tid)
                .findFirst()
                .orElse(null);
    }

    /** Looks now and then, because nobody tells a test of signals. */
    private long sleep(PendingSignals own, Object[] args) throws InterruptedException {
        SignalSet wanted = args.length > 1 ? (SignalSet) args[1] : SignalSet.EMPTY;
        while (System.nanoTime() < (Long) args[0] || (Long) args[0] == Long.MAX_VALUE) {
            if (interrupted || own.set().or(pending.set()).intersects(wanted)) {
                return -Errno.ERESTARTSYS;
            }
            Thread.sleep(1);
        }
        return 0;
    }

    private SignalSet waiting() {
        SignalSet waiting = pending.set();
        for (Task each : tasks) {
            waiting = waiting.or(each.pendingSignals().set());
        }
        return waiting;
    }

    /** A further task. */
    public Task newTask(int tid) {
        PendingSignals own = tid == process.pid() ? pending : new PendingSignals(PendingSignals.Quota.NONE, watchers);
        TaskSettings values = new TaskSettings();
        NativeBuffer scratch = new NativeBuffer(IoContext.SCRATCH_SIZE);
        Semaphore wakeUps = new Semaphore(0);
        String[] name = {"test"};
        PidHandle ownHandle = new PidHandle(tid);
        scratches.add(scratch);
        HostThread thread = new HostThread();
        thread.begin(false);
        Task made = stub(Task.class, (proxy, method, args) -> switch (method.getName()) {
            case "tid" -> tid;
            case "settings" -> values;
            case "credentials" -> {
                credentials = args == null ? credentials : (Credentials) args[0];
                yield args == null ? credentials : null;
            }
            case "asRealUser" -> ((LongSupplier) args[0]).getAsLong();
            case "stateLetter" -> 'R';
            case "hostThread" -> thread;
            case "tracing" -> UNTRACED;
            case "pendingSignals" -> own;
            case "handle" -> ownHandle;
            case "takeSignal" -> {
                SignalInfo info = own.take((SignalSet) args[0]);
                yield info != null ? info : pending.take((SignalSet) args[0]);
            }
            case "sleepUntil" -> sleep(own, args);
            case "name" -> {
                name[0] = args == null ? name[0] : (String) args[0];
                yield args == null ? name[0] : null;
            }
            case "process" -> process;
            case "memory" -> memory;
            case "architecture" -> architecture;
            case "descriptors" -> descriptors;
            case "fs" -> fs();
            case "scratch" -> scratch.address();
            case "blockingCall", "blockingCallOnce" -> blockingCall(args);
            case "signal" -> signals.add((SignalInfo) args[0]);
            case "hasDeliverableSignal" -> false;
            case "park" -> park(wakeUps, (Long) args[0]);
            case "unpark" -> {
                wakeUps.release();
                yield null;
            }
            case "signalMask" -> SignalSet.EMPTY;
            case "temporarySignalMask" -> {
                temporaryMask = (SignalSet) args[0];
                yield null;
            }
            case "cpuTimes" -> new Process.CpuTimes(10_000_000, 20_000_000);
            default -> missing(method);
        });
        tasks.add(made);
        return made;
    }

    /** What becomes of a task's locks at its end, and of the task. */
    public void end(Task ending) {
        RobustList.release(ending);
        tasks.remove(ending);
    }

    private long park(Semaphore wakeUps, long deadline) throws InterruptedException {
        if (interrupted) {
            return -Errno.ERESTARTSYS;
        }
        if (deadline == Long.MAX_VALUE) {
            wakeUps.acquire();
            return 0;
        }
        boolean woken = wakeUps.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        return woken ? 0 : -Errno.ETIMEDOUT;
    }

    private static Credentials ownCredentials() {
        int uid = (int) Linux.getuid();
        int gid = (int) Linux.getgid();
        return new Credentials(uid, uid, uid, gid, gid, gid, List.of());
    }

    private static Object missing(Method method) {
        if (method.getReturnType() == void.class || method.getReturnType() == Confinement.class) {
            return null;
        }
        throw new UnsupportedOperationException(method.toString());
    }

    /** Nobody traces it. */
    private static final Tracing UNTRACED = stub(Tracing.class, (proxy, method, args) -> {
        if (method.getName().equals("tracer")) {
            return null;
        }
        throw new UnsupportedOperationException(method.toString());
    });

    /** An implementation of an interface by one function. */
    public static <T> T stub(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, args) -> {
            return switch (method.getName()) {
                case "toString" -> "test " + type.getSimpleName();
                case "hashCode" -> System.identityHashCode(self);
                case "equals" -> self == args[0];
                default -> {
                    Object value = handler.invoke(self, method, args);
                    if (value == null && method.getReturnType() == boolean.class) {
                        yield false;
                    }
                    yield value;
                }
            };
        }));
    }

    private Architecture architecture() {
        GuestAbi abi = new GuestAbi() {
            @Override
            public SignalAction readSignalAction(GuestMemory from, long address) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void writeSignalAction(GuestMemory to, long address, SignalAction action) {
                throw new UnsupportedOperationException();
            }

            /** mode at 24, size at 48 and the inode at 8, as on x86-64. */
            @Override
            public void writeStat(GuestMemory to, long address, FileStatus status) {
                byte[] stat = new byte[statSize()];
                java.nio.ByteBuffer.wrap(stat)
                        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                        .putLong(0, status.device)
                        .putLong(8, status.inode)
                        .putLong(16, status.links)
                        .putInt(24, status.mode)
                        .putLong(48, status.size);
                to.write(address, stat, 0, stat.length);
            }

            @Override
            public int statSize() {
                return 144;
            }
        };
        return stub(Architecture.class, (self, method, args) -> switch (method.getName()) {
            case "abi" -> abi;
            case "name" -> "test";
            case "pageSize" -> PAGE;
            default -> method.isDefault() ? InvocationHandler.invokeDefault(self, method, args) : missing(method);
        });
    }

    private long blockingCall(Object[] args) {
        if (interrupted) {
            return -Errno.ERESTARTSYS;
        }
        long[] n = Arrays.stream(args).mapToLong(arg -> (Long) arg).toArray();
        long result = Linux.call(n[0], n[1], n[2], n[3], n[4], n[5], n[6]);
        return result == -Errno.EINTR ? -Errno.ERESTARTSYS : result;
    }

    public Task task() {
        return task;
    }

    public Process process() {
        return process;
    }

    public AddressSpace memory() {
        return memory;
    }

    public DescriptorTable descriptors() {
        return descriptors;
    }

    public FsContext fs() {
        return fs;
    }

    public Limits limits() {
        return limits;
    }

    /** Makes all calls that may block end at once, as a signal would. */
    public void interrupt(boolean on) {
        interrupted = on;
    }

    /** Signals that calls raised. */
    public List<SignalInfo> signals() {
        return signals;
    }

    /** What the last call gave to {@link Task#temporarySignalMask}. */
    public SignalSet temporaryMask() {
        return temporaryMask;
    }

    /** Maps fresh memory of at least so many bytes, with unmapped pages around it; its address. */
    public long allocate(long size) {
        long length = (size + PAGE - 1) / PAGE * PAGE;
        long start = memory.map(new MapRequest(0, length + 2 * PAGE, Mman.PROT_READ | Mman.PROT_WRITE,
                Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, null, 0, ""));
        ErrnoException.check(start);
        memory.unmap(start, PAGE);
        memory.unmap(start + PAGE + length, PAGE);
        return start + PAGE;
    }

    /** A string in guest memory; its address. */
    public long string(String text) {
        byte[] bytes = (text + "\0").getBytes(StandardCharsets.UTF_8);
        long address = allocate(bytes.length);
        memory.write(address, bytes, 0, bytes.length);
        return address;
    }

    /** Bytes of guest memory as text. */
    public String text(long address, long length) {
        byte[] bytes = new byte[(int) length];
        memory.read(address, bytes, 0, bytes.length);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Makes a call of a family; what it throws becomes the error number that the guest would get. */
    public long call(SyscallFamily family, String name, long... values) {
        return call(task, family, name, values);
    }

    /** Makes a call of a family for a task. */
    public long call(Task caller, SyscallFamily family, String name, long... values) {
        Syscall syscall = family.syscalls().stream()
                .filter(row -> row.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(name));
        return call(caller, syscall, values);
    }

    /** Makes a call. */
    public long call(Syscall syscall, long... values) {
        return call(task, syscall, values);
    }

    /** Makes a call of a task. */
    public long call(Task caller, Syscall syscall, long... values) {
        SyscallArguments arguments = new SyscallArguments();
        for (int i = 0; i < values.length; i++) {
            arguments.set(i, values[i]);
        }
        current.set(caller);
        try {
            return syscall.handler().handle(caller, arguments);
        } catch (GuestFault fault) {
            return -Errno.EFAULT;
        } catch (ErrnoException failed) {
            return -failed.errno();
        }
    }

    @Override
    public void close() {
        all.remove(process);
        current.set(task);
        ipc.releaseUndoList(task);
        descriptors.closeAll();
        fs.close();
        memory.close();
        scratches.forEach(NativeBuffer::close);
        if (first) {
            ipc.close();
        }
        current.remove();
    }
}
