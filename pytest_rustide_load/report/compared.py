"""What came of a comparison, as values that are stored and sent.

Knows nothing of how runs were compared or how that is shown.
"""

from __future__ import annotations

import msgspec

from pytest_rustide_load.report.buckets import LatencyBucket

__all__ = ["ComparedSeries", "ComparisonReport"]


class ComparedSeries(msgspec.Struct, frozen=True, kw_only=True):
    """One series; `baseline` and `candidate` are geometric means in `unit`, each repetition differs from them
    by its `…_spread_ratio` (a standard deviation), ratios are candidate over baseline minus one.

    `threshold_ratio` is what is a regression of this series. `sensitivity` is how much of the machine's own
    change was taken out, None for nothing. `p_value` is of "not worse", `count` the pairs or earlier runs.
    Where pairs are `underpowered`, so many `pairs_needed` would find twice the threshold; None for more than
    a thousand.
    """

    name: str
    unit: str
    status: str
    reason: str
    baseline: float | None = None
    candidate: float | None = None
    change_ratio: float | None = None
    low_ratio: float | None = None
    high_ratio: float | None = None
    detectable_ratio: float | None = None
    underpowered: bool = False
    pairs_needed: int | None = None
    baseline_spread_ratio: float | None = None
    candidate_spread_ratio: float | None = None
    p_value: float | None = None
    count: int = 0
    threshold_ratio: float | None = None
    sensitivity: float | None = None


class ComparisonReport(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario on two backends, run in `pairs` interleaved pairs, of which `void` could not be used.

    `confirmed` says that failures were looked at a second time, on fresh pairs. Against runs of before,
    `earlier` is how many these are (None for pairs), `void_earlier` how many others of before do not count,
    and `pairs` how many runs were made now. `notes` are what else to know, a sentence each. `labels` are what
    baseline and candidate are called. `baseline_latencies` are those of the runs of the baseline together, by
    operation. Where no series could be compared that fails the session, unless it `may_lack` a baseline.
    """

    scenario_name: str
    baseline: str
    candidate: str
    threshold_ratio: float
    pairs: int
    void: int
    confirmed: bool
    series: tuple[ComparedSeries, ...]
    repeat_command: str
    earlier: int | None = None
    void_earlier: int = 0
    may_lack: bool = False
    notes: tuple[str, ...] = ()
    labels: tuple[str, str] = ("baseline", "now")
    baseline_latencies: dict[str, tuple[LatencyBucket, ...]] = {}

    @property
    def regressions(self) -> tuple[ComparedSeries, ...]:
        return tuple(one for one in self.series if one.status == "FAIL")

    @property
    def failure(self) -> str:
        """Why a session with this comparison fails, in a sentence; "" where it does not."""
        if not self.series and self.may_lack:
            return ""
        if not self.series:
            void = (
                f": {self.void} {'pairs' if self.earlier is None else 'runs'} were void" if self.void else ""
            )
            return f"{self.scenario_name}: nothing could be compared with {self.baseline}{void}"
        if not self.regressions:
            return ""
        names = ", ".join(one.name for one in self.regressions)
        count = f"{len(self.regressions)} of {len(self.series)} series regressed"
        return f"{self.scenario_name}: {count} against {self.baseline}: {names}"
