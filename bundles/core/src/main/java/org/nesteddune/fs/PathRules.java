package org.nesteddune.fs;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.nesteddune.Profile;
import org.nesteddune.Profile.Access;
import org.nesteddune.Profile.PathRule;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.syscall.ErrnoException;

/**
 * What a profile grants of files, by their paths among the mounts after all symbolic links. A walk asks before it gives a path to the
 * host, and the host follows no link in that path and does not leave the directory that it starts from; so the path that was
 * judged is the path that is opened. Immutable.
 */
final class PathRules {

    private final Confinement confinement;
    private final List<PathRule> rules; // longer paths first

    private PathRules(Confinement confinement, List<PathRule> rules) {
        this.confinement = confinement;
        this.rules = rules;
    }

    /**
     * The rules of a profile; null if it grants all paths.
     *
     * @param links for rules that name symbolic links, the same about what they lead to
     */
    static PathRules of(Confinement confinement, List<PathRule> links) {
        Profile profile = confinement.profile();
        if (profile.paths().isEmpty()) {
            return null;
        }
        List<PathRule> all = new ArrayList<>(profile.paths());
        for (String directory : profile.privateDirectories()) {
            if (all.stream().noneMatch(rule -> rule.path().equals(directory))) {
                all.add(new PathRule(directory, Access.WRITE));
            }
        }
        for (String device : profile.devices()) {
            if (all.stream().noneMatch(rule -> rule.path().equals(device))) {
                all.add(new PathRule(device, Access.WRITE));
            }
        }
        for (PathRule link : links) {
            if (all.stream().noneMatch(rule -> rule.path().equals(link.path()))) {
                all.add(link);
            }
        }
        all.sort(Comparator.comparingInt(rule -> -rule.path().length()));
        return new PathRules(confinement, List.copyOf(all));
    }

    /** How much of a path is granted. */
    Access of(String path) {
        boolean above = false;
        Access found = Access.NONE;
        for (PathRule rule : rules) {
            if (MountNamespace.isWithin(path, rule.path())) {
                found = rule.access();
                break;
            }
            above |= rule.access() != Access.NONE && MountNamespace.isWithin(rule.path(), path);
        }
        return found == Access.NONE && above ? Access.SEARCH : found;
    }

    boolean grants(String path, Access wanted) {
        return of(path).compareTo(wanted) >= 0;
    }

    /** @throws ErrnoException as the profile has it, if a path is not granted */
    void check(FsContext.Owner owner, String path, Access wanted) {
        if (!grants(path, wanted)) {
            throw refuse(owner, path, wanted);
        }
    }

    /** To be thrown because something is not granted. */
    ErrnoException refuse(FsContext.Owner owner, String path, Access wanted) {
        return confinement.refuse(owner.process(), switch (wanted) {
            case WRITE -> "changing ";
            case READ -> "reading ";
            default -> "finding ";
        } + path);
    }

    /** The negated error number for what is not granted. */
    long error() {
        return -confinement.error();
    }

    /** Whether a rule says something of a place below a path, so that the path must stay where it is. */
    boolean isBusy(String path) {
        for (PathRule rule : rules) {
            if (rule.path().length() > path.length() && MountNamespace.isWithin(rule.path(), path)) {
                return true;
            }
        }
        return false;
    }

    /** What an open asks for, by its generic flags; that O_CREAT may make a file is not among it. */
    static Access wanted(long flags) {
        if ((flags & OpenFlags.O_PATH) != 0) {
            return Access.SEARCH;
        }
        long exclusive = OpenFlags.O_CREAT | OpenFlags.O_EXCL;
        boolean changes = (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY
                || (flags & OpenFlags.O_TRUNC) != 0
                || (flags & OpenFlags.O_TMPFILE) == OpenFlags.O_TMPFILE
                || (flags & exclusive) == exclusive;
        return changes ? Access.WRITE : Access.READ;
    }
}
