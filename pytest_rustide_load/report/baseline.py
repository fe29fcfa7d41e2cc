"""Runs of a scenario beside runs of before: which of these are like them, and the rule of the gate on both.

Values in, values out; knows nothing of where runs are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from math import expm1, fsum, log

from pytest_rustide_load.report.compared import ComparisonReport
from pytest_rustide_load.report.comparison import comparable_series, compared, uncompared
from pytest_rustide_load.report.latencies import merged_latencies
from pytest_rustide_load.report.results import LoadTestResults
from pytest_rustide_load.stats.compare import (
    Calibrations,
    Comparison,
    GateRule,
    SeriesRules,
    gate_with_history,
    log_cost,
)
from pytest_rustide_load.units import three_digits, two_digits

__all__ = [
    "against_baseline",
    "count_void",
    "describe_void",
    "differences",
    "figures_count",
    "void_reason",
    "without_baseline",
]

CUT_SHORT = "cut short"
_DURATION_TOLERANCE = 0.05


def differences(mine: LoadTestResults, theirs: LoadTestResults) -> list[str]:
    """In what two runs of a scenario differ so that their times cannot be held against one another, each as
    "cores: 2, was 4"; the backend and its version are what is compared, and no such thing."""
    pairs = {
        name: (mine.fingerprint.get(name, "unknown"), theirs.fingerprint.get(name, "unknown"))
        for name in mine.fingerprint | theirs.fingerprint
    }
    # Of runs of before that was known, nobody can say.
    known = mine.workload.keys() & theirs.workload.keys()
    pairs |= {name: (mine.workload[name], theirs.workload[name]) for name in mine.workload if name in known}
    pairs["codebase"] = (mine.codebase.digest, theirs.codebase.digest)
    pairs["profile"] = (mine.profile, theirs.profile)
    pairs["editor"] = (mine.editor, theirs.editor)
    pairs["topology"] = (mine.topology, theirs.topology)
    pairs["users"] = (str(len(mine.users) or 1), str(len(theirs.users) or 1))
    found = [f"{name}: {here}, was {there}" for name, (here, there) in pairs.items() if here != there]
    if abs(mine.measured_s - theirs.measured_s) > _DURATION_TOLERANCE * theirs.measured_s:
        found.append(
            f"measured time: {three_digits(mine.measured_s)} s, was {three_digits(theirs.measured_s)} s"
        )
    return found


def void_reason(run: LoadTestResults) -> str:
    """Why the figures of a run are not its backend's, in a few words; "" where they are: it was measured to
    its end, by a generator that kept up, under the stress that was asked for. One whose budgets failed
    counts: its figures are what they are, and runs of before without the slow ones would be faster than what
    they stand for."""
    if run.ended != "complete":
        return CUT_SHORT
    if run.generator.bottleneck_reasons:
        return "the load generator was the bottleneck"
    if any(figure.reached is False for figure in run.stress):
        return "the stress was not what was asked for"
    return ""


def figures_count(run: LoadTestResults) -> bool:
    """Whether the figures of a run are its backend's; see `void_reason`."""
    return not void_reason(run)


def count_void(runs: Iterable[LoadTestResults]) -> Counter[str]:
    """How many of them do not count, by reason."""
    return Counter(reason for reason in map(void_reason, runs) if reason)


def describe_void(reasons: Mapping[str, int]) -> str:
    """Why so many do not count: "cut short", or with more reasons "cut short (2), … (1)"."""
    if len(reasons) == 1:
        return next(iter(reasons))
    return ", ".join(f"{reason} ({count})" for reason, count in reasons.items())


