"""Runs a command for which the disk below a directory is full: `full.py DIRECTORY BYTES [COMMAND...]`.

It mounts a file system of BYTES, in memory, on DIRECTORY, puts there the directories and links that were
there, fills the rest, and becomes COMMAND. The mount is in a namespace that COMMAND alone is in, with what it
starts: nobody else sees it, and the kernel removes it with the last of them, however that ends. Without
COMMAND it only tries. Says on stderr what it cannot do and ends with CANNOT. Standard library only.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sys

_CANNOT = 125
_CANNOT_RUN = 127
_SOURCE = b"rustide-load"
_FILLER = ".disk-is-full"
_CHUNK = bytes(4096)
# sched.h and sys/mount.h.
_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_MS_NOSUID, _MS_NODEV, _MS_REC, _MS_PRIVATE = 2, 4, 16384, 1 << 18

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, doing: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{doing}: {os.strerror(number)}")


def _mount(source: bytes, target: bytes, kind: bytes | None, flags: int, data: bytes | None) -> None:
    result = _libc.mount(source, target, kind, ctypes.c_ulong(flags), data)
    _check(result, f"mount on {target.decode(errors='replace')}")


def _leave() -> None:
    """Have mounts of our own. Whoever may not is first made the ruler of users of its own: still itself."""
    uid, gid = os.getuid(), os.getgid()
    if _libc.unshare(_CLONE_NEWNS) != 0:
        _check(_libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNS), "a namespace of its own")
        maps = (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1"))
        for name, text in maps:
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    # What is mounted from now on is nobody else's.
    _mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)


def _copy(was: int, now: int) -> None:
    """The directories and links below one descriptor to below the other."""
    for name in os.listdir(was):
        if os.path.islink(f"/proc/self/fd/{was}/{name}"):
            os.symlink(os.readlink(name, dir_fd=was), name, dir_fd=now)
            continue
        try:
            inside = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=was)
        except NotADirectoryError:
            continue
        os.mkdir(name, dir_fd=now)
        copied = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=now)
        _copy(inside, copied)
        os.close(inside)
        os.close(copied)


def _fill(directory: str) -> None:
    """Until the kernel says that there is no room, for less than a block either."""
    with open(os.path.join(directory, _FILLER), "wb", buffering=0) as file:
        try:
            while True:
                file.write(_CHUNK)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def make_full(directory: str, size: int) -> None:
    """Raises OSError where that cannot be had."""
    was = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    _leave()
    flags, options = _MS_NOSUID | _MS_NODEV, f"size={size},mode=700"
    _mount(_SOURCE, os.fsencode(directory), b"tmpfs", flags, options.encode())
    now = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    _copy(was, now)
    os.close(was)
    os.close(now)
    _fill(directory)


def main() -> None:
    directory, size, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    try:
        make_full(directory, size)
    except OSError as error:
        os.write(2, f"{error.strerror or error}\n".encode())
        sys.exit(_CANNOT)
    if not command:
        return
    # Python ignores these, and what is ignored stays so in what it becomes.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        os.write(2, f"cannot start {command[0]}: {error.strerror}\n".encode())
        sys.exit(_CANNOT_RUN)


if __name__ == "__main__":
    main()
