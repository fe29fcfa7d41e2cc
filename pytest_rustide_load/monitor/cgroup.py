"""What a control group leaves a process of the machine: cores' worth of CPU, and memory.

Reads both generations of Linux's control groups, the process's own and every one above it, and takes the
tightest. Knows nothing of who set them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

__all__ = ["cpu_quota_cores", "limit_hits", "memory_limit_bytes", "throttled_ns"]


def cpu_quota_cores(root: Path = Path("/")) -> float | None:
    """How many cores' worth of time a quota allows; None without one. `root` holds `proc` and `sys`."""
    quotas = []
    for directory in _groups(root, "cpu"):
        # Second generation: "QUOTA PERIOD" or "max PERIOD"; first: two files, -1 for no quota.
        words = _read(directory / "cpu.max").split()
        words = words or [_read(directory / "cpu.cfs_quota_us"), _read(directory / "cpu.cfs_period_us")]
        if len(words) == 2 and all(word.isdecimal() for word in words) and int(words[1]) > 0:
            quotas.append(int(words[0]) / int(words[1]))
    return min(quotas, default=None)


def throttled_ns(root: Path = Path("/")) -> int | None:
    """How long a quota has held back the process's group, or one above it, since that was made; the longest,
    None where nobody counts."""
    found = []
    for directory in _groups(root, "cpu"):
        words = _read(directory / "cpu.stat").split()
        counts = dict(zip(words[::2], words[1::2], strict=False))
        for name, unit_ns in (("throttled_usec", 1_000), ("throttled_time", 1)):
            if counts.get(name, "").isdecimal():
                found.append(int(counts[name]) * unit_ns)
    return max(found, default=None)


def memory_limit_bytes(root: Path = Path("/")) -> int | None:
    """The most memory the process and those in its group may hold; None without a limit."""
    limits = []
    for directory in _groups(root, "memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            word = _read(directory / name)
            # "No limit" is "max", and in the first generation the largest number of pages.
            if word.isdecimal() and int(word) < 2**62:
                limits.append(int(word))
    return min(limits, default=None)


def limit_hits(pids: Iterable[int], root: Path = Path("/")) -> int | None:
    """How often the groups of these processes, and those above, were at their limit of memory and something
    had to be given back first, since they were made; None where nobody counts."""
    # Most are in the same.
    lines = {_read(root / "proc" / str(pid) / "cgroup") for pid in pids}
    directories = {directory for each in lines for directory in _directories(root, "memory", each)}
    found = [hits for directory in directories if (hits := _hits_of(directory)) is not None]
    return sum(found) if found else None


def _hits_of(directory: Path) -> int | None:
    """Of this group alone: the second generation counts in `memory.events` what happened below as well."""
    words = _read(directory / "memory.events.local").split()
    if words:
        counts = dict(zip(words[::2], words[1::2], strict=False))
        return sum(int(counts[name]) for name in ("high", "max") if counts.get(name, "").isdecimal())
    failed = _read(directory / "memory.failcnt")
    return int(failed) if failed.isdecimal() else None


def _groups(root: Path, controller: str) -> tuple[Path, ...]:
    """The directory of this process's group for `controller`, then those above it, up to the top one."""
    return _directories(root, controller, _read(root / "proc/self/cgroup"))


# A watch asks for the same ones twice a second.
@lru_cache(maxsize=64)
def _directories(root: Path, controller: str, lines: str) -> tuple[Path, ...]:
    """Of a process whose groups are told in `lines`."""
    return tuple(_places(root, controller, lines))


def _places(root: Path, controller: str, lines: str) -> Iterator[Path]:
    for line in lines.splitlines():
        # "ID:CONTROLLERS:PATH", without controllers for the second generation.
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        for mount in (controllers and controller, "unified", ""):
            top = root / "sys/fs/cgroup" / mount
            group = top / path.lstrip("/")
            # A container may see its group's path from outside, and its own group as the top.
            yield from (above for above in (group, *group.parents) if above.is_relative_to(top))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
