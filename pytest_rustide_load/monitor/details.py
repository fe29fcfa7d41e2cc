"""What a process tree does that only its threads can tell: waiting, switching, holding files open.

Each look goes through every thread, so once or twice a second, for finding out what a backend waits for
rather than how much it uses. Linux only. Knows nothing of LSP or scenarios.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter

from pytest_rustide_load.monitor import procfs
from pytest_rustide_load.monitor.cgroup import limit_hits
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.stats.observed import TreeDetails

__all__ = ["TreeDetailsProbe"]

_BUFFER_BYTES = 4096
# A thread's voluntary and involuntary switches and its run delay in nanoseconds.
_Counts = tuple[int, int, int]
_NONE: _Counts = (0, 0, 0)


class TreeDetailsProbe:
    """Looks at the threads of the processes below each of `roots`, and with True at the root too."""

    def __init__(self, roots: dict[int, bool], clock: Clock) -> None:
        self._roots = dict(roots)
        self._clock = clock
        self._has_delay = os.path.exists(f"/proc/self/task/{os.getpid()}/schedstat")
        self._seen: dict[tuple[int, int], _Counts] = {}
        self._totals = list(_NONE)
        self._hits: int | None = None
        self._hits_before = 0
        self.sample()
        # What they did before the watch began is not counted.
        self._totals = list(_NONE)
        self._hits_before = self._hits or 0

    def add(self, pid: int, *, itself: bool = False) -> None:
        """Look at one more tree from now on, with all it has done since it began."""
        self._roots[pid] = itself

    def sample(self) -> TreeDetails:
        """Look now."""
        states: Counter[bytes] = Counter()
        seen: dict[tuple[int, int], _Counts] = {}
        descriptors = 0
        pids: list[int] = []
        for root, itself in list(self._roots.items()):
            for pid in [root, *procfs.descendants(root)] if itself else procfs.descendants(root):
                pids.append(pid)
                # What ends while it is looked at keeps what it had when last seen.
                with contextlib.suppress(OSError):
                    descriptors += len(os.listdir(f"/proc/{pid}/fd"))
                    for task in os.listdir(f"/proc/{pid}/task"):
                        with contextlib.suppress(OSError, ValueError):
                            state, counts = self._read_thread(f"/proc/{pid}/task/{task}")
                            states[state] += 1
                            seen[pid, int(task)] = counts
        for key, counts in seen.items():
            self._count(self._seen.get(key, _NONE), counts)
        self._seen = seen
        voluntary, involuntary, delay_ns = self._totals
        # A group that is gone takes its count along.
        hits = limit_hits(pids)
        if hits is not None:
            self._hits = max(self._hits or 0, hits)
        return TreeDetails(
            at_ns=self._clock.now_ns(),
            threads_running=states[b"R"],
            threads_blocked=states[b"D"],
            threads_sleeping=states.total() - states[b"R"] - states[b"D"],
            descriptors=descriptors,
            voluntary_switches=voluntary,
            involuntary_switches=involuntary,
            run_delay_ns=delay_ns if self._has_delay else None,
            limit_hits=None if self._hits is None else self._hits - self._hits_before,
        )

    def _count(self, before: _Counts, now: _Counts) -> None:
        # Counters of one thread only grow: a smaller one is of another thread that was given its number.
        base = before if all(new >= old for new, old in zip(now, before, strict=True)) else _NONE
        for index, (new, old) in enumerate(zip(now, base, strict=True)):
            self._totals[index] += new - old

    def _read_thread(self, directory: str) -> tuple[bytes, _Counts]:
        """Its state, switches and run delay: those of a process are its first thread's alone."""
        status = _read(f"{directory}/status")
        delay_ns = int(_read(f"{directory}/schedstat").split()[1]) if self._has_delay else 0
        state = status[status.index(b"\nState:") + 7 :].split(None, 1)[0]
        # These two lines follow one another, proc_pid_status(5).
        switches = status[status.index(b"\nvoluntary_ctxt_switches:") :].split(None, 4)
        return state, (int(switches[1]), int(switches[3]), delay_ns)


def _read(path: str) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(fd, _BUFFER_BYTES)
    finally:
        os.close(fd)
