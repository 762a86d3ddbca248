package org.nesteddune.internal.loader;

import java.util.List;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.Vdso;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.ExecutionEngine;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.fs.RunningPrograms;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.internal.mm.ReplaceableMachine;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Limits;
import org.nesteddune.kernel.Process.ProgramBounds;
import org.nesteddune.linux.Auxv;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.Resource;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.AddressSpaceOptions;
import org.nesteddune.mm.MemoryBudget;
import org.nesteddune.mm.MapRequest;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.mm.HostShare;

/** Loads a program into a new address space on a new machine, as {@code execve} does. Stateless. */
public final class ProgramLoader {

    /** How deep interpreters of scripts may be nested (exec_binprm of fs/exec.c). */
    private static final int MAX_SCRIPT_DEPTH = 5;

    /** Stack where RLIMIT_STACK says "no limit" or more than this. */
    private static final long GREATEST_STACK = 1L << 30;

    /** Bytes of the initial stack contents that are not strings. */
    private static final long STRING_SHARE = 4;

    /** USER_HZ, as AT_CLKTCK tells it. */
    private static final int CLOCK_TICKS = 100;

    private static final int RANDOM_BYTES = 16;

    private final Platforms platforms;
    private final HostShare share;
    private final RunningPrograms programs;

    /**
     * @param share what the address spaces of all programs have in common
     * @param programs those that run
     */
    public ProgramLoader(Platforms platforms, HostShare share, RunningPrograms programs) {
        this.platforms = platforms;
        this.share = share;
        this.programs = programs;
    }

    /**
     * What is to be loaded, for whom.
     *
     * @param base directory that a relative path starts from, or the program itself if the path is empty; null for the
     *     working directory
     * @param followLast whether a symbolic link at the end of the path is followed
     * @param name the path as the program learns it (AT_EXECFN)
     * @param engine name of the engine, or null for the best
     * @param noNewPrivileges whether nothing may be gained by the program (PR_SET_NO_NEW_PRIVS)
     * @param sharedFs whether {@code fs} is shared with another process
     * @param memory what the program's memory is charged to
     */
    public record Request(
            FsContext fs,
            OpenFile base,
            String path,
            boolean followLast,
            String name,
            List<String> arguments,
            List<String> environment,
            Credentials credentials,
            boolean noNewPrivileges,
            boolean sharedFs,
            Limits limits,
            String engine,
            MemoryBudget memory) {}

    /**
     * Loads a program.
     *
     * @throws LoadException with the errno of {@code execve}; nothing is left behind then
     */
    public LoadedProgram load(Request request) throws LoadException {
        String path = request.path();
        List<String> arguments = request.arguments();
        for (int depth = 0; depth <= MAX_SCRIPT_DEPTH; depth++) {
            try (ProgramFile file = depth == 0
                    ? ProgramFile.open(programs, request.fs(), request.base(), path, request.followLast())
                    : ProgramFile.open(programs, request.fs(), path)) {
                byte[] start = file.read(0, ScriptLine.BUFFER_SIZE);
                if (ElfFile.isElf(start)) {
                    return loadElf(request, file, path, arguments);
                }
                if (!ScriptLine.isScript(start)) {
                    throw LoadException.notExecutable(
                            file.path(), start.length == 0 ? "is empty" : "is neither an ELF file nor a #! script");
                }
                ScriptLine line = ScriptLine.parse(file.path(), start);
                arguments = line.arguments(depth == 0 ? request.name() : path, arguments);
                path = line.interpreter();
            } catch (LoadException failed) {
                if (depth > 0 && failed.errno() == Errno.ENOENT) {
                    throw new LoadException(
                            Errno.ENOENT,
                            ProgramFile.display(request.path()) + ": interpreter of the #! line not found: "
                                    + failed.getMessage());
                }
                throw failed;
            }
        }
        throw new LoadException(Errno.ELOOP, ProgramFile.display(request.path()) + ": too many nested #! interpreters");
    }

