/**
 * Guest processes and threads at work.
 *
 * <p>A task runs as a chain of explicit states ({@link org.nesteddune.internal.task.TaskState}). Between two states
 * everything it is lies in plain data, so that it can be held, moved or looked at there.
 *
 * <p>Lock order: process table, then process, then pending signals. No lock is held while guest code runs or a call
 * blocks.
 */
package org.nesteddune.internal.task;
