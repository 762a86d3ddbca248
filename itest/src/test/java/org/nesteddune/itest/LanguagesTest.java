package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import org.junit.Test;
import org.nesteddune.LaunchException;

/** Interpreters, a database and a cryptographic library. */
public class LanguagesTest extends ProgramTest {

    @Test
    @Needs("perl")
    public void perl() {
        guests.compare(
                "perl -e 'print \"hello\\n\"'",
                "perl -ne 'print if /fox 7$/' words.txt",
                "perl -MList::Util=sum -e 'print sum(1..1000), \"\\n\"'",
                "perl -MPOSIX -e 'print strftime(\"%F\", gmtime(0)), floor(3.7), \"\\n\"'",
                "perl -MData::Dumper -e '$Data::Dumper::Sortkeys=1; print Dumper({a=>1,b=>[1,2]})'",
                "perl -MDigest::SHA=sha256_hex -e 'print sha256_hex(\"x\" x 1000000), \"\\n\"'",
                "perl -e 'opendir(D,\"tree\"); print join(\",\", sort readdir D), \"\\n\"'",
                "perl -e 'open(F, \">\", \"made\") or die; print F \"data\\n\"; close F; print -s \"made\", \"\\n\"'",
                "perl -e '$SIG{ALRM}=sub{print \"alarm\\n\"; exit 4}; alarm 1; sleep 10'",
                "perl -e '$SIG{USR1}=sub{print \"usr1\\n\"}; kill USR1 => $$; print \"after\\n\"'",
                "perl -e 'kill 9, $$'",
                "perl -e 'die \"failed\\n\"'",
                "perl -e 'select(undef,undef,undef,0.05); print \"slept\\n\"'");
    }

    @Test
    @Needs("/usr/bin/python3")
    public void python() {
        guests.compare(
                "/usr/bin/python3 -c 'print(sum(range(10**5)))'",
                "/usr/bin/python3 -c 'import hashlib,json,decimal; print(hashlib.sha256(b\"x\"*10**6).hexdigest())'",
                "/usr/bin/python3 -c 'import json; print(json.dumps({\"a\": [1, 2.5, None]}, indent=1))'",
                "/usr/bin/python3 -c 'from decimal import *; getcontext().prec=100; print(Decimal(2).sqrt())'",
                "/usr/bin/python3 -c 'import os; print(sorted(os.listdir(\".\")), os.getcwd())'",
                "/usr/bin/python3 -c 'import re; print(re.sub(r\"(\\w+) (\\w+)\", r\"\\2 \\1\", \"hello world\"))'",
                "/usr/bin/python3 -c 'import zlib,bz2,lzma; d=b\"abc\"*9999; print(len(zlib.compress(d)), len(bz2.compress(d)), len(lzma.compress(d)))'",
                "/usr/bin/python3 -c 'import sqlite3; c=sqlite3.connect(\":memory:\"); print(c.execute(\"select 6*7\").fetchall())'",
                "/usr/bin/python3 -c 'import mmap; f=open(\"noise.bin\",\"r+b\"); m=mmap.mmap(f.fileno(),0); m[0:3]=b\"abc\"; m.flush(); print(m[100000:100005], len(m))'",
                "/usr/bin/python3 -c 'import signal,os; signal.signal(signal.SIGUSR1, lambda *a: print(\"got\", a[0])); os.kill(os.getpid(), signal.SIGUSR1)'",
                "/usr/bin/python3 -c 'import signal,time; signal.signal(signal.SIGALRM, lambda *a: print(\"alarm\")); signal.setitimer(signal.ITIMER_REAL, 0.05); time.sleep(0.2); print(\"done\")'",
                "/usr/bin/python3 -c 'import signal; signal.pthread_sigmask(0,[10]); import os; os.kill(os.getpid(),10); print(signal.sigpending(), signal.sigwait([10]))'",
                "/usr/bin/python3 -c 'import resource; print(resource.getrlimit(resource.RLIMIT_CORE)); resource.setrlimit(resource.RLIMIT_NOFILE,(10,10)); [open(\"words.txt\") for i in range(20)]'",
                "/usr/bin/python3 -c 'import time; a=time.monotonic(); time.sleep(0.05); b=time.monotonic(); print(0.05 <= b-a < 5)'",
                "/usr/bin/python3 -c 'import select,os; r,w=os.pipe(); p=select.poll(); p.register(r); print(p.poll(10)); os.write(w,b\"x\"); print(len(p.poll(10)))'",
                "/usr/bin/python3 -c 'import select,os; e=select.epoll(); r,w=os.pipe(); e.register(r, select.EPOLLIN); os.write(w,b\"x\"); print([x[1] for x in e.poll(1)])'",
                "/usr/bin/python3 -c 'import tempfile,os; f=tempfile.TemporaryFile(); f.write(b\"x\"); print(f.tell())'",
                "/usr/bin/python3 -c 'raise SystemExit(7)'",
                "/usr/bin/python3 -c 'import os; os.abort()'",
                "/usr/bin/python3 -c 'import ctypes; ctypes.string_at(0)'",
                "/usr/bin/python3 -c '1/0'",
                "/usr/bin/python3 nowhere.py");
        guests.compare(
                Command.line("/usr/bin/python3 -").piped("print('from stdin')\nimport sys; sys.exit(3)\n"),
                Command.line("/usr/bin/python3 -c 'import sys; print(len(sys.stdin.read()))'").piped("x".repeat(500_000)));
    }

