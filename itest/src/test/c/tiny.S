/* A program without a C library. */
        .globl _start
_start: mov $1, %eax
        mov $1, %edi
        lea text(%rip), %rsi
        mov $end - text, %edx
        syscall
        mov $231, %eax
        mov $42, %edi
        syscall
        hlt
        .section .rodata
text:   .ascii "tiny\n"
end:
        .section .note.GNU-stack, "", @progbits
