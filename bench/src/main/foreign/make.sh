#!/bin/sh
# Makes the small static programs beside it again: 'make.sh [MACHINE...]', by default both. Needs Debian's clang and lld; for
# loongarch64 of version 17 or later (Debian 12: clang-19 and lld-19).
set -eu
cd "$(dirname "$0")"
clang=${CLANG:-$(for each in clang-21 clang-20 clang-19 clang-18 clang-17 clang; do command -v $each && break; done)}
lld=$(command -v ld.lld"${clang##*/clang}" || command -v ld.lld)
for machine in ${*:-mips64el loongarch64}; do
    case $machine in
        mips64el) target='--target=mips64el-linux-gnuabi64 -march=mips64r2 -G0 -mno-abicalls' ;;
        # Without vectors: the qemu-user of Debian 12 does not know them.
        loongarch64) target='--target=loongarch64-linux-gnu -march=loongarch64 -mno-lsx' ;;
        x86_64) target='--target=x86_64-linux-gnu' ;;
        *) echo "make.sh: no machine $machine" >&2; exit 2 ;;
    esac
    mkdir -p $machine
    for name in core sieve sha256 quicksort nbody mandelbrot chase; do
        # No contraction: the figures are the same on every machine.
        $clang $target -O2 -ffp-contract=off -fno-builtin -fno-math-errno -ffreestanding -nostdlib -static -fno-pic -Wall -Wextra -Werror \
            --ld-path="$lld" -Wl,--build-id=none,--entry=_start -o $machine/$name main.c $name.c
    done
done
