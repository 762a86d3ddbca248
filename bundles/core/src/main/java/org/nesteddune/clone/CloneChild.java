package org.nesteddune.clone;

import org.nesteddune.engine.Machine;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.mm.AddressSpace;

/**
 * Memory and CPU of a task that is being made.
 *
 * @param machine the parent's, or a new one
 * @param memory the parent's, or a copy of it
 * @param vcpu the child's own
 */
public record CloneChild(Machine machine, AddressSpace memory, Vcpu vcpu) {}
