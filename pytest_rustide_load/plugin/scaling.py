"""A scaling experiment: a scenario at the levels of one variable after the other, all else being equal.

Joins the runtime, monitor, statistics and report. Knows nothing of one run's insides.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import psutil
import pytest

from pytest_rustide_load.backends.pinned import PinnedLauncher, pinned
from pytest_rustide_load.errors import BackendError, RustIdeLoadError
from pytest_rustide_load.monitor import memory_limit_bytes
from pytest_rustide_load.monitor.places import core_groups, probe_storage
from pytest_rustide_load.plugin import controller
from pytest_rustide_load.plugin.options import ENDED_KEY
from pytest_rustide_load.plugin.placement import Placement, place
from pytest_rustide_load.plugin.runtime import Runtime
from pytest_rustide_load.report import LoadTestResults
from pytest_rustide_load.report.baseline import void_reason
from pytest_rustide_load.report.scaling import ScalingVariable
from pytest_rustide_load.report.scaling_build import MeasuredLevel, build_scaling, build_variable
from pytest_rustide_load.seeds import derive_seed, seeded_random
from pytest_rustide_load.stats.levels import LevelRun, level_series
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stress.child import StressRefused
from pytest_rustide_load.units import format_bytes
from pytest_rustide_load.workload import Scenario, adjust
from pytest_rustide_load.workload.scale import ScaleAxis, ScaleLevel
from pytest_rustide_load.workload.stress import STORAGES

__all__ = ["REPETITIONS", "repetitions_of", "run_scaled"]

# Of each level, unless --load-repetitions says otherwise: fewer would not tell noise from the law.
REPETITIONS = 3


@dataclass(slots=True)
class _Level:
    """One level that can be run here: the scenario, what starts the backend, and where."""

    level: ScaleLevel
    scenario: Scenario
    placement: Placement
    note: str = ""
    runs: list[LevelRun] = field(default_factory=list)
    bottlenecks: Counter[str] = field(default_factory=Counter)


def run_scaled(runtime: Runtime, item: pytest.Item, scenario: Scenario, axes: tuple[ScaleAxis, ...]) -> None:
    """Run `scenario` at every level of `axes`, several times in rounds whose order is drawn, and then once
    as it is; the results of that run hold the experiment, are judged and kept.

    A level whose backend cannot be started or does not live counts as void. Raises BackendError where
    the scenario as it is cannot be run.
    """
    repetitions = repetitions_of(runtime, scenario)
    # What the machine is must be known before this process is confined to a part of it.
    runtime.fingerprint  # noqa: B018
    variables: list[ScalingVariable] = []
    try:
        for axis in axes:
            variables.append(_vary(runtime, item, scenario, axis, repetitions))  # noqa: PERF401  kept if ended
    except _Interrupted as cut:
        if cut.variable is not None:
            variables.append(cut.variable)
        _keep_cut_short(runtime, variables, repetitions)
        raise KeyboardInterrupt from None
    report = build_scaling(variables, repetitions)
    slopes = [slope for variable in variables for slope in variable.slopes if slope.measure == "p95_ms"]

    def with_report(results: LoadTestResults, _record: RunRecord) -> LoadTestResults:
        stats = results.performance_stats
        if slopes:
            stats = msgspec.structs.replace(stats, scalability_slope=slopes[0])
        return msgspec.structs.replace(results, scaling=report, performance_stats=stats)

    with runtime.progress.part("as it is: "):
        try:
            runtime.run(item, scenario, finish=with_report)
        except KeyboardInterrupt:
            _keep_cut_short(runtime, variables, repetitions)
            raise


def repetitions_of(runtime: Runtime, scenario: Scenario) -> int:
    """How often each level is run."""
    given = runtime.config.getoption("load_repetitions")
    return (1 if scenario.profile == "smoke" else REPETITIONS) if given is None else int(given)


class _Interrupted(BaseException):
    """The user ended it; what was measured of the variable."""

    def __init__(self, variable: ScalingVariable | None) -> None:
        super().__init__()
        self.variable = variable


def _vary(
    runtime: Runtime, item: pytest.Item, scenario: Scenario, axis: ScaleAxis, repetitions: int
) -> ScalingVariable:
    groups = core_groups()
    not_run: dict[str, str] = {}
    levels: list[_Level] = []
    for level in axis.levels:
        made = _prepared(runtime, scenario, axis.variable, level, groups)
        if isinstance(made, str):
            not_run[level.name] = made
        else:
            levels.append(made)
    random = seeded_random(runtime.settings.seed, "scaling", scenario.name, axis.variable)
    total, done = repetitions * len(levels), 0
    try:
        for number in range(repetitions):
            order = list(levels)
            random.shuffle(order)
            for one in order:
                done += 1
                what = f"{axis.variable}={one.level.name}, run {number + 1} of {repetitions}"
                seed = derive_seed(runtime.settings.seed, "scaling", axis.variable, number) >> 1
                # And once as it is.
                with runtime.progress.part(f"{what} ({done} of {total}): ", left=total - done + 1):
                    _run_once(runtime, item, one, seed)
    except KeyboardInterrupt:
        raise _Interrupted(_built(axis.variable, levels, not_run)) from None
    return _built(axis.variable, levels, not_run)


def _built(variable: str, levels: list[_Level], not_run: Mapping[str, str]) -> ScalingVariable:
    places = list(dict.fromkeys(one.placement.describe() for one in levels))
    # Where cores are what varies, each level says itself which they were.
    placed = places[0] if len(places) == 1 else ""
    measured = [
        MeasuredLevel(
            one.level.name,
            one.level.value,
            tuple(one.runs),
            one.bottlenecks.most_common(1)[0][0] if one.bottlenecks else "",
            one.note if placed else one.placement.describe(),
        )
        for one in levels
        if one.runs
    ]
    return build_variable(variable, measured, not_run=not_run, placed=placed)


def _prepared(
    runtime: Runtime, scenario: Scenario, variable: str, level: ScaleLevel, groups: list[list[int]]
) -> _Level | str:
    """The level, or why it cannot be run here."""
    placement = place(groups, int(level.value) if variable == "cores" else None)
    if isinstance(placement, str):
        return placement
    return _PREPARE[variable](runtime, _Level(level, scenario, placement))


def _with_memory(_runtime: Runtime, made: _Level) -> _Level | str:
    limit = int(made.level.value)
    total = min(memory_limit_bytes() or psutil.virtual_memory().total, psutil.virtual_memory().total)
    if limit > total:
        return f"this machine has {format_bytes(total)}"
    made.scenario = replace(made.scenario, stress=replace(made.scenario.stress, memory_limit_bytes=limit))
    return made


def _with_storage(runtime: Runtime, made: _Level) -> _Level | str:
    if made.level.name in STORAGES:
        try:
            with ExitStack() as stack:
                _, lies_on = runtime.open_storage(made.level.name, stack)
        except StressRefused as error:
            return str(error)
        made.scenario = replace(made.scenario, storage=made.level.name)
        made.note = probe_storage(lies_on.path).describe()
        return made
    where = Path(made.level.name)
    if not where.is_dir():
        return "there is no such directory"
    if not os.access(where, os.W_OK | os.X_OK):
        return "this directory may not be written to"
    made.scenario = replace(made.scenario, storage=str(where.absolute()))
    made.note = probe_storage(where).describe()
    return made


def _with_users(runtime: Runtime, made: _Level) -> _Level | str:
    users = int(made.level.value)
    if made.scenario.topology == "shared" and users > 1 and not runtime.launcher.shares:
        return f"{runtime.launcher.info.name} serves one client a process"
    made.scenario = adjust(made.scenario, users=users)
    return made


def _with_loc(runtime: Runtime, made: _Level) -> _Level | str:
    if runtime.codebases.repository is not None:
        return "the codebase is your own, and as large as it is"
    fields = {**made.scenario.codebase, "loc": int(made.level.value)}
    # How many files there are follows from that.
    fields.pop("files", None)
    made.scenario = replace(made.scenario, codebase=fields)
    try:
        runtime.codebase(fields)
    except RustIdeLoadError as error:
        return str(error)
    return made


_PREPARE: dict[str, Callable[[Runtime, _Level], _Level | str]] = {
    "cores": lambda _runtime, made: made,
    "memory": _with_memory,
    "storage": _with_storage,
    "users": _with_users,
    "loc": _with_loc,
}


def _run_once(runtime: Runtime, item: pytest.Item, one: _Level, seed: int) -> None:
    """One run of a level, kept as figures only."""
    started: list[float] = []

    def take(results: LoadTestResults, record: RunRecord) -> LoadTestResults:
        one.runs.append(_figures(results, record, started[0] if started else None))
        one.bottlenecks.update(phase.kind for phase in results.bottlenecks)
        return results

    launcher = PinnedLauncher(runtime.launcher, one.placement.server)
    with pinned(one.placement.generator):
        try:
            results = runtime.run(
                item,
                one.scenario,
                seed=seed,
                launcher=launcher,
                keep=False,
                stored=False,
                finish=take,
                on_started=lambda backend: started.append(backend.startup_s),
            )
        except (BackendError, pytest.skip.Exception) as error:
            reason = str(error).splitlines()[0]
            one.runs.append(_void(reason))
        else:
            # One is enough to show the scaling with, and many are much.
            item.stash[ENDED_KEY] = [results]


def _void(why: str) -> LevelRun:
    import numpy as np

    nothing = np.zeros(0)
    return LevelRun(nothing, nothing, None, None, None, void=why)


def _figures(results: LoadTestResults, record: RunRecord, startup_s: float | None) -> LevelRun:
    waited = [name for name, operation in results.operations.items() if operation.user_waits]
    per_second, latencies = level_series(record, waited)
    void = ""
    if results.ended != "complete":
        void = f"{results.ended} early: {results.crash_message}".rstrip(": ")
    elif results.generator.bottleneck_reasons:
        reasons = "; ".join(results.generator.bottleneck_reasons)
        void = f"the generator was the bottleneck: {reasons}"
    else:
        void = void_reason(results)
    usage = results.resource_usage
    moved = None
    if usage is not None and usage.read_mb is not None and usage.write_mb is not None:
        moved = (usage.read_mb + usage.write_mb) / max(results.measured_s, 1e-9)
    return LevelRun(
        per_second=per_second,
        latencies_ms=latencies,
        rss_peak_mb=None if usage is None else usage.rss_peak_mb,
        cpu_percent=None if usage is None else usage.cpu_avg_percent,
        goodput_ratio=results.error_stats.goodput_ratio,
        startup_s=startup_s,
        storage_mb_per_s=moved,
        void=void,
    )


def _keep_cut_short(runtime: Runtime, variables: list[ScalingVariable], repetitions: int) -> None:
    """What was measured before the user ended it, with the run that was cut short."""
    keeper: controller.Controller | None = runtime.config.pluginmanager.get_plugin(controller.NAME)
    if keeper is not None and keeper.payloads:
        keeper.payloads[-1]["scaling"] = msgspec.to_builtins(build_scaling(variables, repetitions))