    private LoadedProgram loadElf(Request request, ProgramFile file, String path, List<String> arguments)
            throws LoadException {
        ElfFile elf = ElfFile.read(file, (machine, flags) -> refusal(machine, flags, file.path()));
        ExecCredentials identity = ExecCredentials.of(
                file, request.credentials(), request.noNewPrivileges(), request.sharedFs());
        Architecture architecture = platforms.architecture(elf.machine(), file.path());
        String refusal = architecture.refusal(elf.flags());
        if (refusal != null) {
            throw LoadException.notExecutable(file.path(), refusal);
        }
        elf.checkPages(file.path(), architecture.pageSize());
        if (elf.interpreter() == null) {
            return load(request, identity, file, elf, null, null, architecture, path, arguments);
        }
        try (ProgramFile interpreter = openInterpreter(request, file, elf)) {
            ElfFile interpreterElf = ElfFile.read(interpreter);
            if (interpreterElf.machine() != elf.machine() || interpreterElf.type() != Elf.ET_DYN) {
                throw new LoadException(
                        Errno.ELIBBAD, interpreter.path() + ": is not an interpreter for " + file.path());
            }
            interpreterElf.checkPages(interpreter.path(), architecture.pageSize());
            return load(request, identity, file, elf, interpreter, interpreterElf, architecture, path, arguments);
        }
    }

    private static LoadException gone(Architecture architecture) {
        return LoadException.noBackend(Errno.ENOEXEC, "architecture " + architecture.name() + " has just been taken away");
    }

    /** An architecture's own words about an ABI that it does not run; null if there are none. */
    private String refusal(int machine, int flags, String path) {
        try {
            return platforms.architecture(machine, path).refusal(flags);
        } catch (LoadException unknown) {
            return null;
        }
    }

    private ProgramFile openInterpreter(Request request, ProgramFile file, ElfFile elf) throws LoadException {
        try {
            return ProgramFile.open(programs, request.fs(), elf.interpreter());
        } catch (LoadException failed) {
            throw new LoadException(
                    failed.errno(),
                    file.path() + ": its interpreter cannot be used: " + failed.getMessage()
                            + " (looked for inside the guest's root)");
        }
    }

    private LoadedProgram load(
            Request request,
            ExecCredentials identity,
            ProgramFile file,
            ElfFile elf,
            ProgramFile interpreter,
            ElfFile interpreterElf,
            Architecture architecture,
            String path,
            List<String> arguments)
            throws LoadException {
        ExecutionEngine engine = platforms.engine(architecture, request.engine());
        ReplaceableMachine machine = createMachine(engine, architecture);
        AddressSpace memory = null;
        boolean good = false;
        try {
            memory = AddressSpace.create(
                    machine,
                    architecture.pageSize(),
                    AddressSpaceOptions.defaults()
                            .withLimits(request.limits())
                            .withMemory(request.memory())
                            .withShare(share));
            LoadedProgram program = new Layout(request, identity, architecture, memory).place(
                    engine.name(), machine, file, elf, interpreter, interpreterElf, path, arguments);
            if (!platforms.isThere(architecture)) {
                // It may have given less than the program needs, such as no vDSO.
                throw gone(architecture);
            }
            good = true;
            return program;
        } finally {
            if (!good) {
                if (memory != null) {
                    memory.close();
                }
                machine.close();
            }
        }
    }

    private static ReplaceableMachine createMachine(ExecutionEngine engine, Architecture architecture) throws LoadException {
        try {
            return new ReplaceableMachine(engine, architecture);
        } catch (EngineException failed) {
            throw LoadException.noBackend(0, failed.getMessage());
        }
    }

    /** One program's way into one address space. */
    private static final class Layout {

        private final Request request;
        private final ExecCredentials identity;
        private final Architecture architecture;
        private final AddressSpace memory;
        private final ImageMapper mapper;

