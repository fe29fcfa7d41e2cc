"""The working set of processes: the memory they touch, as Linux counts it (see proc(5), clear_refs).

After P. J. Denning, "The working set model for program behavior", 1968: what was referenced in a window,
which here is the time from `begin` to `read`. Knows nothing of runs.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["WorkingSet"]

_REFERENCED = b"Referenced:"
# Forget which pages were referenced; nothing is freed or moved.
_FORGET = b"1"


class WorkingSet:
    """That of the processes `pids`. `begin` and `read` go through their page tables: some milliseconds for
    each hundred megabytes."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._pids = tuple(pids)
        self._begun: list[int] = []

    def begin(self) -> None:
        """From now on it is counted what they touch; where the kernel lets us."""
        self._begun = [pid for pid in self._pids if _forget(pid)]

    def read(self) -> int | None:
        """Bytes touched since `begin`, of the processes that are still there; None where it is not known."""
        found = [touched for pid in self._begun for touched in [_touched(pid)] if touched is not None]
        return sum(found) if found else None


def _forget(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/clear_refs", "wb", buffering=0) as control:
            control.write(_FORGET)
    except OSError:
        return False
    return True


def _touched(pid: int) -> int | None:
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as rollup:
            lines = rollup.read().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(_REFERENCED)), None)
