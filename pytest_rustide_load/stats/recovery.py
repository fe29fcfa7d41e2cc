"""How a backend came back from a fault, from the samples of the run: four times, each another question.

All count from the moment the fault struck, its own duration included, as a user lives through it:

- *first response*: the first answer, of any kind, to something asked after the fault;
- *first correct*: the first such answer that the oracle agrees with;
- *latency band*: from when on what users ask is again answered rightly within the band of before, which is
  not before anything was answered rightly at all;
- *quiescent*: when the backend says that it has nothing left to do.

With several users it is the one who had to wait longest. A time that did not come within the run is a lower
bound. None of it means anything where the backend was not well before: that is the steady state, a gate.

Pure arithmetic on columns; times are nanoseconds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_rustide_load.stats.outages import FaultEvent, Outage, StatusChange
from pytest_rustide_load.stats.quantiles import Estimate
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stats.samples import NEVER, Outcome, PhaseKind
from pytest_rustide_load.units import NS_PER_MS, NS_PER_S

if TYPE_CHECKING:
    import numpy.typing as npt

    Columns = Mapping[str, npt.NDArray[np.int64]]
    Mask = npt.NDArray[np.bool_]

__all__ = ["RecoveryTimes", "band_ns", "recovery_times", "steady_state"]

# Before a fault: of so many questions at least, so many rightly answered, and no more than so many failed.
_MIN_BEFORE = 20
_MIN_GOOD_RATIO = 0.5
_MAX_FAILED_RATIO = 0.05
# The band reaches to twice the p95 of before, as the alert on response times does, and a little further where
# that is next to nothing: on a busy machine a scheduler's hiccup is longer than twice a millisecond.
_BAND_FACTOR = 2.0
_BAND_LEAST_NS = 20 * NS_PER_MS
# Back is what is so for so long, over so many questions.
_WINDOW_NS = 2 * NS_PER_S
_WINDOW_LEAST = 20
# Of the share that was in the band before: what is asked differs from one window to the next.
_AS_BEFORE = 0.9
# A quiescence that flaps is none; one that nothing came before had nothing to load.
_STAYS_NS = 300 * NS_PER_MS
_NOTHING_TO_LOAD_NS = 5 * NS_PER_S
_ANSWERS = (Outcome.OK, Outcome.EMPTY, Outcome.WRONG, Outcome.ERROR, Outcome.CONTENT_MODIFIED)
_FAILED = (Outcome.ERROR, Outcome.TIMEOUT, Outcome.CRASHED, Outcome.DROPPED, Outcome.WRONG)


@dataclass(frozen=True, slots=True)
class RecoveryTimes:
    """`unsteady` says why the state before was no steady one, empty where it was. The times are nanoseconds
    from the strike; `quiescent` is None for a backend that never says. `whole` is the last of them.
    `baseline_p95_ns` and `band_ns` are of what users wait for.
    """

    unsteady: str
    first_response: Estimate | None = None
    first_correct: Estimate | None = None
    latency_band: Estimate | None = None
    quiescent: Estimate | None = None
    whole: Estimate | None = None
    baseline_p95_ns: float | None = None
    band_ns: float | None = None


def steady_state(columns: Columns, pool: Mask, from_ns: int, to_ns: int) -> str:
    """Why the backend was not in a steady state while what is due in [from, to) was asked; "" where it was.

    `pool` are the rows that users wait for.
    """
    rows = pool & _due(columns, from_ns, to_ns) & (columns["outcome"] != Outcome.PENDING)
    outcomes = columns["outcome"][rows]
    if len(outcomes) < _MIN_BEFORE:
        return f"{len(outcomes)} questions before the fault are too few: it takes {_MIN_BEFORE}"
    failed = float(np.mean(np.isin(outcomes, _FAILED)))
    if failed > _MAX_FAILED_RATIO:
        limit = f"more than {_MAX_FAILED_RATIO:.0%}"
        return f"{failed:.0%} of the questions before the fault failed or were answered wrongly, {limit}"
    good = float(np.mean(outcomes == Outcome.OK))
    if good < _MIN_GOOD_RATIO:
        return f"only {good:.0%} of the questions before the fault were answered, not {_MIN_GOOD_RATIO:.0%}"
    return ""


def band_ns(p95_ns: float) -> float:
    """How long an answer may take to lie in the band of a baseline."""
    return max(_BAND_FACTOR * p95_ns, p95_ns + _BAND_LEAST_NS)


def recovery_times(
    record: RunRecord, *, waited_for: Collection[str], answered: Collection[str], judged: Collection[str]
) -> RecoveryTimes | None:
    """None for a run without a fault that struck.

    The collections name operations: those that users wait for, those that have an answer, and those whose
    right answer the oracle knows.
    """
    fault = record.fault
    if fault is None:
        return None
    if fault.struck_ns is None:
        return RecoveryTimes(fault.refused or "the run ended before the fault")
    struck_ns = fault.struck_ns
    columns = record.samples.columns()
    names = record.samples.operations

    def rows_of(operations: Collection[str]) -> Mask:
        codes = [code for code, name in enumerate(names) if name in operations]
        return np.isin(columns["operation"], codes)

    pool = rows_of(waited_for) & (columns["phase"] == PhaseKind.MEASURE)
    unsteady = steady_state(columns, pool, record.measure_start_ns, struck_ns)
    asked = (columns["sent_ns"] >= struck_ns) & (columns["sent_ns"] != NEVER) & rows_of(answered)
    known = asked & rows_of(judged)
    end_ns = record.end_ns
    response = _worst_user(columns, asked & np.isin(columns["outcome"], _ANSWERS), asked, fault, end_ns)
    right = (known if np.any(known) else asked) & (columns["outcome"] == Outcome.OK)
    correct = _worst_user(columns, right, known if np.any(known) else asked, fault, end_ns)
    p95_ns, limit_ns, in_band = _band(columns, pool, record.measure_start_ns, struck_ns, end_ns)
    # What is due in the last moments of an outage may wait no longer than the band allows.
    band = _last((in_band, correct))
    quiescent = _quiescent(record.statuses, record.outages, struck_ns, end_ns, response)
    parts = [part for part in (response, correct, band, quiescent) if part is not None]
    return RecoveryTimes(unsteady, response, correct, band, quiescent, _last(parts), p95_ns, limit_ns)


def _last(times: Sequence[Estimate]) -> Estimate:
    return Estimate(max(one.value for one in times), any(one.is_lower_bound for one in times))


def _due(columns: Columns, from_ns: int, to_ns: int) -> Mask:
    due = columns["intended_ns"]
    return np.asarray((from_ns <= due) & (due < to_ns), dtype=np.bool_)


def _worst_user(columns: Columns, found: Mask, asked: Mask, fault: FaultEvent, end_ns: int) -> Estimate:
    """When the last of all users who ask anything had one of the answers that were `found`."""
    assert fault.struck_ns is not None  # noqa: S101  the caller asked
    after: list[int | None] = []
    for user in np.unique(columns["user"][asked]):
        done = columns["done_ns"][found & (columns["user"] == user)]
        after.append(int(done.min()) - fault.struck_ns if len(done) else None)
    if not after or None in after:
        return Estimate(float(end_ns - fault.struck_ns), True)
    return Estimate(float(max(one for one in after if one is not None)))


def _band(
    columns: Columns, pool: Mask, from_ns: int, struck_ns: int, end_ns: int
) -> tuple[float | None, float | None, Estimate]:
    """The p95 of before, the band, and from when on it was kept again."""
    never = Estimate(float(end_ns - struck_ns), True)
    latency = columns["done_ns"] - columns["intended_ns"]
    ok = columns["outcome"] == Outcome.OK
    before = pool & _due(columns, from_ns, struck_ns)
    # What was in flight as the fault struck ended because of it.
    before &= columns["done_ns"] < struck_ns
    answered = latency[before & ok]
    if len(answered) < _MIN_BEFORE:
        return None, None, never
    p95_ns = float(np.quantile(answered, 0.95))
    limit_ns = band_ns(p95_ns)
    good = ok & (latency <= limit_ns)
    share = float(np.mean(good[before])) * _AS_BEFORE
    after = np.flatnonzero(pool & (columns["intended_ns"] >= struck_ns))
    after = after[np.argsort(columns["intended_ns"][after], kind="stable")]
    due, kept = columns["intended_ns"][after], good[after]
    total = np.concatenate([[0], np.cumsum(kept)])
    for first in np.flatnonzero(kept):
        last = max(int(np.searchsorted(due, due[first] + _WINDOW_NS)), int(first) + _WINDOW_LEAST)
        if last > len(due):
            break
        if total[last] - total[first] >= share * (last - first):
            return p95_ns, limit_ns, Estimate(float(due[first] - struck_ns))
    return p95_ns, limit_ns, never


def _quiescent(
    statuses: Sequence[StatusChange],
    outages: Sequence[Outage],
    struck_ns: int,
    end_ns: int,
    response: Estimate,
) -> Estimate | None:
    """When the last backend said so for good; None where none says anything."""
    if not statuses:
        return None
    after: list[float] = []
    for user in sorted({change.user for change in statuses}):
        mine = [change for change in statuses if change.user == user]
        ends = [outage for outage in outages if user in outage.users and outage.down_ns >= struck_ns]
        if ends:
            up_ns = ends[-1].up_ns
            at_ns = None if up_ns is None else _settled(mine, up_ns, end_ns, was_busy=False)
        elif any(change.at_ns >= struck_ns for change in mine):
            at_ns = _settled(mine, struck_ns, end_ns, was_busy=True)
        else:
            # It never said otherwise: it is, as soon as it can say anything at all.
            at_ns = None if response.is_lower_bound else struck_ns + round(response.value)
        if at_ns is None:
            return Estimate(float(end_ns - struck_ns), True)
        after.append(float(at_ns - struck_ns))
    return Estimate(max(after))


def _settled(changes: Sequence[StatusChange], from_ns: int, end_ns: int, *, was_busy: bool) -> int | None:
    """When it became quiescent and stayed so."""
    since: int | None = None
    for change in (*(change for change in changes if change.at_ns >= from_ns), None):
        now_ns = end_ns if change is None else change.at_ns
        stays_ns = _STAYS_NS if was_busy else _NOTHING_TO_LOAD_NS
        if since is not None and (change is None or not change.quiescent) and now_ns - since >= stays_ns:
            return since
        if change is None:
            return None
        if change.quiescent:
            since = now_ns if since is None else since
        else:
            since, was_busy = None, True
    return None
