"""A codebase as a tree of files: written to disk, and the hash that tells whether it is still as written.

Knows nothing of caches.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

__all__ = ["SourceFiles", "hash_of", "hash_on_disk", "materialise"]


class SourceFiles(Protocol):
    """Texts by path (POSIX, relative): what of a codebase goes to disk."""

    @property
    def paths(self) -> Sequence[str]: ...

    def text(self, path: str) -> str: ...


def materialise(codebase: SourceFiles, directory: Path) -> None:
    """Write every file of `codebase` below `directory`, which is made where it is missing. Raises OSError."""
    made: set[str] = set()
    root = os.fspath(directory)
    os.makedirs(root, exist_ok=True)
    for path in codebase.paths:
        target = os.path.join(root, path)
        parent = os.path.dirname(target)
        if parent not in made:
            os.makedirs(parent, exist_ok=True)
            made.add(parent)
        with open(target, "wb") as file:
            file.write(codebase.text(path).encode())


def hash_of(codebase: SourceFiles) -> str:
    """SHA-256 over all paths and bytes: equal hashes are equal trees."""
    return _hash((path, codebase.text(path).encode()) for path in sorted(codebase.paths))


def hash_on_disk(directory: Path) -> str:
    """The same hash of what is below `directory`. Raises OSError; anything but files and directories is an
    error too, because no codebase writes it."""
    root = os.fspath(directory)
    return _hash((path, _read(os.path.join(root, path))) for path in sorted(_files_below(root)))


def _hash(files: Iterable[tuple[str, bytes]]) -> str:
    content = hashlib.sha256()
    for path, data in files:
        content.update(f"{path}\0{len(data)}\0".encode())
        content.update(data)
    return content.hexdigest()


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _files_below(directory: str, prefix: str = "") -> Iterator[str]:
    with os.scandir(directory) as entries:
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from _files_below(entry.path, f"{name}/")
            elif entry.is_file(follow_symlinks=False):
                yield name
            else:
                raise OSError(f"{entry.path} is neither a file nor a directory")
