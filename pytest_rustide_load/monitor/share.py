"""How much of the time it was ready to run a process tree did run: what is left of it where others compete.

Each look goes through every thread, so once a second. Linux only. Knows nothing of who competes.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_rustide_load.monitor import procfs

__all__ = ["RunShare", "RunShareProbe"]


@dataclass(frozen=True, slots=True)
class RunShare:
    """Time on a core, and time ready to run and waiting for one, summed over threads."""

    ran_ns: int
    waited_ns: int

    @property
    def ratio(self) -> float | None:
        """1 where nobody was in the way; None where the tree never wanted to run."""
        wanted = self.ran_ns + self.waited_ns
        return self.ran_ns / wanted if wanted else None


class RunShareProbe:
    """Of the processes `pids` and those below them, from its making on; what a thread did after the last look
    before its end is not known."""

    def __init__(self, pids: Sequence[int]) -> None:
        self._pids = list(pids)
        self._last: dict[str, tuple[int, int]] = {}
        self._ran = self._waited = 0
        self._look(count=False)

    def add(self, pid: int) -> None:
        """Of this one too, from its beginning on."""
        self._pids.append(pid)

    def sample(self) -> RunShare:
        self._look(count=True)
        return RunShare(self._ran, self._waited)

    def _look(self, *, count: bool) -> None:
        seen: dict[str, tuple[int, int]] = {}
        for pid in self._pids:
            for one in (pid, *procfs.descendants(pid)):
                # What ends while it is looked at is left out, and so is all on kernels that do not count.
                with contextlib.suppress(OSError):
                    for task in os.listdir(f"/proc/{one}/task"):
                        with open(f"/proc/{one}/task/{task}/schedstat", "rb", buffering=0) as file:
                            ran, waited, _ = map(int, file.read().split())
                        seen[task] = (ran, waited)
        for task, (ran, waited) in seen.items():
            before = self._last.get(task, (0, 0))
            if count and ran >= before[0]:
                self._ran += ran - before[0]
                self._waited += waited - before[1]
        self._last = seen
