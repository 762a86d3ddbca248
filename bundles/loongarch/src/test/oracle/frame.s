# Around the tests of instructions.py. A test is: bl load; the instruction; bl dump. Registers that tests may use are r12 to r15, vr12 to
# vr15, fcc0 and fcsr0; r20 points to 64 bytes of memory. A record of inputs has 32 words, one of results 16.
    .text
load:
    la.local $r20, memory
    ld.d $r12, $s0, 0
    ld.d $r13, $s0, 8
    ld.d $r14, $s0, 16
    ld.d $r15, $s0, 24
    vld $vr12, $s0, 32
    vld $vr13, $s0, 48
    vld $vr14, $s0, 64
    vld $vr15, $s0, 80
    ld.d $t7, $s0, 96
    movgr2cf $fcc0, $t7
    vld $vr0, $s0, 112
    vst $vr0, $r20, 0
    vld $vr0, $s0, 128
    vst $vr0, $r20, 16
    vld $vr0, $s0, 144
    vst $vr0, $r20, 32
    vld $vr0, $s0, 160
    vst $vr0, $r20, 48
    ld.d $t7, $s0, 104
    movgr2fcsr $fcsr0, $t7
    addi.d $s0, $s0, 256
    ret
dump:
    st.d $r12, $s1, 0
    st.d $r14, $s1, 8
    vst $vr14, $s1, 16
    movcf2gr $t7, $fcc0
    st.w $t7, $s1, 32
    movfcsr2gr $t7, $fcsr0
    st.w $t7, $s1, 36
    vld $vr0, $r20, 0
    vst $vr0, $s1, 48
    vld $vr0, $r20, 16
    vst $vr0, $s1, 64
    vld $vr0, $r20, 32
    vst $vr0, $s1, 80
    vld $vr0, $r20, 48
    vst $vr0, $s1, 96
    addi.d $s1, $s1, 128
    ret
    .globl _start
_start:
    ori $s2, $zero, 3
again:
    la.local $s0, inputs
    la.local $s1, results
    bl tests
    ori $a0, $zero, 1
    la.local $a1, results
    sub.d $a2, $s1, $a1
    ori $a7, $zero, 64
    syscall 0
    addi.d $s2, $s2, -1
    bnez $s2, again
    ori $a0, $zero, 0
    ori $a7, $zero, 93
    syscall 0
    .bss
    .align 4
memory: .space 64
