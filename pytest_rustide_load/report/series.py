"""What a run gives to tools that compare series of times: the latencies of each operation, and their
percentiles.

Values in, plain values out; knows of no such tool.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from pytest_rustide_load.report.results import LoadTestResults
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stats.samples import Outcome, PhaseKind
from pytest_rustide_load.units import NS_PER_MS, NS_PER_S

__all__ = ["PERCENTILES", "Series", "series_of"]

# Name, times in seconds, and what else is known of it.
Series: TypeAlias = dict[str, object]

PERCENTILES = ("p50", "p95", "p99")
# Of longer series so many times, evenly by rank: enough for every statistic that is made of them.
_KEPT = 5_000


def series_of(record: RunRecord, results: LoadTestResults) -> list[Series]:
    """For each operation that users wait for and that has answers: its latencies, named
    `scenario:operation`, and each percentile as a series of one, named `scenario:operation:p95`. Times are in
    seconds."""
    columns = record.samples.columns()
    right = (columns["phase"] == PhaseKind.MEASURE) & (columns["outcome"] == Outcome.OK)
    names = record.samples.operations
    found: list[Series] = []
    for name, operation in results.operations.items():
        rows = right & (columns["operation"] == names.index(name))
        if not operation.user_waits or not rows.any():
            continue
        seconds = np.sort((columns["done_ns"] - columns["intended_ns"])[rows]) / NS_PER_S
        if len(seconds) > _KEPT:
            seconds = seconds[np.linspace(0, len(seconds) - 1, _KEPT).round().astype(np.int64)]
        known: dict[str, object] = {
            "backend": f"{results.backend.name} {results.backend.version}".rstrip(),
            "goodput_ratio": operation.error_stats.goodput_ratio,
            "planned": operation.error_stats.planned,
            "seed": results.seed,
            "throughput_per_s": operation.throughput_per_s,
        }
        title = f"{results.scenario_name}:{name}"
        found.append(_series(title, results.scenario_name, seconds.tolist(), known))
        for percentile in PERCENTILES:
            value_ms = getattr(operation.response_time, percentile)
            if value_ms is not None:
                found.append(
                    _series(
                        f"{title}:{percentile}",
                        results.scenario_name,
                        [value_ms * NS_PER_MS / NS_PER_S],
                        known,
                    )
                )
    return found


def _series(name: str, group: str, seconds: list[float], known: dict[str, object]) -> Series:
    return {"name": name, "group": group, "seconds": seconds, "extra_info": known}
