"""What runs of before suggest for limits, and what they say of those that stand."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.budgets import METRICS
from pytest_rustide_load.budgets.parse import parse_limit
from pytest_rustide_load.budgets.suggest import judge_limit, suggest_limits

P95 = METRICS["p95_ms"]


def _values(count: int = 30, spread: float = 0.05) -> list[float]:
    return list(np.exp(np.random.default_rng(5).normal(math.log(20), spread, count)))


def test_limits_ascend_from_what_is_usual() -> None:
    found = suggest_limits(P95, _values())
    assert found is not None
    assert found.low < 20 < found.high
    assert found.usual <= found.target <= found.warning <= found.violation < 30
    assert (found.target, found.warning, found.violation) == (21, 23, 25)


def test_unchanged_runs_keep_the_noise_bound_in_99_of_100_cases() -> None:
    rng = np.random.default_rng(9)
    missed = 0
    for _ in range(2_000):
        values = np.exp(rng.normal(3, 0.1, 13))
        found = suggest_limits(P95, list(values[:12]))
        assert found is not None
        missed += values[12] > found.noise
    assert 6 <= missed <= 38


def test_a_limit_is_told_to_be_tight_or_slack() -> None:
    found = suggest_limits(P95, _values())
    assert found is not None
    assert "tighter than the noise" in judge_limit(P95, 21, found)
    assert judge_limit(P95, found.warning, found) == ""
    assert judge_limit(P95, 1.9 * found.violation, found) == ""
    assert "slack" in judge_limit(P95, 2.1 * found.violation, found)


def test_floors_are_the_other_way_round() -> None:
    rate = METRICS["min_throughput_per_s"]
    found = suggest_limits(rate, _values())
    assert found is not None
    assert found.target >= found.warning >= found.violation > 12
    assert "tighter" in judge_limit(rate, 19.9, found)
    assert "slack" in judge_limit(rate, found.violation / 2.1, found)


def test_ratios_are_judged_by_what_is_lost() -> None:
    good = METRICS["min_goodput_ratio"]
    found = suggest_limits(good, [0.99, 0.98, 1.0, 0.99, 0.985, 0.99])
    assert found is not None
    assert 0.94 < found.violation < found.warning < found.target <= 0.99
    assert "slack" in judge_limit(good, 0.5, found)
    assert "tighter" in judge_limit(good, 0.99, found)
    perfect = suggest_limits(METRICS["error_ratio"], [0.0] * 8)
    assert perfect is not None
    assert (perfect.target, perfect.warning, perfect.violation) == (0, 0.005, 0.01)


def test_nothing_follows_from_little() -> None:
    assert suggest_limits(P95, [1.0] * 4) is None
    assert suggest_limits(P95, [1.0, 0.0, 1.0, 1.0, 1.0]) is None
    assert suggest_limits(METRICS["min_samples"], [9.0] * 9) is None


@given(st.sampled_from(sorted(METRICS)), st.lists(st.floats(1e-3, 1e4), min_size=5, max_size=12))
def test_what_is_suggested_is_a_budget_that_stands(key: str, values: list[float]) -> None:
    metric = METRICS[key]
    if metric.unit.name == "RATIO":
        values = [value / 1e4 for value in values]
    found = suggest_limits(metric, values)
    if found is None or not math.isfinite(found.violation):
        return
    problems: list[str] = []
    grades = [(grade, getattr(found, grade)) for grade in ("target", "warning", "violation")]
    parse_limit(metric, grades, unit_required=False, complain=lambda text, _: problems.append(text))
    assert problems == []
    assert "slack" not in judge_limit(metric, found.violation, found)
