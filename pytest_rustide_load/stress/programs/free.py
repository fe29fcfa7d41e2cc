"""How much memory this process may still take without harm: of the machine, and of its control groups.

Standard library only; knows nothing of who asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

__all__ = ["available_bytes"]


def available_bytes(root: Path = Path("/")) -> int | None:
    """The least of MemAvailable and what each memory group above this process has left; None where the
    system does not say (anything but Linux). `root` holds `proc` and `sys`."""
    machine = None
    for line in _read(root / "proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            machine = int(line.split()[1]) * 1024
    return None if machine is None else max(0, min([machine, *_left_in_groups(root)]))


def _left_in_groups(root: Path) -> Iterator[int]:
    """Limit less use, of the process's own memory group and all above it, of either generation."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            tops, limit, used = ["", "unified"], "memory.max", "memory.current"
        elif "memory" in controllers.split(","):
            tops, limit, used = ["memory"], "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        for name in tops:
            top = root / "sys/fs/cgroup" / name
            group = top / path.lstrip("/")
            for above in (group, *group.parents):
                if above.is_relative_to(top):
                    words = _read(above / limit), _read(above / used)
                    if all(word.isdecimal() for word in words):
                        yield int(words[0]) - int(words[1])


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
