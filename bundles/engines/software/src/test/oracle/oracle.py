"""Compares the files expected and actual, which a program of an architecture's instructions.py has written; tests.txt says what the
tests are. With "record" and a folder, prints what each test gives there, as a CRC of its record, and what it is; * stands where a part of
the record does not count."""
import struct
import sys
import zlib


def main(names, ignore=lambda test, words: False):
    """
    names: of the 64-bit words of a record.
    ignore(test, words): clears what may be anything; tells whether there is such a part.
    """
    form = '<%dQ' % len(names)
    size = struct.calcsize(form)

    def record(test, data, i):
        words = list(struct.unpack_from(form, data, size * i))
        return words, ignore(test, words)

    if sys.argv[1:2] == ['record']:
        tests = open(sys.argv[2] + '/tests.txt').read().splitlines()
        expected = open(sys.argv[2] + '/expected', 'rb').read()
        for i, test in enumerate(tests):
            words, partly = record(test, expected, i)
            print('%08x%s%s' % (zlib.crc32(struct.pack(form, *words)), '*' if partly else ' ', test))
        sys.exit()
    expected, actual = open('expected', 'rb').read(), open('actual', 'rb').read()
    tests = open('tests.txt').read().splitlines()
    bad = {}
    if len(expected) != len(actual):
        print('%d bytes instead of %d' % (len(actual), len(expected)))
    for i in range(min(len(expected), len(actual)) // size):
        test = tests[i % len(tests)]
        e, a = record(test, expected, i)[0], record(test, actual, i)[0]
        if e != a:
            name = test.split()[0]
            bad[name] = bad.get(name, 0) + 1
            if bad[name] <= 2:
                print(test, *('\n    %s %016x instead of %016x' % (n, y, x) for n, x, y in zip(names, e, a) if x != y))
    print('%d of %d differ %s' % (sum(bad.values()), len(expected) // size, sorted(bad)))
    sys.exit(1 if bad or len(expected) != len(actual) else 0)
