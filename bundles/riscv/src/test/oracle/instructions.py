#!/usr/bin/env python3
"""Random rv64gc instructions, one at a time: writes an assembly program that sets up registers and memory, carries out an instruction, and
writes what came of it (two integer registers, a floating-point register, fcsr, 32 bytes of memory: 64 bytes) to its standard output.
It does all of them three times, so that an engine may translate them. What each test is goes to standard error.

usage: instructions.py SEED COUNT [PATTERN] > program.s 2> tests.txt      (compare.sh does all that is needed; with a COUNT of 0 each
instruction comes once)
"""
import os
import random
import re
import sys

random.seed(int(sys.argv[1]))
count = int(sys.argv[2])
pattern = re.compile(sys.argv[3] if len(sys.argv) > 3 else '')
FORMS = []


def form(operands, names):
    for name in names.split():
        m = re.match(r'(.*)\{(.*)\}(.*)', name)
        for each in [m[1] + x + m[3] for x in m[2].split(',')] if m else [name]:
            if pattern.search(each):
                FORMS.append((each, operands))


# G g integer registers, F f floating-point registers; capital: written. R a rounding mode; u5, s12 … immediates; mN memory by s0, aligned to
# N; xN the same by sp; a memory at s0 without offset; C a control register; text in quotes follows as it is, @ is a label behind all.
form('G g g', 'add sub sll slt sltu xor srl sra or and addw subw sllw srlw sraw mul mulh mulhsu mulhu div divu rem remu mulw divw divuw '
     'remw remuw')
form('G g s12', 'addi slti sltiu xori ori andi addiw')
form('G g u6', 'slli srli srai')
form('G g u5', 'slliw srliw sraiw')
form('G u20', 'lui auipc')
form('G m1', 'lb lh lw ld lbu lhu lwu')
form('g m1', 'sb sh sw sd')
AMO = ' '.join('amo%s.{w,d}' % x for x in 'swap add xor and or min max minu maxu'.split())
form('G g a', AMO + ' ' + re.sub('}', '}.aqrl', AMO) + ' amoadd.{w,d}.aq amoswap.{w,d}.rl')
for w in 'wd':
    form('G a "sc.%s a2, a3, (s0)"' % w, 'lr.' + w)
    form('G g a', 'sc.' + w)
form('F f f R', 'fadd.{s,d} fsub.{s,d} fmul.{s,d} fdiv.{s,d}')
form('F f R', 'fsqrt.{s,d}')
form('F f f f R', 'fmadd.{s,d} fmsub.{s,d} fnmsub.{s,d} fnmadd.{s,d}')
form('F f f', 'fsgnj.{s,d} fsgnjn.{s,d} fsgnjx.{s,d} fmin.{s,d} fmax.{s,d}')
form('F f', 'fmv.{s,d} fneg.{s,d} fabs.{s,d}')
form('G f f', 'feq.{s,d} flt.{s,d} fle.{s,d}')
form('G f', 'fclass.{s,d} fmv.x.{w,d}')
form('F g', 'fmv.w.x fmv.d.x fcvt.d.w fcvt.d.wu')
form('G f R', 'fcvt.{w,wu,l,lu}.s fcvt.{w,wu,l,lu}.d')
form('F g R', 'fcvt.s.{w,wu,l,lu} fcvt.d.{l,lu}')
form('F f R', 'fcvt.s.d')
form('F f', 'fcvt.d.s')
form('F m1', 'flw fld')
form('f m1', 'fsw fsd')
# What was put there by one instruction is used by another.
form('F f f "fadd.s fa4, fa4, fa2"', 'fmul.s fmul.d')
form('F m1 "fadd.s fa4, fa4, fa2"', 'flw fld')
form('G C g', 'csrrw csrrs csrrc')
form('G C u5', 'csrrwi csrrsi csrrci')
form('G C', 'csrr')
form('g g @ "li a4, 1"', 'beq bne blt bge bltu bgeu')
form('G @ "li a4, 1"', 'jal')
form('H a4 s6', 'c.addi c.addiw c.andi c.li')
form('H a4 n6', 'c.addi')
form('H a4 p5', 'c.lui c.slli c.srli c.srai')
form('H a4 g', 'c.sub c.xor c.or c.and c.subw c.addw c.mv c.add')
form('G m4', 'c.lw')
form('G m8', 'c.ld')
form('g m4', 'c.sw')
form('g m8', 'c.sd')
form('F m8', 'c.fld')
form('f m8', 'c.fsd')
form('G x4', 'c.lwsp')
form('G x8', 'c.ldsp')
form('g x4', 'c.swsp')
form('g x8', 'c.sdsp')
form('F x8', 'c.fldsp')
form('f x8', 'c.fsdsp')
form('G sp w', 'c.addi4spn')
form('H sp v "mv a4, sp"', 'c.addi16sp')
form('g @ "li a4, 1"', 'c.beqz c.bnez')
form('@ "li a4, 1"', 'c.j')
form('"nop"', 'c.nop fence fence.i fence.tso')

