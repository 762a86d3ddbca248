/* Arguments, environment, TLS and constructors: what the loader and the C library's start must get right. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static __thread int counter = 5;
static int constructed;

__attribute__((constructor)) static void construct(void) { constructed = 1; }
static void at_exit(void) { puts("at exit"); }

int main(int argc, char **argv) {
    atexit(at_exit);
    counter += argc;
    printf("%d %d %s\n", counter, constructed, getenv("HOME"));
    for (int i = 1; i < argc; i++) printf("[%s]\n", argv[i]);
    fprintf(stderr, "to stderr\n");
    return argc;
}
