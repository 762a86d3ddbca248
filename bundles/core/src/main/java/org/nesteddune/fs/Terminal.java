package org.nesteddune.fs;

/**
 * A terminal of the host that guests have open or are controlled by: the one that the runtime was started on, or a
 * pseudo-terminal. It has an identity and nothing else; which session it controls is for
 * {@link org.nesteddune.kernel.JobControl} to know, its settings and its contents are the host's. Counted: the last
 * {@link #release} forgets it. Thread-safe.
 */
public final class Terminal {

    /**
     * What makes it that terminal and no other.
     *
     * @param fileSystem device number of the file system that its node is on: each instance of devpts numbers its
     *     pseudo-terminals from 0. 0 if it is none of them.
     * @param device encoded device number of the terminal itself
     */
    record Key(long fileSystem, long device) {}

    private final Terminals owner;
    private final Key key;
    private final int node;
    private final boolean own;
    private final Typing typing = new Typing();

    /** Guarded by the owner's monitor; 0 when it is forgotten. */
    int users = 1;

    /**
     * @param node descriptor of its device node, opened with O_PATH, which keeps nobody from hanging up; −1 for none
     * @param own whether it is the runtime's own controlling terminal
     */
    Terminal(Terminals owner, Key key, int node, boolean own) {
        this.owner = owner;
        this.key = key;
        this.node = node;
        this.own = own;
    }

    Key key() {
        return key;
    }

    int node() {
        return node;
    }

    /** Its encoded device number, as {@code /proc/PID/stat} shows it. */
    public long device() {
        return key.device();
    }

    /**
     * Whether it is the terminal that the runtime was started on: the host sends the signals of its keys, and of changes of
     * its size, to the runtime.
     */
    public boolean isOwn() {
        return own;
    }

    /** What was typed on its other side so far, as far as the meaning of the next byte depends on it. */
    Typing typing() {
        return typing;
    }

    /** Takes a further reference. The caller has one, or knows of one that is not given back meanwhile. */
    public Terminal retain() {
        owner.retain(this);
        return this;
    }

    /** Gives a reference back. */
    public void release() {
        owner.release(this);
    }

    /** Whether its line is gone for good: nobody holds the master any more. */
    boolean isGone() {
        return owner.isGone(this);
    }

    /**
     * Opens it once more.
     *
     * @param flags host {@code O_*}
     * @return a host descriptor, or a negated error number
     */
    public long open(long flags) {
        return owner.open(this, flags);
    }
}
