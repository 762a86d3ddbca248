package org.nesteddune.kernel.ipc;

/**
 * One operation of a {@code semop} ({@code struct sembuf}).
 *
 * @param number which semaphore of the set, 0 to 65535
 * @param change what is added to its value; 0 waits for it to be zero
 * @param flags IPC_NOWAIT, SEM_UNDO
 */
public record SemaphoreOperation(int number, int change, int flags) {}
