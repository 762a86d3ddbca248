package org.nesteddune.itest;

import org.junit.Test;

/** tar, gzip, bzip2, xz. */
public class ArchiversTest extends ProgramTest {

    @Test
    @Needs("tar")
    public void tar() {
        guests.compare(
                "tar -cf - --sort=name --mtime=@0 tree words.txt",
                "tar -cf made.tar --sort=name --mtime=@0 tree words.txt",
                "tar -tvf nowhere.tar",
                "tar --version");
        String[] roundTrip = {"tar", "-xf", "-", "-v"};
        guests.compare(Command.of(roundTrip).input("not an archive\n"));
    }

    @Test
    @Needs("gzip")
    public void gzip() {
        guests.compare(
                "gzip -n -k words.txt",
                "gzip -n -9 noise.bin",
                "gzip -n -c words.txt",
                "gzip -t words.txt",
                "gzip -l nowhere.gz");
        guests.compare(Command.line("gzip -n -c").piped("stream\n".repeat(10_000)));
    }

    @Test
    @Needs("bzip2")
    public void bzip2() {
        guests.compare("bzip2 -k words.txt", "bzip2 -9 noise.bin", "bzip2 -d words.txt", "bzip2 -c numbers.txt");
    }

    @Test
    @Needs("xz")
    public void xz() {
        guests.compare("xz -T1 -k words.txt", "xz -T1 -6 noise.bin", "xz -T1 -c words.txt", "xz -d words.txt", "xz --robot --version");
    }
}
