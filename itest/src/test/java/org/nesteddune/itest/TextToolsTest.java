package org.nesteddune.itest;

import org.junit.Test;

/** findutils, grep, sed, gawk, file, bc. */
public class TextToolsTest extends ProgramTest {

    @Test
    @Needs("find")
    public void findutils() {
        guests.compare(
                "find tree",
                "find . -name '*.txt' -size +1k",
                "find tree -type l -printf '%p -> %l\\n'",
                "find tree -depth -type d",
                "find . -newermt 2021-01-01",
                "find tree -name 'two*' -delete",
                "find nowhere",
                "find / -maxdepth 1 -name etc");
    }

    @Test
    @Needs("grep")
    public void grep() {
        guests.compare(
                "grep fox words.txt",
                "grep -c fox words.txt",
                "grep -n -E '(fox 1[0-6])$' words.txt",
                "grep -r one tree",
                "grep -v e table.csv",
                "grep -i ANNA table.csv",
                "grep -P '\\d{2}$' table.csv",
                "grep -o 'b[a-z]*' words.txt",
                "grep absent words.txt",
                "grep x nowhere",
                "grep -c x noise.bin",
                "grep -E 'a|b' table.csv",
                "grep -F . numbers.txt table.csv");
    }

    @Test
    @Needs("sed")
    public void sed() {
        guests.compare(
                "sed s/quick/slow/ words.txt",
                "sed -n 5,10p words.txt",
                "sed -i 's/fox \\([0-9]*\\)/\\1 foxes/' words.txt",
                "sed -n '$=' words.txt",
                "sed -E 'y/abc/xyz/;/line 3/d' words.txt",
                "sed '1!G;h;$!d' numbers.txt",
                "sed --badoption");
    }

    @Test
    @Needs("gawk")
    public void gawk() {
        guests.compare(
                "gawk -F , '{s+=$2} END {print s, NR}' table.csv",
                "gawk '{n[$NF]++} END {m=asorti(n,k); for(i=1;i<=m;i++) print k[i], n[k[i]]}' words.txt",
                "gawk 'BEGIN {printf \"%.10f %s\\n\", exp(1), toupper(\"abc\"); exit 3}'",
                "gawk 'BEGIN {while ((getline l < \"numbers.txt\") > 0) print l * 2}'",
                "gawk 'BEGIN {print strftime(\"%F\", 0, 1)}'",
                "gawk 'BEGIN { print substr(\"hello\", 2, 3) > \"made\" }'",
                "gawk 'syntax error here'");
    }

    @Test
    @Needs("file")
    public void file() {
        guests.compare("file words.txt noise.bin tree empty /bin/true tree/link");
    }

    @Test
    @Needs("bc")
    public void bc() {
        guests.compare(
                Command.line("bc -l -q").piped("scale=50\n4*a(1)\n2^200\n"),
                Command.line("bc").input("define f(n) { if (n<2) return 1; return n*f(n-1) }\nf(50)\n"),
                Command.line("bc").input("1/0\n"));
    }

    @Test
    @Needs("dc")
    public void dc() {
        guests.compare(Command.line("dc -e '20 k 2 v p'"));
    }

    @Test
    @Needs("diff")
    public void diffutils() {
        guests.compare(
                "diff words.txt numbers.txt",
                "diff -u table.csv table.csv",
                "diff -r tree tree/deep",
                "cmp words.txt noise.bin");
    }
}
