#!/bin/sh
# Makes the vDSO's image again. Needs clang and lld (CLANG=…).
set -eu
cd "$(dirname "$0")"
"${CLANG:-clang-19}" --target=riscv64-linux-gnu -march=rv64gc -mabi=lp64d -mno-relax -O2 -ffreestanding -fno-builtin -fPIC -fno-stack-protector \
    -fasynchronous-unwind-tables -Wall -Wextra -Werror -nostdlib -shared -fuse-ld=lld -Wl,-T,vdso.lds -Wl,-soname=linux-vdso.so.1 \
    -Wl,--hash-style=both -Wl,--build-id=none -Wl,--eh-frame-hdr -Wl,-z,max-page-size=4096 -Wl,-z,norelro -Wl,-s \
    -o ../resources/org/nesteddune/riscv/vdso/riscv64.so vdso.c
