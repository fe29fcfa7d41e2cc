"""How well the load generator kept to its plan, from the samples alone; and when its figures are void.

Pure arithmetic on columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pytest_rustide_load.stats.outages import Outage
from pytest_rustide_load.stats.quantiles import min_samples_for
from pytest_rustide_load.stats.record import GeneratorStats
from pytest_rustide_load.stats.samples import Outcome, PhaseKind, SampleLog
from pytest_rustide_load.units import NS_PER_S, ms_from_ns
from pytest_rustide_load.workload import OPERATIONS

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "MAX_CPU_RATIO",
    "MAX_SEND_LAG_NS",
    "bottleneck_reasons",
    "disagreement",
    "generator_stats",
    "judged_quantile",
    "littles_law_error",
]

# Beyond these the figures speak of the generator. CPU is of one core: a single-threaded client that is
# busier than this queues replies of its own.
MAX_CPU_RATIO = 0.8
MAX_SEND_LAG_NS = 10_000_000
MAX_LITTLES_LAW_ERROR = 0.05
# Little's law is about averages; below so many operations the error of the average is larger than the limit.
_MIN_SAMPLES_FOR_LITTLES_LAW = 1_000


def generator_stats(
    samples: SampleLog,
    *,
    measure_start_ns: int,
    measure_end_ns: int,
    cpu_ns: int,
    in_flight: float,
    outages: Sequence[Outage] = (),
) -> GeneratorStats:
    """Judge the measured phase. `cpu_ns` is what the generator's process used in it, `in_flight` the mean
    number of requests awaited in it, counted as they came and went. What was due in one of `outages` waited
    for a backend, not for the generator."""
    columns = samples.columns()
    measured = columns["phase"] == PhaseKind.MEASURE
    dropped = measured & (columns["outcome"] == Outcome.DROPPED)
    sent = measured & ~dropped
    span_s = max(measure_end_ns - measure_start_ns, 1) / NS_PER_S
    punctual = sent & ~_waited(columns, outages)
    lag = np.sort(columns["sent_ns"][punctual] - columns["intended_ns"][punctual])
    p50, p99, highest = (
        (int(np.quantile(lag, 0.5)), int(np.quantile(lag, 0.99)), int(lag[-1])) if len(lag) else (0, 0, 0)
    )
    # Of a run that was interrupted in its warm-up nothing was measured.
    cpu_ratio = cpu_ns / NS_PER_S / span_s if measure_end_ns > measure_start_ns else 0.0
    answered = [code for code, name in enumerate(samples.operations) if OPERATIONS[name].answered]
    asked = np.isin(columns["operation"], answered)
    asked &= columns["outcome"] != Outcome.DROPPED
    error = littles_law_error(
        columns["sent_ns"][asked], columns["done_ns"][asked], measure_start_ns, measure_end_ns, in_flight
    )
    share = judged_quantile(len(lag))
    judged_ns = float(np.quantile(lag, share)) if len(lag) else 0.0
    reasons = bottleneck_reasons(cpu_ratio, share, judged_ns, error, int(np.count_nonzero(sent)))
    return GeneratorStats(
        planned=int(np.count_nonzero(measured)),
        sent=int(np.count_nonzero(sent)),
        dropped=int(np.count_nonzero(dropped)),
        offered_per_s=float(np.count_nonzero(measured) / span_s),
        achieved_per_s=float(np.count_nonzero(sent) / span_s),
        send_lag_p50_ns=p50,
        send_lag_p99_ns=p99,
        send_lag_max_ns=highest,
        cpu_ratio=cpu_ratio,
        littles_law_error_ratio=error,
        bottleneck_reasons=reasons,
    )


def _waited(columns: dict[str, npt.NDArray[np.int64]], outages: Sequence[Outage]) -> npt.NDArray[np.bool_]:
    """What was due while its user had no backend."""
    due = columns["intended_ns"]
    rows = np.zeros(len(due), dtype=np.bool_)
    for outage in outages:
        until = due >= outage.down_ns
        if outage.up_ns is not None:
            until &= due <= outage.up_ns
        rows |= until & np.isin(columns["user"], outage.users)
    return rows


def bottleneck_reasons(
    cpu_ratio: float, share: float, lag_ns: float, littles_law_error_ratio: float, sent: int
) -> tuple[str, ...]:
    """Why the figures of a run in which so many were `sent` are void, a sentence each: `lag_ns` is the lag at
    `share`, which is `judged_quantile(sent)`."""
    reasons = []
    if cpu_ratio > MAX_CPU_RATIO:
        reasons.append(f"it used {cpu_ratio:.0%} of a core, more than {MAX_CPU_RATIO:.0%}")
    if lag_ns > MAX_SEND_LAG_NS:
        limit = f"{ms_from_ns(MAX_SEND_LAG_NS):.0f} ms"
        reasons.append(f"it sent p{share * 100:.0f} {ms_from_ns(lag_ns):.1f} ms late, more than {limit}")
    if littles_law_error_ratio > MAX_LITTLES_LAW_ERROR and sent >= _MIN_SAMPLES_FOR_LITTLES_LAW:
        reasons.append(f"requests in flight disagree with Little's law by {littles_law_error_ratio:.0%}")
    return tuple(reasons)


def judged_quantile(count: int) -> float:
    """The highest quantile of the lag that `count` samples tell: of a few dozen, p99 is the one worst hiccup
    of the machine, and says nothing of the generator."""
    return next((share for share in (0.99, 0.95) if count >= min_samples_for(share)), 0.5)


def littles_law_error(
    sent_ns: npt.NDArray[np.int64],
    done_ns: npt.NDArray[np.int64],
    start_ns: int,
    end_ns: int,
    in_flight: float,
) -> float:
    """|L - λW| / max(L, λW) over the window, 0 for nothing sent.

    L is `in_flight`, counted while requests came and went; λW is what the samples say: the time of all of
    them within the window, over its length. They differ where samples are missing, or ended at another time
    than was counted. Little, "A proof for the queuing formula L = λW", 1961.
    """
    if not len(sent_ns) or end_ns <= start_ns:
        return 0.0
    span = end_ns - start_ns
    inside = np.minimum(done_ns, end_ns) - np.maximum(sent_ns, start_ns)
    return disagreement(in_flight, float(np.sum(np.maximum(inside, 0))) / span)


def disagreement(in_flight: float, rate_times_wait: float) -> float:
    """|L - λW| / max(L, λW), 0 where both are none."""
    highest = max(in_flight, rate_times_wait)
    return abs(in_flight - rate_times_wait) / highest if highest > 0 else 0.0
