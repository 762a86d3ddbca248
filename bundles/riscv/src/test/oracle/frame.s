# Around the tests of instructions.py. A test is: load; the instruction; dump. Registers that tests may use are a2 to a5 and fa2 to fa5, and
# fcsr; s0 and sp point to 32 bytes of memory. A record of inputs has 16 doublewords, one of results 8.
    .text
    .option norvc
    .option norelax
load:
    la s0, memory
    mv sp, s0
    ld t0, 64(s2)
    fscsr t0
    .irp i, 0, 8, 16, 24
    ld t0, 72+\i(s2)
    sd t0, \i(s0)
    .endr
    ld a2, 0(s2)
    ld a3, 8(s2)
    ld a4, 16(s2)
    ld a5, 24(s2)
    fld fa2, 32(s2)
    fld fa3, 40(s2)
    fld fa4, 48(s2)
    fld fa5, 56(s2)
    addi s2, s2, 128
    ret
dump:
    sd a2, 0(s3)
    sd a4, 8(s3)
    fsd fa4, 16(s3)
    frcsr t0
    sd t0, 24(s3)
    la s0, memory
    .irp i, 0, 8, 16, 24
    ld t0, \i(s0)
    sd t0, 32+\i(s3)
    .endr
    addi s3, s3, 64
    ret
    .globl _start
_start:
    li s4, 3
again:
    la s2, inputs
    la s3, results
    call tests
    li a0, 1
    la a1, results
    sub a2, s3, a1
    li a7, 64
    ecall
    addi s4, s4, -1
    bnez s4, again
    li a0, 0
    li a7, 93
    ecall
    .bss
    .align 4
memory: .space 32
