#!/bin/sh
# Compares random instructions in dune and under qemu-user, interpreted and translated. Needs clang, lld and qemu-mips64el.
#
#   compare.sh [SEED [COUNT]]
#   compare.sh record      makes again what the unit tests compare with
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dune=$here/../../../../../dune
seed=${1:-1}
count=${2:-3000}
[ "$seed" != record ] || { seed=5; count=900; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 "$here/instructions.py" "$seed" "$count" > program.s 2> tests.txt
clang --target=mips64el-linux-gnuabi64 -march=mips64r2 -mno-abicalls -c program.s -o program.o
ld.lld -o program program.o
qemu-mips64el -cpu MIPS64R2-generic ./program > expected
if [ "${1:-}" = record ]; then
    mkdir -p "$here/../resources/org/nesteddune/mips"
    cd "$here/../resources/org/nesteddune/mips"
    llvm-strip -o "$work/stripped" "$work/program" 2>/dev/null || cp "$work/program" "$work/stripped"
    gzip -9 -n -c "$work/stripped" > instructions.gz
    python3 - "$work" <<'PYTHON' | gzip -9 -n > instructions.txt.gz
import sys, zlib
tests = open(sys.argv[1] + '/tests.txt').read().splitlines()
expected = open(sys.argv[1] + '/expected', 'rb').read()
for i, test in enumerate(tests):
    print('%08x %s' % (zlib.crc32(expected[72 * i:72 * i + 72]), test))
PYTHON
    exit
fi
for options in -Ddune.software.threshold=0 '-Ddune.software.threshold=1 -Ddune.software.patient=true'; do
    DUNE_JAVA_OPTS=$options "$dune" enter ./program > actual
    python3 - "$options" <<'PYTHON'
import struct, sys
names = 'register hi lo float fcsr memory0 memory8 memory16 memory24'.split()
expected, actual = open('expected', 'rb').read(), open('actual', 'rb').read()
tests = open('tests.txt').read().splitlines()
bad = 0
if len(expected) != len(actual):
    sys.exit('%d bytes instead of %d' % (len(actual), len(expected)))
for i in range(len(expected) // 72):
    e, a = (struct.unpack_from('<9Q', x, 72 * i) for x in (expected, actual))
    if e != a:
        bad += 1
        print(tests[i % len(tests)], *('%s %x instead of %x' % (n, q, p) for n, p, q in zip(names, e, a) if p != q))
print('%s: %d of %d differ' % (sys.argv[1], bad, len(expected) // 72))
sys.exit(1 if bad else 0)
PYTHON
done
