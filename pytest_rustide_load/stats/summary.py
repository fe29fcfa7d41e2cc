"""From the samples of a run to what its users experienced, per operation and over all.

Which rows make up the latency distribution decides what a percentile means, so it is said once, here:

- Only operations *planned* in the measured phase count, whenever they ended. Warm-up never does.
- OK enters with its latency from the intended start: the user asked then and had the answer so much
  later.
- TIMEOUT, CRASHED and DROPPED enter as censored values: the user waited and nothing came, so all that
  is known is that it took at least as long as the user would have waited. Leaving them out would make
  a backend that stops answering look fast.
- EMPTY, WRONG, ERROR, CANCELLED and CONTENT_MODIFIED stay out. They are no answer the user asked for,
  and they come early: a refusal after 0.4 ms would pull every percentile down. They lower the goodput
  ratio instead, whose denominator is every planned operation. A percentile therefore speaks of
  answers, and must be read beside the goodput.

Knows nothing of budgets, reports, clocks or files.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

import numpy as np

from pytest_rustide_load.seeds import derive_seed
from pytest_rustide_load.stats.quantiles import Estimate, bootstrap_interval, censored_quantiles
from pytest_rustide_load.stats.record import PartOfRun, RunRecord
from pytest_rustide_load.stats.samples import NEVER, Outcome, PhaseKind
from pytest_rustide_load.units import NS_PER_S

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy.typing as npt

    _Times: TypeAlias = npt.NDArray[np.int64]
    _Mask: TypeAlias = npt.NDArray[np.bool_]

__all__ = [
    "CENSORED",
    "DEFAULT_TIMEOUT_NS",
    "FAILED",
    "OVERALL",
    "Distribution",
    "RunPart",
    "RunSummary",
    "Summary",
    "UserSummary",
    "bounds_of_parts",
    "ramp_steps",
    "summarise",
    "waiting_times",
]

# The name of the pool of all operations the user waits for.
OVERALL = "overall"
DEFAULT_TIMEOUT_NS = 10 * NS_PER_S
# Nothing came at all: what the error ratio counts.
FAILED = (Outcome.ERROR, Outcome.TIMEOUT, Outcome.CRASHED, Outcome.DROPPED)
# Known only to have taken at least so long.
CENSORED = (Outcome.TIMEOUT, Outcome.CRASHED, Outcome.DROPPED)


@dataclass(frozen=True, slots=True)
class Distribution:
    """Times in nanoseconds: `count` of them, of which `censored` are lower bounds.

    Every statistic is None for `count` 0. `p95_interval_ns` is the 95 % interval of p95 by moving
    blocks, None below 59 values and for service times.
    """

    count: int
    censored: int
    min_ns: Estimate | None = None
    mean_ns: Estimate | None = None
    stddev_ns: float | None = None
    p50_ns: Estimate | None = None
    p90_ns: Estimate | None = None
    p95_ns: Estimate | None = None
    p99_ns: Estimate | None = None
    max_ns: Estimate | None = None
    p95_interval_ns: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """One operation (or the pool of them) in the measured phase.

    `planned` is the sum of `outcomes`, which has every outcome that a finished run can hold.
    `throughput_per_s` is OK answers per second of measured time.
    """

    operation: str
    user_waits: bool
    planned: int
    outcomes: Mapping[Outcome, int]
    latency: Distribution
    service: Distribution
    throughput_per_s: float

    @property
    def sent(self) -> int:
        return self.planned - self.outcomes[Outcome.DROPPED]

    @property
    def ok(self) -> int:
        return self.outcomes[Outcome.OK]

    @property
    def wrong(self) -> int:
        return self.outcomes[Outcome.WRONG]

    @property
    def failed(self) -> int:
        """Operations nothing came of: an error, a time-out, a crash, or never sent."""
        return sum(self.outcomes[outcome] for outcome in FAILED)

    @property
    def goodput_ratio(self) -> float | None:
        """The share of all planned operations whose user got a right answer; None for none planned."""
        return self.ok / self.planned if self.planned else None

    @property
    def error_ratio(self) -> float | None:
        """`failed` over all planned; None for none planned."""
        return self.failed / self.planned if self.planned else None


@dataclass(frozen=True, slots=True)
class RunPart:
    """A share of the measured time: at `level` times the load, from `from_ns` to `to_ns`. `neighbours` are
    the latencies of the pool for those users who were there in the baseline's part, `pool` those of all."""

    name: str
    level: float
    is_baseline: bool
    from_ns: int
    to_ns: int
    operations: Mapping[str, Summary]
    neighbours: Distribution
    pool: Distribution


