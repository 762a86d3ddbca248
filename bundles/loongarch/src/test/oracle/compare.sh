#!/bin/sh
# Compares random instructions in dune and under qemu-user, interpreted and translated. Needs clang and lld of version 19 or later, and a
# qemu-loongarch64 that knows LSX (from Debian 13 on; QEMU=… says where it is). See oracle.sh of the software engine for the arguments.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
architecture=loongarch
seed=3
count=0

build() {
    "${CLANG:-clang-19}" --target=loongarch64-linux-gnu -mlsx -nostdlib -static -fuse-ld=lld -Wl,--build-id=none -Wl,-s \
        -o program program.s
}

reference() {
    "${QEMU:-qemu-loongarch64}" -cpu la464 ./program
}

. "$here/../../../../engines/software/src/test/oracle/oracle.sh"
