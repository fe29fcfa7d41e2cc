"""What a run really did, read from its samples, against the figures of its scenario, one by one."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.engine import ScenarioRun, Session
from pytest_rustide_load.scenarios import load_scenarios
from pytest_rustide_load.stats import Outcome, PhaseKind, RunRecord
from pytest_rustide_load.stats.events import ASKED
from pytest_rustide_load.testing import FakeBackend, VirtualClock, run_virtually
from pytest_rustide_load.workload import OperationPattern, Plan, Scenario

CODEBASE = generate_codebase(CodebaseSpec(seed=3, loc=3_000))
MOST_USERS = 8
RUN_S = 12.0
# What is sent when it is due; editors and others who wait for an answer send more on their own.
SCENARIOS = load_scenarios()


def _content(scenario: Scenario) -> tuple[object, ...]:
    """What decides the rates: scenarios that differ in the machine alone are measured once."""
    return (
        scenario.patterns,
        scenario.stages,
        scenario.behaviors,
        scenario.ramp,
        scenario.presence,
        scenario.shape,
        scenario.editor,
        scenario.edits,
        scenario.arrivals,
        scenario.users,
    )


DIFFERENT = sorted({str(_content(one)): name for name, one in reversed(SCENARIOS.items())}.values())


def _run(scenario: Scenario, duration_s: float) -> RunRecord:
    files: dict[Path, str] = {}

    def answer(method: str, params: object) -> object:
        assert isinstance(params, dict)
        if method != "rust-analyzer/viewFileText":
            return None
        path = Path(params["uri"].removeprefix("file://"))
        return files.get(path) or CODEBASE.text(path.relative_to(f"/team/{path.parts[2]}").as_posix())

    async def work() -> RunRecord:
        clock = VirtualClock()
        roots = [Path(f"/team/{number}") for number in range(scenario.users)]
        sessions = [Session(FakeBackend(answer=answer), clock) for _ in roots]
        for session, root in zip(sessions, roots, strict=True):
            await session.initialize(root, timeout_s=5)
        one = ScenarioRun(
            scenario,
            codebase=CODEBASE,
            sessions=sessions,
            roots=roots,
            clock=clock,
            seed=42,
            duration_s=duration_s,
            warm_up_s=1.0,
            cpu_ns=lambda: 1,
            write=files.__setitem__,
            remove=lambda path: files.pop(path, None),
        )
        await one.run()
        return one.record()

    return run_virtually(work())


def _streams(scenario: Scenario) -> list[tuple[OperationPattern, Scenario, int, int | None]]:
    """Every rate a scenario states: the pattern, its user's scenario, the user, and the stage it is of."""
    own = [scenario.of_user(user) for user in range(scenario.users)]
    found: list[tuple[OperationPattern, Scenario, int, int | None]] = [
        (pattern, one, user, None) for user, one in enumerate(own) for pattern in one.patterns
    ]
    found += [
        (pattern, one, user, number)
        for user, one in enumerate(own)
        for number, stage in enumerate(scenario.stages)
        for pattern in stage.patterns
    ]
    return [one for one in found if one[0].think_time_s is None]


def _is_of_kind(scenario: Scenario, pattern: OperationPattern, stage: int | None) -> bool:
    """Whether a rate is that of a kind of user, and not stated by the scenario for all."""
    stated = {one.operation for one in scenario.patterns}
    return stage is None and pattern.operation not in stated


def _factor_s(scenario: Scenario, user: int, stage: int | None, duration_s: float, warm_up_s: float) -> float:
    """Over how many seconds of the measured time a rate holds, with its factors: of the shape, the ramp, the
    presence of the user, and the stage."""
    seconds = math.ceil(duration_s + warm_up_s)
    middle = np.arange(seconds) + 0.5 - warm_up_s
    factors = scenario.shape.factors(seconds)
    factors = factors * (np.floor(scenario.users * scenario.presence.factors(seconds) + 0.5) > user)
    if scenario.ramp:
        step = np.clip(np.floor(middle / duration_s * len(scenario.ramp)), 0, len(scenario.ramp) - 1)
        factors = factors * np.array(scenario.ramp)[step.astype(int)]
    begins, ends = 0.0, duration_s
    if stage is not None:
        begins = sum(one.share for one in scenario.stages[:stage]) * duration_s
        ends = begins + scenario.stages[stage].share * duration_s
    overlap = np.clip(np.minimum(middle + 0.5, ends) - np.maximum(middle - 0.5, begins), 0, 1)
    return float((factors * overlap).sum())


@pytest.mark.parametrize("name", DIFFERENT)
def test_over_its_whole_time_every_operation_comes_as_often_as_the_scenario_says(name):
    # The hours of a thousand users are millions of arrivals, and no other rates.
    scenario = load_scenarios("full" if SCENARIOS[name].users <= MOST_USERS else "ci")[name]
    duration_s = max(scenario.duration_s, 3_600.0) if scenario.users <= MOST_USERS else scenario.duration_s
    plan = Plan(scenario, seed=42, duration_s=duration_s)
    measured = plan.intended_ns >= plan.measure_start_ns
    counted = Counter(plan.operations[code] for code in plan.codes[measured].tolist())
    low: Counter[str] = Counter()
    high: Counter[str] = Counter()
    slack: Counter[str] = Counter()
    for pattern, own, user, stage in _streams(scenario):
        seconds = _factor_s(scenario, user, stage, duration_s, scenario.warm_up_s)
        low[pattern.operation] += pattern.rate_per_s.low * seconds
        high[pattern.operation] += pattern.rate_per_s.high * seconds
        # One more or less at either end of each stream; what comes at random scatters by its square root.
        random = (own if _is_of_kind(scenario, pattern, stage) else scenario).arrivals != "even"
        slack[pattern.operation] += 1 + (4 * math.sqrt(pattern.rate_per_s.high * seconds) if random else 0)
    assert set(counted) <= set(high)
    for operation in high:
        allowed = max(slack[operation] - 0.05 * low[operation], 0)
        assert 0.95 * low[operation] - allowed <= counted[operation], operation
        assert counted[operation] <= 1.05 * high[operation] + allowed, operation


