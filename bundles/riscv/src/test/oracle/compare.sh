#!/bin/sh
# Compares random instructions in dune and under qemu-user, interpreted and translated. Needs clang, lld and
# qemu-riscv64 (QEMU=…). See oracle.sh of the software engine for the arguments.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
architecture=riscv
seed=3
count=0

build() {
    "${CLANG:-clang-19}" --target=riscv64-linux-gnu -march=rv64gc -mabi=lp64d -nostdlib -static -fuse-ld=lld \
        -Wl,--build-id=none -Wl,-s -o program program.s
}

reference() {
    "${QEMU:-qemu-riscv64}" ./program
}

. "$here/../../../../engines/software/src/test/oracle/oracle.sh"
