#!/bin/sh
# Makes the small static programs beside it again. Needs Debian's clang and lld; for LoongArch of version 16 or later (CLANG=clang-19).
set -eu
cd "$(dirname "$0")"
clang=${CLANG:-clang}
options="-O2 -fno-builtin -ffreestanding -nostdlib -static -fno-pic -fuse-ld=lld -Wl,--build-id=none -Wl,-s -Wl,-e,__start"
for program in hello live load; do
    clang --target=mips64el-linux-gnuabi64 -march=mips64r2 -G0 -mno-abicalls $options -o "mips64el/$program" "$program.c"
done
for program in faults code threads signals random; do
    clang --target=mips64el-linux-gnuabi64 -march=mips64r2 -G0 -mno-abicalls $options -o "mips64el/$program" "mips-$program.c"
done
mkdir -p loongarch64
for program in hello live load; do
    "$clang" --target=loongarch64-linux-gnu -mabi=lp64d $options -o "loongarch64/$program" "$program.c"
done
for program in faults code steps random; do
    "$clang" --target=loongarch64-linux-gnu -mabi=lp64d -mno-lsx $options -o "loongarch64/$program" "loong-$program.c"
done
mkdir -p riscv64
for program in hello live load; do
    "$clang" --target=riscv64-linux-gnu -march=rv64gc -mabi=lp64d $options -o "riscv64/$program" "$program.c"
done
for program in faults code random; do
    "$clang" --target=riscv64-linux-gnu -march=rv64gc -mabi=lp64d $options -o "riscv64/$program" "riscv-$program.c"
done
mkdir -p x86_64
"$clang" --target=x86_64-linux-gnu $options -o x86_64/load load.c
