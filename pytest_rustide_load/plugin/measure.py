"""One measured run: from a ready backend to results that are judged and kept.

Joins engine, statistics, budgets and report; starts and stops nothing.
"""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from pytest_rustide_load.budgets import evaluate
from pytest_rustide_load.cli.noise_floor import load_noise_floor, noise_floor_path
from pytest_rustide_load.codebase import Codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine import Progress as RunProgress
from pytest_rustide_load.engine import ScenarioRun
from pytest_rustide_load.errors import HistoryError
from pytest_rustide_load.history import stored_run
from pytest_rustide_load.monitor import short_hash
from pytest_rustide_load.monitor.calibration import calibrate, calibration_time_s
from pytest_rustide_load.plugin import handover
from pytest_rustide_load.plugin.backend import IdeBackend
from pytest_rustide_load.plugin.capacities import with_capacities
from pytest_rustide_load.plugin.diagnosis import Diagnosis
from pytest_rustide_load.plugin.figures import in_words
from pytest_rustide_load.plugin.meanwhile import bursts_of
from pytest_rustide_load.plugin.measurement import Measurement
from pytest_rustide_load.plugin.options import LIVE_KEY, RUNS_KEY, SERIES_KEY
from pytest_rustide_load.plugin.pressure import Pressure
from pytest_rustide_load.plugin.proof import compile_error
from pytest_rustide_load.plugin.revival import recovery_plan
from pytest_rustide_load.plugin.watching import Watching
from pytest_rustide_load.report import (
    BackendIdentity,
    CodebaseIdentity,
    LoadTestResults,
    build_results,
    noise_floor_of,
    render_warnings,
    series_of,
)
from pytest_rustide_load.report.knee import find_knee
from pytest_rustide_load.report.timeline_build import build_timeline
from pytest_rustide_load.stats.alerts import AlertRule
from pytest_rustide_load.stats.derived import derive_times
from pytest_rustide_load.stats.histogram import Histogram
from pytest_rustide_load.stats.merged import Counted
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stats.recovery import recovery_times
from pytest_rustide_load.stats.resources import summarise_resources
from pytest_rustide_load.stats.samples import Outcome, PhaseKind
from pytest_rustide_load.stats.summary import RunSummary, summarise
from pytest_rustide_load.stats.watch import measured_alerts, watch_run
from pytest_rustide_load.units import ns_from_s
from pytest_rustide_load.workload import Scenario, waited_for
from pytest_rustide_load.workload.identity import workload_of
from pytest_rustide_load.workload.operations import answered_operations, judged_operations

if TYPE_CHECKING:
    from pytest_rustide_load.report.live import LiveFigures
    from pytest_rustide_load.report.live_counts import CountedFigures

__all__ = [
    "BudgetWarning",
    "judged",
    "keep_run",
    "live_view",
    "measure",
    "watching_of",
]


class BudgetWarning(UserWarning):
    """A figure lies between the warning and the violation of its budget."""


def watching_of(what: Measurement) -> Watching:
    """What is watched beside a run: its backends, and the machine."""
    return Watching(
        what.backends,
        what.clock,
        rules=with_capacities(what.alerts, limit_bytes=_limit_bytes(what)),
        say=lambda text: what.progress.say(f"{what.scenario.name}: {text}"),
        scrape_url=what.scrape_url,
        # One that is started again has them elsewhere then.
        own_endpoints=not what.scenario.recovers,
    )


def measure(what: Measurement, run_loop: Callable[[Coroutine[Any, Any, None]], None]) -> LoadTestResults:
    """Run the scenario in `run_loop`, judge it and keep the results on the item, if they are to be kept.

    Interrupted by the user, what was measured so far is kept for the summary, and KeyboardInterrupt goes on.
    """
    watching = watching_of(what)
    diagnosis = Diagnosis(what.backends, what.clock, closely=what.diagnoses)
    measured_s = what.scenario.duration_s if what.duration_s is None else what.duration_s
    pressure = Pressure(
        what.scenario, what.backends, measured_s, what.margin, what.clock, ambient=what.ambient
    )
    run = ScenarioRun(
        what.scenario,
        codebase=what.backend.codebase,
        sessions=[backend.session for backend in what.backends],
        roots=[backend.workspace for backend in what.backends],
        clock=what.clock,
        seed=what.seed,
        duration_s=what.duration_s,
        warm_up_s=what.warm_up_s,
        probe=watching.probe,
        on_progress=lambda state: _show(what, state),
        on_stage=pressure.enter_stage,
        recovery=recovery_plan(what.scenario, what.backends, measured_s=measured_s, seed=what.seed),
    )
    calibrating_s = calibration_time_s(measured_s)
    before_ms = calibrate(calibrating_s)
    load = run.run()
    try:
        with live_view(what, lambda: _figures(what, run, watching)):
            run_loop(diagnosis.around(watching.around(pressure.around(load), run.so_far)))
    except KeyboardInterrupt:
        found = _results(what, watching.observed(run.record()), pressure, watching.rules)
        handover.leave(what.config, found)
        raise
    finally:
        if inspect.getcoroutinestate(load) == inspect.CORO_CREATED:
            # There was no stress to be had, and so it never begins.
            load.close()
        what.progress.clear()
    calibration_ms = math.sqrt(before_ms * calibrate(calibrating_s))
    record = _proven(what, run, watching.observed(run.record()))
    results = _results(what, record, pressure, watching.rules)
    results = msgspec.structs.replace(
        results, calibration_ms=calibration_ms, bursts=bursts_of(record, results)
    )
    results = msgspec.structs.replace(results, endpoints=watching.endpoints(record, what.scenario))
    results = diagnosis.of(results, record)
    if what.finish is not None:
        results = what.finish(results, record)
    keep_run(what, results, record)
    return results


