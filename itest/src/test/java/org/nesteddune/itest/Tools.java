package org.nesteddune.itest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where the machine's programs are. Those of the system come first, before what a user's PATH may put over them. */
final class Tools {

    static final List<String> DIRECTORIES =
            List.of("/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin");

    /** PATH as programs under test get it. */
    static final String PATH = String.join(":", DIRECTORIES);

    private Tools() {
    }

    /** The absolute path of a program, or null. */
    static String find(String name) {
        if (name.startsWith("/")) {
            return Files.isExecutable(Path.of(name)) ? name : null;
        }
        return DIRECTORIES.stream()
                .map(directory -> directory + "/" + name)
                .filter(path -> Files.isExecutable(Path.of(path)))
                .findFirst()
                .orElse(null);
    }
}
