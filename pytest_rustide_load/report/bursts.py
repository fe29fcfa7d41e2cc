"""Bursts of a run, with what else happened at the time, as values and as sentences.

Knows nothing of how they were found.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from pytest_rustide_load.stats.bursts import Burst
from pytest_rustide_load.units import NS_PER_MS, format_duration_ns, s_from_ns, three_digits

__all__ = ["BurstReport", "Happening", "describe_bursts", "report_bursts"]

# What an alert sees begins a little before it, and ends a little after.
_AROUND_S = 1.0
_SHOWN = 3
_LATE_MS = 5.0


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """Something that went on from `start_s` to `end_s` of the measured time (infinite: to the end)."""

    what: str
    start_s: float
    end_s: float = math.inf


class BurstReport(msgspec.Struct, frozen=True, kw_only=True):
    """From `start_s` to `end_s` of the measured time `outliers` of the `due` operations took `factor` times
    as long as usual, in the median; they were sent `late_ms` late. `meanwhile` is what coincides."""

    start_s: float
    end_s: float
    outliers: int
    due: int
    factor: float
    late_ms: float
    operations: tuple[str, ...]
    meanwhile: tuple[str, ...] = ()


def report_bursts(
    bursts: Sequence[Burst], start_ns: int, happenings: Sequence[Happening]
) -> tuple[BurstReport, ...]:
    """`bursts` in seconds since `start_ns`, each with those of `happenings` that overlap it."""
    found = []
    for burst in bursts:
        start_s, end_s = s_from_ns(burst.start_ns - start_ns), s_from_ns(burst.end_ns - start_ns)
        meanwhile = [
            one.what
            for one in happenings
            if one.start_s - _AROUND_S <= end_s and one.end_s + _AROUND_S >= start_s
        ]
        found.append(
            BurstReport(
                start_s=start_s,
                end_s=end_s,
                outliers=burst.outliers,
                due=burst.due,
                factor=burst.factor,
                late_ms=burst.late_ns / NS_PER_MS,
                operations=burst.operations,
                meanwhile=tuple(dict.fromkeys(meanwhile)),
            )
        )
    return tuple(found)


def describe_bursts(bursts: Sequence[BurstReport]) -> list[str]:
    """A sentence for each of the longest, in their order, and how many more there are."""
    shown = sorted(sorted(bursts, key=lambda one: -one.outliers)[:_SHOWN], key=lambda one: one.start_s)
    lines = [_sentence(one) for one in shown]
    more = len(bursts) - len(shown)
    return [*lines, f"{more} more bursts"] if more else lines


def _sentence(one: BurstReport) -> str:
    when = f"from {one.start_s:.1f} s to {one.end_s:.1f} s"
    which = ", ".join(one.operations)
    # What is sent in time waited for the backend.
    is_late = one.late_ms >= _LATE_MS
    late = f", sent {format_duration_ns(one.late_ms * NS_PER_MS)} late themselves" if is_late else ""
    what = f"{one.outliers} of {one.due} operations took {three_digits(one.factor)} times as long as usual"
    beside = f"; meanwhile {', '.join(one.meanwhile)}" if one.meanwhile else ""
    return f"burst: {when} {what} ({which}{late}){beside}"