SPECIAL = [0, 1, -1, 2, 0x7fffffff, -0x80000000, 0x7fffffffffffffff, -0x8000000000000000, 0xff, 0x8000, 0xffffffff, 0x80000000,
           31, 32, 63, 64, 0x80, 0x7f, 0x100000000, -0x80000001]
DOUBLES = [0, 1 << 63, 0x3ff0000000000000, 0xbff0000000000000, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff4000000000001,
           0x7ff8000000000000, 0xfff4000000000001, 0xfff8000000001234, 0x7fefffffffffffff, 0x0010000000000000, 0x000fffffffffffff, 1,
           0x8000000000000001, 0x4340000000000000, 0x43e0000000000000, 0xc3e0000000000000, 0x41dfffffffc00000, 0x41e0000000000000,
           0x3fe0000000000000, 0x4004000000000000, 0x3ff8000000000000, 0xc1e0000000000000, 0x41efffffffe00000, 0x43efffffffffffff,
           0xbfe0000000000000, 0xbfd0000000000000, 0x41f0000000000000, 0x36a0000000000000, 0x3800000000000000, 0x47efffffe0000000,
           0x47effffff0000000, 0x3690000000000000]
SINGLES = [0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fa00001, 0x7fc00000, 0xffa00001, 0xffc01234, 0x7f7fffff,
           0x00800000, 0x007fffff, 1, 0x80000001, 0x4f000000, 0xcf000000, 0x5f000000, 0x3f000000, 0x40200000, 0x3fc00000, 0x4f7fffff,
           0xbf000000, 0xbe800000, 0x4f800000, 0xdf000000]
M = 2**64 - 1
BOX = 0xffffffff << 32


def integer():
    r = random.random()
    if r < .35:
        return random.choice(SPECIAL) & M
    if r < .5:
        return int.from_bytes(bytes(random.choice([0, 0, 1, 0x7f, 0x80, 0xff, 0x41]) for _ in range(8)), 'little')
    return random.getrandbits(64)


def double():
    r = random.random()
    if r < .4:
        return random.choice(DOUBLES)
    if r < .6:
        return random.getrandbits(64)
    exponent = random.randint(1023 - 70, 1023 + 70)
    return random.getrandbits(1) << 63 | exponent << 52 | random.getrandbits(52) & random.choice([-1, 0xfffff00000000, 0xffffffff00000])


def single():
    r = random.random()
    if r < .4:
        value = random.choice(SINGLES)
    elif r < .6:
        value = random.getrandbits(32)
    else:
        exponent = random.randint(127 - 30, 127 + 30)
        value = random.getrandbits(1) << 31 | exponent << 23 | random.getrandbits(23) & random.choice([-1, 0x7f0000, 0x7ff000])
    return value | random.choice([BOX, BOX, BOX, BOX, BOX, BOX, BOX, 0, BOX - (1 << 32), integer() & BOX])


