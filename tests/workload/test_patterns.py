"""Kinds of users in Python: patterns, durations, and how often they wait for the end of what they asked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import pytest_rustide_load as load
from pytest_rustide_load.engine import ScenarioRun, Session
from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.stats import Outcome
from pytest_rustide_load.testing import FakeBackend, VirtualClock, run_virtually
from pytest_rustide_load.workload import parse_scenario
from pytest_rustide_load.workload.patterns import DISTRIBUTIONS, OperationPattern, StatisticalDistribution

# Relative scatter of each: none, of a uniform one, of a sum of four, and that of waiting for chance.
SCATTER = {"constant": 0.0, "uniform": 3**-0.5, "erlang": 0.5, "exponential": 1.0}


@pytest.mark.parametrize("kind", DISTRIBUTIONS)
def test_times_have_the_mean_and_the_scatter_of_their_distribution(kind):
    times = StatisticalDistribution(kind, 7.0).draw_s(5, 40_000)
    assert times.mean() == pytest.approx(7.0, rel=0.02)
    assert times.std() / 7.0 == pytest.approx(SCATTER[kind], abs=0.02)
    assert (times >= 0).all()
    assert np.array_equal(times, StatisticalDistribution(kind, 7.0).draw_s(5, 40_000))


def test_a_reader_written_in_python_does_what_its_patterns_say():
    reader = load.UserBehavior(
        operation_patterns=(
            load.OperationPattern.of("hover", frequency_per_minute=30, success_probability=0.5),
            load.OperationPattern.of(
                "definition",
                frequency_per_minute=6,
                duration_distribution=load.StatisticalDistribution("erlang", 4.0),
            ),
            load.OperationPattern.of(
                "references", duration_distribution=load.StatisticalDistribution("constant", 20.0)
            ),
        ),
        timing_distributions=load.TimingProfile("poisson"),
        error_probabilities=load.ErrorRates(cancelled=0.0),
        environmental_factors=load.EnvironmentConfig(editor="raw"),
    )
    scenario = load.Scenario(
        name="mine", description="", patterns=(), behaviors=((reader, 2),), warm_up_s=0, duration_s=1_200
    )
    assert scenario.users == 2
    codebase = load.generate_codebase(load.CodebaseSpec(seed=3, loc=2_000))

    async def work():
        clock, roots = VirtualClock(), [Path("/copies/0"), Path("/copies/1")]
        sessions = [Session(FakeBackend(service_s=lambda *_: 1.0), clock) for _ in roots]
        for session, root in zip(sessions, roots, strict=True):
            await session.initialize(root, timeout_s=5)
        run = ScenarioRun(
            scenario, codebase=codebase, sessions=sessions, roots=roots, clock=clock, seed=4, cpu_ns=lambda: 1
        )
        await run.run()
        return run.record()

    samples = list(run_virtually(work()).samples)
    counts = Counter(sample.operation for sample in samples)
    given_up = sum(one.operation == "hover" and one.outcome is Outcome.CANCELLED for one in samples)
    # Twenty minutes of two users, and an answer takes a second.
    assert counts["hover"] == pytest.approx(1_200, rel=0.12)
    assert given_up / counts["hover"] == pytest.approx(0.5, abs=0.06)
    assert counts["definition"] == pytest.approx(2 * 1_200 / 11, rel=0.15)
    assert counts["references"] == pytest.approx(2 * 1_200 / 21, abs=2)
    assert {one.outcome for one in samples if one.operation == "references"} <= {
        Outcome.EMPTY,
        Outcome.CANCELLED,
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"operation_type": "hver", "frequency_per_minute": 1}, "did you mean 'hover'?"),
        ({"operation_type": "hover"}, "hover needs a frequency, or a duration"),
        ({"operation_type": "hover", "frequency_per_minute": -1}, "frequency_per_minute=-1 is not a rate"),
        (
            {"operation_type": "hover", "frequency_per_minute": 1, "success_probability": 2},
            "success_probability=2 is not a share of one",
        ),
        (
            {
                "operation_type": "hover",
                "frequency_per_minute": 20,
                "duration_distribution": StatisticalDistribution("constant", 5),
            },
            "hover: 20 a minute do not fit into one, at 5 s each",
        ),
        (
            {"operation_type": "edit", "duration_distribution": StatisticalDistribution("constant", 5)},
            "edit has no answer to wait for",
        ),
    ],
)
def test_a_pattern_that_cannot_be_is_refused(arguments, said):
    with pytest.raises(ConfigError, match="OperationPattern") as told:
        OperationPattern.of(**arguments)
    assert said in str(told.value)


def test_all_that_is_wrong_with_a_pattern_is_told_at_once():
    with pytest.raises(ConfigError) as told:
        OperationPattern.of("hver", frequency_per_minute=-1, success_probability=7)
    assert len(told.value.problems) == 3
    with pytest.raises(ConfigError) as told:
        StatisticalDistribution("erlng", -1)
    assert len(told.value.problems) == 2


def test_more_of_a_kind_than_there_are_users_is_refused():
    with pytest.raises(ConfigError, match="users=1 are fewer than the 2"):
        load.Scenario(
            name="s", description="", patterns=(), users=1, behaviors=((load.UserBehavior(name="one"), 2),)
        )


def test_a_file_says_the_same():
    text = """
name: mine
description: d
operations:
  hover: {rate: 30/min, success: 50%}
  definition: {think_time: 4s, distribution: erlang, success: 0.9}
"""
    hover, definition = parse_scenario(text, "s").patterns
    assert hover == OperationPattern.of("hover", frequency_per_minute=30, success_probability=0.5)
    assert definition.duration_distribution == StatisticalDistribution("erlang", 4.0)
    assert definition.success_probability == 0.9
    with pytest.raises(ConfigError) as told:
        parse_scenario(
            "name: m\ndescription: d\noperations:\n"
            "  hover: {rate: 3/s, distribution: erlang}\n"
            "  definition: {think_time: 4s, distribution: erlng, success: 120%}\n",
            "s",
        )
    lines = [(problem.line, problem.message) for problem in told.value.problems]
    assert [line for line, _ in lines] == [4, 5, 5]
    assert "a rate has no distribution" in lines[0][1]
