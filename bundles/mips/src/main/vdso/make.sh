#!/bin/sh
# Makes the vDSO's image again. Needs Debian's clang and lld.
set -eu
cd "$(dirname "$0")"
"${CLANG:-clang}" --target=mips64el-linux-gnuabi64 -march=mips64r2 -fPIC -O2 -ffreestanding -fno-builtin \
    -fno-stack-protector -fasynchronous-unwind-tables -Wall -Wextra -Werror -nostdlib -shared -fuse-ld=lld -Wl,-T,vdso.lds \
    -Wl,-soname=linux-vdso.so.1 -Wl,--hash-style=sysv -Wl,--build-id=none -Wl,--eh-frame-hdr -Wl,-z,max-page-size=4096 \
    -Wl,-z,norelro -Wl,-s -o ../resources/org/nesteddune/mips/vdso/mips64el.so vdso.c
