package org.nesteddune.clone.oldstack;

import org.nesteddune.clone.CloneChild;
import org.nesteddune.clone.CloneParent;
import org.nesteddune.clone.CloneStrategy;
import org.nesteddune.kernel.CloneRequest;
import org.nesteddune.linux.Clone;
import org.osgi.service.component.annotations.Component;

/**
 * {@code fork}: the child gets a machine of its own with a copy of the memory, and goes on where its parent's stack pointer stands.
 */
@Component(property = CloneStrategy.NAME + "=" + DiffVmOldStack.STRATEGY)
public final class DiffVmOldStack implements CloneStrategy {

    static final String STRATEGY = "DIFF_VM_OLD_STACK";

    @Override
    public String name() {
        return STRATEGY;
    }

    @Override
    public String description() {
        return "a machine with a copy of the memory, on the same stack: fork";
    }

    @Override
    public boolean takes(CloneRequest request) {
        return !request.has(Clone.CLONE_VM) && request.stackPointer() == 0;
    }

    @Override
    public CloneChild make(CloneParent parent, CloneRequest request) {
        return parent.copy();
    }
}
