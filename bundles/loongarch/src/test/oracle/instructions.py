#!/usr/bin/env python3
"""Random LoongArch64 instructions, one at a time: writes an assembly program that sets up registers and memory, carries out an instruction,
and writes what came of it (two integer registers, a vector register, a condition flag, FCSR, 64 bytes of memory: 128 bytes) to its
standard output. It does all of them three times, so that an engine may translate them. What each test is goes to standard error.

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


B, BHWD, BHWDU = 'b,h,w,d', '.{b,h,w,d}', '.{b,h,w,d,bu,hu,wu,du}'
SD = '.{s,d}'
# G integer registers, V vector registers, F floating-point registers; capital: written. u5, s5 … immediates; c a condition flag.
form('G g g', 'add.{w,d} sub.{w,d} slt sltu nor and or xor orn andn mul.{w,d} mulh.{w,wu,d,du} mulw.d.{w,wu} div.{w,d,wu,du} '
     'mod.{w,d,wu,du} sll.{w,d} srl.{w,d} sra.{w,d} rotr.{w,d} maskeqz masknez crc.w.{b,h,w,d}.w crcc.w.{b,h,w,d}.w')
form('G g s12', 'addi.{w,d} slti sltui lu52i.d')
form('G g u12', 'andi ori xori')
form('G g s16', 'addu16i.d')
form('G s20', 'lu12i.w lu32i.d')
form('G g u5', 'slli.w srli.w srai.w rotri.w')
form('G g u6', 'slli.d srli.d srai.d rotri.d')
form('G g', 'ext.w.{b,h} clo.{w,d} clz.{w,d} cto.{w,d} ctz.{w,d} revb.{2h,4h,2w,d} revh.{2w,d} bitrev.{4b,8b,w,d}')
form('G g g a4', 'alsl.{w,wu,d}')
form('G g g u2', 'bytepick.w')
form('G g g u3', 'bytepick.d')
form('G g bw', 'bstrins.w bstrpick.w')
form('G g bd', 'bstrins.d bstrpick.d')
form('G m', 'ld.{b,h,w,d,bu,hu,wu} st.{b,h,w,d}')
form('G m4', 'ldptr.{w,d} stptr.{w,d}')
form('G x', 'ldx.{b,h,w,d,bu,hu,wu} stx.{b,h,w,d} ldle.{b,h,w,d} stle.{b,h,w,d}')
form('G g a', ' '.join(f'am{op}{db}.{{w,d}}' for op in 'swap add and or xor max min'.split() for db in ('', '_db')))
form('G g a', 'ammax.{wu,du} ammin.{wu,du} ammax_db.{wu,du} ammin_db.{wu,du}')
form('F f f', 'fadd.{s,d} fsub.{s,d} fmul.{s,d} fdiv.{s,d} fmax.{s,d} fmin.{s,d} fmaxa.{s,d} fmina.{s,d} fcopysign.{s,d}')
form('F f f', 'fscaleb.{s,d}')
form('F f f f', 'fmadd.{s,d} fmsub.{s,d} fnmadd.{s,d} fnmsub.{s,d}')
form('F f', 'fabs.{s,d} fneg.{s,d} fsqrt.{s,d} frecip.{s,d} frsqrt.{s,d} flogb.{s,d} fclass.{s,d} fmov.{s,d} frint.{s,d} fcvt.s.d fcvt.d.s')
form('F f', ' '.join(f'ftint{r}.{{w.s,w.d,l.s,l.d}}' for r in ('', 'rm', 'rp', 'rz', 'rne')))
form('F f', 'ffint.{s.w,s.l,d.w,d.l}')
CONDITIONS = 'af lt eq le un ult ueq ule ne or une'.split()
form('c f f', ' '.join(f'fcmp.{k}{c}.{{s,d}}' for k in 'cs' for c in CONDITIONS))
form('F f f k', 'fsel')
form('F g', 'movgr2fr.{w,d} movgr2frh.w')
form('G f', 'movfr2gr.{s,d} movfrh2gr.s')
form('c f', 'movfr2cf')
form('F k', 'movcf2fr')
form('F m', 'fld.{s,d} fst.{s,d} vld vst')
form('F x', 'fldx.{s,d} fstx.{s,d} vldx vstx')
for size, bits in zip('bhwd', (4, 3, 2, 1)):
    form('V r%s' % size, 'vldrepl.' + size)
    form('V t%s' % size, 'vstelm.' + size)
    form('V g u%d' % bits, 'vinsgr2vr.' + size)
    form('G v u%d' % bits, 'vpickve2gr.%s vpickve2gr.%su' % (size, size))
    form('V v u%d' % bits, 'vreplvei.' + size)
    form('V v g', 'vreplve.' + size)
for size, bits in zip('bhwd', (3, 4, 5, 6)):
    form('V v u%d' % bits, ' '.join(x + '.' + size for x in
         'vslli vsrli vsrai vrotri vsrlri vsrari vbitclri vbitseti vbitrevi vsat'.split()) + ' vsat.' + size + 'u')
for to, of, bits in ('b', 'h', 4), ('h', 'w', 5), ('w', 'd', 6), ('d', 'q', 7):
    form('V v u%d' % bits, ' '.join('v%s%s%sni.%s.%s' % (s, op, r, to, of) for s in ('', 's') for op in ('srl', 'sra') for r in ('', 'r')))
    form('V v u%d' % bits, ' '.join('vs%s%sni.%su.%s' % (op, r, to, of) for op in ('srl', 'sra') for r in ('', 'r')))
    if of != 'q':
        form('V v v', ' '.join('v%s%s%sn.%s.%s' % (s, op, r, to, of) for s in ('', 's') for op in ('srl', 'sra') for r in ('', 'r')))
        form('V v v', ' '.join('vs%s%sn.%su.%s' % (op, r, to, of) for op in ('srl', 'sra') for r in ('', 'r')))
form('V v v', ' '.join(x + BHWD for x in 'vseq vadd vsub vadda vmul vmadd vmsub vsll vsrl vsra vrotr vsrlr vsrar vbitclr vbitset '
     'vbitrev vsigncov vpackev vpackod vilvl vilvh vpickev vpickod'.split()))
form('V v v', ' '.join(x + BHWDU for x in 'vsle vslt vsadd vssub vabsd vavg vavgr vmax vmin vmuh vdiv vmod'.split()))
form('V v v', ' '.join(x + '.{h.b,w.h,d.w,q.d}' for x in 'vhaddw vhsubw vaddwev vaddwod vsubwev vsubwod vmulwev vmulwod vmaddwev vmaddwod'.split()))
form('V v v', ' '.join(x + '.{h.bu,w.hu,d.wu,q.du}' for x in 'vaddwev vaddwod vsubwev vsubwod vmulwev vmulwod vmaddwev vmaddwod'.split()))
form('V v v', ' '.join(x + '.{hu.bu,wu.hu,du.wu,qu.du}' for x in 'vhaddw vhsubw'.split()))
form('V v v', ' '.join(x + '.{h.bu.b,w.hu.h,d.wu.w,q.du.d}' for x in 'vaddwev vaddwod vmulwev vmulwod vmaddwev vmaddwod'.split()))
form('V v v', 'vadd.q vsub.q vand.v vor.v vxor.v vnor.v vandn.v vorn.v vfrstp.{b,h} vshuf.{h,w,d}')
form('V v v v', 'vbitsel.v vshuf.b')
form('V v u5', 'vaddi.{bu,hu,wu,du} vsubi.{bu,hu,wu,du} vbsll.v vbsrl.v vmaxi.{bu,hu,wu,du} vmini.{bu,hu,wu,du} vslei.{bu,hu,wu,du} '
     'vslti.{bu,hu,wu,du} vfrstpi.{b,h}')
form('V v s5', 'vseqi.{b,h,w,d} vslei.{b,h,w,d} vslti.{b,h,w,d} vmaxi.{b,h,w,d} vmini.{b,h,w,d}')
form('V v u8', 'vandi.b vori.b vxori.b vnori.b vbitseli.b vextrins.{b,h,w,d} vshuf4i.{b,h,w,d} vpermi.w')
form('V v', 'vclo.{b,h,w,d} vclz.{b,h,w,d} vpcnt.{b,h,w,d} vneg.{b,h,w,d} vmskltz.{b,h,w,d} vmskgez.b vmsknz.b vexth.{h.b,w.h,d.w,q.d} '
     'vexth.{hu.bu,wu.hu,du.wu,qu.du} vextl.q.d vextl.qu.du')
form('V v u3', 'vsllwil.h.b vsllwil.hu.bu')
form('V v u4', 'vsllwil.w.h vsllwil.wu.hu')
form('V v u5', 'vsllwil.d.w vsllwil.du.wu')
form('V g', 'vreplgr2vr.{b,h,w,d}')
form('V i13', 'vldi')
form('c v', 'vseteqz.v vsetnez.v vsetanyeqz.{b,h,w,d} vsetallnez.{b,h,w,d}')
form('V v v', ' '.join(x + SD for x in 'vfadd vfsub vfmul vfdiv vfmax vfmin vfmaxa vfmina'.split()) + ' vfcvt.h.s vfcvt.s.d vffint.s.l')
form('V v v', 'vftint.w.d vftintrm.w.d vftintrp.w.d vftintrz.w.d vftintrne.w.d')
form('V v v v', 'vfmadd.{s,d} vfmsub.{s,d} vfnmadd.{s,d} vfnmsub.{s,d}')
form('V v v', ' '.join(f'vfcmp.{k}{c}.{{s,d}}' for k in 'cs' for c in CONDITIONS))
form('V v', ' '.join(x + SD for x in 'vflogb vfclass vfsqrt vfrecip vfrsqrt vfrint vfrintrm vfrintrp vfrintrz vfrintrne'.split()))
form('V v', 'vfcvtl.{s.h,d.s} vfcvth.{s.h,d.s} vffint.{s.w,s.wu,d.l,d.lu} vffintl.d.w vffinth.d.w vftint.{wu.s,lu.d} vftintrz.{wu.s,lu.d}')
form('V v', ' '.join(f'vftint{r}.{{w.s,l.d}} vftint{r}l.l.s vftint{r}h.l.s' for r in ('', 'rm', 'rp', 'rz', 'rne')))

SPECIAL = [0, 1, -1, 2, 0x7fffffff, -0x80000000, 0x7fffffffffffffff, -0x8000000000000000, 0xff, 0x8000, 0xffffffff, 0x80000000,
           31, 32, 63, 64, 0x80, 0x7f, 0xff00ff00ff00ff00 - 2**64, 0x0080008000800080]
DOUBLES = [0, 1 << 63, 0x3ff0000000000000, 0xbff0000000000000, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff4000000000001,
           0x7ff8000000000000, 0xfff4000000000001, 0xfff8000000001234, 0x7fefffffffffffff, 0x0010000000000000, 0x000fffffffffffff, 1,
           0x8000000000000001, 0x4340000000000000, 0x43e0000000000000, 0xc3e0000000000000, 0x41dfffffffc00000, 0x41e0000000000000,
           0x3fe0000000000000, 0x4004000000000000, 0x3ff8000000000000, 0xc1e0000000000000, 0x41efffffffe00000, 0x43efffffffffffff]
SINGLES = [0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fa00001, 0x7fc00000, 0xffa00001, 0xffc01234, 0x7f7fffff,
           0x00800000, 0x007fffff, 1, 0x80000001, 0x4f000000, 0xcf000000, 0x5f000000, 0x3f000000, 0x40200000, 0x3fc00000, 0x4f7fffff]
M = 2**64 - 1


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
    exponent = random.randint(1023 - 60, 1023 + 60)
    return random.getrandbits(1) << 63 | exponent << 52 | random.getrandbits(52) & random.choice([-1, 0xfffff00000000, 0xffffffff00000])


def single():
    r = random.random()
    if r < .4:
        return random.choice(SINGLES)
    if r < .6:
        return random.getrandbits(32)
    exponent = random.randint(127 - 30, 127 + 30)
    return random.getrandbits(1) << 31 | exponent << 23 | random.getrandbits(23) & random.choice([-1, 0x7f0000, 0x7ff000])


def half():
    return random.choice([random.getrandbits(16), 0, 0x8000, 0x3c00, 0x7c00, 0xfc00, 0x7e00, 0x7d00, 1, 0x3ff, 0x400, 0x7bff])


def few(kind):
    """The same values again and again, so that the program can be packed."""
    values = [kind() for _ in range(40)]
    return lambda: random.choice(values)


if count == 0:
    integer, double, single, half = few(integer), few(double), few(single), few(half)


def value(name):
    """A word of a register, of the kind that the instruction is about."""
    if re.search(r'\.h$', name) and 'fcvt' in name:
        return sum(half() << 16 * i for i in range(4))
    if not re.match(r'v?f(?!rstp)', name) or re.match(r'v?ffint', name):
        return integer()
    if re.search(r'\.s$', name):
        return single() | single() << 32
    return double()


def immediate(bits, signed):
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return random.choice([low, high, 0 if low < 0 else 1, random.randint(low, high), random.randint(low, high)])


inputs = []
chosen = [random.choice(FORMS) for _ in range(count)] or FORMS
print(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'frame.s')).read())
print('    .text\ntests:\n    move $s3, $ra')
for name, operands in chosen:
    words = [0] * 32
    for i in range(4):
        words[i] = integer()
    for i in range(4, 12):
        words[i] = value(name)
    if name.startswith('fscaleb'):
        words[6] = random.choice([0, 1, -1, 60, -60, 2000, -2000, 1 << 31, -5000, 149, 1074]) & M
    words[12] = random.getrandbits(1)
    words[13] = random.choice([0, 0, 0x100, 0x200, 0x300]) | random.choice([0, 0x1f1f0000, 0x10000])
    for i in range(14, 22):
        words[i] = value(name) if 'l' in name else integer()
    if name.startswith('vldi'):
        operands = 'V i13'
    registers = iter('12 13 15'.split())
    text = []
    for each in operands.split():
        code = each[0]
        if each in ('G', 'V', 'F'):
            text.append({'G': '$r14', 'V': '$vr14', 'F': ('$vr14' if name.startswith('v') else '$f14')}[each])
        elif each == 'g':
            text.append('$r' + next(registers))
        elif each == 'f':
            text.append('$f' + next(registers))
        elif each == 'v':
            text.append('$vr' + next(registers))
        elif each in 'ck':
            text.append('$fcc0')
        elif each == 'a4':
            text.append(str(random.randint(1, 4)))
        elif each in ('bw', 'bd'):
            most = random.randrange(32 if each == 'bw' else 64)
            text += [str(most), str(random.randint(0, most))]
        elif each == 'a':
            text.append('$r20')
        elif each == 'm':
            text += ['$r20', str(random.randrange(0, 48))]
        elif each == 'm4':
            text += ['$r20', str(4 * random.randrange(0, 13))]
        elif each == 'x':
            bounded = name[:4] in ('ldle', 'stle')
            words[0] = 2**62 if bounded else random.randrange(0, 48)
            text += ['$r20', '$r12']
        elif code in 'rt':
            scale = 'bhwd'.index(each[1])
            text += ['$r20', str(random.randrange(0, 48 >> scale) << scale)]
            if code == 't':
                text.append(str(random.randrange(16 >> scale)))
        elif each == 'i13':
            i = random.randrange(1 << 13)
            while i >> 8 > 0x1c:
                i = random.randrange(1 << 13)
            text.append(str(i - (1 << 13) if i >> 12 else i))
        elif code in 'us':
            text.append(str(immediate(int(each[1:]), code == 's')))
        else:
            sys.exit('operand ' + each)
    line = name + ' ' + ', '.join(text)
    print('    bl load\n    %s\n    bl dump' % line)
    inputs += words
    sys.stderr.write('%s   r12=%x r13=%x r14=%x r15=%x  v12=%016x_%016x v13=%016x_%016x v14=%016x_%016x v15=%016x_%016x fcc=%d fcsr=%x\n'
                     % ((line,) + tuple(words[:4]) + tuple(words[i ^ 1] for i in range(4, 12)) + (words[12], words[13])))
print('    jr $s3\n    .data\n    .align 4\ninputs:')
for i in range(0, len(inputs), 8):
    print('    .dword ' + ', '.join('0x%x' % x for x in inputs[i:i + 8]))
print('    .bss\n    .align 4\nresults: .space %d' % (128 * len(chosen)))
