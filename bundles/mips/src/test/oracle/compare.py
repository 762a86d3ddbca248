#!/usr/bin/env python3
"""Compares what the instructions of MIPS have left; see oracle.py of the software engine."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../../../engines/software/src/test/oracle'))
sys.dont_write_bytecode = True
import oracle  # noqa: E402

oracle.main('register hi lo float fcsr m0 m8 m16 m24'.split())
