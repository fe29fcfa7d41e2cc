"""Runs of a scenario beside runs of before: which of these are like them, and the rule of the gate on both.

Values in, values out; knows nothing of where runs are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_rustide_load.report.compared import ComparisonReport
from pytest_rustide_load.report.comparison import comparable_series, compared
from pytest_rustide_load.report.results import LoadTestResults
from pytest_rustide_load.stats.compare import Comparison, GateRule, gate_with_history, log_cost

__all__ = ["against_baseline", "differences", "without_baseline"]

_DURATION_TOLERANCE = 0.05


def differences(mine: LoadTestResults, theirs: LoadTestResults) -> list[str]:
    """In what two runs of a scenario differ so that their times cannot be held against one another, each as
    "cores: 2, was 4"; the backend and its version are what is compared, and no such thing."""
    pairs = {
        name: (mine.fingerprint.get(name, "unknown"), theirs.fingerprint.get(name, "unknown"))
        for name in mine.fingerprint | theirs.fingerprint
    }
    pairs["codebase"] = (mine.codebase.digest, theirs.codebase.digest)
    pairs["profile"] = (mine.profile, theirs.profile)
    pairs["editor"] = (mine.editor, theirs.editor)
    pairs["topology"] = (mine.topology, theirs.topology)
    pairs["users"] = (str(len(mine.users) or 1), str(len(theirs.users) or 1))
    found = [f"{name}: {here}, was {there}" for name, (here, there) in pairs.items() if here != there]
    if abs(mine.measured_s - theirs.measured_s) > _DURATION_TOLERANCE * theirs.measured_s:
        found.append(f"measured time: {mine.measured_s:.3g} s, was {theirs.measured_s:.3g} s")
    return found


def against_baseline(
    candidate: Sequence[LoadTestResults],
    earlier: Sequence[LoadTestResults],
    *,
    label: str,
    rule: GateRule,
    allow_missing: bool,
) -> ComparisonReport:
    """Compare runs of one scenario with runs of before, of which there is one at least.

    Only those like the last candidate are taken. Where none is, all are, the fields that differ are told, and
    the verdicts bind nobody. A series that the candidate has not fails, unless that is allowed.
    """
    last = candidate[-1]
    alike = [run for run in earlier if not differences(last, run)]
    used = alike or list(earlier)
    series = comparable_series(candidate, used)
    notes = []
    missing = [name for name, (mine, _) in series.items() if not mine]
    if missing and allow_missing:
        notes.append(f"not there any more, which is allowed: {', '.join(missing)}")
        series = {name: both for name, both in series.items() if both[0]}
    found = gate_with_history(
        {
            name: ([log_cost(value) for value in mine], [log_cost(value) for value in theirs])
            for name, (mine, theirs) in series.items()
            if mine
        },
        rule,
    )
    if not alike:
        what = "; ".join(differences(last, earlier[-1]))
        notes.append(f"advisory, as no run of before is comparable: {what}")
        found = {name: _advisory(one) for name, one in found.items()}
    elif len(alike) < len(earlier):
        notes.append(f"{len(earlier) - len(alike)} runs of before were left out: not comparable")
    return ComparisonReport(
        scenario_name=last.scenario_name,
        baseline=label,
        candidate=f"{last.backend.name} {last.backend.version}".rstrip(),
        threshold_ratio=rule.threshold_ratio,
        pairs=len(candidate),
        void=0,
        confirmed=False,
        series=compared(found, series),
        repeat_command=last.repeat_command,
        earlier=len(used),
        notes=tuple(notes),
    )


def without_baseline(last: LoadTestResults, *, void: int, label: str, rule: GateRule) -> ComparisonReport:
    """Of runs that nothing of the baseline can be held against, or none of which counts: no pass."""
    note = f"all {void} runs were void" if void else "the baseline has no runs of this scenario"
    return ComparisonReport(
        scenario_name=last.scenario_name,
        baseline=label,
        candidate=f"{last.backend.name} {last.backend.version}".rstrip(),
        threshold_ratio=rule.threshold_ratio,
        pairs=0,
        void=void,
        confirmed=False,
        series=(),
        repeat_command=last.repeat_command,
        earlier=0,
        notes=(f"{note}; --load-allow-missing lets one pass that is new",) if not void else (note,),
    )


def _advisory(one: Comparison) -> Comparison:
    return replace(one, advisory=True)
