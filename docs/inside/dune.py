"""A system call that only dune has: inside() tells whether the program is in dune, escape() makes it a native process, enter() a guest."""
import ctypes
import errno
import os
import socket

_call = ctypes.CDLL(None, use_errno=True).syscall


def _dune(operation):
    ctypes.set_errno(0)
    return _call(ctypes.c_long(0x64756E65), ctypes.c_long(operation)), ctypes.get_errno()


def inside():
    return _dune(0)[0] == 1


def escape():
    """Returns once the process is native; OSError if it stays in dune, EBUSY if it has what cannot be taken along."""
    error = _dune(1)[1]
    if error != errno.ENOSYS:
        raise OSError(error, os.strerror(error))


def enter():
    """Returns once the process is in dune, by the runtime whose socket DUNE_SOCKET names; OSError says why it stays native."""
    if not inside():
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(os.environ["DUNE_SOCKET"])
            door.sendall(b"enter\n")
            answer = door.recv(4096)  # in here it happens
        if not inside():
            raise OSError(errno.EBUSY, answer.decode(errors="replace").strip())
