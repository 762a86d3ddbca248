"""Ids and capabilities after execve of files with set-user-ID and set-group-ID bits. Needs to be root."""
import ctypes
import os
import shutil
import sys
import tempfile

PR_SET_KEEPCAPS = 8
PR_SET_NO_NEW_PRIVS = 38
SHOW = '''
import os, sys
capabilities = [line.split()[1] for line in open('/proc/self/status') if line.startswith('Cap')]
print(sys.argv[1], os.getresuid(), os.getresgid(), capabilities, flush=True)
'''

libc = ctypes.CDLL(None)


def user():
    os.setgroups([7])
    os.setresgid(1000, 1000, 1000)
    os.setresuid(1001, 1001, 1001)


def no_new_privileges():
    user()
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def saved():
    os.setresgid(1000, 1000, 0)
    os.setresuid(1001, 1001, 0)


def effective():
    os.setresuid(0, 1001, 0)


def keep():
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    user()


def root():
    pass


def main():
    directory = tempfile.mkdtemp(dir='/var/tmp')
    os.chmod(directory, 0o755)
    os.chdir(directory)
    python = os.path.realpath(sys.executable)
    for name, owner, mode in (('plain', 0, 0o755), ('setuid', 0, 0o4755), ('setgid', 0, 0o2755),
                              ('both', 4321, 0o6755), ('locking', 0, 0o2745)):
        shutil.copy(python, name)
        os.chown(name, owner, 4322)
        os.chmod(name, mode)
        for prepare in (user, no_new_privileges, saved, effective, keep, root):
            pid = os.fork()
            if pid == 0:
                prepare()
                what = name + ' by ' + prepare.__name__
                try:
                    os.execv('./' + name, [name, '-I', '-S', '-c', SHOW, what])
                except OSError as failed:
                    print(what, os.strerror(failed.errno), flush=True)
                os._exit(1)
            os.waitpid(pid, 0)
        os.unlink(name)
    os.chdir('/')
    shutil.rmtree(directory)


if os.getuid() == 0:
    main()
else:
    print('not root')
