"""Two backends side by side: a scenario in interleaved pairs, and the rule of the gate on what came of it.

Joins the runtime, statistics and report. Knows nothing of one run's insides.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from pytest_rustide_load.plugin.gates import rules_of
from pytest_rustide_load.plugin.options import (
    COMPARISONS_KEY,
    ENDED_KEY,
    REPETITIONS_KEY,
    RUNS_KEY,
    SERIES_KEY,
)
from pytest_rustide_load.plugin.runtime import Runtime
from pytest_rustide_load.ports import Launcher
from pytest_rustide_load.report import LoadTestResults
from pytest_rustide_load.report.baseline import describe_void, void_reason
from pytest_rustide_load.report.compared import ComparisonReport
from pytest_rustide_load.report.comparison import comparable_series, compared, uncompared
from pytest_rustide_load.report.latencies import merged_latencies
from pytest_rustide_load.seeds import derive_seed, seeded_random
from pytest_rustide_load.stats.compare import Comparison, GateRule, SeriesRules, confirm, gate, log_cost
from pytest_rustide_load.stats.status import Status
from pytest_rustide_load.workload import Scenario

__all__ = ["run_duet"]


@dataclass(slots=True)
class _Pairs:
    """Runs of pairs that count, in the same order, and how many did not, by the reason."""

    candidate: list[LoadTestResults] = field(default_factory=list)
    baseline: list[LoadTestResults] = field(default_factory=list)
    void: Counter[str] = field(default_factory=Counter)


def run_duet(runtime: Runtime, item: pytest.Item, scenario: Scenario, baseline: Launcher) -> None:
    """Run `scenario` on the session's backend and on `baseline` in pairs, each repetition on a backend of its
    own; keep the comparison and the last results of the candidate on the item.

    What fails at the first look is looked at again on as many fresh pairs, and fails only if it does again.
    Raises BackendError where a backend cannot be started.
    """
    settings = runtime.settings
    first = _run_pairs(runtime, item, scenario, baseline, look=1)
    series = comparable_series(first.candidate, first.baseline)
    gates = runtime.budget_file.gates
    rule, rules = rules_of(settings, gates, scenario.name, series, family=scenario.family)
    found = _gate(series, rule, rules)
    void = first.void
    again = any(one.status is Status.FAIL and not one.advisory for one in found.values())
    if again:
        second = _run_pairs(runtime, item, scenario, baseline, look=2)
        void += second.void
        fresh_series = comparable_series(second.candidate, second.baseline)
        fresh = _gate(fresh_series, rule, rules)
        # The figures are those of the look that decides.
        series = {
            name: fresh_series.get(name, both) if found[name].status is Status.FAIL else both
            for name, both in series.items()
            if name in found
        } | {name: both for name, both in series.items() if name not in found}
        nothing = Comparison(Status.INCONCLUSIVE, "the second look has no such series", 0)
        found = {name: confirm(one, fresh.get(name, nothing)) for name, one in found.items()}
    report = ComparisonReport(
        scenario_name=scenario.name,
        baseline=_name(baseline, settings.labels and settings.labels[0]),
        candidate=_name(runtime.launcher, settings.labels and settings.labels[1]),
        threshold_ratio=rule.threshold_ratio,
        pairs=len(first.candidate),
        void=void.total(),
        confirmed=again,
        series=compared(found, series, rule, rules, paired=True),
        labels=settings.labels or ("baseline", "now"),
        repeat_command=runtime.repeat_command(item),
        notes=(*_void_pairs(void), *uncompared(series, first.candidate, first.baseline)),
        baseline_latencies=merged_latencies(first.baseline),
    )
    item.stash.setdefault(COMPARISONS_KEY, []).append(report)


def _run_pairs(
    runtime: Runtime, item: pytest.Item, scenario: Scenario, baseline: Launcher, *, look: int
) -> _Pairs:
    """As many pairs as the settings say; which of the two begins is drawn for each. Both of a pair have the
    same plan, every pair another. One that does not count is made again, as often as there were to be pairs.
    """
    count = runtime.settings.repetitions
    random = seeded_random(runtime.settings.seed, "duet", scenario.name, look)
    pairs = _Pairs()
    item.stash[ENDED_KEY] = pairs.candidate
    sides: dict[str, LoadTestResults] = {}
    for number in range(2 * count):
        wanted = count - len(pairs.candidate)
        if not wanted:
            break
        seed = derive_seed(runtime.settings.seed, "pair", look, number) >> 1
        order = ["candidate", "baseline"] if random.random() < 0.5 else ["baseline", "candidate"]
        for side in order:
            which = f"{len(pairs.candidate) + 1} of {count}{'' if look == 1 else ' again'}"
            left = 2 * wanted - 1 - (side == order[1])
            with runtime.progress.part(f"pair {which}, {side}: ", left):
                sides[side] = runtime.run(
                    item,
                    scenario,
                    seed=seed,
                    launcher=baseline if side == "baseline" else None,
                    # The last of them is judged by the budgets and shown whole.
                    role=side,
                    keep=side == "candidate" and look == 1 and wanted == 1,
                )
        if reason := next(filter(None, (void_reason(sides[side]) for side in order)), ""):
            pairs.void[reason] += 1
            if look == 1:
                _forget(item)
            if sides["candidate"].ended == "crashed":
                if look == 2:
                    item.stash.setdefault(REPETITIONS_KEY, []).append(sides["candidate"])
                break
            # Else a person sees the same pair begin over and over.
            more = "it is made again" if number + 1 < 2 * count else "no more are made"
            runtime.progress.say(f"pair {which} is void: {reason}; {more}")
            continue
        pairs.candidate.append(sides["candidate"])
        pairs.baseline.append(sides["baseline"])
    if look == 1:
        # Also where too few pairs count something is shown, and a crash fails the test.
        kept = item.stash.setdefault(RUNS_KEY, [])
        kept += [] if kept else [sides["candidate"]]
    return pairs


def _void_pairs(void: Counter[str]) -> tuple[str, ...]:
    if not void:
        return ()
    count = "1 pair was" if void.total() == 1 else f"{void.total()} pairs were"
    return (f"{count} void: {describe_void(void)}",)


def _forget(item: pytest.Item) -> None:
    """What was kept of a run that does not count."""
    item.stash.setdefault(RUNS_KEY, []).clear()
    item.stash.setdefault(SERIES_KEY, []).clear()
    item.user_properties.clear()


def _gate(
    series: dict[str, tuple[list[float], list[float]]], rule: GateRule, rules: SeriesRules
) -> dict[str, Comparison]:
    both = {name: (_logs(mine), _logs(theirs)) for name, (mine, theirs) in series.items() if mine}
    return gate(both, rule, rules, two_looks=True)


def _logs(values: Sequence[float]) -> list[float]:
    return [log_cost(value) for value in values]


def _name(launcher: Launcher, label: str | None) -> str:
    info = launcher.info
    name = f"{info.name} {info.version}".rstrip()
    return (
        f"{label} ({name}, {shlex.join(info.command)})" if label else f"{name} ({shlex.join(info.command)})"
    )
