/* Asks to leave dune; with an argument it has a child there, with which it cannot. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include "dune.h"

int main(int argc, char **argv)
{
    pid_t child = argc > 1 ? fork() : -1;
    if (child == 0) for (;;) pause();
    printf("inside %d\n", dune_inside());
    fflush(stdout);
    int left = dune_escape();
    printf("left %d", left);
    if (left) printf(" (%s)", strerror(errno));
    printf(", inside %d\n", dune_inside());
    if (child > 0) kill(child, SIGKILL);
    if (child > 0) waitpid(child, NULL, 0);
    return 0;
}
