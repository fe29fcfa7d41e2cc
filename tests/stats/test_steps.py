from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats import steps
from pytest_rustide_load.stats.steps import Step, StepRule, find_steps

LENIENT = StepRule(alpha=0.01)
LEVELS = st.lists(st.sampled_from([0.8, 0.9, 1.1, 1.25]), min_size=0, max_size=4)


def _levels(*parts: tuple[int, float], spread: float = 0.02, seed: int = 1) -> list[float]:
    rng = np.random.default_rng(seed)
    values = [level * math.exp(rng.normal(0, spread)) for count, level in parts for _ in range(count)]
    return [float(value) for value in values]


def _found(values: list[float], rule: StepRule | None = None) -> list[int]:
    return [step.index for step in find_steps(values, rule)]


@pytest.mark.parametrize("rule", [LENIENT, StepRule()])
def test_the_steps_of_a_published_history_are_found(rule: StepRule) -> None:
    """365 runs, whose change points Apache Otava's own tests state; one outlier among them is none."""
    data = json.loads((Path(__file__).parent / "data" / "tigerbeetle_series.json").read_text())
    assert _found(data["series"], rule) == data["change_points"] == [15, 71]


def test_a_step_is_the_first_run_of_the_new_level() -> None:
    (step,) = find_steps(_levels((20, 100.0), (20, 115.0)))
    assert step.index == 20
    assert step.mean_before == pytest.approx(100, rel=0.02)
    assert step.change_ratio == pytest.approx(0.15, abs=0.02)
    assert step.p_value < 1e-6


@given(LEVELS, st.integers(0, 10_000))
def test_large_steps_are_all_found_where_they_are(factors: list[float], seed: int) -> None:
    level = 100.0
    parts = [(25, level)]
    for factor in factors:
        level *= factor
        parts.append((25, level))
    found = _found(_levels(*parts, spread=0.005, seed=seed))
    assert set(range(25, 25 * len(parts), 25)) <= {
        near for index in found for near in (index - 1, index, index + 1)
    }
    assert len(found) == len(factors)


def _energy(before: list[float], after: list[float]) -> float:
    """The scaled energy distance of two samples, pair by pair."""

    def mean(pairs: list[float]) -> float:
        return sum(pairs) / len(pairs)

    def inside(sample: list[float]) -> float:
        return mean([abs(a - b) for a, b in itertools.combinations(sample, 2)])

    m, k = len(before), len(after)
    between = mean([abs(a - b) for a in before for b in after])
    return m * k / (m + k) * (2 * between - inside(before) - inside(after))


@given(st.lists(st.floats(1, 100), min_size=4, max_size=14))
def test_the_best_split_is_where_the_energy_distance_is_largest(values: list[float]) -> None:
    expected = max(
        _energy(values[:middle], values[middle:end])
        for middle in range(2, len(values) - 1)
        for end in range(middle + 2, len(values) + 1)
    )
    strength, where = steps._best_split(np.array(values))
    assert strength == pytest.approx(max(expected, 0.0), rel=1e-6, abs=1e-6)
    if strength > 1e-6:
        assert strength == pytest.approx(
            max(_energy(values[:where], values[where:end]) for end in range(where + 2, len(values) + 1))
        )


def test_a_step_down_is_found_like_a_step_up() -> None:
    up, down = _levels((30, 100.0), (30, 120.0)), _levels((30, 120.0), (30, 100.0))
    assert _found(up) == _found(down) == [30]
    rise, fall = find_steps(up)[0], find_steps(down)[0]
    assert rise.magnitude_ratio == pytest.approx(0.2, abs=0.02)
    assert fall.magnitude_ratio == pytest.approx(0.2, abs=0.02)
    assert fall.change_ratio == pytest.approx(-1 / 6, abs=0.02)


def test_a_step_and_its_return_are_both_found() -> None:
    assert _found(_levels((30, 100.0), (10, 120.0), (30, 100.0))) == [30, 40]


def test_single_outliers_are_no_steps() -> None:
    values = _levels((60, 100.0))
    values[20], values[41] = 300.0, 20.0
    assert _found(values) == []


def test_steps_too_small_to_matter_are_not_told() -> None:
    values = _levels((50, 100.0), (50, 103.0), spread=0.002)
    assert _found(values) == []
    assert _found(values, StepRule(threshold_ratio=0.01)) == [50]


def test_equal_runs_hardly_ever_show_a_step() -> None:
    alarms = sum(bool(find_steps(_levels((60, 100.0), spread=0.05, seed=seed))) for seed in range(200))
    assert alarms <= 8


@given(st.lists(st.floats(1, 1000), max_size=40), st.integers(-8, 8))
def test_steps_are_real_and_large_and_do_not_depend_on_the_unit(values: list[float], power: int) -> None:
    found = find_steps(values, LENIENT)
    assert all(0 < step.index < len(values) for step in found)
    assert [step.index for step in found] == sorted({step.index for step in found})
    for step in found:
        assert step.p_value < 0.01
        assert step.magnitude_ratio > 0.05
    # Powers of two scale without rounding.
    scaled = find_steps([value * 2.0**power for value in values], LENIENT)
    assert [(step.index, step.p_value) for step in scaled] == [(step.index, step.p_value) for step in found]


def test_a_constant_series_has_no_steps_and_a_constant_change_has_one() -> None:
    assert _found([5.0] * 50) == []
    assert _found([5.0] * 20 + [6.0] * 20) == [20]


@pytest.mark.parametrize("count", range(4))
def test_a_few_runs_have_no_steps(count: int) -> None:
    assert _found([1.0, 9.0, 1.0][:count]) == []


@pytest.mark.parametrize("values", [[1.0, 0.0], [1.0, -2.0], [math.nan] * 4, [math.inf]])
def test_values_that_are_not_positive_are_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="positive"):
        find_steps(values)


def test_a_window_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="window"):
        find_steps([1.0] * 10, StepRule(window=3))


def test_a_step_is_a_value() -> None:
    assert Step(1, 0.0, 100.0, 150.0).change_ratio == 0.5
