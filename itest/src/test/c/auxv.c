/* The auxiliary vector: what is the same natively and in dune is printed, the rest checked for sense. */
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
    char **p = environ;
    while (*p) p++;
    for (ElfW(auxv_t) *a = (void *)(p + 1); a->a_type != AT_NULL; a++) {
        switch (a->a_type) {
        case AT_PAGESZ: case AT_CLKTCK: case AT_PHENT: case AT_PHNUM: case AT_UID: case AT_EUID: case AT_GID:
        case AT_EGID: case AT_SECURE: case AT_FLAGS:
            printf("%d=%lu\n", (int)a->a_type, (unsigned long)a->a_un.a_val);
            break;
        case AT_PLATFORM: case AT_EXECFN:
            printf("%d=%s\n", (int)a->a_type, (char *)a->a_un.a_val);
            break;
        }
    }
    unsigned char *random = (unsigned char *)getauxval(AT_RANDOM);
    int sum = 0;
    for (int i = 0; i < 16; i++) sum |= random[i];
    printf("random %d phdr %d entry %d vdso %d\n", sum != 0, getauxval(AT_PHDR) != 0, getauxval(AT_ENTRY) != 0,
           memcmp((void *)getauxval(AT_SYSINFO_EHDR), ELFMAG, SELFMAG) == 0);
    return 0;
}
