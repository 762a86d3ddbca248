/* A system call that only dune has: natively it is ENOSYS. dune_inside(): 1 in dune, else 0. dune_escape(): 0 once the process is
   native, or -1 with errno if it stays in dune: EBUSY if it has something that cannot be taken along, which 'enter --trace' names.
   dune_enter(): 0 once the process is in dune, by the runtime whose socket DUNE_SOCKET names, or -1 with errno if it stays native:
   EBUSY if the runtime says no, EDESTADDRREQ without DUNE_SOCKET. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
static inline int dune_inside(void) { return syscall(0x64756e65L, 0L) == 1; }
static inline int dune_escape(void) { return syscall(0x64756e65L, 1L) == -1 && errno == ENOSYS ? 0 : -1; }
static inline int dune_enter(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const char *path = getenv("DUNE_SOCKET");
    char answer[256];
    int door, error = EDESTADDRREQ;
    if (dune_inside()) return 0;
    if (path && strlen(path) < sizeof at.sun_path && (error = EBUSY, door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) >= 0) {
        strcpy(at.sun_path, path);
        if (connect(door, (struct sockaddr *)&at, sizeof at) || write(door, "enter\n", 6) != 6) error = errno;
        else while (read(door, answer, sizeof answer) < 0 && errno == EINTR) continue; /* in here it happens */
        close(door);
    }
    if (dune_inside()) return 0;
    errno = error;
    return -1;
}