        Layout(Request request, ExecCredentials identity, Architecture architecture, AddressSpace memory) {
            this.request = request;
            this.identity = identity;
            this.architecture = architecture;
            this.memory = memory;
            this.mapper = new ImageMapper(memory);
        }

        LoadedProgram place(
                String engine,
                ReplaceableMachine machine,
                ProgramFile file,
                ElfFile elf,
                ProgramFile interpreter,
                ElfFile interpreterElf,
                String path,
                List<String> arguments)
                throws LoadException {
            long bias = placeProgram(file, elf);
            long stackTop = mapStack(elf.executableStack());
            long base = 0;
            long entry = elf.entry() + bias;
            if (interpreter != null) {
                base = placeInterpreter(interpreter, interpreterElf);
                entry = interpreterElf.entry() + base;
            }
            memory.initialBreak(mapper.up(elf.highest() + bias));
            long vdso = mapVdso();

            StackBuilder stack = new StackBuilder(memory, stackTop, stackSize() / STRING_SHARE);
            if (vdso != 0) {
                stack.auxiliary(Auxv.AT_SYSINFO_EHDR, vdso);
            }
            long[] capabilities = machine.hardwareCapabilities();
            stack.auxiliary(Auxv.AT_HWCAP, capabilities.length > 0 ? capabilities[0] : 0);
            stack.auxiliary(Auxv.AT_PAGESZ, memory.pageSize());
            stack.auxiliary(Auxv.AT_CLKTCK, CLOCK_TICKS);
            stack.auxiliary(Auxv.AT_PHDR, programHeaders(elf, bias));
            stack.auxiliary(Auxv.AT_PHENT, ElfFile.PROGRAM_HEADER_SIZE);
            stack.auxiliary(Auxv.AT_PHNUM, elf.headerCount());
            stack.auxiliary(Auxv.AT_BASE, base);
            stack.auxiliary(Auxv.AT_FLAGS, 0);
            stack.auxiliary(Auxv.AT_ENTRY, elf.entry() + bias);
            Credentials user = identity.credentials();
            stack.auxiliary(Auxv.AT_UID, user.uid());
            stack.auxiliary(Auxv.AT_EUID, user.effectiveUid());
            stack.auxiliary(Auxv.AT_GID, user.gid());
            stack.auxiliary(Auxv.AT_EGID, user.effectiveGid());
            stack.auxiliary(Auxv.AT_SECURE, identity.secure() ? 1 : 0);
            stack.auxiliary(Auxv.AT_HWCAP2, capabilities.length > 1 ? capabilities[1] : 0);
            int frame = architecture.signalFrames().minimumStackSize();
            if (frame > 0) {
                stack.auxiliary(Auxv.AT_MINSIGSTKSZ, frame);
            }
            StackBuilder.Stack built =
                    stack.build(arguments, request.environment(), request.name(), architecture.platform(), random());
            return new LoadedProgram(
                    architecture,
                    engine,
                    machine,
                    memory,
                    entry,
                    built.pointer(),
                    elf.flags(),
                    file.file().path(),
                    file.id(),
                    built.arguments(),
                    built.environment(),
                    built.auxiliaryVector(),
                    bounds(elf, bias, built),
                    identity,
                    file.isReadable() && (interpreter == null || interpreter.isReadable()));
        }

        private long placeProgram(ProgramFile file, ElfFile elf) throws LoadException {
            long start = mapper.down(elf.lowest());
            long end = mapper.up(elf.highest());
            long bias = 0;
            if (elf.type() == Elf.ET_DYN) {
                long alignment = elf.alignment(memory.pageSize());
                bias = (memory.programBase() + alignment - 1 & -alignment) - start;
            }
            long reserved = memory.reserve(start + bias, end + bias);
            if (reserved < 0) {
                throw new LoadException(
                        (int) -reserved,
                        file.path() + ": no room for its segments from 0x" + Long.toHexString(start + bias) + " to 0x"
                                + Long.toHexString(end + bias));
            }
            mapper.map(file, elf, bias);
            return bias;
        }

