/* A system call that only dune has: natively it is ENOSYS. dune_inside(): 1 in dune, else 0. dune_escape(): 0 once the process is
   native, or -1 with errno if it stays in dune: EBUSY if it has something that cannot be taken along, which 'enter --trace' names. */
#include <errno.h>
#include <unistd.h>
static inline int dune_inside(void) { return syscall(0x64756e65L, 0L) == 1; }
static inline int dune_escape(void) { return syscall(0x64756e65L, 1L) == -1 && errno == ENOSYS ? 0 : -1; }
