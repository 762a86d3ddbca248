package org.nesteddune.engine.kvm.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.Machine;

/** How often each kind of exit happened on one vCPU. Written by the thread that runs it, read by any. */
final class ExitCounters {

    private static final List<String> KINDS = List.of("system call", "interrupted", "memory fault", "backing fault",
            "illegal instruction", "breakpoint", "debug trap", "arithmetic fault", "alignment fault",
            "protection fault", "stack fault", "failed", "run on");
    private static final int SYSTEM_CALL = 0;
    private static final int INTERRUPTED = 1;
    private static final int RUN_ON = 12;

    private final long[] counts = new long[KINDS.size()];

    void count(Exit exit) {
        counts[exit == Exit.SYSTEM_CALL ? SYSTEM_CALL : exit == Exit.INTERRUPTED ? INTERRUPTED : kind(exit)]++;
    }

    /** The vCPU left KVM_RUN and went on without the core's knowledge. */
    void countRunOn() {
        counts[RUN_ON]++;
    }

    private static int kind(Exit exit) {
        if (exit instanceof Exit.MemoryFault) {
            return 2;
        } else if (exit instanceof Exit.BackingFault) {
            return 3;
        } else if (exit instanceof Exit.IllegalInstruction) {
            return 4;
        } else if (exit instanceof Exit.Breakpoint) {
            return 5;
        } else if (exit instanceof Exit.DebugTrap) {
            return 6;
        } else if (exit instanceof Exit.ArithmeticFault) {
            return 7;
        } else if (exit instanceof Exit.AlignmentFault) {
            return 8;
        } else if (exit instanceof Exit.ProtectionFault) {
            return 9;
        } else if (exit instanceof Exit.StackFault) {
            return 10;
        }
        return 11;
    }

    void clear() {
        Arrays.fill(counts, 0);
    }

    void addTo(long[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += counts[i];
        }
    }

    static long[] sums() {
        return new long[KINDS.size()];
    }

    static List<Machine.ExitCount> list(long[] sums) {
        List<Machine.ExitCount> list = new ArrayList<>();
        for (int i = 0; i < sums.length; i++) {
            if (sums[i] != 0) {
                list.add(new Machine.ExitCount(KINDS.get(i), sums[i]));
            }
        }
        return List.copyOf(list);
    }
}
