"""Memory control groups of either generation: made below the one we are in, limited, and removed again.

Standard library only; knows nothing of who is put into one, nor when which limit holds.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["MemoryGroup", "make_group", "places", "remove_stale", "start_ticks"]

_PREFIX = "rustide-load-"
_TOP = "sys/fs/cgroup"
_OWN = "proc/self/cgroup"
_EMPTY_S = 1.5


class MemoryGroup:
    """One group of ours. `generation` is 1 or 2."""

    def __init__(self, path: Path, generation: int) -> None:
        self.path = path
        self.generation = generation
        self.name = f"cgroup v{generation}"

    def adopt(self, pid: int) -> None:
        """Put a process in: it, and what it starts from now on, is charged here. Raises OSError."""
        _write(self.path / "cgroup.procs", str(pid))

    def set_limit(self, limit_bytes: int | None) -> bool:
        """Limit what is charged here, None for no limit; False where the kernel refuses, as the first
        generation does when more is in use and cannot be taken back."""
        if self.generation == 2:
            # Where there is swap, a limit that only moves memory there would be none.
            with contextlib.suppress(OSError):
                _write(self.path / "memory.swap.max", "max" if limit_bytes is None else "0")
            return self._set("memory.max", "max" if limit_bytes is None else str(limit_bytes))
        return self._set("memory.limit_in_bytes", "-1" if limit_bytes is None else str(limit_bytes))

    def used_bytes(self) -> int:
        return _number(self.path / ("memory.current" if self.generation == 2 else "memory.usage_in_bytes"))

    def peak_bytes(self) -> int:
        """The most that was charged here at a time, by the kernel's own mark where it keeps one (the second
        generation does since Linux 5.19): whoever looks now and then misses what the kernel ends at once."""
        mark = "memory.peak" if self.generation == 2 else "memory.max_usage_in_bytes"
        return _number(self.path / mark) or self.used_bytes()

    def oom_kills(self) -> int:
        """How many processes the kernel has ended here for want of memory."""
        return _count(self.path / ("memory.events" if self.generation == 2 else "memory.oom_control"))

    def members(self) -> list[int]:
        try:
            return [int(word) for word in (self.path / "cgroup.procs").read_text(encoding="ascii").split()]
        except OSError:
            return []

    def remove(self) -> bool:
        """Remove the group once it is empty; what stays for longer is put back above it, or ended where that
        is impossible. True when the group is gone."""
        deadline_s = time.monotonic() + _EMPTY_S
        while self.path.exists():
            with contextlib.suppress(OSError):
                self.path.rmdir()
                return True
            if time.monotonic() > deadline_s:
                for pid in self.members():
                    try:
                        _write(self.path.parent / "cgroup.procs", str(pid))
                    except OSError:
                        with contextlib.suppress(OSError):
                            os.kill(pid, signal.SIGKILL)
                if time.monotonic() > deadline_s + _EMPTY_S:
                    return False
            time.sleep(0.01)
        return True

    def _set(self, name: str, text: str) -> bool:
        try:
            _write(self.path / name, text)
        except OSError:
            return False
        return True


def make_group(root: Path = Path("/")) -> MemoryGroup:
    """A new group below our own, or beside it, of the generation that rules memory here. Raises OSError with
    the reason in words where there may be none."""
    reasons = []
    for generation, above in places(root):
        path = above / f"{_PREFIX}{os.getpid()}-{start_ticks(os.getpid())}"
        try:
            path.mkdir()
        except OSError as error:
            reasons.append(f"cgroup v{generation}: {error.strerror} in {above}")
            continue
        limit = "memory.max" if generation == 2 else "memory.limit_in_bytes"
        if (path / limit).exists():
            return MemoryGroup(path, generation)
        path.rmdir()
        reasons.append(f"cgroup v{generation}: memory is not delegated to {above}")
    raise OSError("; ".join(reasons) or "this system has no memory control groups")


def remove_stale(root: Path = Path("/")) -> None:
    """Remove what is left of keepers that were killed before they could."""
    for generation, above in places(root):
        for path in above.glob(f"{_PREFIX}*-*"):
            pid, _, started = path.name.removeprefix(_PREFIX).partition("-")
            if pid.isdecimal() and started.isdecimal() and start_ticks(int(pid)) != started:
                MemoryGroup(path, generation).remove()


def places(root: Path = Path("/")) -> Iterator[tuple[int, Path]]:
    """Where a group may be made, and of which generation: below our own group and, in the second, where a
    group that has processes hands nothing on, beside it. `root` holds `proc` and `sys`."""
    hierarchies = root / _TOP
    try:
        lines = (root / _OWN).read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            yield 1, hierarchies / "memory" / path.lstrip("/")
        elif controllers == "":
            for top in (hierarchies, hierarchies / "unified"):
                own = top / path.lstrip("/")
                if (own / "cgroup.procs").exists():
                    yield from ((2, place) for place in (own, own.parent) if place.is_relative_to(top))


def start_ticks(pid: int) -> str:
    """When a process began, in the kernel's ticks; empty where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _write(path: Path, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _number(path: Path) -> int:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _count(path: Path) -> int:
    try:
        words = path.read_text(encoding="ascii").split()
    except OSError:
        return 0
    return int(words[words.index("oom_kill") + 1]) if "oom_kill" in words else 0
