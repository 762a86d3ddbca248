package org.nesteddune.internal.task;

import java.util.function.Consumer;
import org.nesteddune.host.ReferenceCount;

/** Something that tasks share by CLONE_FS or CLONE_FILES and that is closed with its last user. Thread-safe. */
final class Shared<T> {

    private final T value;
    private final Consumer<T> closing;
    private final ReferenceCount users = new ReferenceCount();

    /** The caller is the first user. */
    Shared(T value, Consumer<T> closing) {
        this.value = value;
        this.closing = closing;
    }

    T value() {
        return value;
    }

    Shared<T> retain() {
        users.retain();
        return this;
    }

    /** How many there are. */
    int users() {
        return users.count();
    }

    boolean isShared() {
        return users() > 1;
    }

    /** The same kind of holder for another value. */
    Shared<T> with(T other) {
        return new Shared<>(other, closing);
    }

    void release() {
        if (users.release()) {
            closing.accept(value);
        }
    }
}
