package org.nesteddune.internal.task;

import org.nesteddune.memory.GuestFault;

/**
 * What binds a task to the memory of its process: the words that hold its tid where it begins and are cleared where it leaves, the
 * locks that it gives up then ({@code mm_release} of kernel/fork.c), and the parent in vfork that waits for that. Set by the
 * task's maker before it runs; from then on the task's own thread's.
 */
final class TaskMemory {

    private final GuestTask task;
    private volatile VforkDone vforkDone;
    private long tidAddress;

    TaskMemory(GuestTask task) {
        this.task = task;
    }

    /** Where the task writes its tid before it runs (CLONE_CHILD_SETTID). */
    void storeTidAt(long address) {
        tidAddress = address;
    }

    void vforkDone(VforkDone value) {
        vforkDone = value;
    }

    /** The task is about to run. As in the kernel a bad address is the guest's own loss. */
    void begin() {
        if (tidAddress != 0) {
            try {
                task.memory().writeInt(tidAddress, task.tid());
            } catch (GuestFault bad) {
                return;
            }
        }
    }

    /** What has to be done before the task's memory is another or no more. */
    void leave() {
        RobustList.release(task);
        long clear = task.settings().clearChildTid();
        task.settings().clearChildTid(0);
        GuestProcess process = task.guestProcess();
        // With the last task of a memory nobody is left who could be told.
        if (clear != 0 && (process.threadGroup().tasks().size() > 1 || process.image().mm().isShared())) {
            try {
                task.memory().writeInt(clear, 0);
                RobustList.wake(task.memory(), clear);
            } catch (GuestFault gone) {
                // As in the kernel: a bad address is the guest's own loss.
            }
        }
    }

    /** Tells a parent in vfork that it can go on. */
    void vforkCompleted() {
        VforkDone done = vforkDone;
        if (done != null) {
            vforkDone = null;
            done.complete();
        }
    }
}
