"""From the tally of a run to its summary: what `summary.summarise` says, where the samples themselves are not
there.

Counts, ratios and means are exact; every quantile is that of values taken as the middle of their bucket,
0.4 % from the truth at most. Parts of a run begin and end with whole seconds. What takes single samples is
not known: the users apart, and intervals by resampling. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pytest_rustide_load.stats.alerts import Alert
from pytest_rustide_load.stats.histogram import Histogram, bucket_range
from pytest_rustide_load.stats.quantiles import Estimate
from pytest_rustide_load.stats.record import PartOfRun, RunRecord
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.stats.summary import (
    OVERALL,
    Distribution,
    RunPart,
    RunSummary,
    Summary,
    bounds_of_parts,
)
from pytest_rustide_load.stats.tally import (
    CENSORED_LATENCY,
    CENSORED_SERVICE,
    LATENCY,
    SERVICE,
    Tally,
)
from pytest_rustide_load.units import NS_PER_S

__all__ = ["Counted", "distribution_of", "quantiles_by_row", "seconds_of", "summarise_tally"]


@dataclass(frozen=True, slots=True)
class Counted:
    """What is known of a run whose samples are not there: its `tally`, how many requests were `in_flight`
    when (moment and count), and the `alerts` that were told while it went on."""

    tally: Tally
    in_flight: Sequence[tuple[int, int]]
    alerts: tuple[Alert, ...]


_QUANTILES = (0.0, 0.5, 0.9, 0.95, 0.99, 1.0)


def summarise_tally(
    record: RunRecord, tally: Tally, operations: Sequence[str], operations_user_waits: Collection[str]
) -> RunSummary:
    """The summary of a run whose samples are counted in `tally`, by codes of `operations`; its times, parts
    and end are those of `record`."""
    measured_ns = record.measure_end_ns - record.measure_start_ns
    waits = [code for code in tally.operations if operations[code] in operations_user_waits]

    def part(name: str, codes: Sequence[int], user_waits: bool, from_s: int, to_s: int | None) -> Summary:
        outcomes: dict[Outcome, int] = {kind: 0 for kind in Outcome if kind is not Outcome.PENDING}
        for code in codes:
            for kind, count in tally.outcomes(code, from_s, to_s).items():
                outcomes[kind] += count

        def times(exact: int, bounds: int) -> Distribution:
            return distribution_of(
                tally.histogram(codes, exact, from_s, to_s), tally.histogram(codes, bounds, from_s, to_s)
            )

        return Summary(
            operation=name,
            user_waits=user_waits,
            planned=sum(outcomes.values()),
            outcomes=outcomes,
            latency=times(LATENCY, CENSORED_LATENCY),
            service=times(SERVICE, CENSORED_SERVICE),
            throughput_per_s=outcomes[Outcome.OK] * NS_PER_S / measured_ns if measured_ns > 0 else 0.0,
        )

    def parts_of(from_s: int = 0, to_s: int | None = None) -> dict[str, Summary]:
        return {
            operations[code]: part(operations[code], [code], code in waits, from_s, to_s)
            for code in tally.operations
        }

    def pool(from_s: int, to_s: int) -> Distribution:
        return part(OVERALL, waits, True, from_s, to_s).latency

    def run_part(of: PartOfRun, from_ns: int, to_ns: int) -> RunPart:
        # The nearest whole seconds.
        from_s, to_s = (round((at_ns - record.measure_start_ns) / NS_PER_S) for at_ns in (from_ns, to_ns))
        bounds = of.name, of.level, of.is_baseline, from_ns, to_ns
        return RunPart(*bounds, parts_of(from_s, to_s), Distribution(0, 0), pool(from_s, to_s))

    seconds = measured_ns // NS_PER_S
    return RunSummary(
        scenario=record.scenario,
        ended=record.ended,
        measured_ns=measured_ns,
        operations=parts_of(),
        overall=part(OVERALL, waits, True, 0, None),
        ok_per_second=tally.done_per_second(waits, int(seconds)) if seconds > 0 else (),
        parts=tuple(run_part(*bounds) for bounds in bounds_of_parts(record)),
    )


def seconds_of(tally: Tally, operations: Sequence[str]) -> dict[tuple[str, int], Histogram]:
    """Latencies of right answers by operation and the second they were due in, as the history keeps them."""
    return {
        (operations[code], second): tally.histogram([code], LATENCY, second, second + 1)
        for code, second in tally.seconds_of(LATENCY)
    }


def distribution_of(exact: Histogram, bounds: Histogram) -> Distribution:
    """What is known of times of which some, `bounds`, are only known to be at least so long."""
    both = exact + bounds
    count, censored = both.count, bounds.count
    if not count or both.min is None or both.max is None:
        return Distribution(0, 0)
    values, counts = _values(both)
    ok_values, ok_counts = _values(exact)
    highest = np.append(ok_values, np.inf), np.append(ok_counts, censored)
    found = []
    for q in _QUANTILES:
        value = _quantile(values, counts, q)
        found.append(Estimate(value, is_lower_bound=_quantile(*highest, q) != value))
    low, p50, p90, p95, p99, high = found
    mean = both.total / count
    spread = math.fsum(((values - mean) ** 2 * counts).tolist())
    return Distribution(
        count=count,
        censored=censored,
        min_ns=Estimate(float(both.min), low.is_lower_bound),
        mean_ns=Estimate(mean, is_lower_bound=censored > 0),
        stddev_ns=math.sqrt(spread / (count - 1)) if count > 1 else None,
        p50_ns=p50,
        p90_ns=p90,
        p95_ns=p95,
        p99_ns=p99,
        max_ns=Estimate(float(both.max), high.is_lower_bound),
    )


def quantiles_by_row(
    rows: npt.NDArray[np.int64], buckets: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], count: int
) -> npt.NDArray[np.float64]:
    """p50, p95, p99 and the largest of each of `count` rows, shape (4, count), of buckets that stand
    `counts` times in theirs, all of shape (n,); NaN for a row with nothing in it."""
    found = np.full((4, count), np.nan)
    order = np.lexsort((buckets, rows))
    rows, buckets, counts = rows[order], buckets[order], counts[order]
    edges = np.searchsorted(rows, np.arange(count + 1))
    middles = {number: sum(bucket_range(number)) / 2 for number in np.unique(buckets).tolist()}
    for row in np.unique(rows).tolist():
        inside = slice(edges[row], edges[row + 1])
        values = np.array([middles[number] for number in buckets[inside].tolist()])
        found[:, row] = [_quantile(values, counts[inside], q) for q in (0.5, 0.95, 0.99, 1.0)]
    return found


def _values(histogram: Histogram) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """The middle of each bucket, never outside the extremes, and how often it stands."""
    middles = [sum(bucket_range(number)) / 2 for number in histogram.buckets]
    values = np.clip(np.array(middles, np.float64), histogram.min or 0, histogram.max or 0)
    return values, np.fromiter(histogram.buckets.values(), np.int64, len(histogram.buckets))


def _quantile(values: npt.NDArray[np.float64], counts: npt.NDArray[np.int64], q: float) -> float:
    """The q-quantile (type 7) of ascending `values` that stand `counts` times each."""
    reached = np.cumsum(counts)
    position = (int(reached[-1]) - 1) * q
    below = math.floor(position)
    low = float(values[np.searchsorted(reached, below, side="right")])
    if position == below:
        return low
    high = float(values[np.searchsorted(reached, below + 1, side="right")])
    return low if low == high else low + (position - below) * (high - low)
