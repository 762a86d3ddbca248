    .set noreorder
    .set nomacro
    .set macro
    .set noat
    .set at=$1
    .data
    .align 4
data: .space 64
buf: .space 80
    .text
dump:
    dla $14, buf
    sd $10, 0($14)
    mfhi $13
    sd $13, 8($14)
    mflo $13
    sd $13, 16($14)
    sdc1 $f8, 24($14)
    cfc1 $13, $31
    sd $13, 32($14)
    ld $13, 0($30)
    sd $13, 40($14)
    ld $13, 8($30)
    sd $13, 48($14)
    ld $13, 16($30)
    sd $13, 56($14)
    ld $13, 24($30)
    sd $13, 64($14)
    move $16, $31
    li $2, 5001
    li $4, 1
    move $5, $14
    li $6, 72
    syscall
    jr $16
    nop
finish:
    addiu $17, $17, -1
    blez $17, over
    nop
    j again
    nop
over:
    li $2, 5058
    li $4, 0
    syscall
    .globl __start
__start:
    li $17, 3
again:
