"""The steps of a ramp as a curve, and its knee: up to which step a backend kept what was asked of it.

Values that travel in results; `knee` finds them.
"""

from __future__ import annotations

import msgspec

__all__ = ["KneePoint", "KneeReport"]


class KneePoint(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a ramp, at `level` times the rates: operations and edits that were offered each second, and
    those answered rightly; the longest p95 of `count` answers to `operation`, None for no answer; the least
    goodput of any; and what of it was `missed`, empty where all was kept."""

    level: float
    offered_per_s: float
    edits_per_s: float
    right_per_s: float
    operation: str
    p95_ms: float | None
    count: int
    goodput_ratio: float | None
    missed: str


class KneeReport(msgspec.Struct, frozen=True, kw_only=True):
    """Up to which step of a ramp every operation the user waits for kept `p95_ms` and `goodput_ratio`: at
    `level` times the rates, with `offered_per_s` operations in all, `edits_per_s` of them edits; None where
    not even the first did. `why` says what the next step did not keep; empty where all kept it. `curve` has a
    point for each step, those beyond the knee too."""

    p95_ms: float
    goodput_ratio: float
    level: float | None
    offered_per_s: float | None
    why: str
    edits_per_s: float | None = None
    curve: tuple[KneePoint, ...] = ()
