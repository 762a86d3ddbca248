#!/bin/sh
# Compares random instructions in dune and under qemu-user, interpreted and translated. Needs clang, lld and
# qemu-riscv64 (QEMU=…).
#
#   compare.sh [SEED [COUNT [PATTERN]]]
#   compare.sh record      makes again what the unit tests compare with
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dune=$here/../../../../../dune
clang=${CLANG:-clang-19}
qemu=${QEMU:-qemu-riscv64}
seed=${1:-1}
count=${2:-3000}
pattern=${3:-}
[ "$seed" != record ] || { seed=3; count=0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 "$here/instructions.py" "$seed" "$count" "$pattern" > program.s 2> tests.txt
"$clang" --target=riscv64-linux-gnu -march=rv64gc -mabi=lp64d -nostdlib -static -fuse-ld=lld -Wl,--build-id=none -Wl,-s -o program program.s
"$qemu" ./program > expected
if [ "${1:-}" = record ]; then
    mkdir -p "$here/../resources/org/nesteddune/riscv"
    cd "$here/../resources/org/nesteddune/riscv"
    gzip -9 -n -c "$work/program" > instructions.gz
    python3 "$here/compare.py" record "$work" | gzip -9 -n > instructions.txt.gz
    exit
fi
for options in -Ddune.software.threshold=0 '-Ddune.software.threshold=1 -Ddune.software.patient=true'; do
    DUNE_JAVA_OPTS=$options "$dune" enter ./program > actual
    printf '%s: ' "$options"
    python3 "$here/compare.py"
done
