#!/bin/sh
# Makes the small static programs beside it again. Needs Debian's clang and lld, which know every machine.
set -eu
cd "$(dirname "$0")"
clang --target=mips64el-linux-gnuabi64 -march=mips64r2 -G0 -O2 -fno-builtin -ffreestanding -nostdlib -static -fno-pic \
    -mno-abicalls -fuse-ld=lld -Wl,--build-id=none -Wl,-s -o mips64el/hello hello.c