    @Test
    @Needs("bash")
    public void bash() {
        guests.compare(
                "bash -c 'for i in 1 2 3; do echo $((i*i)); done'",
                "bash -c 'echo *.txt; [[ -f words.txt ]] && echo yes; exit 5'",
                "bash -c 'read a < table.csv; echo $a; printf \"%05d\\n\" 42'",
                "bash -c 'set -- a b c; shift; echo $# $1; echo ${PWD##*/} > made'",
                "bash -c 'trap \"echo usr1\" USR1; kill -USR1 $$; echo after'",
                "bash -c 'kill -TERM $$'",
                "bash -c 'ulimit -n 20; ulimit -n; umask 077; umask; : > made'",
                "bash -c 'cd tree/deep; pwd; cd ..; pwd -P; type cd'",
                "bash -c 'declare -A m; m[x]=1; m[y]=2; echo ${#m[@]}; mapfile -t l < numbers.txt; echo ${l[3]}'",
                "bash -c 'echo $UID $EUID $BASH_VERSION'",
                "bash -c 'no_such_builtin_or_program_here_'",
                "bash -c 'echo out; echo err >&2; exec 3< words.txt; read -u 3 x; echo $x'");
        guests.compare(Command.line("bash").piped("x=41\necho $((x+1))\nexit 9\n"));
    }

    @Test
    @Needs("dash")
    public void dash() {
        guests.compare("dash -c 'i=0; while [ $i -lt 5 ]; do i=$((i+1)); done; echo $i'", "dash -c 'exit 200'");
    }

    @Test
    @Needs("sqlite3")
    public void sqlite() {
        guests.compare(
                "sqlite3 :memory: 'select sqlite_version() is not null, 6*7'",
                "sqlite3 made.db 'create table t(a,b); insert into t values(1,2),(3,4); select sum(a*b) from t'",
                "sqlite3 nowhere/none.db 'select 1'",
                "sqlite3 :memory: 'syntax error'");
        guests.compare(Command.line("sqlite3 made.db").piped(
                "create table t(id integer primary key, v text);\n"
                        + "with recursive n(i) as (select 1 union all select i+1 from n where i<2000)\n"
                        + "insert into t select i, hex(i*i) from n;\n"
                        + "create index x on t(v);\nselect count(*), max(v) from t where v > '5';\n.tables\n"));
    }

    @Test
    @Needs("openssl")
    public void openssl() {
        guests.compare(
                "openssl dgst -sha256 noise.bin",
                "openssl dgst -md5 words.txt",
                "openssl enc -aes-256-cbc -K 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
                        + " -iv 000102030405060708090a0b0c0d0e0f -in words.txt -out made",
                "openssl prime 1299709",
                "openssl base64 -in numbers.txt",
                "openssl version",
                "openssl nosuchcommand");
    }

    @Test
    @Needs("openssl")
    public void opensslSpeed() throws LaunchException {
        // It measures by the alarm signal; the figures are its own.
        Outcome outcome = guests.inDune(Command.line("openssl speed -seconds 1 -bytes 64 sha256"));
        assertEquals(outcome.errorText() + outcome.note(), 0, outcome.status());
        assertTrue(outcome.errorText(), outcome.errorText().contains("Doing sha256"));
        assertTrue(outcome.outputText(), outcome.outputText().contains("sha256"));
    }
}
