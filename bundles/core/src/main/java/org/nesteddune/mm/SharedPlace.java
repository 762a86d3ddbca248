package org.nesteddune.mm;

/**
 * A place in an object that several address spaces may map shared, by which shared futexes are told apart.
 *
 * @param object the object; equal to itself alone, wherever it is mapped
 * @param offset bytes from its start
 */
public record SharedPlace(Object object, long offset) {}
