"""What processes of other users may do with files, and whose their new files are. Needs to be root."""
import os
import shutil
import socket
import tempfile

ROOT_ONLY = 'private'


def show(what, action):
    try:
        result = action()
    except OSError as failed:
        result = os.strerror(failed.errno)
    print(what, result if isinstance(result, (int, str, tuple, list, type(None))) else 'done', flush=True)


def about(path):
    status = os.lstat(path)
    return status.st_uid, status.st_gid, oct(status.st_mode)


def child(uids, gids, groups, work):
    pid = os.fork()
    if pid == 0:
        os.setgroups(groups)
        os.setresgid(*gids)
        os.setresuid(*uids)
        work()
        os._exit(0)
    print('ended', os.waitpid(pid, 0)[1])


def stranger():
    show('open', lambda: open(ROOT_ONLY))
    show('look beneath', lambda: os.stat('closed/x'))
    show('enter', lambda: os.chdir('closed'))
    show('list', lambda: os.listdir('closed'))
    show('read', lambda: open('public').read())
    show('append', lambda: open('public', 'a'))
    for name, make in (('file', lambda: open('file', 'w').close()), ('directory', lambda: os.mkdir('directory')),
                       ('link', lambda: os.symlink('nowhere', 'link')), ('fifo', lambda: os.mkfifo('fifo')),
                       ('socket', lambda: socket.socket(socket.AF_UNIX).bind('socket'))):
        show('make ' + name, make)
        show(name, lambda: about(name))
    show('change mode', lambda: os.chmod('file', 0o640))
    show('change mode of another\'s', lambda: os.chmod('public', 0o666))
    show('give away', lambda: os.chown('file', 0, 0))
    show('give to own group', lambda: os.chown('file', -1, 4242))
    show('file', lambda: about('file'))
    show('change times of another\'s', lambda: os.utime('public', (1, 1)))
    show('make in /', lambda: os.mkdir('/made-by-a-test'))
    show('remove', lambda: os.unlink('/etc/passwd'))
    show('rename', lambda: os.rename('file', 'renamed'))
    show('may read', lambda: os.access(ROOT_ONLY, os.R_OK))
    show('may read', lambda: os.access('public', os.R_OK))
    show('may write', lambda: os.access('public', os.W_OK))
    show('execute', lambda: os.spawnv(os.P_WAIT, './executable', ['x']))
    show('truncate', lambda: os.truncate(ROOT_ONLY, 0))
    show('in group directory', lambda: open('group/file', 'w').close())
    show('in group directory', lambda: about('group/file'))
    show('attribute', lambda: os.setxattr('public', 'user.a', b'x'))


def comes_back():
    show('open', lambda: open(ROOT_ONLY))
    show('connect', lambda: socket.socket(socket.AF_UNIX).connect('listening'))
    os.setresuid(1, 0, 0)
    show('open as root', lambda: open(ROOT_ONLY))
    show('may real user read', lambda: os.access(ROOT_ONLY, os.R_OK))
    show('may effective user read', lambda: os.access(ROOT_ONLY, os.R_OK, effective_ids=True))
    show('list', lambda: os.listdir('closed'))


def main():
    os.umask(0o022)
    directory = tempfile.mkdtemp()
    os.chmod(directory, 0o777)
    os.chdir(directory)
    with open(ROOT_ONLY, 'w') as file:
        file.write('x')
    os.chmod(ROOT_ONLY, 0o600)
    os.mkdir('closed', 0o700)
    os.mkdir('group')
    os.chown('group', 0, 4242)
    os.chmod('group', 0o2775)
    with open('public', 'w') as file:
        file.write('y')
    shutil.copy('/bin/true', 'executable')
    os.chmod('executable', 0o711)
    server = socket.socket(socket.AF_UNIX)
    server.bind('listening')
    os.chmod('listening', 0o600)
    server.listen()
    child((4244, 4244, 4244), (4243, 4243, 4243), [33, 4242], stranger)
    child((1, 1, 0), (1, 1, 1), [], comes_back)
    show('open as before', lambda: open(ROOT_ONLY).read())
    os.chdir('/')
    shutil.rmtree(directory)


if os.getuid() == 0:
    main()
else:
    print('not root')