class Part(Protocol):
    """A part of a run, as it is summarised or reported."""

    @property
    def name(self) -> str: ...
    @property
    def level(self) -> float: ...


def ramp_steps(parts: Sequence[Part]) -> int:
    """How many steps the ramp of a run had, whose parts are named after their level; 1 without a ramp."""
    return len(parts) if parts and all(part.name == f"{part.level:g}x" for part in parts) else 1


@dataclass(frozen=True, slots=True)
class UserSummary:
    """What one user waited for: `planned` operations of the pool, of which `ok` were answered rightly."""

    user: int
    planned: int
    ok: int
    latency: Distribution


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run, summarised. `operations` keeps the order of the run's log; `overall` pools those the user
    waits for. `ok_per_second` counts the right answers of the pool that arrived in each whole second of
    measured time. `parts` are those of the record; of a run that ended early there are none. `users` are
    those who waited for anything; `newcomers` says whether some were not there in the baseline's part."""

    scenario: str
    ended: str
    measured_ns: int
    operations: Mapping[str, Summary]
    overall: Summary
    ok_per_second: tuple[int, ...]
    parts: tuple[RunPart, ...] = ()
    users: tuple[UserSummary, ...] = ()
    newcomers: bool = False

    def fairness(self) -> tuple[Estimate | None, int]:
        """The p95 of the user who has the largest over the median of all users' p95, and the fewest values
        behind one; None for fewer than two users."""
        found = [user.latency for user in self.users]
        p95s = sorted(
            (one.p95_ns for one in found if one.p95_ns is not None),
            key=lambda one: (one.value, one.is_lower_bound),
        )
        fewest = min((one.count for one in found), default=0)
        if len(p95s) < 2 or len(p95s) < len(found):
            return None, fewest
        median = statistics.median(one.value for one in p95s)
        return (Estimate(p95s[-1].value / median, p95s[-1].is_lower_bound) if median > 0 else None), fewest

    def interference(self) -> tuple[Estimate | None, int]:
        """How many times the p95 of the baseline's part it is for the same users in a later one, in which
        there are others too, and the fewest values behind one; None where no others came."""
        first = next((index for index, part in enumerate(self.parts) if part.is_baseline), 0)
        return _worst_ratio([part.neighbours for part in self.parts[first:]] if self.newcomers else [])

    def degradation(self, operation: str) -> tuple[Estimate | None, int]:
        """The largest p95 of a later part over that of the baseline, and the fewest values behind a p95; None
        where there is none to compare, or the baseline's is known only as a lower bound. Parts in which the
        operation was not planned do not count."""
        first = next((index for index, part in enumerate(self.parts) if part.is_baseline), 0)
        parts = [part.operations[operation] for part in self.parts[first:] if operation in part.operations]
        found = [part.latency for index, part in enumerate(parts) if part.planned or not index]
        return _worst_ratio(found)


def _worst_ratio(found: Sequence[Distribution]) -> tuple[Estimate | None, int]:
    """The largest p95 of the later ones over that of the first, and the fewest values behind one."""
    p95s = [one.p95_ns for one in found if one.p95_ns is not None]
    fewest = min((one.count for one in found), default=0)
    if len(p95s) < 2 or len(p95s) < len(found) or p95s[0].is_lower_bound or p95s[0].value <= 0:
        return None, fewest
    worst = max(p95s[1:], key=lambda one: one.value)
    return Estimate(worst.value / p95s[0].value, worst.is_lower_bound), fewest


