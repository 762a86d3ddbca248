package org.nesteddune.kernel;

/**
 * Which children {@code wait4} and {@code waitid} mean.
 *
 * @param type P_ALL, P_PID or P_PGID ({@code linux/wait.h})
 * @param id the child's pid or process group; 0 for P_ALL
 */
public record ChildSelector(int type, int id) {}