def against_baseline(
    candidate: Sequence[LoadTestResults],
    earlier: Sequence[LoadTestResults],
    *,
    label: str,
    rules_of: Callable[[Collection[str]], tuple[GateRule, SeriesRules]],
    allow_missing: bool,
    void: Counter[str] | None = None,
    void_before: Counter[str] | None = None,
) -> ComparisonReport:
    """Compare runs of one scenario with runs of before, of which there is one at least. `rules_of` gives the
    rules for series of these names; `void` is how many others of now do not count, by reason, and
    `void_before` how many others of before.

    Only those like the last candidate are taken. Where none is, all are, the fields that differ are told, and
    the verdicts bind nobody. A series that the candidate has not fails, unless that is allowed.
    """
    last = candidate[-1]
    alike = [run for run in earlier if not differences(last, run)]
    used = alike or list(earlier)
    series = comparable_series(candidate, used)
    notes = list(uncompared(series, candidate, used))
    missing = [name for name, (mine, _) in series.items() if not mine]
    if missing and allow_missing:
        notes.append(f"not there any more, which is allowed: {', '.join(missing)}")
        series = {name: both for name, both in series.items() if both[0]}
    rule, rules = rules_of(series)
    found = gate_with_history(
        {
            name: ([log_cost(value) for value in mine], [log_cost(value) for value in theirs])
            for name, (mine, theirs) in series.items()
            if mine
        },
        rule,
        rules,
        _calibrations(candidate, used) if alike else None,
    )
    if not alike:
        what = "; ".join(differences(last, earlier[-1]))
        notes.append(f"advisory, as no run of before is comparable: {what}")
        found = {name: _advisory(one) for name, one in found.items()}
    elif len(alike) < len(earlier):
        left = len(earlier) - len(alike)
        were = " of before was" if left == 1 else "s of before were"
        notes.append(f"{left} run{were} left out: not comparable")
    notes += [
        f"{reasons.total()} void run{'' if reasons.total() == 1 else 's'}{when} left out: "
        f"{describe_void(reasons)}"
        for reasons, when in ((void, ""), (void_before, " of before"))
        if reasons
    ]
    notes += _normalised(found, candidate, used)
    return ComparisonReport(
        scenario_name=last.scenario_name,
        baseline=label,
        candidate=f"{last.backend.name} {last.backend.version}".rstrip(),
        threshold_ratio=rule.threshold_ratio,
        pairs=len(candidate),
        void=void.total() if void else 0,
        confirmed=False,
        series=compared(found, series, rule, rules),
        repeat_command=last.repeat_command,
        earlier=len(used),
        void_earlier=void_before.total() if void_before else 0,
        notes=tuple(notes),
        baseline_latencies=merged_latencies(used),
    )


def _normalised(
    found: Mapping[str, Comparison],
    candidate: Sequence[LoadTestResults],
    earlier: Sequence[LoadTestResults],
) -> list[str]:
    """What was taken out of which series, in a sentence."""
    used = [
        f"{name} (β {two_digits(one.sensitivity)})"
        for name, one in found.items()
        if one.sensitivity is not None
    ]
    calibrations = _calibrations(candidate, earlier)
    if not used or calibrations is None:
        return []
    mine, theirs = (fsum(logs) / len(logs) for logs in (calibrations.candidate, calibrations.history))
    change = expm1(mine - theirs)
    what = f"{abs(change):.1%} {'slower' if change > 0 else 'faster'} than in the runs of before"
    return [f"the machine itself is {what}, by a fixed workload; taken out of {', '.join(used)}"]


def _calibrations(
    candidate: Sequence[LoadTestResults], earlier: Sequence[LoadTestResults]
) -> Calibrations | None:
    """None unless all runs have one."""
    mine, theirs = ([run.calibration_ms for run in runs] for runs in (candidate, earlier))
    if not all(mine) or not all(theirs):
        return None
    return Calibrations([log(value) for value in mine if value], [log(value) for value in theirs if value])


def without_baseline(
    runs: Sequence[LoadTestResults],
    *,
    label: str,
    earlier: int = 0,
    void_before: Counter[str] | None = None,
    may_lack: bool = False,
) -> ComparisonReport:
    """Of runs of one scenario that nothing can be held against, or none of which counts: no pass, unless it
    `may_lack` runs of before, of which there are `earlier` that count and `void_before` that do not."""
    last = runs[-1]
    void = count_void(runs)
    notes = []
    if void.total() == len(runs):
        which = "the run was void" if len(runs) == 1 else f"all {len(runs)} runs were void"
        notes.append(f"{which}: {describe_void(void)}")
    if not earlier:
        count = void_before.total() if void_before else 0
        why = "there is no run of this scenario"
        if void_before:
            why = f"of {count} run{'' if count == 1 else 's'} of before none counts"
            why += f": {describe_void(void_before)}"
        hint = "" if may_lack or notes else "; --load-allow-missing lets one pass that is new"
        notes.append(f"compared with nothing: {why}{hint}")
    return ComparisonReport(
        scenario_name=last.scenario_name,
        baseline=label,
        candidate=f"{last.backend.name} {last.backend.version}".rstrip(),
        threshold_ratio=GateRule().threshold_ratio,
        pairs=0,
        void=void.total(),
        confirmed=False,
        series=(),
        repeat_command=last.repeat_command,
        earlier=earlier,
        void_earlier=void_before.total() if void_before else 0,
        may_lack=may_lack,
        notes=tuple(notes),
    )


def _advisory(one: Comparison) -> Comparison:
    return replace(one, advisory=True)
