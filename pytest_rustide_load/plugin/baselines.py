"""Baselines: results that later sessions are compared with, where they are kept and what they are called.

A baseline is a results file, as `--load-json` writes. Joins history, report and the session's items.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pytest_rustide_load.budgets.metrics import METRICS
from pytest_rustide_load.errors import ConfigError, Problem, did_you_mean
from pytest_rustide_load.history import HISTORY_PATH, HistoryStore, StoredRun
from pytest_rustide_load.pages import write_page
from pytest_rustide_load.plugin.gates import rules_of
from pytest_rustide_load.plugin.keeping import git_commit
from pytest_rustide_load.plugin.options import COMPARISONS_KEY, ENDED_KEY, REPETITIONS_KEY, RUNS_KEY
from pytest_rustide_load.plugin.runtime import Runtime, get_runtime
from pytest_rustide_load.plugin.written import Written
from pytest_rustide_load.report import LoadTestResults, decode_results, encode_results
from pytest_rustide_load.report.baseline import (
    CUT_SHORT,
    against_baseline,
    count_void,
    describe_void,
    figures_count,
    void_reason,
    without_baseline,
)
from pytest_rustide_load.report.compared import ComparisonReport
from pytest_rustide_load.report.findings import describe_failure
from pytest_rustide_load.report.results import unmet_verdicts
from pytest_rustide_load.seeds import derive_seed
from pytest_rustide_load.workload import Scenario
from pytest_rustide_load.workload.scenario import family_of

__all__ = [
    "Baseline",
    "compare_item",
    "describe_failures",
    "load_baseline",
    "run_repeated",
    "save_baseline",
]

_FOLDER = HISTORY_PATH.parent / "baselines"
_OPTION = "--load-baseline"
# As many runs of a scenario as the comparison with the history may look back.
_LOOKED_BACK = 60
_COMMIT = re.compile(r"[0-9a-f]{4,40}")
# Of a commit, what is kept and what is shown.
_DIGITS, _SHORT = 12, 8


@dataclass(frozen=True, slots=True)
class Baseline:
    """Runs of before whose figures count, of any scenarios; `label` says which these are, `void` how
    many others there were of each scenario, by the reason why they do not count. One that `is_fixed` was made
    to be compared with: what it does not have is amiss, while a history begins anywhere."""

    label: str
    runs: tuple[LoadTestResults, ...]
    is_fixed: bool = True
    void: Mapping[str, Counter[str]] = field(default_factory=dict)

    def of(self, scenario: str) -> list[LoadTestResults]:
        return [run for run in self.runs if run.scenario_name == scenario]


def load_baseline(
    name: str, root: Path, history: HistoryStore | None, session: str, *, may_lack: bool = False
) -> Baseline:
    """The baseline of that name below `root`, the file, the history's last runs, or its runs of a commit; of
    the history what is not of this `session`, which `may_lack` all of it. Raises ConfigError with the nearest
    name."""
    if name == "last":
        return _of_history("the last runs", "", history, session, may_lack)
    path = _path(name, root)
    # Of a name that no file can have it knows as well.
    if os.path.isfile(path):
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ConfigError(Problem(f"{path} cannot be read: {error.strerror}", _OPTION)) from None
        runs = decode_results(data, str(path))
        if not runs:
            raise ConfigError(Problem(f"{path} holds no runs", _OPTION))
        counting = tuple(run for run in runs if figures_count(run))
        void: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for run in runs:
            if reason := void_reason(run):
                void[run.scenario_name][reason] += 1
        return Baseline(f"{name} of {runs[-1].execution_timestamp[:10]}", counting, void=void)
    commit = git_commit(root, name) or (name[:_DIGITS] if _COMMIT.fullmatch(name) else "")
    if commit and history is not None:
        label = f"commit {name}" if commit.startswith(name) else f"{name}, commit {commit[:_SHORT]}"
        return _of_history(label, commit, history, session, may_lack)
    known = sorted(one.stem for one in (root / _FOLDER).glob("*.json"))
    hint = did_you_mean(name, [*known, "last"])
    raise ConfigError(Problem(f"there is no baseline {name!r}: {hint}", _OPTION))


def _of_history(
    label: str, revision: str, history: HistoryStore | None, session: str, may_lack: bool
) -> Baseline:
    if history is None:
        raise ConfigError(Problem("runs are kept nowhere, so there are none of before", _OPTION))
    before_now: dict[str, list[StoredRun]] = {}
    changed = 0
    for one in history.runs():
        if (
            one.role != "baseline"
            and one.revision.startswith(revision)
            # A worker that takes the place of another begins when there are some of this session already.
            and one.session != session
        ):
            # Whose files were changed since is not that commit.
            if revision and one.revision.endswith("+"):
                changed += 1
                continue
            before_now.setdefault(one.scenario, []).append(one)
    found: list[LoadTestResults] = []
    void: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, each in before_now.items():
        latest: list[LoadTestResults] = []
        for one in reversed(each):
            if one.ended != "complete":
                void[name][CUT_SHORT] += 1
                continue
            run = history.results(one.number)
            if reason := void_reason(run):
                void[name][reason] += 1
            else:
                latest.append(run)
            if len(latest) == _LOOKED_BACK:
                break
        found += reversed(latest)
    if not found and not may_lack:
        which = f"of {label}" if revision else "of before"
        whys = [f"{changed} were made with changed files"] if changed else []
        reasons = sum(void.values(), Counter())
        whys += [f"{reasons.total()} are void ({describe_void(reasons)})"] if reasons else []
        why = f": {', '.join(whys)}" if whys else ""
        hint = "--load-allow-missing lets a session pass that is the first"
        message = f"the history {history.path} has no complete runs {which}{why}; {hint}"
        raise ConfigError(Problem(message, _OPTION))
    return Baseline(label, tuple(found), is_fixed=False, void=void)


def _path(name: str, root: Path) -> Path:
    """A name stands for a file among the baselines, anything with a slash or .json for itself."""
    if name.endswith(".json") or "/" in name:
        return root / name
    return root / _FOLDER / f"{name}.json"


def run_repeated(runtime: Runtime, item: pytest.Item, scenario: Scenario) -> None:
    """Run `scenario` as often as the settings say, each time on a backend of its own and with another plan.

    The last is shown whole.
    """
    count = runtime.settings.repetitions
    earlier = item.stash[ENDED_KEY] = item.stash.setdefault(REPETITIONS_KEY, [])
    for number in range(1, count):
        seed = derive_seed(runtime.settings.seed, "repetition", number) >> 1
        with runtime.progress.part(f"run {number} of {count}: ", left=count - number):
            earlier.append(runtime.run(item, scenario, seed=seed, keep=False))
    with runtime.progress.part(f"run {count} of {count}: " if count > 1 else ""):
        runtime.run(item, scenario)


def compare_item(item: pytest.Item) -> None:
    """Hold what an item ran against the session's baseline, if there is one; keep what came of it on it."""
    runs = [*item.stash.get(REPETITIONS_KEY, []), *item.stash.get(RUNS_KEY, [])]
    if not runs:
        return
    runtime = get_runtime(item.config)
    baseline = runtime.earlier
    if baseline is None:
        return
    allowed = bool(item.config.getoption("load_allow_missing"))
    for name in dict.fromkeys(run.scenario_name for run in runs):
        ran = [run for run in runs if run.scenario_name == name]
        mine = [run for run in ran if figures_count(run)]
        earlier, void = baseline.of(name), baseline.void.get(name)
        if mine and earlier:
            report = against_baseline(
                mine,
                earlier,
                label=baseline.label,
                rules_of=partial(
                    rules_of,
                    runtime.settings,
                    runtime.budget_file.gates,
                    name,
                    family=family_of(name),
                ),
                allow_missing=allowed,
                void=count_void(ran),
                void_before=void,
            )
        else:
            report = without_baseline(
                ran,
                label=baseline.label,
                earlier=len(earlier),
                void_before=void,
                may_lack=not earlier and (allowed or not baseline.is_fixed),
            )
        item.stash.setdefault(COMPARISONS_KEY, []).append(report)


