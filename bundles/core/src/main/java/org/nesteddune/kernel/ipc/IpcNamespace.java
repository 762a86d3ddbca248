package org.nesteddune.kernel.ipc;

import java.util.function.Supplier;
import org.nesteddune.kernel.Task;

/**
 * The IPC namespace that all guests of a dune share. Its objects live as long as nobody removes them, and no longer than
 * the runtime. Thread-safe.
 */
public final class IpcNamespace implements AutoCloseable {

    private final IpcLimits limits = new IpcLimits();
    private final SharedSegments segments;
    private final SemaphoreSets semaphores;
    private final MessageQueues messages;
    private final PosixQueues queues;

    /** @param current the task on whose behalf the calling thread works, or null */
    public IpcNamespace(Supplier<Task> current) {
        HeapShare heap = new HeapShare();
        segments = new SharedSegments(limits, () -> {
            Task task = current.get();
            return task == null ? 0 : task.process().pid();
        });
        semaphores = new SemaphoreSets(limits, heap);
        messages = new MessageQueues(limits, heap);
        queues = new PosixQueues(limits, heap);
    }

    /** What objects there may be, and how large. */
    public IpcLimits limits() {
        return limits;
    }

    /** System V shared memory. */
    public SharedSegments sharedMemory() {
        return segments;
    }

    /** System V semaphores. */
    public SemaphoreSets semaphores() {
        return semaphores;
    }

    /** System V message queues. */
    public MessageQueues messageQueues() {
        return messages;
    }

    /** POSIX message queues. */
    public PosixQueues posixQueues() {
        return queues;
    }

    /** Parts a task from the list of its SEM_UNDO operations, which are taken back if nobody shares it; at the task's end. */
    public void releaseUndoList(Task task) {
        UndoList list = task.settings().takeUndoList();
        if (list != null) {
            semaphores.leave(list, task.process().pid());
        }
    }

    /** Removes everything; no guest runs any more. Idempotent. */
    @Override
    public void close() {
        segments.close();
        semaphores.close();
        messages.close();
        queues.close();
    }
}
