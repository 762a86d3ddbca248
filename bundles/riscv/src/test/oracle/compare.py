#!/usr/bin/env python3
"""Compares the files expected and actual, which a program of instructions.py has written; tests.txt says what the tests are.
With "record" and a folder, prints what each test gives there, as a CRC of its record, and what it is."""
import struct
import sys
import zlib

NAMES = 'a2 a4 fa4 fcsr m0 m8 m16 m24'.split()

if sys.argv[1:2] == ['record']:
    tests = open(sys.argv[2] + '/tests.txt').read().splitlines()
    expected = open(sys.argv[2] + '/expected', 'rb').read()
    for i, test in enumerate(tests):
        print('%08x %s' % (zlib.crc32(expected[64 * i:64 * i + 64]), test))
    sys.exit()
expected, actual = open('expected', 'rb').read(), open('actual', 'rb').read()
tests = open('tests.txt').read().splitlines()
bad = {}
if len(expected) != len(actual):
    print('%d bytes instead of %d' % (len(actual), len(expected)))
for i in range(min(len(expected), len(actual)) // 64):
    test = tests[i % len(tests)]
    e, a = (struct.unpack_from('<8Q', x, 64 * i) for x in (expected, actual))
    if e != a:
        name = test.split()[0]
        bad[name] = bad.get(name, 0) + 1
        if bad[name] <= 2:
            print(test, *('\n    %s %016x instead of %016x' % (n, y, x) for n, x, y in zip(NAMES, e, a) if x != y))
print('%d of %d differ %s' % (sum(bad.values()), len(expected) // 64, sorted(bad)))
sys.exit(1 if bad or len(expected) != len(actual) else 0)
