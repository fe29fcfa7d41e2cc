"""How a backend came back: the figures of a run that a fault struck, or whose backend ended, and as text.

Knows nothing of terminals or of the other figures of the run.
"""

from __future__ import annotations

import msgspec
import numpy as np

from pytest_rustide_load.report.table import wrap
from pytest_rustide_load.stats.quantiles import Estimate
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stats.recovery import RecoveryTimes
from pytest_rustide_load.stats.samples import NEVER, Outcome
from pytest_rustide_load.units import NS_PER_MS, NS_PER_S, format_duration_ns, s_from_ns

__all__ = ["OutageReport", "RecoveryReport", "build_recovery", "render_recovery"]

_TIMES = ("first_response", "first_correct", "latency_band", "quiescent")
_WORDS = {
    "first_response": "first response",
    "first_correct": "first right answer",
    "latency_band": "latency band",
    "quiescent": "quiescent",
}


class OutageReport(msgspec.Struct, frozen=True, kw_only=True):
    """`users`, counted from 1, had no backend from `down_s` of the measured time, when it was noticed and
    `why`, to `up_s`, when another had their documents, at the last of `attempts`; None where none came."""

    users: tuple[int, ...]
    why: str
    down_s: float
    up_s: float | None
    attempts: int


class RecoveryReport(msgspec.Struct, frozen=True, kw_only=True):
    """`fault` is its kind, empty where the backend ended by itself; it struck at `at_s` of the measured time,
    None where it did not, and lasted for `lasted_s`; `what` was done. `unsteady` says why nothing can be said
    of the recovery: the state before was no steady one.

    The times are seconds from the strike, those in `lower_bounds` at least so long; `quiescent_s` is None for
    a backend that does not say. `recovery_s` is the last of them. `band_ms` is how long an answer may take to
    lie in the band of the `baseline_p95_ms` before. Of what was due while there was no backend `waited` were
    sent when there was one; `crashed`, `timed_out` and `dropped` are those of the whole run.
    """

    fault: str
    what: str
    at_s: float | None
    lasted_s: float | None
    unsteady: str
    first_response_s: float | None
    first_correct_s: float | None
    latency_band_s: float | None
    quiescent_s: float | None
    recovery_s: float | None
    lower_bounds: tuple[str, ...]
    baseline_p95_ms: float | None
    band_ms: float | None
    outages: tuple[OutageReport, ...]
    waited: int
    crashed: int
    timed_out: int
    dropped: int

    @property
    def restarts(self) -> int:
        """How often another backend came."""
        return sum(outage.up_s is not None for outage in self.outages)


def build_recovery(record: RunRecord, times: RecoveryTimes | None) -> RecoveryReport | None:
    """None for a run without a fault whose backends never ended."""
    fault = record.fault
    if fault is None and not record.outages:
        return None
    struck_ns = None if fault is None else fault.struck_ns
    ended_ns = None if fault is None else fault.ended_ns
    columns = record.samples.columns()
    outcomes = columns["outcome"]
    waited = np.zeros(len(outcomes), dtype=np.bool_)
    for outage in record.outages:
        until_ns = record.end_ns if outage.up_ns is None else outage.up_ns
        due = (columns["intended_ns"] >= outage.down_ns) & (columns["intended_ns"] < until_ns)
        waited |= due & np.isin(columns["user"], outage.users) & (columns["sent_ns"] != NEVER)
    known = {name: _part(times, name) for name in (*_TIMES, "whole")}
    return RecoveryReport(
        fault="" if fault is None else fault.kind,
        what="" if fault is None else fault.what,
        at_s=None if struck_ns is None else s_from_ns(struck_ns - record.measure_start_ns),
        lasted_s=None if struck_ns is None or ended_ns is None else s_from_ns(ended_ns - struck_ns),
        unsteady="" if times is None else times.unsteady,
        **{f"{name}_s": _seconds(known[name]) for name in _TIMES},
        recovery_s=_seconds(known["whole"]),
        lower_bounds=tuple(
            name for name, found in known.items() if found is not None and found.is_lower_bound
        ),
        baseline_p95_ms=_ms(None if times is None else times.baseline_p95_ns),
        band_ms=_ms(None if times is None else times.band_ns),
        outages=tuple(
            OutageReport(
                users=tuple(user + 1 for user in outage.users),
                why=outage.why,
                down_s=s_from_ns(outage.down_ns - record.measure_start_ns),
                up_s=None if outage.up_ns is None else s_from_ns(outage.up_ns - record.measure_start_ns),
                attempts=outage.attempts,
            )
            for outage in record.outages
        ),
        waited=int(np.count_nonzero(waited)),
        crashed=int(np.count_nonzero(outcomes == Outcome.CRASHED)),
        timed_out=int(np.count_nonzero(outcomes == Outcome.TIMEOUT)),
        dropped=int(np.count_nonzero(outcomes == Outcome.DROPPED)),
    )


def render_recovery(found: RecoveryReport | None, width: int) -> list[str]:
    """What was done, what came of it, and what users had of it meanwhile."""
    if found is None:
        return []
    texts = []
    if found.fault and found.at_s is None:
        texts.append(f"fault: {found.fault}: not done: {found.unsteady}")
    elif found.at_s is not None:
        lasted = "" if not found.lasted_s or found.lasted_s < 0.1 else f", over after {_time(found.lasted_s)}"
        texts.append(f"fault: {found.fault} at {_time(found.at_s)}: {found.what}{lasted}")
        if found.unsteady:
            texts.append(f"recovery: nothing can be said of it: {found.unsteady}")
        else:
            texts.append(_times(found))
    attempts = sum(outage.attempts for outage in found.outages)
    if found.outages:
        why = "; ".join(dict.fromkeys(outage.why for outage in found.outages))
        tries = "" if attempts == found.restarts else f" at {attempts} attempts"
        texts.append(f"restarts: {found.restarts}{tries} ({why})")
    kinds = (
        (found.crashed, "crashed"),
        (found.timed_out, "timed out"),
        (found.waited, "waited for the backend"),
        (found.dropped, "given up unsent"),
    )
    if found.at_s is not None or found.outages:
        counts = ", ".join(f"{count} {what}" for count, what in kinds if count)
        texts.append(f"meanwhile: {counts or 'nothing crashed, timed out or was given up'}")
    return [line for text in texts for line in wrap(text, width, "  ")]


def _times(found: RecoveryReport) -> str:
    def told(name: str, seconds: float | None) -> str:
        if seconds is None:
            return f"{_WORDS[name]} not told by this backend"
        band = f" (≤ {format_duration_ns(round((found.band_ms or 0) * NS_PER_MS))})"
        what = _WORDS[name] + (band if name == "latency_band" and found.band_ms else "")
        if name in found.lower_bounds:
            return f"{what} not within {_time(seconds)}"
        return f"{what} {_time(seconds)}"

    parts = [told(name, getattr(found, f"{name}_s")) for name in _TIMES]
    if "whole" in found.lower_bounds or found.recovery_s is None:
        return f"recovery: {', '.join(parts)}: not recovered"
    return f"recovery: {', '.join(parts)}: {_time(found.recovery_s)} in all"


def _part(times: RecoveryTimes | None, name: str) -> Estimate | None:
    return None if times is None else getattr(times, name)


def _seconds(estimate: Estimate | None) -> float | None:
    return None if estimate is None else estimate.value / NS_PER_S


def _ms(value_ns: float | None) -> float | None:
    return None if value_ns is None else value_ns / NS_PER_MS


def _time(seconds: float) -> str:
    return format_duration_ns(round(seconds * NS_PER_S))
