"""What a scaling experiment found, for those who read results.

The values alone; `scaling_build` makes them, `scaling_text` writes them out. Knows nothing of terminals,
files or pytest.
"""

from __future__ import annotations

import msgspec

from pytest_rustide_load.stats.scaling import Interval, ScalabilityFit

__all__ = [
    "NotRun",
    "RegressionMetrics",
    "ScalingFactor",
    "ScalingLevel",
    "ScalingReport",
    "ScalingVariable",
]


class RegressionMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """How `measure` (such as "p95_ms") grows with `variable`: a straight line through `count` points, by
    least squares, and the order of growth.

    `slope_interval` is of 95 %. `order` is "constant", "log", "linear", "n log n" or "quadratic", None
    where the data leave several, the `candidates`; `why_no_order` says what is missing. `growth_factor` is
    how many times the fitted value at the smallest level the one at the largest is.
    """

    variable: str
    slope: float
    intercept: float
    r_squared: float
    count: int
    measure: str = "p95_ms"
    slope_interval: Interval | None = None
    order: str | None = None
    candidates: tuple[str, ...] = ()
    growth_factor: float | None = None
    why_no_order: str = ""


class ScalingLevel(msgspec.Struct, frozen=True, kw_only=True):
    """One level: means over `runs` that count, with 95 % bootstrap intervals. `value` is in cores, bytes,
    users or lines, 0 for a directory. `note` says what went wrong, or what a directory is."""

    name: str
    value: float
    runs: int
    throughput_per_s: float | None
    throughput_interval: Interval | None
    p95_ms: float | None
    p95_interval: Interval | None
    rss_peak_mb: float | None
    cpu_percent: float | None
    goodput_ratio: float | None
    startup_s: float | None
    storage_mb_per_s: float | None
    bottleneck: str = ""
    note: str = ""


class NotRun(msgspec.Struct, frozen=True, kw_only=True):
    """A level that was asked for and is not there, and why."""

    name: str
    why: str


class ScalingVariable(msgspec.Struct, frozen=True, kw_only=True):
    """One variable through its levels, all else being equal. `placed` says which cores were whose; `law` is
    the Universal Scalability Law through all runs, its residuals in their order."""

    variable: str
    levels: tuple[ScalingLevel, ...]
    not_run: tuple[NotRun, ...] = ()
    placed: str = ""
    law: ScalabilityFit | None = None
    why_no_law: str = ""
    slopes: tuple[RegressionMetrics, ...] = ()


class ScalingFactor(msgspec.Struct, frozen=True, kw_only=True):
    """`reached` is where, None where it was not reached; `evidence` in words."""

    reached: str | None
    evidence: str


class ScalingReport(msgspec.Struct, frozen=True, kw_only=True):
    """`factors` by name: linear_threshold, memory_saturation, io_bottleneck. `repetitions` were asked for of
    each level."""

    variables: tuple[ScalingVariable, ...]
    factors: dict[str, ScalingFactor]
    repetitions: int
