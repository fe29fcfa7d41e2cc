"""What a fixed piece of work costs on this machine right now.

Knows nothing of what is measured beside it.
"""

from __future__ import annotations

import hashlib
import time

__all__ = ["calibrate", "calibration_time_s"]

# Never changed: figures of before would mean something else.
_NUMBERS = [(number * 7_919) % 10_007 for number in range(2_000)]
_BYTES = bytes(range(256)) * 256
_SHARE = 0.01
_SHORTEST_S, _LONGEST_S = 0.02, 0.25


def calibration_time_s(measured_s: float) -> float:
    """How long to work beside a run of that length: a hundredth of it, within bounds."""
    return min(max(measured_s * _SHARE, _SHORTEST_S), _LONGEST_S)


def calibrate(duration_s: float) -> float:
    """Milliseconds that one piece of work takes, the mean over about `duration_s` seconds by the clock on the
    wall: that of a machine with other work as well includes the wait for a core."""
    begun = time.perf_counter()
    count = 0
    while True:
        _work()
        count += 1
        elapsed_s = time.perf_counter() - begun
        if elapsed_s >= duration_s:
            return elapsed_s / count * 1000


def _work() -> None:
    """About a millisecond of what language servers do: comparing, looking up, reading memory."""
    table = {number: index for index, number in enumerate(sorted(_NUMBERS))}
    for number in _NUMBERS:
        table[number] += 1
    hashlib.sha256(_BYTES).digest()