        /** Takes a place in the mmap area for the whole interpreter and maps its segments over it. */
        private long placeInterpreter(ProgramFile file, ElfFile elf) throws LoadException {
            long start = mapper.down(elf.lowest());
            long length = mapper.up(elf.highest()) - start;
            long alignment = elf.alignment(memory.pageSize());
            long slack = alignment - memory.pageSize();
            int flags = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_NORESERVE;
            long place = memory.map(new MapRequest(0, length + slack, Mman.PROT_NONE, flags, null, 0, ""));
            if (place < 0) {
                throw new LoadException((int) -place, file.path() + ": no room for the interpreter");
            }
            long aligned = place + alignment - 1 & -alignment;
            mapper.map(file, elf, aligned - start);
            if (aligned > place) {
                memory.unmap(place, aligned - place);
            }
            if (place + slack > aligned) {
                memory.unmap(aligned + length, place + slack - aligned);
            }
            return aligned - start;
        }

        private long stackSize() {
            long limit = request.limits().soft(Resource.RLIMIT_STACK);
            if (limit == Limits.INFINITY || limit > GREATEST_STACK || limit < 0) {
                return GREATEST_STACK;
            }
            return Math.max(mapper.up(limit), 16 * memory.pageSize());
        }

        private long mapStack(boolean executable) throws LoadException {
            int protection = Mman.PROT_READ | Mman.PROT_WRITE | (executable ? Mman.PROT_EXEC : 0);
            long top = memory.mapStack(stackSize(), protection);
            if (top < 0) {
                throw new LoadException((int) -top, "no room for a stack of " + stackSize() + " bytes");
            }
            return top;
        }

        private long mapVdso() throws LoadException {
            Vdso vdso = architecture.vdso();
            if (vdso == null) {
                return 0;
            }
            try {
                return VdsoMapping.map(memory, vdso);
            } catch (ErrnoException failed) {
                if (failed.errno() == Errno.ESTALE) {
                    throw gone(architecture);
                }
                throw new LoadException(failed.errno(), "no room for the vDSO");
            }
        }

        /** Where the program headers lie in memory: in the segment that holds their place in the file. */
        private long programHeaders(ElfFile elf, long bias) {
            for (ElfFile.Segment segment : elf.segments()) {
                if (elf.headerOffset() >= segment.offset()
                        && elf.headerOffset() < segment.offset() + segment.fileSize()) {
                    return elf.headerOffset() - segment.offset() + segment.address() + bias;
                }
            }
            return 0;
        }

        private static ProgramBounds bounds(ElfFile elf, long bias, StackBuilder.Stack stack) {
            long codeStart = 0;
            long codeEnd = 0;
            long dataStart = 0;
            long dataEnd = 0;
            for (ElfFile.Segment segment : elf.segments()) {
                if ((segment.flags() & Elf.PF_X) != 0) {
                    codeStart = codeStart == 0 ? segment.address() + bias : codeStart;
                    codeEnd = segment.address() + bias + segment.fileSize();
                }
                if ((segment.flags() & Elf.PF_W) != 0) {
                    dataStart = segment.address() + bias;
                    dataEnd = dataStart + segment.fileSize();
                }
            }
            return new ProgramBounds(
                    codeStart,
                    codeEnd,
                    dataStart,
                    dataEnd,
                    elf.highest() + bias,
                    stack.pointer(),
                    stack.argumentsStart(),
                    stack.argumentsEnd(),
                    stack.environmentStart(),
                    stack.environmentEnd());
        }

        private static byte[] random() {
            try (NativeBuffer buffer = new NativeBuffer(RANDOM_BYTES)) {
                Linux.getrandom(buffer.address(), RANDOM_BYTES, 0);
                byte[] bytes = new byte[RANDOM_BYTES];
                Memory.copyFrom(buffer.address(), bytes, 0, bytes.length);
                return bytes;
            }
        }
    }
}