def describe_failures(payloads: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence for each comparison that fails the session: what got slower, by how much and how sure."""
    reports = msgspec.convert(payloads, list[ComparisonReport])
    return [describe_failure(report) for report in reports if report.failure]


def save_baseline(config: pytest.Config, payloads: Sequence[dict[str, Any]], *, failed: bool) -> Written:
    """Write the session's results as the baseline asked for, unless they are none to compare with."""
    name = str(config.getoption("load_save_baseline"))
    runs = msgspec.convert(payloads, list[LoadTestResults])
    path = _path(name, config.rootpath)
    if failed:
        return Written(f"baseline {name} is not saved: a session that fails is none to compare with")
    unmet = [(run, unmet_verdicts(run)[0]) for run in runs if unmet_verdicts(run)]
    if unmet:
        # Its test passes where the last run of it does.
        run, verdict = unmet[0]
        subject = f"{verdict.operation or 'backend'} {METRICS[verdict.key].label} {verdict.status}"
        missed = f"{len(unmet)} of {len(runs)} runs do not keep a budget"
        why = f"{missed}: {run.scenario_name}: {subject}, {verdict.reason}"
        return Written(f"baseline {name} is not saved: {why}", is_missing=True)
    unusable = [run.scenario_name for run in runs if not figures_count(run)]
    if unusable:
        why = "the load generator was the bottleneck, the stress another, or the run did not end"
        told = ", ".join(dict.fromkeys(unusable))
        return Written(f"baseline {name} is not saved: {told}: {why}", is_missing=True)
    try:
        # What is compared are the figures of a whole run; how it went would only make the file large.
        text = encode_results([msgspec.structs.replace(run, timeline=None) for run in runs]).decode()
        write_page(path, text)
    except OSError as error:
        return Written(f"baseline {name} is not saved: {path}: {error.strerror}", is_missing=True)
    return Written(f"baseline {name} saved: {len(runs)} runs in {path}")
