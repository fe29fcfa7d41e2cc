"""The vocabulary of budgets: what may be bounded, in which unit, and how a value is written.

One table serves markers, budgets.yaml, the editors' schema and the reports. Knows nothing of runs.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from pytest_rustide_load.units import (
    MB,
    format_bytes,
    format_duration_ns,
    mb_from_bytes,
    ms_from_ns,
    ns_from_ms,
    ns_from_s,
    parse_bytes,
    parse_duration_ns,
    parse_ratio,
    s_from_ns,
)

__all__ = ["METRICS", "RECOVERY_KEYS", "Metric", "Unit", "format_apart", "format_value", "parse_value"]


class Unit(enum.Enum):
    """The unit a limit is kept in; the value is how a person is told to write it."""

    MS = "'150ms' or '2s'"
    S = "'30s' or 30"
    MB = "'400MB' or '1GB'"
    RATIO = "'5%' or 0.05"
    PERCENT = "'25%'"
    PER_S = "'10/s'"
    FACTOR = "'2x'"
    COUNT = "a whole number"


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing a budget can bound.

    `label` stands in sentences, `means` in the schema. `is_floor`: the limit is the least
    allowed instead of the most. `of_backend`: of the backend as a whole, so it takes no operation.
    `quantile` is set for percentiles. `is_timing`: worthless where the generator was the bottleneck.
    """

    key: str
    unit: Unit
    label: str
    means: str
    is_floor: bool = False
    of_backend: bool = False
    quantile: float | None = None
    is_latency: bool = False

    @property
    def short(self) -> str:
        """The label where there is no room."""
        return {"throughput": "rate", "goodput": "good", "error": "err", "degradation": "degr"}.get(
            self.label, self.label
        )

    @property
    def is_timing(self) -> bool:
        return self.unit in (Unit.MS, Unit.PER_S, Unit.FACTOR)


def _latency(key: str, label: str, means: str, q: float | None = None) -> Metric:
    return Metric(
        key, Unit.MS, label, f"{means} latency from the intended start", quantile=q, is_latency=True
    )


_RECOVERY = {
    "recovery_s": ("recovery", "the last of the four below, as far as the backend tells them"),
    "first_response_s": ("first response", "the first answer of any kind"),
    "first_correct_s": ("first right answer", "the first answer the oracle agrees with"),
    "latency_band_s": ("latency band", "when latencies were again as they were before"),
    "quiescent_s": ("quiescent", "when the backend said that it had nothing left to do"),
}

RECOVERY_KEYS = tuple(_RECOVERY)

METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        _latency("p50_ms", "p50", "median", 0.50),
        _latency("p90_ms", "p90", "90th percentile of", 0.90),
        _latency("p95_ms", "p95", "95th percentile of", 0.95),
        _latency("p99_ms", "p99", "99th percentile of", 0.99),
        _latency("max_ms", "max", "largest"),
        _latency("mean_ms", "mean", "mean"),
        Metric(
            "feedback_p50_ms",
            Unit.MS,
            "feedback p50",
            "median time from a change to the first fresh answer about it",
            of_backend=True,
            quantile=0.50,
        ),
        Metric(
            "feedback_p95_ms",
            Unit.MS,
            "feedback p95",
            "95th percentile of the time from a change to the first fresh answer about it",
            of_backend=True,
            quantile=0.95,
        ),
        Metric(
            "degradation_factor",
            Unit.FACTOR,
            "degradation",
            "how many times the p95 of the first step of a ramp (or first half of a run) a later one is",
        ),
        Metric(
            "fairness_factor",
            Unit.FACTOR,
            "fairness",
            "the largest p95 of a user over the median of all users'",
            of_backend=True,
        ),
        Metric(
            "interference_factor",
            Unit.FACTOR,
            "interference",
            "how many times their own p95 the first users have once others come",
            of_backend=True,
        ),
        *(
            Metric(key, Unit.S, label, f"time from a fault to {means}", of_backend=True)
            for key, (label, means) in _RECOVERY.items()
        ),
        Metric("error_ratio", Unit.RATIO, "error", "share of operations that failed, timed out or crashed"),
        Metric(
            "min_goodput_ratio", Unit.RATIO, "goodput", "share of operations answered rightly", is_floor=True
        ),
        Metric("min_throughput_per_s", Unit.PER_S, "throughput", "right answers per second", is_floor=True),
        Metric(
            "rss_avg_mb", Unit.MB, "rss avg", "average memory of the backend's processes", of_backend=True
        ),
        Metric("rss_peak_mb", Unit.MB, "rss peak", "peak memory of the backend's processes", of_backend=True),
        Metric(
            "cpu_avg_percent",
            Unit.PERCENT,
            "cpu avg",
            "average CPU of the backend's processes, in percent of one core",
            of_backend=True,
        ),
        Metric(
            "max_alerts",
            Unit.COUNT,
            "alerts",
            "alerts that began in the measured time or lasted into it",
            of_backend=True,
        ),
        Metric("min_samples", Unit.COUNT, "samples", "latencies measured", is_floor=True),
    )
}


