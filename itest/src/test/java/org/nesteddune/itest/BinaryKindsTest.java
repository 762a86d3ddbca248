package org.nesteddune.itest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.Test;

/** Executables of every kind: static and dynamic, position-independent and not, scripts. */
@Needs({"/dev/kvm", "gcc"})
public class BinaryKindsTest extends ProgramTest {

    private void helloEach(String... options) {
        String path = CProgram.compile("hello", options).toString();
        guests.compare(path, path + " one 'two words' ''");
        String vector = CProgram.compile("auxv", options).toString();
        guests.compare(vector);
    }

    @Test
    public void dynamicPie() {
        helloEach("-pie", "-fPIE");
    }

    @Test
    public void dynamicNoPie() {
        helloEach("-no-pie", "-fno-pie");
    }

    @Test
    public void staticNoPie() {
        helloEach("-static", "-no-pie", "-fno-pie");
    }

    @Test
    public void staticPie() {
        helloEach("-static-pie", "-fPIE");
    }

    @Test
    public void fullRelro() {
        helloEach("-Wl,-z,relro,-z,now", "-Wl,-z,separate-code");
    }

    @Test
    public void executableStack() {
        helloEach("-z", "execstack");
    }

    @Test
    public void withoutCLibrary() {
        guests.compare(CProgram.compile("tiny", "-nostdlib", "-static").toString());
        guests.compare(CProgram.compile("tiny", "-nostdlib", "-static-pie").toString());
    }

    @Test
    public void scripts() throws IOException {
        Path directory = Files.createTempDirectory("dune-itest-scripts");
        try {
            String shell = script(directory, "shell", "#!/bin/sh -e\necho \"$0 $# $1\"\nexit 7\n");
            String spaces = script(directory, "spaces", "#!  /bin/echo   an argument with spaces  \nrest\n");
            String nested = script(directory, "nested", "#!" + shell + "\n");
            guests.compare(shell + " 'an argument' more", spaces + " x", nested + " y");
        } finally {
            for (String name : new String[] {"shell", "spaces", "nested"}) {
                Files.deleteIfExists(directory.resolve(name));
            }
            Files.delete(directory);
        }
    }

    private static String script(Path directory, String name, String text) throws IOException {
        Path file = Files.writeString(directory.resolve(name), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file.toString();
    }
}
