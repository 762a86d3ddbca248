package org.nesteddune.clone.samevm;

import org.nesteddune.clone.CloneChild;
import org.nesteddune.clone.CloneParent;
import org.nesteddune.clone.CloneStrategy;
import org.nesteddune.kernel.CloneRequest;
import org.nesteddune.linux.Clone;
import org.osgi.service.component.annotations.Component;

/**
 * CLONE_VM: the child is another vCPU in its parent's machine, with the same memory. Threads and {@code vfork} are made so.
 */
@Component(property = CloneStrategy.NAME + "=" + SameVm.STRATEGY)
public final class SameVm implements CloneStrategy {

    static final String STRATEGY = "SAME_VM";

    @Override
    public String name() {
        return STRATEGY;
    }

    @Override
    public String description() {
        return "a new vCPU in the same machine: threads and vfork";
    }

    @Override
    public boolean takes(CloneRequest request) {
        return request.has(Clone.CLONE_VM);
    }

    @Override
    public CloneChild make(CloneParent parent, CloneRequest request) {
        CloneChild child = parent.share();
        if (request.stackPointer() != 0) {
            child.vcpu().state().set(parent.architecture().registers().stackPointer(), request.stackPointer());
        }
        return child;
    }
}
