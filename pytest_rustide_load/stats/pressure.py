"""What became of a backend under pressure that came and went: degraded, restarted and recovered, or failed.

Pure arithmetic on a record. Knows nothing of what the pressure was.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pytest_rustide_load.stats.outages import Outage
from pytest_rustide_load.stats.readings import Columns, normal_latencies
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.stats.summary import FAILED
from pytest_rustide_load.units import NS_PER_S, format_duration_ns, s_from_ns

__all__ = ["RECOVERY_LIMIT_S", "PressureOutcome", "PressureSpan", "judge_pressure"]

RECOVERY_LIMIT_S = 30.0
# Recovered is who has answered the first question of a stretch of this length in which every question has a
# right answer, in the median no later than this many times as late as before.
_CALM_NS = 2 * NS_PER_S
_BAND = 2.0
_MIN_QUESTIONS = 3
# Of a fast server every answer that is a few milliseconds late would be twice as late.
_FLOOR_NS = 20_000_000
_STEP_NS = NS_PER_S // 4
# Whether data was preserved is asked at the end, when a server has had the time to load.
_LAST_NS = 5 * NS_PER_S
# So long without a right answer, while there are questions and the process lives, is more than slow.
_SILENCE_NS = 5 * NS_PER_S
# What is still a service: slower, and not a refusal.
_GRACEFUL_GOODPUT = 0.5
_GRACEFUL_SLOWDOWN = 10.0


@dataclass(frozen=True, slots=True)
class PressureSpan:
    """When the pressure came and went, on the run's axis, and what was done for the backend then: `did` in
    words, from `ended_ns` to `acted_ns`; empty for nothing. Before `began_ns`, back to `normal_ns`, all was
    as usual."""

    normal_ns: int
    began_ns: int
    ended_ns: int
    acted_ns: int
    did: str = ""


@dataclass(frozen=True, slots=True)
class PressureOutcome:
    """`kind` is degraded (the backend lived through it), restarted (it ended, or was ended, and came back) or
    failed; `why` says what failed, empty otherwise.

    `slowdown_factor` is the median latency under pressure over that before, of each operation by itself, None
    where nothing was answered in one of them; `goodput_ratio` the share of questions under pressure that were
    answered rightly, of those that users did not withdraw. `silent_s` is the longest time under pressure
    without a right answer though there were questions. `first_right_s` and `recovery_s` run from the end of
    the pressure, to the first right answer asked for after it and to that with which the first calm stretch
    begins, which is never before it; None for never.
    `graceful_degradation` says that it lived through it, with most questions answered and answers at most ten
    times as late; `data_preservation` that documents and answers were right afterwards, None where nobody can
    tell. `evidence` are sentences.
    """

    kind: str
    why: str
    slowdown_factor: float | None
    goodput_ratio: float | None
    silent_s: float
    first_right_s: float | None
    recovery_s: float | None
    restarts: int
    graceful_degradation: bool
    data_preservation: bool | None
    evidence: tuple[str, ...] = ()


def judge_pressure(record: RunRecord, span: PressureSpan, waited_for: Collection[str]) -> PressureOutcome:
    """What `record` says of the time from `span.began_ns` on; `waited_for` are the operations that users wait
    for."""
    whole = record.samples.columns()
    codes = [code for code, name in enumerate(record.samples.operations) if name in waited_for]
    asked = np.isin(whole["operation"], codes) & (whole["intended_ns"] >= span.normal_ns)
    columns = {name: column[asked] for name, column in whole.items()}
    normal_ns = normal_latencies(columns, record.samples.operations, span.normal_ns, span.began_ns)
    usual = np.array([normal_ns.get(name, np.nan) for name in record.samples.operations] or [np.nan])
    factor = (columns["done_ns"] - columns["intended_ns"]) / usual[columns["operation"]]
    right = columns["outcome"] == Outcome.OK
    under = (columns["intended_ns"] >= span.began_ns) & (columns["intended_ns"] < span.ended_ns)
    slowdown = factor[under & right & ~np.isnan(factor)]
    withdrawn = np.isin(columns["outcome"], [Outcome.CANCELLED, Outcome.CONTENT_MODIFIED])
    judged = under & ~withdrawn
    after = right & (columns["intended_ns"] >= span.ended_ns)
    first_ns = int(columns["done_ns"][after].min()) - span.ended_ns if after.any() else None
    recovery_ns = _recovered(columns, factor, span, record.measure_end_ns)
    silent_from, silent_to = _longest_silence(columns, right, span.began_ns, span.ended_ns)
    silence = _longest_silence(columns, right, span.began_ns, record.measure_end_ns)
    restarts = [outage for outage in record.outages if outage.down_ns >= span.began_ns]
    preserved = _preserved(record, columns)
    why = _why(record, recovery_ns, preserved)
    kind = "failed" if why else "restarted" if restarts else "degraded"
    slowdown_factor = float(np.median(slowdown)) if len(slowdown) else None
    goodput_ratio = float(np.mean(right[judged])) if judged.any() else None
    return PressureOutcome(
        kind,
        why,
        slowdown_factor,
        goodput_ratio,
        s_from_ns(silent_to - silent_from),
        None if first_ns is None else s_from_ns(first_ns),
        None if recovery_ns is None else s_from_ns(recovery_ns),
        len(restarts),
        not any(outage.down_ns < span.ended_ns for outage in restarts)
        and (goodput_ratio or 0.0) >= _GRACEFUL_GOODPUT
        and (slowdown_factor or 0.0) <= _GRACEFUL_SLOWDOWN
        and silent_to - silent_from < _SILENCE_NS,
        preserved,
        tuple(_evidence(restarts, span, silence)),
    )


def _recovered(
    columns: Columns, factor: npt.NDArray[np.float64], span: PressureSpan, end_ns: int
) -> int | None:
    """How long after the end of the pressure the first right answer of the first calm stretch came: a stretch
    may begin before anything is asked, and nobody has recovered who has not answered."""
    intended = columns["intended_ns"]
    latency = columns["done_ns"] - intended
    bad = np.isin(columns["outcome"], [*FAILED, Outcome.WRONG, Outcome.EMPTY])
    right = columns["outcome"] == Outcome.OK
    # Who is still wrong later was not as before.
    wrong_ns = intended[columns["outcome"] == Outcome.WRONG]
    first_ns = max(span.ended_ns, int(wrong_ns.max()) + 1 if len(wrong_ns) else 0)
    for begins_ns in range(first_ns, end_ns - _CALM_NS + 1, _STEP_NS):
        inside = (intended >= begins_ns) & (intended < begins_ns + _CALM_NS)
        answered = inside & right
        if np.count_nonzero(answered) < _MIN_QUESTIONS or (bad & inside).any():
            continue
        known = factor[answered & ~np.isnan(factor)]
        if float(np.median(latency[answered])) <= _FLOOR_NS or (len(known) and np.median(known) <= _BAND):
            return int(columns["done_ns"][answered].min()) - span.ended_ns
    return None


def _longest_silence(
    columns: Columns, right: npt.NDArray[np.bool_], start_ns: int, end_ns: int
) -> tuple[int, int]:
    """The longest time without a right answer, from when the first question in it was asked."""
    done = columns["done_ns"][right]
    done = np.sort(done[(done >= start_ns) & (done < end_ns)])
    marks = np.concatenate([[start_ns], done, [end_ns]])
    asked = np.sort(columns["intended_ns"])
    best = (start_ns, start_ns)
    for before, until in itertools.pairwise(marks.tolist()):
        first = np.searchsorted(asked, before)
        begins = int(asked[first]) if first < len(asked) else until
        if until - begins > best[1] - best[0]:
            best = (begins, until)
    return best


def _preserved(record: RunRecord, columns: Columns) -> bool | None:
    """Whether the documents are those of the users at the end, and the last answers were right; None where
    nothing was compared."""
    if not record.safety.documents_compared:
        return None
    last = columns["intended_ns"] >= record.measure_end_ns - _LAST_NS
    return not record.safety.lost_edits and not (columns["outcome"][last] == Outcome.WRONG).any()


def _why(record: RunRecord, recovery_ns: int | None, preserved: bool | None) -> str:
    """What failed, in words; empty for nothing."""
    if record.ended == "crashed":
        return f"the backend was gone at the end: {record.crash_message}"
    if preserved is False:
        return "data was lost: documents, or answers about them, are not what users made of them"
    if recovery_ns is None:
        left = format_duration_ns(max(0, record.measure_end_ns - record.measure_start_ns))
        return f"it had not recovered by the end of the {left} that were measured"
    if s_from_ns(recovery_ns) > RECOVERY_LIMIT_S:
        took = format_duration_ns(recovery_ns)
        return f"it took {took} to recover, more than {RECOVERY_LIMIT_S:g} s"
    return ""


def _evidence(restarts: Sequence[Outage], span: PressureSpan, silence: tuple[int, int]) -> list[str]:
    found = []
    silent_from, silent_to = silence
    whys = [outage.why for outage in restarts]
    for why in dict.fromkeys(whys):
        times = whys.count(why)
        found.append(f"it ended: {why}" + (f" ({times} times)" if times > 1 else ""))
    # One that has just been started again has to load first.
    loading = any(
        outage.down_ns < silent_to and (outage.up_ns is None or outage.up_ns + _SILENCE_NS > silent_from)
        for outage in restarts
    )
    if silent_to - silent_from >= _SILENCE_NS and not loading:
        after = (silent_from - span.began_ns) / NS_PER_S
        found.append(
            f"alive and dead: no right answer for {format_duration_ns(silent_to - silent_from)}, from "
            f"{after:.1f} s after the pressure began, while its process lived"
        )
    return found
