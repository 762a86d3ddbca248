package org.nesteddune.itest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A small root of Debian's packages, which {@code itest/foreign-root} makes once: of another architecture, or with QEMU of this one. */
final class ForeignRoot {

    private static final long PATIENCE_SECONDS = 300;
    private static final List<String> PACKAGES =
            List.of("libc-bin", "base-files", "busybox-static", "bash", "dash", "coreutils", "findutils", "grep", "sed", "gawk",
                    "gzip", "sqlite3");
    private static final String QEMU = "qemu-system-x86";

    /** The architecture whose root has QEMU in it and nothing else. */
    static final String OF_QEMU = "amd64";

    private ForeignRoot() {
    }

    private static Path project() {
        return Path.of(System.getProperty("dune.itest.judges")).getParent();
    }

    static Path of(String architecture) {
        return project().resolve("target/roots").resolve(architecture + "-quick");
    }

    /** Makes it, unless it is there; why that cannot be done here, or null. */
    static String missing(String architecture) {
        List<String> command = new ArrayList<>(
                List.of(project().resolve("foreign-root").toString(), architecture, of(architecture).toString()));
        command.addAll(architecture.equals(OF_QEMU) ? List.of(QEMU) : PACKAGES);
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroy();
                return "packages of " + architecture + " take too long to come";
            }
            return process.exitValue() == 0 ? null : said.substring(said.lastIndexOf('\n') + 1);
        } catch (IOException failed) {
            return "no root of " + architecture + " can be made: " + failed.getMessage();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }
}