def live_view(
    what: Measurement, figures: Callable[[], LiveFigures | CountedFigures | None]
) -> AbstractContextManager[None]:
    """Shows the run while it goes on, where that was asked for; `figures` is asked until it has begun."""
    if what.config.getoption("load_live") is None:
        return nullcontext()
    from pytest_rustide_load.plugin.liveview import LiveView

    view = what.config.stash.get(LIVE_KEY, None)
    if view is None:
        view = what.config.stash[LIVE_KEY] = LiveView(what.config)
    return view.watching(figures, what.clock)


def _figures(what: Measurement, run: ScenarioRun, watching: Watching) -> LiveFigures | None:
    from pytest_rustide_load.report.live import LiveFigures

    so_far = run.so_far()
    if so_far is None:
        return None
    return LiveFigures(what.scenario.name, so_far, waits=waited_for(), alerts=watching.alerts_so_far)


def keep_run(
    what: Measurement,
    results: LoadTestResults,
    record: RunRecord,
    seconds: Mapping[tuple[str, int], Histogram] | None = None,
) -> None:
    """Put a run into the history, and on its item if it is to be kept there. `seconds` are its latencies
    second by second, where its record does not hold them."""
    _store(what, results, record, seconds)
    if not what.keep:
        return
    what.item.stash.setdefault(RUNS_KEY, []).append(results)
    what.item.stash.setdefault(SERIES_KEY, []).extend(series_of(record, results))
    for name, operation in results.operations.items():
        prefix = f"rustide_load.{results.scenario_name}.{name}"
        goodput = operation.error_stats.goodput_ratio
        figures = {"p95_ms": operation.response_time.p95, "goodput_ratio": goodput}
        # What was not measured is no figure.
        what.item.user_properties += [
            (f"{prefix}.{key}", value) for key, value in figures.items() if value is not None
        ]
    for sentence in render_warnings(results):
        warnings.warn(sentence, BudgetWarning, stacklevel=2)


def _proven(what: Measurement, run: ScenarioRun, record: RunRecord) -> RunRecord:
    """The record of a run, with what a compiler says of the codebase that was refactored in it."""
    codebase = what.backend.codebase
    carried = {} if run.renames is None else run.renames.carried
    versions = {name: one.proof for name, one in carried.items() if one.proof}
    if not versions or not isinstance(codebase, Codebase):
        return record
    what.progress.show(f"{what.scenario.name}: cargo check of the refactored codebase")
    try:
        compiles, why = compile_error(codebase, versions)
    finally:
        what.progress.clear()
    safety = replace(record.safety, refactored_compiles=compiles)
    return replace(record, safety=safety, details={**record.details, "refactored codebase": why})


def _store(
    what: Measurement,
    results: LoadTestResults,
    record: RunRecord,
    seconds: Mapping[tuple[str, int], Histogram] | None,
) -> None:
    """Every run is kept, each repetition of a comparison too."""
    if what.history is None:
        return
    machine = short_hash(what.fingerprint)
    try:
        stored = stored_run(results, record, revision=what.revision, machine=machine)
        what.history.add(stored if seconds is None else replace(stored, seconds=seconds))
    except HistoryError as error:
        warnings.warn(f"a run of {results.scenario_name} is not kept: {error}", stacklevel=2)


def _results(
    what: Measurement, record: RunRecord, pressure: Pressure, rules: tuple[AlertRule, ...]
) -> LoadTestResults:
    timeout_ns = ns_from_s(what.scenario.request_timeout_s)
    _add_startups(record, what.startups)
    summary = summarise(record, waited_for(), timeout_ns=timeout_ns)
    return judged(what, record, summary, rules, pressure)


