#!/bin/sh
# Compares random instructions in dune and under qemu-user, interpreted and translated. Needs clang, lld and qemu-mips64el.
# See oracle.sh of the software engine for the arguments.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
architecture=mips
seed=5
count=900

build() {
    clang --target=mips64el-linux-gnuabi64 -march=mips64r2 -mno-abicalls -c program.s -o program.o
    ld.lld -s -o program program.o
}

reference() {
    qemu-mips64el -cpu MIPS64R2-generic ./program
}

. "$here/../../../../engines/software/src/test/oracle/oracle.sh"