def few(kind):
    """The same values again and again, so that the program can be packed."""
    values = [kind() for _ in range(40)]
    return lambda: random.choice(values)


if count == 0:
    integer, double, single = few(integer), few(double), few(single)


def value(name):
    """A floating-point register, of the kind that the instruction is about."""
    return single() if re.search(r'\.s$', name) and name != 'fcvt.s.d' or name in ('fmv.x.w', 'fsw') else double()


def immediate(bits, signed):
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return random.choice([low, high, 0 if low < 0 else 1, random.randint(low, high), random.randint(low, high)])


inputs = []
chosen = [random.choice(FORMS) for _ in range(count)] or FORMS
print(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'frame.s')).read())
print('    .text\ntests:\n    mv s5, ra')
for number, (name, operands) in enumerate(chosen):
    words = [integer() for _ in range(4)] + [value(name) for _ in range(4)]
    words.append(random.choice([0, 0, 0x20, 0x40, 0x60, 0x80]) | random.choice([0, 0x1f, 1, 1]))
    words += [integer() if name[0] != 'f' else value(name) for _ in range(4)] + [0] * 3
    integers, floats = iter(('a2', 'a3', 'a5')), iter(('fa2', 'fa3', 'fa5'))
    text, behind = [], ''
    for each in re.findall(r'"[^"]*"|\S+', operands):
        if each[0] == '"':
            behind += '\n    ' + each[1:-1]
        elif each in 'GF':
            text.append({'G': 'a4', 'F': 'fa4'}[each])
        elif each == 'g':
            text.append(next(integers))
        elif each == 'f':
            text.append(next(floats))
        elif each == 'H':
            pass
        elif each in ('sp', 'a3', 'a4'):
            text.append(each)
        elif each == 'R':
            text.append(random.choice('rne rtz rdn rup rmm dyn dyn dyn'.split()))
        elif each == 'C':
            text.append(random.choice('fflags frm fcsr'.split()))
        elif each == '@':
            text.append('after%d' % number)
        elif each == 'a':
            text.append('(s0)')
        elif each[0] in 'mx' and each[1:]:
            step = int(each[1:])
            text.append('%d(%s)' % (step * random.randrange(0, 24 // step + 1), 's0' if each[0] == 'm' else 'sp'))
        elif each == 'w':
            text.append(str(4 * random.randint(1, 255)))
        elif each == 'v':
            text.append(str(16 * random.choice([random.randint(1, 31), random.randint(-32, -1)])))
        elif each == 'n6':
            text.append(str(random.choice([-32, 31, -1, 1])))
        elif each[0] == 'p':
            text.append(str(random.randint(1, (1 << int(each[1:])) - 1)))
        else:
            text.append(str(immediate(int(each[1:]), each[0] == 's')))
    if name == 'c.addi' and text[-1] == '0':
        text[-1] = '7'
    if name in ('fence', 'fence.i', 'fence.tso', 'c.nop'):
        text = []
    line = (name + ' ' + ', '.join(text)).strip() + behind
    print('    call load\n    .option rvc\n    %s\nafter%d:\n    .option norvc\n    call dump' % (line, number))
    inputs += words
    sys.stderr.write('%s   a2=%x a3=%x a4=%x a5=%x  fa2=%016x fa3=%016x fa4=%016x fa5=%016x fcsr=%x\n'
                     % ((re.sub(r'\n\s*', '; ', line),) + tuple(words[:9])))
print('    jr s5\n    .data\n    .align 4\ninputs:')
for i in range(0, len(inputs), 8):
    print('    .dword ' + ', '.join('0x%x' % x for x in inputs[i:i + 8]))
print('    .bss\n    .align 4\nresults: .space %d' % (64 * len(chosen)))
