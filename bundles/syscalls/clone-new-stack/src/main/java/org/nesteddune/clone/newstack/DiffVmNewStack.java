package org.nesteddune.clone.newstack;

import org.nesteddune.clone.CloneChild;
import org.nesteddune.clone.CloneParent;
import org.nesteddune.clone.CloneStrategy;
import org.nesteddune.kernel.CloneRequest;
import org.nesteddune.linux.Clone;
import org.osgi.service.component.annotations.Component;

/**
 * {@code clone} with a stack but without CLONE_VM: the child gets a machine of its own with a copy of the memory, and begins on the new stack.
 */
@Component(property = CloneStrategy.NAME + "=" + DiffVmNewStack.STRATEGY)
public final class DiffVmNewStack implements CloneStrategy {

    static final String STRATEGY = "DIFF_VM_NEW_STACK";

    @Override
    public String name() {
        return STRATEGY;
    }

    @Override
    public String description() {
        return "a machine with a copy of the memory, on a new stack: clone";
    }

    @Override
    public boolean takes(CloneRequest request) {
        return !request.has(Clone.CLONE_VM) && request.stackPointer() != 0;
    }

    @Override
    public CloneChild make(CloneParent parent, CloneRequest request) {
        CloneChild child = parent.copy();
        child.vcpu().state().set(parent.architecture().registers().stackPointer(), request.stackPointer());
        return child;
    }
}
