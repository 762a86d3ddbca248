#!/usr/bin/env python3
"""Compares the files expected and actual, which a program of instructions.py has written; tests.txt says what the tests are.

The upper half of a floating-point register is not compared after a result of 32 bits, since it may be anything.
"""
import re
import struct
import sys

NAMES = 'r12 r14 vr14low vr14high fcc/fcsr - m0 m8 m16 m24 m32 m40 m48 m56 - -'.split()
expected, actual = open('expected', 'rb').read(), open('actual', 'rb').read()
tests = open('tests.txt').read().splitlines()
bad = {}
if len(expected) != len(actual):
    print('%d bytes instead of %d' % (len(actual), len(expected)))
for i in range(min(len(expected), len(actual)) // 128):
    e, a = (list(struct.unpack_from('<16Q', x, 128 * i)) for x in (expected, actual))
    test = tests[i % len(tests)]
    if re.match(r'f(?!cmp)\S*\.s |f(tint\S*\.w|cvt\.s|fint\.s)|fldx?\.s|fsel', test):
        e[2], a[2] = e[2] & 0xffffffff, a[2] & 0xffffffff
    if e != a:
        name = test.split()[0]
        bad[name] = bad.get(name, 0) + 1
        if bad[name] <= 2:
            print(test, *('\n    %s %016x instead of %016x' % (n, y, x) for n, x, y in zip(NAMES, e, a) if x != y))
print('%d of %d differ %s' % (sum(bad.values()), len(expected) // 128, sorted(bad)))
sys.exit(1 if bad or len(expected) != len(actual) else 0)
