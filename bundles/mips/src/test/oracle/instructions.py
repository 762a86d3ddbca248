#!/usr/bin/env python3
"""Random MIPS64 instructions, one at a time: writes an assembly program that sets up registers and memory, carries out an
instruction, and writes what it changed (a register, HI, LO, a floating-point register, FCSR, 32 bytes of memory: 72 bytes) to its
standard output. It does all of them three times, so that an engine may translate them. What each test is goes to standard error.

usage: instructions.py SEED COUNT > program.s 2> tests.txt      (compare.sh does all that is needed)
"""
import os
import random
import sys
random.seed(int(sys.argv[1])); n=int(sys.argv[2])
SP=[0,1,-1,2,0x7fffffff,-0x80000000,0x7fffffffffffffff,-0x8000000000000000,0xff,0x8000,0xffffffff,0x80000000,31,32,63,64]
def v():
    return random.choice(SP) if random.random()<.5 else random.getrandbits(64)
def v32():
    x=v()&0xffffffff
    return x-(1<<32) if x>>31 else x
D=[0,0x8000000000000000,0x3ff0000000000000,0xbff0000000000000,0x7ff0000000000000,0xfff0000000000000,0x7ff4000000000001,0x7ff8000000000000,0xfff4000000000001,0x7fefffffffffffff,0x0010000000000000,0x000fffffffffffff,1,0x8000000000000001,0x4340000000000000,0x43e0000000000000,0xc3e0000000000000,0x41dfffffffc00000,0x41e0000000000000,0x3fe0000000000000,0x4004000000000000,0x3ff8000000000000]
S=[0,0x80000000,0x3f800000,0xbf800000,0x7f800000,0xff800000,0x7fa00001,0x7fc00000,0xffa00001,0x7f7fffff,0x00800000,0x007fffff,1,0x80000001,0x4f000000,0xcf000000,0x5f000000,0x3f000000,0x40200000,0x3fc00000]
def fd():
    r=random.random()
    if r<.4: return random.choice(D)
    if r<.7: return random.getrandbits(64)
    e=random.randint(1023-60,1023+60); return (random.getrandbits(1)<<63)|(e<<52)|random.getrandbits(52)&random.choice([-1,0xfffff00000000,0xffffffff00000])
def fs():
    r=random.random()
    if r<.4: return random.choice(S)
    if r<.7: return random.getrandbits(32)
    e=random.randint(127-30,127+30); return (random.getrandbits(1)<<31)|(e<<23)|random.getrandbits(23)&random.choice([-1,0x7f0000,0x7ff000])
r3w='addu subu sll32 mul movz64'.split()
I=[]
for op in 'addu subu mul sllv srlv srav rotrv'.split(): I.append((op,'w3'))
for op in 'daddu dsubu and or xor nor slt sltu dsllv dsrlv dsrav drotrv movz movn'.split(): I.append((op,'d3'))
for op in 'addiu'.split(): I.append((op,'wi'))
for op in 'daddiu slti sltiu'.split(): I.append((op,'di'))
for op in 'andi ori xori'.split(): I.append((op,'du'))
for op in 'sll srl sra rotr'.split(): I.append((op,'ws'))
for op in 'dsll dsrl dsra drotr dsll32 dsrl32 dsra32 drotr32'.split(): I.append((op,'ds'))
for op in 'mult multu madd maddu msub msubu'.split(): I.append((op,'wm'))
for op in 'dmult dmultu'.split(): I.append((op,'dm'))
for op in 'div divu'.split(): I.append((op,'wd'))
for op in 'ddiv ddivu'.split(): I.append((op,'dd'))
for op in 'clz clo seb seh wsbh'.split(): I.append((op,'w2'))
for op in 'dclz dclo dsbh dshd'.split(): I.append((op,'d2'))
for op in 'ext ins'.split(): I.append((op,'wf'))
for op in 'dext dins dextm dextu dinsm dinsu'.split(): I.append((op,'df'))
for op in 'lb lbu lh lhu lw lwu ld lwl lwr ldl ldr'.split(): I.append((op,'ld'))
for op in 'sb sh sw sd swl swr sdl sdr'.split(): I.append((op,'st'))
for op in 'add sub mul div'.split():
    I+= [(op+'.d','f3d'),(op+'.s','f3s')]*3
