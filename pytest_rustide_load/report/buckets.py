"""A bucket of a distribution, as it is stored and sent. A value; `latencies` makes them."""

from __future__ import annotations

import msgspec

__all__ = ["LatencyBucket"]


class LatencyBucket(msgspec.Struct, frozen=True, array_like=True):
    """How many right answers took at least `low_ms` and less than `high_ms`."""

    low_ms: float
    high_ms: float
    count: int
