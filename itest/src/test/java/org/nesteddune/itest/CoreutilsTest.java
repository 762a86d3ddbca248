package org.nesteddune.itest;

import org.junit.Test;

/** Debian's coreutils do in dune what they do natively. */
public class CoreutilsTest extends ProgramTest {

    @Test
    public void sayThings() {
        guests.compare(
                "true",
                "false",
                "echo hello world",
                "echo -n -e 'a\\tb\\n'",
                "printf '%s|%5d|%x\\n' word 42 255",
                "yes --version",
                "seq 1 3 20",
                "seq -w 1 1000",
                "expr 6 '*' 7",
                "factor 123456789012345677 600851475143",
                "numfmt --to=iec 1048576",
                "date -u -d @86400 +%F",
                "printenv HOME PATH NOTSET",
                "pwd",
                "uname -s -r -m -n",
                "nproc",
                "id",
                "whoami",
                "groups",
                "logname",
                "hostid",
                "tty",
                "arch",
                "basename /a/b.c .c",
                "dirname /a/b.c",
                "pathchk -p good/name",
                "sleep 0.05",
                "test -f words.txt",
                "test -d words.txt",
                "[ 3 -gt 2 ]");
    }

    @Test
    public void readFiles() {
        guests.compare(
                "cat words.txt empty 'a b.txt'",
                "cat nowhere",
                "tac words.txt",
                "head -n 3 words.txt",
                "head -c 1000 noise.bin",
                "tail -n 3 words.txt",
                "tail -c +299000 noise.bin",
                "wc words.txt numbers.txt noise.bin",
                "nl numbers.txt",
                "od -A x -t x1z -N 256 noise.bin",
                "base64 noise.bin",
                "base32 words.txt",
                "fold -w 20 words.txt",
                "fmt words.txt",
                "pr -h title words.txt",
                "expand numbers.txt",
                "cut -d , -f 2 table.csv",
                "paste numbers.txt words.txt",
                "join -t , table.csv table.csv",
                "comm numbers.txt numbers.txt",
                "sort -n numbers.txt",
                "sort -t , -k 2 -r table.csv",
                "sort words.txt",
                "sort -R --random-source=noise.bin words.txt",
                "shuf --random-source=noise.bin words.txt",
                "uniq -c numbers.txt",
                "tsort numbers.txt",
                "ptx numbers.txt",
                "split -l 100 words.txt part.",
                "csplit words.txt 10 20");
    }

    @Test
    public void sumFiles() {
        guests.compare(
                "cksum words.txt noise.bin",
                "sum words.txt",
                "md5sum words.txt noise.bin empty",
                "sha1sum noise.bin",
                "sha224sum noise.bin",
                "sha256sum noise.bin words.txt",
                "sha384sum noise.bin",
                "sha512sum noise.bin",
                "b2sum noise.bin",
                "sha256sum --check nowhere");
    }

    @Test
    public void changeFiles() {
        guests.compare(
                "touch new",
                "touch -d @1000000000 words.txt",
                "cp words.txt copy",
                "cp -a tree tree2",
                "cp -r tree nowhere/there",
                "mv words.txt renamed",
                "mv tree tree3",
                "ln words.txt hard",
                "ln -s words.txt soft",
                "link words.txt hard",
                "rm words.txt",
                "rm nowhere",
                "rm -rf tree",
                "rm tree",
                "unlink empty",
                "mkdir -p x/y/z",
                "mkdir tree",
                "mkdir -m 700 private",
                "rmdir tree",
                "rmdir tree/deep/deeper",
                "chmod 600 words.txt",
                "chmod -R u+x tree",
                "truncate -s 10 words.txt",
                "truncate -s 1M empty",
                "dd if=noise.bin of=part bs=1000 count=7 skip=3 status=none",
                "dd if=/dev/zero of=zeros bs=64K count=16 status=none",
                "install -m 640 words.txt installed",
                "mktemp -q -p /nonexistent/directory",
                "mkfifo pipe",
                "shred -n 1 -u empty",
                "sync words.txt",
                "tee copy");
    }

    @Test
    public void lookAtFiles() {
        guests.compare(
                "ls",
                "ls -l",
                "ls -laR tree",
                "ls nowhere",
                "ls -d /",
                "ls -l --time-style=+%s words.txt",
                "dir",
                "vdir tree",
                "stat -c '%n %s %a %F %h %Y' words.txt tree tree/link",
                "stat -f -c '%T %S' .",
                "du -a -b tree",
                "readlink tree/link",
                "readlink -f tree/link",
                "realpath tree/deep/../deep/two.txt",
                "realpath nowhere/else",
                "dircolors -b",
                "df --output=target /");
    }

    @Test
    public void takeInput() {
        guests.compare(
                Command.line("cat").input("from a file\n"),
                Command.line("cat").piped("through a pipe\n"),
                Command.line("wc -c").piped("x".repeat(1_000_000)),
                Command.line("tr a-z A-Z").piped("shout\n"),
                Command.line("sort -n").piped("3\n1\n2\n"),
                Command.line("tee one two").input("twice\n"),
                Command.line("md5sum").piped("y".repeat(300_000)),
                Command.line("head -n 1").piped("first\n" + "rest\n".repeat(100)),
                Command.line("tail -n 1").piped("rest\n".repeat(100) + "last\n"),
                Command.line("od -c").input("\u00e4\u00f6\u00fc\n"),
                Command.line("dd bs=7 status=none").piped("z".repeat(100)));
    }
}
