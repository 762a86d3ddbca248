package org.nesteddune.x86;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.NativeCode;
import org.nesteddune.linux.Auxv;
import org.nesteddune.x86.asm.Assembler;
import org.nesteddune.x86.asm.Condition;
import org.nesteddune.x86.asm.Label;
import org.nesteddune.x86.asm.Operand;
import org.nesteddune.x86.asm.Register;

/**
 * What the host's own processor says of itself by CPUID and XGETBV. Only on a host that {@link #isX86 is} an x86-64; to
 * be closed. Thread-safe but for {@link #close}.
 */
final class HostCpu implements AutoCloseable {

    /** CPUID leaf 1, ecx: the operating system has enabled XSAVE and XGETBV. */
    private static final int OSXSAVE = 1 << 27;

    /** What Linux says on a CPU with AVX-512. */
    private static final int USUAL_SIGNAL_STACK = 3632;

    private final NativeCode code = new NativeCode(emit());

    /** Whether the JVM runs on an x86-64. */
    static boolean isX86() {
        return switch (System.getProperty("os.arch", "")) {
            case "amd64", "x86_64" -> true;
            default -> false;
        };
    }

    /** What the host's kernel says of the room that a signal frame needs (AT_MINSIGSTKSZ); generous if it says nothing. */
    static int minimumSignalStack() {
        if (isX86()) {
            try {
                ByteBuffer vector = ByteBuffer.wrap(Files.readAllBytes(Path.of("/proc/self/auxv")))
                        .order(ByteOrder.LITTLE_ENDIAN);
                while (vector.remaining() >= 16) {
                    long type = vector.getLong();
                    long value = vector.getLong();
                    if (type == Auxv.AT_MINSIGSTKSZ && value > 0 && value < Integer.MAX_VALUE) {
                        return (int) value;
                    }
                }
            } catch (IOException notShown) {
                return USUAL_SIGNAL_STACK;
            }
        }
        return USUAL_SIGNAL_STACK;
    }

    /** eax, ebx, ecx and edx of a CPUID leaf. */
    int[] cpuid(int leaf, int subleaf) {
        try (NativeBuffer result = new NativeBuffer(16)) {
            long address = result.address();
            code.call(0, leaf, subleaf, address);
            int[] registers = new int[4];
            for (int i = 0; i < registers.length; i++) {
                registers[i] = Memory.getInt(address + 4L * i);
            }
            return registers;
        }
    }

    /** XCR0: the state components that the host's programs may use; 0 if XSAVE is not enabled. */
    long xcr0() {
        if ((cpuid(1, 0)[2] & OSXSAVE) == 0) {
            return 0;
        }
        return code.call(1);
    }

    @Override
    public void close() {
        code.close();
    }

    /** long f(int what, int leaf, int subleaf, int[4] result): XCR0 if {@code what}, otherwise CPUID. */
    private static byte[] emit() {
        Assembler a = new Assembler();
        Label cpuid = new Label();
        a.testl(Register.RDI, Register.RDI);
        a.j(Condition.EQUAL, cpuid);
        a.xorl(Register.RCX, Register.RCX);
        a.xgetbv();
        a.shlq(Register.RDX, 32);
        a.orq(Register.RAX, Register.RDX);
        a.ret();
        a.bind(cpuid);
        a.pushq(Register.RBX); // preserved by the calling convention, overwritten by CPUID
        a.movq(Register.R8, Register.RCX);
        a.movl(Register.RAX, Register.RSI);
        a.movl(Register.RCX, Register.RDX);
        a.cpuid();
        a.movl(Operand.at(Register.R8, 0), Register.RAX);
        a.movl(Operand.at(Register.R8, 4), Register.RBX);
        a.movl(Operand.at(Register.R8, 8), Register.RCX);
        a.movl(Operand.at(Register.R8, 12), Register.RDX);
        a.popq(Register.RBX);
        a.ret();
        return a.toBytes();
    }
}
