#!/usr/bin/env python3
"""Compares what the instructions of LoongArch have left; see oracle.py of the software engine. The upper half of a floating-point
register is not compared after a result of 32 bits, since it may be anything."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../../../engines/software/src/test/oracle'))
sys.dont_write_bytecode = True
import oracle  # noqa: E402


def upper_half(test, words):
    single = re.match(r'f(?!cmp)\S*\.s |f(tint\S*\.w|cvt\.s|fint\.s)|fldx?\.s', test) is not None
    if single:
        words[2] &= 0xffffffff
    return single


oracle.main('r12 r14 vr14low vr14high fcc/fcsr - m0 m8 m16 m24 m32 m40 m48 m56 - -'.split(), upper_half)
