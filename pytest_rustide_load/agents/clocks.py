"""How much the clock of an agent shows more than ours, from questions for the time and their answers.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Offset", "Reading", "estimate_offset"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One question: sent and answered by our clock, received and answered by theirs, all in nanoseconds."""

    asked_ns: int
    received_ns: int
    sent_ns: int
    answered_ns: int

    @property
    def round_trip_ns(self) -> int:
        """The time on the way, there and back."""
        return (self.answered_ns - self.asked_ns) - (self.sent_ns - self.received_ns)


@dataclass(frozen=True, slots=True)
class Offset:
    """Their clock shows `offset_ns` more than ours, give or take `error_ns`."""

    offset_ns: int
    error_ns: int


def estimate_offset(readings: Iterable[Reading]) -> Offset | None:
    """From the reading that was fastest there and back (Mills, "Computer network time synchronization", 2006,
    chapter 3): had the way there taken all of that time or none of it, the offset would be half of it off,
    which is the error. None without readings."""
    best = min(readings, key=lambda reading: reading.round_trip_ns, default=None)
    if best is None:
        return None
    there, back = best.received_ns - best.asked_ns, best.sent_ns - best.answered_ns
    # Rounded up: the truth lies within.
    return Offset((there + back) // 2, max(best.round_trip_ns, 0) // 2 + 1)
