"""Codebases written once and kept: one directory for each distinct content, checked at every use.

An entry is named by the hash of its content, which the spec and the generator's version decide. Knows nothing
of pytest; whoever uses it says where it lies.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from pytest_rustide_load.units import MB
from pytest_rustide_load.workspaces.copies import working_copy
from pytest_rustide_load.workspaces.trees import SourceFiles, hash_of, hash_on_disk, materialise

__all__ = ["DEFAULT_MAX_BYTES", "WorkspaceCache"]

DEFAULT_MAX_BYTES = 1_000 * MB

# Another process may write this long; then something is wrong.
_LOCK_TIMEOUT_S = 600.0
_UNFINISHED = "new-"
_TREE = "tree"
# Holds the size of the tree in bytes; its time of change is when the entry was last used.
_STAMP = "used"


@dataclass(frozen=True, slots=True)
class _Entry:
    path: Path
    used_ns: int
    size_bytes: int


class WorkspaceCache:
    """Trees below `root`, of `max_bytes` in all; those unused for longest make room for new ones.

    Safe in several processes at once. Nobody may write below the paths it gives: backends work on copies.
    Every method raises OSError where the file system does, TimeoutError where another process holds the
    cache for minutes.
    """

    def __init__(self, root: Path, *, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self._root = root
        self._max_bytes = max_bytes
        self._lock = FileLock(root / "lock", timeout=_LOCK_TIMEOUT_S)

    def get(self, codebase: SourceFiles) -> Path:
        """The directory with the files of `codebase`, as they should be: written now where it is missing,
        half-written or changed. It may be evicted as soon as others are asked for; see `copy`."""
        name = hash_of(codebase)
        # Now, because whoever clears pytest's cache takes the directory away.
        self._root.mkdir(parents=True, exist_ok=True)
        with self._lock:
            entry = self._root / name
            if not _is_intact(entry, name):
                self._write(codebase, entry)
            _touch(entry)
            self._evict(keep=entry)
        return entry / _TREE

    def copy(self, codebase: SourceFiles, target: Path) -> Path:
        """A working copy of `codebase` at `target` (missing or empty), by way of the cache."""
        self._root.mkdir(parents=True, exist_ok=True)
        with self._lock:
            return working_copy(self.get(codebase), target)

    def _write(self, codebase: SourceFiles, entry: Path) -> None:
        """The lock is held: whatever is unfinished was left by a process that died."""
        for leftover in self._root.glob(f"{_UNFINISHED}*"):
            _remove(leftover)
        _remove(entry)
        unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self._root))
        try:
            materialise(codebase, unfinished / _TREE)
            size_bytes = sum(len(codebase.text(path).encode()) for path in codebase.paths)
            (unfinished / _STAMP).write_text(str(size_bytes), encoding="ascii")
            unfinished.rename(entry)
        except BaseException:
            _remove(unfinished)
            raise

    def _evict(self, *, keep: Path) -> None:
        entries = sorted(self._entries(), key=lambda entry: (entry.used_ns, entry.path.name))
        excess = sum(entry.size_bytes for entry in entries) - self._max_bytes
        for entry in entries:
            if excess <= 0:
                return
            if entry.path != keep:
                _remove(entry.path)
                excess -= entry.size_bytes

    def _entries(self) -> list[_Entry]:
        found = []
        for stamp in self._root.glob(f"*/{_STAMP}"):
            text = stamp.read_text(encoding="ascii", errors="replace")
            # One that cannot be read is not worth keeping.
            size_bytes = int(text) if text.isdecimal() else self._max_bytes
            found.append(_Entry(stamp.parent, stamp.stat().st_mtime_ns, size_bytes))
        return found


def _is_intact(entry: Path, name: str) -> bool:
    if not (entry / _STAMP).is_file():
        return False
    try:
        return hash_on_disk(entry / _TREE) == name
    except OSError:
        return False


def _touch(entry: Path) -> None:
    # The clock's own time, because that of the file system may be coarser than two uses are apart.
    now_ns = time.time_ns()
    os.utime(entry / _STAMP, ns=(now_ns, now_ns))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
