package org.nesteddune.mm;

/**
 * How much an address space has mapped, in bytes; the names in brackets are those of {@code /proc/PID/status}.
 *
 * @param total all mappings (VmSize)
 * @param peak the most there ever was (VmPeak)
 * @param data private writable mappings that are not stacks (VmData)
 * @param stack mappings that grow down (VmStk)
 * @param executable mappings of code (VmExe and VmLib together)
 * @param locked (VmLck)
 * @param committed what counts against the memory limit
 */
public record MemoryUsage(
        long total, long peak, long data, long stack, long executable, long locked, long committed) {}