@pytest.mark.parametrize("seed", [1, 7, 42])
def test_what_is_stated_of_a_team_is_kept_within_a_few_minutes_too(seed):
    scenario = SCENARIOS["small-team"]
    plan = Plan(scenario, seed=seed, duration_s=600)
    measured = plan.intended_ns >= plan.measure_start_ns
    counted = Counter(plan.operations[code] for code in plan.codes[measured].tolist())
    # bulk_analysis, cross_references and range_formatting a minute; file_openings in sixteen of each user.
    for operation, low, high in (
        ("workspace_symbols", 3, 5),
        ("references", 10, 20),
        ("range_formatting", 5, 10),
        ("document_open", 15 * 5 / 16, 30 * 5 / 16),
    ):
        assert 0.95 * low <= counted[operation] / 10 <= 1.05 * high, operation


# Where all wait for answers there are no rates to keep.
@pytest.mark.parametrize(
    "name", [one for one in DIFFERENT if SCENARIOS[one].users <= MOST_USERS and _streams(SCENARIOS[one])]
)
def test_a_run_does_what_was_planned_no_more_and_no_less(name):
    scenario = SCENARIOS[name]
    record = _run(scenario, RUN_S)
    plan = Plan(scenario, seed=42, duration_s=RUN_S, warm_up_s=1.0)
    planned: Counter[tuple[str, int]] = Counter()
    for arrival in plan:
        if arrival.intended_ns >= plan.measure_start_ns:
            planned[arrival.operation, arrival.user] += 1
    sampled: Counter[tuple[str, int]] = Counter()
    dropped: Counter[str] = Counter()
    for sample in record.samples:
        if sample.phase is PhaseKind.MEASURE:
            sampled[sample.operation, sample.user] += 1
            dropped[sample.operation] += sample.outcome is Outcome.DROPPED
    assert sum(planned.values()) > 10
    asked_by_editors = {"document_save", "watched_files"}
    closed = {(stream.operation, stream.user) for stream in plan.closed}
    for (operation, user), count in planned.items():
        found = sampled[operation, user]
        own = scenario.of_user(user)
        if own.editor == "raw" and (operation, user) not in closed:
            assert found == count, (operation, user)
        else:
            # An editor asks for more of it than the plan.
            assert found >= count or operation in asked_by_editors, (operation, user)
    # What follows up an answer has nothing to follow here, where nothing is answered.
    assert not {name for name, count in dropped.items() if count} - {"apply_rename", "move_file", "commit"}


def test_fast_editing_has_every_figure_that_was_required():
    record = _run(SCENARIOS["high-frequency-editing"], 60.0)
    samples = sorted(
        (one for one in record.samples if one.phase is PhaseKind.MEASURE), key=lambda one: one.intended_ns
    )
    counts = Counter(one.operation for one in samples)

    def per_s(*operations: str) -> float:
        return sum(counts[name] for name in operations) / 60.0

    # total_operations_per_second, edit_operations, analysis_triggers, ui_updates
    assert 20 <= len(samples) / 60.0 <= 50
    assert 10 <= per_s("edit") <= 30
    assert 5 <= per_s("pull_diagnostics", "semantic_tokens") <= 15
    assert 15 <= per_s("document_highlight", "hover") <= 40
    # max_delay_between_ops
    times = [one.intended_ns for one in samples]
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) <= 100_000_000
    # analysis_debounce: of a document once in a window, and 200 ms after the change that opened it.
    events = record.events.columns()
    questions = events["kind"] == ASKED
    document = dict(
        zip(events["what"][questions].tolist(), events["document"][questions].tolist(), strict=True)
    )
    last: dict[tuple[str, int], int] = {}
    edited = {one.intended_ns for one in record.samples if one.operation == "edit"}
    for row, one in enumerate(record.samples):
        if one.operation in ("pull_diagnostics", "semantic_tokens"):
            key = one.operation, document[row]
            assert one.intended_ns - last.get(key, -(10**12)) >= 200_000_000
            last[key] = one.intended_ns
            assert one.intended_ns - 200_000_000 in edited


def test_who_waits_and_thinks_asks_as_often_as_that_takes():
    scenario = SCENARIOS["small-team"]
    record = _run(scenario, 600.0)
    for user in range(scenario.users):
        for pattern in scenario.of_user(user).patterns:
            if pattern.think_time_s is None:
                continue
            expected = 600.0 / pattern.think_time_s
            found = sum(
                sample.operation == pattern.operation and sample.user == user for sample in record.samples
            )
            assert abs(found - expected) <= 4 * math.sqrt(expected) + 0.05 * expected
