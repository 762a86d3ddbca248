package org.nesteddune.itest;

import org.junit.Test;

/** The many programs in one, as Debian builds it. */
@Needs({"/dev/kvm", "busybox"})
public class BusyboxTest extends ProgramTest {

    @Test
    public void applets() {
        guests.compare(
                "busybox",
                "busybox echo hi",
                "busybox ls -la",
                "busybox cat words.txt",
                "busybox sha256sum noise.bin",
                "busybox md5sum words.txt",
                "busybox sort -n numbers.txt",
                "busybox find tree",
                "busybox grep -c fox words.txt",
                "busybox sed -n 3p words.txt",
                "busybox awk '{s+=$1} END {print s}' numbers.txt",
                "busybox tar -cf made.tar tree/one.txt",
                "busybox gzip -c words.txt",
                "busybox bzip2 -c words.txt",
                "busybox wc words.txt",
                "busybox cp -r tree copy",
                "busybox rm -r tree",
                "busybox mkdir -p a/b/c",
                "busybox ln -s words.txt soft",
                "busybox stat -c %s words.txt",
                "busybox du -a tree",
                "busybox id",
                "busybox uname -m",
                "busybox expr 3 + 4",
                "busybox seq 5",
                "busybox sleep 0",
                "busybox usleep 1000",
                "busybox false",
                "busybox hexdump -C numbers.txt",
                "busybox vi --help",
                "busybox nosuchapplet",
                "busybox sh -c 'for i in 1 2 3; do echo $i; done; exit 6'");
        guests.compare(
                Command.line("busybox tr a-z A-Z").piped("shout\n"),
                Command.line("busybox dc").input("6 7 * p\n"),
                Command.line("busybox sh").piped("x=2\necho $((x*21))\n"));
    }
}
