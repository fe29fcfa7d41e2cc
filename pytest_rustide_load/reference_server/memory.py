"""The process's memory, and a limit that is kept by dropping what can be found anew.

Must not know what is dropped.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)
_EVERY_S = 0.2
# What comes back after an eviction is needed; dropping it again at once would only cost time.
_SLACK = 0.1


def resident_bytes() -> int | None:
    """Resident memory of this process now; None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


class MemoryLimit:
    """Looks at the process's memory from time to time and calls `drop` when it is above `limit_bytes`.

    Where dropping everything does not bring it below, the limit cannot be kept: that is said once, and from
    then on `drop` is called when a tenth of the limit has come on top of what was left.
    """

    def __init__(
        self,
        limit_bytes: int,
        drop: Callable[[], None],
        resident: Callable[[], int | None] = resident_bytes,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit_bytes = limit_bytes
        self.evictions = 0
        self._drop = drop
        self._resident = resident
        self._now = now
        self._next_s = 0.0
        self._bound_bytes = limit_bytes
        self._told = False

    def keep(self) -> bool:
        """Called between messages; whether memory was, or is still, too much."""
        now = self._now()
        if now < self._next_s:
            return False
        self._next_s = now + _EVERY_S
        resident = self._resident()
        if resident is None or resident <= self._bound_bytes:
            return False
        self._drop()
        self.evictions += 1
        give_back()
        left = self._resident() or 0
        self._bound_bytes = max(self.limit_bytes, int(left + _SLACK * self.limit_bytes))
        if left > self.limit_bytes and not self._told:
            self._told = True
            _log.warning(
                "the memory limit of %d MB cannot be kept: %d MB are left when all that can be found anew is "
                "dropped",
                self.limit_bytes // (1 << 20),
                left // (1 << 20),
            )
        return True


def give_back() -> None:
    """Frees what is dropped and returns the pages to the system, where its library of C can do that."""
    gc.unfreeze()
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
