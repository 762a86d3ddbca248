#!/usr/bin/env python3
"""Compares the files expected and actual, which a program of instructions.py has written; tests.txt says what the tests are.
With "record" and a folder, prints what each test gives there, as a CRC of its record, and what it is; * stands where
the upper half of the register does not count.

The upper half of a floating-point register is not compared after a result of 32 bits, since it may be anything.
"""
import re
import struct
import sys
import zlib

NAMES = 'r12 r14 vr14low vr14high fcc/fcsr - m0 m8 m16 m24 m32 m40 m48 m56 - -'.split()


def is_single(test):
    return re.match(r'f(?!cmp)\S*\.s |f(tint\S*\.w|cvt\.s|fint\.s)|fldx?\.s', test)


def record(test, data, i):
    """The words of a test's record, without what may be anything."""
    words = list(struct.unpack_from('<16Q', data, 128 * i))
    if is_single(test):
        words[2] &= 0xffffffff
    return words


if sys.argv[1:2] == ['record']:
    tests = open(sys.argv[2] + '/tests.txt').read().splitlines()
    expected = open(sys.argv[2] + '/expected', 'rb').read()
    for i, test in enumerate(tests):
        crc = zlib.crc32(struct.pack('<16Q', *record(test, expected, i)))
        print('%08x%s%s' % (crc, '*' if is_single(test) else ' ', test))
    sys.exit()
expected, actual = open('expected', 'rb').read(), open('actual', 'rb').read()
tests = open('tests.txt').read().splitlines()
bad = {}
if len(expected) != len(actual):
    print('%d bytes instead of %d' % (len(actual), len(expected)))
for i in range(min(len(expected), len(actual)) // 128):
    test = tests[i % len(tests)]
    e, a = record(test, expected, i), record(test, actual, i)
    if e != a:
        name = test.split()[0]
        bad[name] = bad.get(name, 0) + 1
        if bad[name] <= 2:
            print(test, *('\n    %s %016x instead of %016x' % (n, y, x) for n, x, y in zip(NAMES, e, a) if x != y))
print('%d of %d differ %s' % (sum(bad.values()), len(expected) // 128, sorted(bad)))
sys.exit(1 if bad or len(expected) != len(actual) else 0)
