package org.nesteddune.arch;

import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;
import org.osgi.annotation.versioning.ConsumerType;

/** Lays out signal frames on a guest's stack exactly as the architecture's kernel does, and takes them down again. */
@ConsumerType
public interface SignalFrames {

    /**
     * What is to be delivered.
     *
     * @param signal the number as the guest knows it
     * @param mask the mask to be restored by {@code sigreturn}, of generic numbers
     * @param stackTop where the frame goes below, but for a red zone: the alternate stack's end if that is to be entered, otherwise
     *     the stack pointer
     * @param onAlternate whether {@code stackTop} is the alternate stack's
     * @param alternateStack base, flags and size ({@code stack_t}) as saved in the frame
     */
    record Delivery(
            int signal,
            SignalInfo info,
            SignalAction action,
            SignalSet mask,
            long stackTop,
            boolean onAlternate,
            AlternateStack alternateStack) {

        /**
         * Where the frame goes below.
         *
         * @param redZone bytes below the stack pointer that the interrupted function may use
         */
        public long top(int redZone) {
            return onAlternate ? stackTop : stackTop - redZone;
        }

        /**
         * Looks whether the frame lies on the alternate stack if it has to.
         *
         * @throws GuestFault if that overflows
         */
        public void check(long frame) {
            if ((onAlternate || alternateStack.isUsedBy(stackTop)) && !alternateStack.contains(frame)) {
                throw new GuestFault(frame);
            }
        }
    }

    /**
     * A {@code stack_t}.
     *
     * @param flags {@code SS_ONSTACK} 1, {@code SS_DISABLE} 2, {@code SS_AUTODISARM} 1 << 31
     */
    record AlternateStack(long base, int flags, long size) {
        /** No alternate stack. */
        public static final AlternateStack NONE = new AlternateStack(0, 2, 0);

        private static final int AUTODISARM = 1 << 31;

        /** Whether a stack pointer lies on it: it may be just behind its end, but not at its first byte. */
        public boolean contains(long stackPointer) {
            return Long.compareUnsigned(stackPointer, base) > 0
                    && Long.compareUnsigned(stackPointer - base, size) <= 0;
        }

        /**
         * Whether the task that has this stack pointer counts as running on it; never so for one that disarms itself ({@code
         * on_sig_stack} of linux/sched/signal.h).
         */
        public boolean isUsedBy(long stackPointer) {
            return (flags & AUTODISARM) == 0 && contains(stackPointer);
        }

        /** Whether it disarms itself when a signal is delivered. */
        public boolean disarmsItself() {
            return (flags & AUTODISARM) != 0;
        }
    }

    /**
     * What {@code sigreturn} brings back besides the registers.
     *
     * @param whole whether everything could be restored; otherwise the task gets a SIGSEGV
     */
    record Restored(SignalSet mask, AlternateStack alternateStack, boolean whole) {}

    /** The least stack that a handler needs for its frame, as AT_MINSIGSTKSZ tells it; 0 if programs are not told. */
    default int minimumStackSize() {
        return 0;
    }

    /**
     * Pushes a frame and puts the CPU at the handler's first instruction.
     *
     * @throws org.nesteddune.memory.GuestFault if the stack cannot be written
     */
    void push(CpuState cpu, GuestMemory memory, Delivery delivery);

    /**
     * Restores the state that a frame holds; the CPU is stopped behind its {@code sigreturn} system call. What a CPU does
     * not take is left out, as the result says.
     *
     * @throws org.nesteddune.memory.GuestFault if the frame cannot be read
     */
    Restored pop(CpuState cpu, GuestMemory memory);
}
