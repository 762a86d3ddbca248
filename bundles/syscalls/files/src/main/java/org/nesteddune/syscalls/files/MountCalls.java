package org.nesteddune.syscalls.files;

import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.Syscall;

/** Roots; and mounts, which a guest is given and cannot change. */
final class MountCalls {

    private static final String FIXED = "a guest's mounts are fixed, as without CAP_SYS_ADMIN";

    private MountCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("chroot", "path filename", (task, a) -> {
                    task.fs().changeRoot(Arguments.path(task, a.get(0)));
                    return 0;
                })
                .errno("pivot_root", "path new_root, path put_old", Errno.EPERM, FIXED)
                .errno("mount", "path dev_name, path dir_name, str type, hex flags, addr data", Errno.EPERM, FIXED)
                .errno("umount2", "path name, hex flags", Errno.EPERM, FIXED)
                .errno("open_tree", "dirfd dfd, path filename, hex flags", Errno.EPERM, FIXED)
                .errno("move_mount", "dirfd from_dfd, path from_pathname, dirfd to_dfd, path to_pathname, hex flags",
                        Errno.EPERM, FIXED)
                .errno("fsopen", "str fs_name, hex flags", Errno.EPERM, FIXED)
                .errno("fsconfig", "fd fs_fd, uint cmd, str key, addr value, int aux", Errno.EPERM, FIXED)
                .errno("fsmount", "fd fs_fd, hex flags, hex attr_flags", Errno.EPERM, FIXED)
                .errno("fspick", "dirfd dfd, path path, hex flags", Errno.EPERM, FIXED)
                .errno("mount_setattr", "dirfd dfd, path path, hex flags, addr uattr, size usize", Errno.EPERM, FIXED)
                .errno("statmount", "addr req, addr buf, size bufsize, hex flags", Errno.ENOSYS, "as before Linux 6.8")
                .errno("listmount", "addr req, addr mnt_ids, size nr_mnt_ids, hex flags", Errno.ENOSYS,
                        "as before Linux 6.8");
    }
}
