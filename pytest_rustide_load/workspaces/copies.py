"""Copies of a tree that share nothing with it: what a backend or a user edits never reaches the original.

Where the file system can, the copies share their blocks until one is written (FICLONE); hard links, whose
edits would show on both sides, are never made.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

__all__ = ["copy_files", "working_copy"]

# _IOW(0x94, 9, int) of linux/fs.h.
_FICLONE = 0x40049409
_CANNOT_CLONE = {errno.EOPNOTSUPP, errno.ENOTTY, errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EPERM}

_CopyFile = Callable[[str, str], None]


def working_copy(source: Path, target: Path) -> Path:
    """Copy everything below `source` to `target` and return it.

    `target` must be missing or empty. Files are new, writable and owned by the caller; symbolic links are
    copied as links. Raises FileExistsError where `target` has something in it, and OSError.
    """
    copy = _start(source, target)
    root = os.fspath(source)
    for directory, names, files in os.walk(root):
        here = os.path.join(target, os.path.relpath(directory, root))
        for name in names:
            path = os.path.join(directory, name)
            if os.path.islink(path):
                os.symlink(os.readlink(path), os.path.join(here, name))
            else:
                os.mkdir(os.path.join(here, name))
        for name in files:
            copy(os.path.join(directory, name), os.path.join(here, name))
    return target


def copy_files(source: Path, target: Path, paths: Iterable[str]) -> None:
    """Copy the files `paths` below `source` to the same places below `target`, which must be missing or
    empty. Raises like `working_copy`."""
    copy = _start(source, target)
    made = {os.fspath(target)}
    for path in paths:
        place = os.path.join(target, path)
        parent = os.path.dirname(place)
        if parent not in made:
            os.makedirs(parent, exist_ok=True)
            made.add(parent)
        copy(os.path.join(source, path), place)


def _start(source: Path, target: Path) -> _CopyFile:
    """Make `target` and say how one file gets there."""
    if target.exists() and any(target.iterdir()):
        raise FileExistsError(errno.EEXIST, "a copy needs an empty directory", str(target))
    target.mkdir(parents=True, exist_ok=True)
    return _copier(os.fspath(source), os.fspath(target))


def _copier(source: str, target: str) -> _CopyFile:
    """Copies one file: by clone while the first attempt shows that it works between these two places."""
    if sys.platform != "linux" or os.stat(source).st_dev != os.stat(target).st_dev:
        return _plain_copy
    return _Cloner()


class _Cloner:
    """Clones files until one cannot be; from then on copies."""

    def __init__(self) -> None:
        self._works = True

    def __call__(self, source: str, target: str) -> None:
        if self._works and not os.path.islink(source):
            self._works = _clone(source, target)
            if self._works:
                return
        _plain_copy(source, target)


def _clone(source: str, target: str) -> bool:
    import fcntl

    with open(source, "rb") as origin, open(target, "wb") as copy:
        try:
            fcntl.ioctl(copy.fileno(), _FICLONE, origin.fileno())
        except OSError as error:
            if error.errno in _CANNOT_CLONE:
                return False
            raise
    return True


def _plain_copy(source: str, target: str) -> None:
    shutil.copyfile(source, target, follow_symlinks=False)