for op in 'sqrt abs neg mov recip rsqrt'.split():
    I+= [(op+'.d','f2d'),(op+'.s','f2s')]*2
for op in 'madd msub nmadd nmsub'.split():
    I+= [(op+'.d','f4d'),(op+'.s','f4s')]*2
for op in 'cvt.s cvt.w cvt.l round.w round.l trunc.w trunc.l ceil.w ceil.l floor.w floor.l'.split():
    I.append((op+'.d','f2d'))
for op in 'cvt.d cvt.w cvt.l round.w round.l trunc.w trunc.l ceil.w ceil.l floor.w floor.l'.split():
    I.append((op+'.s','f2s'))
for op in 'cvt.s.w cvt.d.w cvt.s.l cvt.d.l'.split(): I.append((op,'f2i'))
for c in 'f un eq ueq olt ult ole ule sf ngle seq ngl lt nge le ngt'.split():
    I+= [('c.%s.d'%c,'fcd'),('c.%s.s'%c,'fcs')]
for op in 'add sub dadd dsub'.split(): I.append((op,'a3')) # operands that do not overflow
for op in 'addi daddi'.split(): I.append((op,'ai'))
I.append(('lui','lu'))
for op in 'beq bne'.split(): I+= [(op,'b2'),(op+'l','b2')]
for op in 'blez bgtz bltz bgez'.split(): I+= [(op,'b1'),(op+'l','b1')]
for op in 'bltzal bgezal bltzall bgezall'.split(): I.append((op,'bl'))
for op in 'bc1f bc1t bc1fl bc1tl'.split(): I+= [(op,'bf')]*2
for op in 'j jal jr jalr jr.hb jalr.hb'.split(): I.append((op,'j'))
for op in 'tge tgeu tlt tltu teq tne tgei tgeiu tlti tltiu teqi tnei'.split(): I.append((op,'t'))
for op in 'movf movt'.split(): I+= [(op,'mc'),(op+'.d','mfd'),(op+'.s','mfs')]
for op in 'movn movz'.split(): I+= [(op+'.d','mrd'),(op+'.s','mrs')]
for op in 'lwc1 ldc1 lwxc1 ldxc1 luxc1'.split(): I.append((op,'lf'))
for op in 'swc1 sdc1 swxc1 sdxc1 suxc1'.split(): I.append((op,'sf'))
for op in 'mfc1 dmfc1 mfhc1'.split(): I.append((op,'ff'))
for op in 'mtc1 dmtc1 mthc1'.split(): I.append((op,'tf'))
for op in 'll lld'.split(): I.append((op,'ll'))
for op in 'sc scd'.split(): I.append((op,'sc'))
I+= [('cfc1','cc'),('ctc1','cc')]
for op in 'sync pref synci ssnop ehb rdhwr'.split(): I.append((op,'x'))
only=os.environ.get('ONLY')
if only: I=[i for i in I if i[0] in only.split()]
o=[]
def p(s): o.append('    '+s)
print(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'frame.s')).read())
for k in range(n):
    op,f=random.choice(I)
    w=f[0]=='w'
    a,b,d=(v32(),v32(),v32()) if w else (v(),v(),v())
    hi,lo=v32(),v32()
    fa,fb,fc=(fs(),fs(),fs()) if f[-1]=='s' and f[0]=='f' else (fd(),fd(),fd())
    if f=='f2i': fa=v()
    rm=random.choice([0,0,0,1,2,3])
    if f=='dd' and b in(0,-1): b=3
    if f in('wd',) and b in(0,-1): b=3
    if f=='dd' and (b&(2**64-1))in(0,2**64-1): b=5
    p('dla $30, data'); 
    for r,x in ((8,a),(9,b),(10,d),(11,hi),(12,lo)): p('dli $%d, 0x%x'%(r,x&(2**64-1)))
    p('mthi $11'); p('mtlo $12')
    for r,x in ((2,fa),(4,fb),(6,fc)): p('dli $13, 0x%x'%(x&(2**64-1))); p('dmtc1 $13, $f%d'%r)
    p('dmtc1 $0, $f8'); p('li $13, %d'%rm); p('ctc1 $13, $31')
    # memory area
    for i,x in enumerate((a,b,d,hi)): p('dli $13, 0x%x'%((x*2654435761)&(2**64-1))); p('sd $13, %d($30)'%(8*i))
    im=random.choice([0,1,-1,32767,-32768,random.randint(-32768,32767)])
    if f in('w3','d3'): s='%s $10, $8, $9'%op
    elif f in('wi','di'): s='%s $10, $8, %d'%(op,im)
    elif f=='du': s='%s $10, $8, %d'%(op,im&0xffff)
    elif f in('ws','ds'): s='%s $10, $8, %d'%(op,random.randint(0,31))
    elif f in('wm','dm'): s='%s $8, $9'%op
    elif f in('wd','dd'): s='%s $0, $8, $9'%op
    elif f in('w2','d2'): s='%s $10, $8'%op
    elif f=='wf':
        pos=random.randint(0,31); s='%s $10, $8, %d, %d'%(op,pos,random.randint(1,32-pos))
    elif f=='df':
        if op in('dext','dins'): pos=random.randint(0,31); size=random.randint(1,32) if op=='dext' else random.randint(1,32-pos)
        elif op=='dextm': pos=random.randint(0,31); size=random.randint(33,64-pos) if pos<32 else 33
        elif op=='dinsm': pos=random.randint(1,31); size=random.randint(33-pos if 33-pos>1 else 2,64-pos); size=max(size,33-pos)
        else: pos=random.randint(32,63); size=random.randint(1,64-pos)
        if op=='dextm' and pos+size>64: size=64-pos
        if op=='dextm' and size<33: pos=0; size=40
        s='%s $10, $8, %d, %d'%(op,pos,size)
    elif f=='ld':
        al={'lh':2,'lhu':2,'lw':4,'lwu':4,'ld':8}.get(op,1); s='%s $10, %d($30)'%(op,random.randrange(0,24,al))
    elif f=='st':
        al={'sh':2,'sw':4,'sd':8}.get(op,1); s='%s $10, %d($30)'%(op,random.randrange(0,24,al))
    elif f[:2]=='f3': s='%s $f8, $f2, $f4'%op
    elif f[:2]=='f2': s='%s $f8, $f2'%op
    elif f[:2]=='f4': s='%s $f8, $f6, $f2, $f4'%op
    elif f[:2]=='fc': s='%s $fcc%d, $f2, $f4'%(op,random.randint(0,7))
    elif f=='a3':
        s='%s $10, $8, $9'%op
        for r in (8,9): p('seh $%d, $%d'%(r,r))
    elif f=='ai': s='%s $10, $8, %d'%(op,im); p('seh $8, $8')
    elif f=='lu': s='lui $10, %d'%(im&0xffff)
    elif f[0]=='b':
        if f=='b2' and random.random()<.5: p('move $9, $8')
        if f=='bf': p('li $13, 0x%x'%(random.getrandbits(8)<<24&0xfe800000|random.getrandbits(1)<<23)); p('ctc1 $13, $31')
        if f=='bl': p('dla $31, data')
        s={'b2':'%s $8, $9, 1f'%op,'b1':'%s $8, 1f'%op,'bl':'%s $8, 1f'%op,'bf':'%s $fcc%d, 1f'%(op,random.randint(0,7))}[f]
        # What was executed is seen in $10; the slot changes what was compared.
        s='0: %s; daddiu $10, $10, 1; daddiu $10, $10, 16; 1: daddiu $10, $10, 256'%s
        if f=='bl': s+='; dla $13, 0b; dsubu $13, $31, $13; dsll $13, $13, 20; daddu $10, $10, $13'
        elif f!='bf': s=s.replace('daddiu $10, $10, 1;','daddiu $8, $10, 1;')+'; xor $10, $10, $8'
    elif f=='j':
        p('dla $13, 1f')
        s={'j':'j 1f','jal':'jal 1f','jr':'jr $13','jalr':'jalr $31, $13','jr.hb':'jr.hb $13','jalr.hb':'jalr.hb $31, $13'}[op]
        s='0: %s; move $13, $0; daddiu $10, $10, 16; 1: daddiu $10, $10, 256; daddu $10, $10, $13'%s
        if 'al' in op: s+='; dla $13, 0b; dsubu $13, $31, $13; dsll $13, $13, 20; daddu $10, $10, $13'
    elif f=='t':
        # One that does not trap.
        sx=lambda x: (x&(2**64-1))-((x>>63&1)<<64)
        ux=lambda x: x&(2**64-1)
        y=im if op[-1]=='i' or op[-2:]=='iu' else b
        base=op[1:3]
        sg=ux if 'u' in op else sx
        holds={'ge':sg(a)>=sg(y),'lt':sg(a)<sg(y),'eq':ux(a)==ux(y),'ne':ux(a)!=ux(y)}[base]
        if holds: s='nop'
        elif op[-1]=='i' or op[-2:]=='iu': s='%s $8, %d'%(op,im)
        else: s='%s $8, $9'%op
    elif f in('mc','mfd','mfs'):
        p('li $13, 0x%x'%(random.getrandbits(8)<<24&0xfe800000|random.getrandbits(1)<<23)); p('ctc1 $13, $31')
        cc=random.randint(0,7)
        s='%s $10, $8, $fcc%d'%(op,cc) if f=='mc' else 'dmtc1 $9, $f8; %s $f8, $f2, $fcc%d'%(op,cc)
        if f=='mfs': s+='; mtc1 $0, $f4; mfc1 $13, $f8; dmtc1 $13, $f8' # the upper half may be anything
    elif f in('mrd','mrs'):
        s='dmtc1 $9, $f8; %s $f8, $f2, %s'%(op,random.choice(['$8','$0']))
        if f=='mrs': s+='; mfc1 $13, $f8; dmtc1 $13, $f8'
    elif f in('lf','sf'):
        reg='$f8' if f=='lf' else '$f2'
        at=random.randrange(0,24,8 if 'd' in op[1:2] or 'u' in op[1:2] else 4)
        if 'x' in op:
            if op[1]=='u': at+=random.randint(0,7)
            s='li $13, %d; %s %s, $13($30)'%(at,op,reg)
        else: s='%s %s, %d($30)'%(op,reg,at)
        if f=='lf' and op[1]=='w': s+='; mfc1 $13, $f8; dmtc1 $13, $f8'
    elif f=='ff': s='%s $10, $f2'%op
    elif f=='tf':
        s='dmtc1 $9, $f8; %s $8, $f8'%op
        if op=='mtc1': s+='; mfc1 $13, $f8; dmtc1 $13, $f8'
    elif f=='ll': s='%s $10, %d($30)'%(op,random.randrange(0,24,8))
    elif f=='sc':
        at=random.randrange(0,16,8); other=random.random()<.3
        s='%s $13, %d($30); %s $10, %d($30)'%('lld' if op=='scd' else 'll',at,op,at)
        if other: s='%s $13, %d($30); move $10, $0; nop'%('lld' if op=='scd' else 'll',at)
    elif f=='cc':
        c=random.choice([25,26,28,31])
        if op=='cfc1': p('li $13, 0x%x'%(random.getrandbits(32)&0xfe81f07f&~0x1f000|random.getrandbits(2))); p('ctc1 $13, $31'); s='cfc1 $10, $%d'%c
        else:
            # No cause that is enabled, which would trap.
            word={25:random.getrandbits(8),26:random.getrandbits(5)<<2,28:random.getrandbits(5)<<7|random.getrandbits(2),31:random.getrandbits(32)&0xfe800fff}[c]
            s='li $13, 0x%x; ctc1 $13, $%d; cfc1 $10, $31; ctc1 $0, $31'%(word,c)
    elif f=='x': s={'sync':'sync','pref':'pref 5, 8($30)','synci':'synci 0($30)','ssnop':'ssnop','ehb':'ehb','rdhwr':'rdhwr $10, $29; nop'}[op]
    for one in s.split('; '): p(one)
    p('jal dump'); p('nop')
    sys.stderr.write('%d: %s  a=%x b=%x d=%x fa=%x fb=%x fc=%x rm=%d\n'%(k,s,a&(2**64-1),b&(2**64-1),d&(2**64-1),fa,fb,fc,rm))
print('\n'.join(o)); print('    j finish\n    nop')
