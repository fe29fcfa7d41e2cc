"""Where a backend's workspace lies, on disk or in memory, and how busy that place is kept.

A place is looked at for what it is, and a directory made there is gone with its owner on every path. Knows
nothing of what is kept there. What removes is programs/tidy.py, what keeps busy programs/churn.py.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pytest_rustide_load.errors import ConfigError, Problem
from pytest_rustide_load.stress.child import StressChild, StressError, Stressing, StressRefused
from pytest_rustide_load.stress.programs.free import available_bytes
from pytest_rustide_load.units import MB, format_bytes

__all__ = ["IoContention", "IoReport", "IoStress", "Place", "PlacedDirectory", "look_at", "ram_directory"]

_START_S = 10.0
_TIDY_S = 12.0
# File systems that keep their files in memory.
_IN_MEMORY = ("tmpfs", "ramfs", "devtmpfs")
# Where a RAM disk is looked for: Linux has the first everywhere.
_RAM_DIRECTORIES = ("/dev/shm", "/run/shm")  # noqa: S108  what lies there has a name of its own
# More of a file system than this is not taken.
_MAX_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Place:
    """A directory and what it lies on: `filesystem` as the kernel calls it, empty where it does not say."""

    path: Path
    filesystem: str
    in_memory: bool
    free_bytes: int

    def describe(self) -> str:
        """`tmpfs in memory`, `ext4 on disk`."""
        kind = "in memory" if self.in_memory else "on disk"
        return f"{self.filesystem or 'unknown file system'} {kind}"


def look_at(path: Path) -> Place:
    """What `path`, an existing directory, lies on. Raises OSError."""
    free = shutil.disk_usage(path).free
    filesystem = _filesystem(path)
    return Place(path, filesystem, filesystem in _IN_MEMORY, free)


def ram_directory(keep_free_bytes: int) -> Place:
    """A directory in memory. Raises StressRefused with the reason where there is none, or too little left."""
    for name in _RAM_DIRECTORIES:
        if os.path.isdir(name) and os.access(name, os.W_OK):
            place = look_at(Path(name))
            if not place.in_memory:
                continue
            left = min(place.free_bytes, available_bytes() or place.free_bytes)
            if left < keep_free_bytes:
                raise StressRefused(
                    f"a workspace in memory would leave less than {format_bytes(keep_free_bytes)} of the "
                    f"{format_bytes(left)} available"
                )
            return place
    raise StressRefused(f"there is no RAM disk to write to at {' or '.join(_RAM_DIRECTORIES)}")


class PlacedDirectory:
    """A new directory below `parent`, removed by `close`, or when its owner ends in whatever way."""

    def __init__(self, parent: Path) -> None:
        try:
            self.path = Path(tempfile.mkdtemp(prefix="rustide-load-", dir=parent))
        except OSError as error:
            raise StressRefused(f"nothing can be written in {parent}: {error.strerror}") from error
        try:
            self._child = StressChild("tidy", str(self.path), tidy_s=_TIDY_S)
        except StressError:
            self.path.rmdir()
            raise
        if not self._child.lines(_START_S):
            self.close()
            raise StressError("the process that removes a directory did not start")

    @property
    def pid(self) -> int:
        return self._child.pid

    def close(self) -> None:
        """Remove it with all there is in it. Idempotent."""
        self._child.stop()
        shutil.rmtree(self.path, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class IoContention:
    """What is asked for: a file of `size_bytes` in `directory`, written and read as fast as the disk lets."""

    directory: Path
    size_bytes: int = 100 * MB

    def __post_init__(self) -> None:
        if self.size_bytes <= 0:
            raise ConfigError([Problem("the size must be positive", source="I/O contention")])

    def refusal(self) -> str:
        """Why this cannot be done here, as a sentence; empty where it can."""
        free = look_at(self.directory).free_bytes
        if self.size_bytes > free * _MAX_SHARE:
            return (
                f"a file of {format_bytes(self.size_bytes)} would take more than {_MAX_SHARE:.0%} of the "
                f"{format_bytes(free)} left in {self.directory}"
            )
        return ""

    def start(self) -> IoStress:
        """Begin. Raises StressRefused with the refusal. Use as a context manager, or call `stop`."""
        return IoStress(self)


@dataclass(frozen=True, slots=True)
class IoReport:
    """What was moved in `duration_ns`; `alive` is False when the process has ended by itself."""

    requested: IoContention
    place: Place
    written_bytes: int
    read_bytes: int
    syncs: int
    duration_ns: int
    alive: bool

    @property
    def bytes_per_s(self) -> float:
        return (self.written_bytes + self.read_bytes) * 1e9 / max(1, self.duration_ns)


class IoStress(Stressing[IoReport]):
    """A disk kept busy by a process of its own."""

    def __init__(self, contention: IoContention) -> None:
        refusal = contention.refusal()
        if refusal:
            raise StressRefused(refusal)
        self._asked = contention
        self._place = look_at(contention.directory)
        self._moved = (0, 0, 0)
        self._failed = ""
        self._child = StressChild("churn", str(contention.directory), str(contention.size_bytes))
        first = self._child.lines(_START_S)
        self._note(first)
        if not first or self._failed:
            self._child.stop()
            raise StressRefused(self._failed or "the process that keeps the disk busy did not start")
        self._began_ns = time.monotonic_ns()

    def report(self) -> IoReport:
        """Now; after `stop`, until then."""
        if self._final is not None:
            return self._final
        self._note(self._child.lines())
        written, read, syncs = self._moved
        duration_ns = time.monotonic_ns() - self._began_ns
        return IoReport(self._asked, self._place, written, read, syncs, duration_ns, self._child.alive)

    def _note(self, lines: list[str]) -> None:
        for line in lines:
            word, _, rest = line.partition(" ")
            if word == "moved":
                written, read, syncs = map(int, rest.split())
                self._moved = (written, read, syncs)
            elif word == "failed":
                self._failed = f"a file cannot be written in {self._asked.directory}: {rest}"


def _filesystem(path: Path) -> str:
    """The type of the file system a path lies on, by the longest mount point above it
    (proc_pid_mountinfo(5)); empty where the system does not say."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    resolved = os.path.realpath(path)
    best, found = -1, ""
    for line in lines:
        before, _, after = line.partition(" - ")
        mount = before.split()[4].encode().decode("unicode_escape")
        inside = resolved == mount or resolved.startswith(mount.rstrip("/") + "/")
        # Of two mounts on one place the later one is seen.
        if inside and len(mount) >= best:
            best, found = len(mount), after.split()[0]
    return found