def summarise(
    record: RunRecord, operations_user_waits: Collection[str], *, timeout_ns: int = DEFAULT_TIMEOUT_NS
) -> RunSummary:
    """Summarise the measured phase of `record`.

    `operations_user_waits` names the operations that make up the pool. `timeout_ns` is how long users
    wait: what crashed or was dropped counts as at least so long. Every operation that has a row in any
    phase gets a Summary. ValueError where a row is still pending.
    """
    columns = record.samples.columns()
    if np.any(columns["outcome"] == Outcome.PENDING):
        raise ValueError("a run with pending samples cannot be summarised")
    measured = columns["phase"] == PhaseKind.MEASURE
    names = record.samples.operations
    waits = [name in operations_user_waits for name in names]
    seen = {int(code) for code in np.unique(columns["operation"])}

    def part(name: str, user_waits: bool, rows: _Mask) -> Summary:
        chosen = {key: column[rows] for key, column in columns.items()}
        return _summary(name, user_waits, chosen, record, timeout_ns)

    def parts_of(rows: _Mask) -> dict[str, Summary]:
        return {
            name: part(name, waits[code], rows & (columns["operation"] == code))
            for code, name in enumerate(names)
            if code in seen
        }

    operations = parts_of(measured)
    pool = measured & np.array(waits, dtype=bool)[columns["operation"]] if names else measured
    shares = bounds_of_parts(record)

    def within(from_ns: int, to_ns: int) -> _Mask:
        due = columns["intended_ns"]
        return (from_ns <= due) & (due < to_ns)

    def times(rows: _Mask) -> Distribution:
        chosen = {key: column[rows] for key, column in columns.items()}
        return _latency(chosen, timeout_ns, None)

    users = np.unique(columns["user"][pool])
    baseline = next((bounds for part, *bounds in shares if part.is_baseline), None)
    there = users
    if baseline is not None:
        # Parts need not begin and end with the shape that brings others.
        from_ns, to_ns = baseline
        there = np.unique(columns["user"][pool & within(from_ns, (from_ns + to_ns) // 2)])

    def share(part: PartOfRun, from_ns: int, to_ns: int) -> RunPart:
        rows = within(from_ns, to_ns)
        neighbours = times(pool & rows & np.isin(columns["user"], there))
        bounds = part.name, part.level, part.is_baseline, from_ns, to_ns
        return RunPart(*bounds, parts_of(measured & rows), neighbours, times(pool & rows))

    def of_user(user: int) -> UserSummary:
        rows = pool & (columns["user"] == user)
        ok = int(np.count_nonzero(columns["outcome"][rows] == Outcome.OK))
        return UserSummary(user, int(np.count_nonzero(rows)), ok, times(rows))

    return RunSummary(
        scenario=record.scenario,
        ended=record.ended,
        measured_ns=record.measure_end_ns - record.measure_start_ns,
        operations=operations,
        overall=part(OVERALL, True, pool),
        ok_per_second=_per_second(columns["done_ns"][pool & (columns["outcome"] == Outcome.OK)], record),
        parts=tuple(share(*bounds) for bounds in shares),
        users=tuple(of_user(int(user)) for user in users),
        # Whoever asks little may ask for the first time late; where nobody came nobody is new.
        newcomers=len(there) < len(users) and len(set(record.presence)) != 1,
    )


def waiting_times(columns: Mapping[str, _Times], since: str, timeout_ns: int) -> _Times:
    """How long each operation took from the column `since`; of those that never ended, at least so long."""
    outcome = columns["outcome"]
    censored = np.isin(outcome, CENSORED)
    # Whoever saw a crash, or was never served, would have waited as long as anybody waits.
    at_least = np.where(outcome == Outcome.TIMEOUT, 0, timeout_ns)
    times = columns["done_ns"] - columns[since]
    times[censored] = np.maximum(times, at_least)[censored]
    return times


def bounds_of_parts(record: RunRecord) -> list[tuple[PartOfRun, int, int]]:
    """Each part with its beginning and end; none of a run that did not get to its end."""
    if record.ended != "complete":
        return []
    length_ns = record.measure_end_ns - record.measure_start_ns
    shares = [0.0, *accumulate(part.share for part in record.parts)]
    edges = [record.measure_start_ns + round(share * length_ns) for share in shares]
    return list(zip(record.parts, edges, edges[1:], strict=False))


def _summary(
    name: str, user_waits: bool, columns: dict[str, _Times], record: RunRecord, timeout_ns: int
) -> Summary:
    outcome = columns["outcome"]
    counts = np.bincount(outcome, minlength=len(Outcome))
    measured_s = (record.measure_end_ns - record.measure_start_ns) / NS_PER_S
    seed = derive_seed(record.seed, "bootstrap", name)
    return Summary(
        operation=name,
        user_waits=user_waits,
        planned=len(outcome),
        outcomes={kind: int(counts[kind]) for kind in Outcome if kind is not Outcome.PENDING},
        latency=_latency(columns, timeout_ns, seed),
        # What was never sent kept no server busy.
        service=_times(columns, "sent_ns", timeout_ns, columns["sent_ns"] != NEVER, None),
        throughput_per_s=int(counts[Outcome.OK]) / measured_s if measured_s > 0 else 0.0,
    )


def _latency(columns: dict[str, _Times], timeout_ns: int, seed: int | None) -> Distribution:
    return _times(columns, "intended_ns", timeout_ns, np.True_, seed)


def _times(
    columns: dict[str, _Times], since: str, timeout_ns: int, counts: _Mask | np.bool_, seed: int | None
) -> Distribution:
    """The times from `since` to the end; of those that never ended, the rows that `counts`."""
    outcome = columns["outcome"]
    times = waiting_times(columns, since, timeout_ns)
    return _distribution(times, outcome == Outcome.OK, np.isin(outcome, CENSORED) & counts, seed)


def _distribution(times: _Times, ok: _Mask, censored: _Mask, seed: int | None) -> Distribution:
    values = times.astype(np.float64)
    in_order = values[ok | censored]
    count = len(in_order)
    if not count:
        return Distribution(0, 0)
    bounds = values[censored]
    low, p50, p90, p95, p99, high = censored_quantiles(values[ok], bounds, (0.0, 0.5, 0.9, 0.95, 0.99, 1.0))
    return Distribution(
        count=count,
        censored=len(bounds),
        min_ns=low,
        # fsum: the same sum whatever order or vector width the machine adds in.
        mean_ns=Estimate(math.fsum(in_order) / count, is_lower_bound=len(bounds) > 0),
        stddev_ns=_stddev(in_order),
        p50_ns=p50,
        p90_ns=p90,
        p95_ns=p95,
        p99_ns=p99,
        max_ns=high,
        p95_interval_ns=None if seed is None else bootstrap_interval(in_order, 0.95, seed=seed),
    )


def _stddev(values: npt.NDArray[np.float64]) -> float | None:
    """The sample standard deviation, None for fewer than two values."""
    if len(values) < 2:
        return None
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((values - mean) ** 2) / (len(values) - 1))


def _per_second(done_ns: _Times, record: RunRecord) -> tuple[int, ...]:
    seconds = (record.measure_end_ns - record.measure_start_ns) // NS_PER_S
    if seconds <= 0:
        return ()
    second = (done_ns - record.measure_start_ns) // NS_PER_S
    inside = second[(second >= 0) & (second < seconds)]
    return tuple(int(count) for count in np.bincount(inside, minlength=int(seconds)))