def parse_value(metric: Metric, value: object, *, unit_required: bool) -> float:
    """The limit in the metric's unit (ms, MB, ratio of one, percent, per second, count).

    A number is taken in that unit unless `unit_required` (durations and sizes then have to name it).
    ValueError says what is wrong.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"{value!r} is not a limit (write it like {metric.unit.value})")
    if isinstance(value, str):
        number = _parse_text(metric.unit, value)
    elif unit_required and metric.unit in (Unit.MS, Unit.MB):
        raise ValueError(f"{value!r} has no unit (write it like {metric.unit.value})")
    else:
        number = float(value)
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"{value!r} is not a finite number of at least 0")
    if metric.unit is Unit.RATIO and number > 1:
        raise ValueError(f"{value!r} is more than the whole (write it like {metric.unit.value})")
    if metric.unit is Unit.COUNT and number != int(number):
        raise ValueError(f"{value!r} is not a whole number")
    return number


def _parse_text(unit: Unit, text: str) -> float:
    if unit is Unit.MS:
        return ms_from_ns(parse_duration_ns(text))
    if unit is Unit.S:
        return s_from_ns(parse_duration_ns(text))
    if unit is Unit.MB:
        return mb_from_bytes(parse_bytes(text))
    if unit is Unit.RATIO:
        return parse_ratio(text)
    suffix = {Unit.PERCENT: "%", Unit.PER_S: "/s", Unit.FACTOR: "x"}.get(unit, "")
    stripped = text.strip()
    try:
        if not stripped.endswith(suffix):
            raise ValueError
        return float(stripped.removesuffix(suffix))
    except ValueError:
        raise ValueError(f"{text!r} is not right here (write it like {unit.value})") from None


def format_value(unit: Unit, value: float) -> str:
    """A limit or a measured value as a person reads it, with its unit."""
    if unit is Unit.MS:
        return format_duration_ns(ns_from_ms(value))
    if unit is Unit.S:
        return format_duration_ns(ns_from_s(value))
    if unit is Unit.MB:
        return format_bytes(value * MB)
    return _plain(unit, value, 4 if unit is Unit.RATIO else 3)


def format_apart(unit: Unit, measured: float, limit: float) -> tuple[str, str]:
    """Both values as `format_value` writes them, or with more digits where they would read alike but
    are not: nobody understands that 150 ms is above 150 ms."""
    texts = format_value(unit, measured), format_value(unit, limit)
    if texts[0] != texts[1] or measured == limit:
        return texts
    return _plain(unit, measured, 9), _plain(unit, limit, 9)


def _plain(unit: Unit, value: float, digits: int) -> str:
    """The value in the unit itself."""
    if unit is Unit.RATIO:
        return f"{value * 100:.{digits}g}%"
    names = {Unit.S: " s", Unit.MS: " ms", Unit.MB: " MB", Unit.PERCENT: "% of a core", Unit.PER_S: "/s"}
    suffix = (names | {Unit.FACTOR: "x"}).get(unit)
    return f"{value:.0f}" if suffix is None else f"{value:.{digits}g}{suffix}"
