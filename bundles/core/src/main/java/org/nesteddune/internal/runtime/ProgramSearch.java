package org.nesteddune.internal.runtime;

import java.util.List;
import org.nesteddune.fs.FsContext;
import org.nesteddune.internal.loader.LoadException;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;

/** Finds a program by its name in the guest's PATH, as execvp(3) does. */
final class ProgramSearch {

    /** The search path where the environment has none (confstr(3), _CS_PATH, with what shells add). */
    private static final String DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

    private ProgramSearch() {}

    /** The path to load: the name itself if it has a slash, otherwise the first executable file of that name. */
    static String find(FsContext fs, String name, List<String> environment) throws LoadException {
        if (name.isEmpty()) {
            throw new LoadException(Errno.ENOENT, "the program's name is empty");
        }
        if (name.indexOf('/') >= 0) {
            return name;
        }
        String path = environment.stream()
                .filter(entry -> entry.startsWith("PATH="))
                .map(entry -> entry.substring("PATH=".length()))
                .findFirst()
                .orElse(DEFAULT_PATH);
        boolean denied = false;
        for (String directory : path.split(":", -1)) {
            String candidate = directory.isEmpty() ? name : directory + (directory.endsWith("/") ? "" : "/") + name;
            try {
                fs.openExecutable(null, candidate, true).release();
                return candidate;
            } catch (ErrnoException failed) {
                denied |= failed.errno() == Errno.EACCES;
            }
        }
        throw denied
                ? new LoadException(Errno.EACCES, name + ": Permission denied in PATH (" + path + ")")
                : new LoadException(Errno.ENOENT, name + ": No such program in PATH (" + path + ")");
    }
}
