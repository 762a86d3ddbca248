package org.nesteddune.kernel;

import java.util.List;
import org.nesteddune.fs.OpenFile;

/**
 * What {@code execve} and {@code execveat} ask for. Strings are bytes as ISO-8859-1 chars.
 *
 * @param base the directory that a relative path starts from, null for the working directory; with an empty path the program
 *     itself. It stays the caller's
 * @param path the program
 * @param followLast whether a symbolic link at the end of the path is followed
 * @param name the path as the program learns it (AT_EXECFN) and as a script's interpreter gets it
 */
public record ExecRequest(
        OpenFile base,
        String path,
        boolean followLast,
        String name,
        List<String> arguments,
        List<String> environment) {}
