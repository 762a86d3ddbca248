package org.nesteddune.kernel.ipc;

/**
 * The room of a POSIX message queue.
 *
 * @param messages how many messages it holds at most ({@code mq_maxmsg})
 * @param size bytes in a message at most ({@code mq_msgsize})
 */
public record QueueAttributes(long messages, long size) {}
