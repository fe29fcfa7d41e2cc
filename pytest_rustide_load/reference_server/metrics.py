"""What the process counts of itself: requests and their times, errors, memory.

Must not know who asks, nor what the methods do.
"""

from __future__ import annotations

import resource
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from pytest_rustide_load.reference_server.memory import resident_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

_MB = 1_000_000
_KEPT = 1024
_MOST_METHODS = 200
_OTHER = "other"


class Metrics:
    """Counts over the life of the process; times of the last 1024 requests of each method."""

    def __init__(self, more: Callable[[], dict[str, Any]] = dict) -> None:
        self._more = more
        self._began_ns = time.monotonic_ns()
        self._counts: dict[str, int] = {}
        self._times_ns: dict[str, deque[int]] = {}
        self._errors: dict[int, int] = {}
        self.clients = 0

    def answered(self, method: str, duration_ns: int) -> None:
        """Counts one request. Names beyond the first two hundred are counted together."""
        if method not in self._counts and len(self._counts) >= _MOST_METHODS:
            method = _OTHER
        self._counts[method] = self._counts.get(method, 0) + 1
        self._times_ns.setdefault(method, deque(maxlen=_KEPT)).append(duration_ns)

    def refused(self, code: int) -> None:
        """Counts one answer that was an error."""
        self._errors[code] = self._errors.get(code, 0) + 1

    def performance(self) -> dict[str, Any]:
        """Requests since the start, and median, 95th percentile (nearest rank) and maximum by method."""
        return {
            "uptime_s": (time.monotonic_ns() - self._began_ns) / 1e9,
            "requests": sum(self._counts.values()),
            "methods": {
                name: {"requests": self._counts[name], **_summary(sorted(times))}
                for name, times in sorted(self._times_ns.items())
            },
        }

    def resources(self) -> dict[str, Any]:
        """Resident memory now and at its highest, processor time, clients, and what `more` tells."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        answer: dict[str, Any] = {
            # The kernel counts in KiB.
            "rss_peak_mb": used.ru_maxrss * 1024 / _MB,
            "cpu_user_s": used.ru_utime,
            "cpu_system_s": used.ru_stime,
            "clients": self.clients,
            **self._more(),
        }
        resident = resident_bytes()
        return {"rss_mb": resident / _MB, **answer} if resident is not None else answer

    def errors(self) -> dict[str, Any]:
        """Answers that were errors, in all and by the code of JSON-RPC."""
        by_code = {str(code): count for code, count in sorted(self._errors.items())}
        return {"errors": sum(self._errors.values()), "by_code": by_code}


def _summary(times_ns: list[int]) -> dict[str, float]:
    def rank(percent: int) -> float:
        return times_ns[max(0, -(-len(times_ns) * percent // 100) - 1)] / 1e6

    return {"p50_ms": rank(50), "p95_ms": rank(95), "max_ms": rank(100)}
