#!/bin/sh
# Makes the vDSO's image again. Needs clang and lld of version 19 or later (CLANG=…).
set -eu
cd "$(dirname "$0")"
"${CLANG:-clang-19}" --target=loongarch64-linux-gnu -mabi=lp64d -mno-lsx -O2 -ffreestanding -fno-builtin -fPIC -fno-stack-protector \
    -fasynchronous-unwind-tables -Wall -Wextra -Werror -nostdlib -shared -fuse-ld=lld -Wl,-T,vdso.lds -Wl,-soname=linux-vdso.so.1 \
    -Wl,--hash-style=both -Wl,--build-id=none -Wl,--eh-frame-hdr -Wl,-z,max-page-size=4096 -Wl,-z,norelro -Wl,-s \
    -o ../resources/org/nesteddune/loongarch/vdso/loongarch64.so vdso.c