def judged(
    what: Measurement,
    record: RunRecord,
    summary: RunSummary,
    rules: tuple[AlertRule, ...],
    pressure: Pressure | None = None,
    *,
    counted: Counted | None = None,
) -> LoadTestResults:
    """The results of a run, whose `summary` the caller has made, by the budgets; `rules` are those of
    alerts. Where `counted` is given the record is without samples, and the results without all that only
    these tell."""
    timeout_ns = ns_from_s(what.scenario.request_timeout_s)
    record = _with_surroundings(what, record)
    resources = summarise_resources(record.resources, record.measure_start_ns, record.measure_end_ns)
    times = derive_times(record.samples, record.events, end_ns=record.end_ns)
    feedback = times.keystroke_to_feedback
    recovery = recovery_times(
        record, waited_for=waited_for(), answered=answered_operations(), judged=judged_operations()
    )
    stress = () if pressure is None else pressure.figures()
    missed = [in_words(figure) for figure in stress if figure.reached is False]
    alerts = watch_run(record, rules, timeout_ns=timeout_ns) if counted is None else counted.alerts
    results = build_results(
        record,
        summary,
        resources,
        evaluate(
            what.budgets,
            summary,
            resources,
            record.generator,
            feedback,
            missed_stress=missed,
            alerts=measured_alerts(alerts, record.measure_start_ns),
            recovery=recovery,
            was_away=bool(record.outages),
        ),
        times=times,
        alerts=alerts,
        timeline=build_timeline(record, waited_for(), timeout_ns=timeout_ns, counted=counted),
        backend=what.identity or BackendIdentity(name=what.backend.name, version=what.backend.version),
        codebase=_identity(what.codebase or what.backend.codebase),
        plugin_version=what.plugin_version,
        repeat_command=what.repeat_command,
        fingerprint=what.fingerprint,
        workload=workload_of(what.scenario),
        editor=_editors(what.scenario),
        profile=what.scenario.profile,
        stress=stress,
        pressure=None if pressure is None else pressure.report(record),
        kinds=_kinds(what.scenario),
        topology=what.scenario.topology,
        recovery=recovery,
        noise_floor=noise_floor_of(load_noise_floor(noise_floor_path(), what.fingerprint)),
    )
    if pressure is not None and results.timeline is not None:
        timeline = pressure.marked(results.timeline, record)
        results = msgspec.structs.replace(results, timeline=timeline)
    knee = what.scenario.knee
    if knee is None or record.ended != "complete":
        return results
    found = find_knee(results, p95_ms=knee.p95_ms, goodput_ratio=knee.goodput_ratio)
    return msgspec.structs.replace(results, knee=found)


def _with_surroundings(what: Measurement, record: RunRecord) -> RunRecord:
    """The record with what is known of the run besides: the last words of a backend that crashed, and what
    tells this run from others."""
    if record.ended == "crashed" and what.backends:
        running = what.backend.running
        tail = running.stderr_tail().strip().splitlines()
        last = f"; last line of its stderr: {tail[-1]}" if tail else ""
        code = "" if running.exit_code is None else f" (exit status {running.exit_code})"
        record = replace(record, crash_message=f"{record.crash_message}{code}{last}")
    own = {"commit": what.revision, "session": what.session, "role": what.role}
    if what.backends and what.backend.place is not None:
        own["storage"] = what.backend.place.describe()
    known = {name: value for name, value in own.items() if value}
    return replace(record, details={**record.details, **what.details, **known})


def _editors(scenario: Scenario) -> str:
    """The editors of all users, each once."""
    return ", ".join(dict.fromkeys(scenario.of_user(user).editor for user in range(scenario.users)))


def _kinds(scenario: Scenario) -> list[str]:
    found = (scenario.behavior_of(user) for user in range(scenario.users))
    return ["" if behavior is None else behavior.name for behavior in found]


def _limit_bytes(what: Measurement) -> int:
    """What all backends may have together; 0 without a limit. Each has its own."""
    limited = {backend.running.backend_pid for backend in what.backends if backend.running.backend_pid}
    return what.scenario.stress.memory_limit_bytes * len(limited)


def _identity(codebase: Codebase | ForeignCodebase) -> CodebaseIdentity:
    size = f"{codebase.loc:,} lines in {len(codebase.rust_paths)} files"
    if isinstance(codebase, ForeignCodebase):
        description = f"{size}, your own: answers are checked for being there, outlines for being whole"
        return CodebaseIdentity(digest=codebase.content_hash[:12], description=description)
    return CodebaseIdentity(
        digest=codebase.spec.digest()[:12], description=f"{size}, seed {codebase.spec.seed}"
    )


def _add_startups(record: RunRecord, startups: tuple[IdeBackend, ...]) -> None:
    code = record.samples.operations.index("startup")
    for backend in startups:
        started_ns = backend.running.started_ns
        row = record.samples.add(code, 0, PhaseKind.MEASURE, started_ns, started_ns)
        record.samples.finish(row, backend.readiness.ready_ns, Outcome.OK)


def _show(what: Measurement, state: RunProgress) -> None:
    phase = "warming up" if state.warming_up else "measuring"
    more = f"{state.answered:,} answers, {state.in_flight:,} in flight"
    what.progress.show_run(f"{what.scenario.name}: {phase}", state.elapsed_s, state.total_s, more)
