from __future__ import annotations

import itertools
import math
import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.stats.compare import (
    Calibrations,
    Comparison,
    GateRule,
    SeriesRules,
    compare_pairs,
    compare_with_history,
    confirm,
    detectable_change,
    effective_count,
    expected_stddev,
    gate,
    gate_with_history,
    log_cost,
    pairs_needed,
)
from pytest_rustide_load.stats.status import Status

SIMULATION = runpy.run_path(str(Path(__file__).with_name("simulate_gate.py")))
LOGS = st.lists(st.floats(-5, 5), min_size=5, max_size=12)


def _pairs(change_ratio: float, spread: float, count: int = 5) -> tuple[list[float], list[float]]:
    """Pairs whose differences have exactly this mean and standard deviation."""
    shape = np.linspace(-1, 1, count)
    shape = shape / shape.std(ddof=1) * spread
    base = list(np.linspace(3, 4, count))
    return [float(b + math.log1p(change_ratio) + s) for b, s in zip(base, shape, strict=True)], base


@pytest.mark.parametrize(
    ("change", "spread", "status"),
    [
        (0.10, 0.01, Status.FAIL),
        (0.10, 0.20, Status.WARN),  # large, may be chance
        (0.03, 0.005, Status.WARN),  # certain, but small
        (0.00, 0.20, Status.INCONCLUSIVE),
        (0.00, 0.01, Status.PASS),
        (-0.30, 0.01, Status.PASS),
    ],
)
def test_a_regression_is_both_large_and_certain(change: float, spread: float, status: Status) -> None:
    found = compare_pairs(*_pairs(change, spread))
    assert found.status is status
    assert found.change_ratio == pytest.approx(change)
    assert found.stddev_log == pytest.approx(spread)
    assert found.low_ratio is not None
    assert found.high_ratio is not None
    assert found.low_ratio <= change + 1e-12 <= found.high_ratio + 2e-12


def test_the_bounds_are_those_of_t() -> None:
    found = compare_pairs(*_pairs(0.10, 0.05))
    # t(.99, 4) = 3.746947
    assert found.low_ratio == pytest.approx(
        math.exp(math.log(1.1) - 3.746947 * 0.05 / math.sqrt(5)) - 1, rel=1e-5
    )


@given(LOGS, st.floats(-1, 1))
def test_adding_the_same_to_both_sides_changes_nothing(base: list[float], shift: float) -> None:
    candidate = [value + 0.03 * index for index, value in enumerate(base)]
    found = compare_pairs(candidate, base)
    moved = compare_pairs([value + shift for value in candidate], [value + shift for value in base])
    assert moved.status is found.status
    assert moved.change_ratio == pytest.approx(found.change_ratio, rel=1e-6)


@given(LOGS)
def test_equal_halves_are_no_regression(values: list[float]) -> None:
    assert compare_pairs(values, values).status is Status.PASS


@pytest.mark.parametrize("count", [0, 1, 4])
def test_too_few_pairs_tell_nothing(count: int) -> None:
    found = compare_pairs([9.0] * count, [1.0] * count)
    assert (found.status, found.change_ratio) == (Status.INCONCLUSIVE, None)
    assert f"{count} pairs are too few: it takes 5" in found.reason


def test_halves_of_different_length_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="no pairs"):
        compare_pairs([1.0], [1.0, 2.0])


def test_several_series_are_corrected_for_their_number() -> None:
    borderline = _pairs(0.10, 0.045)
    alone = gate({"hover": borderline})["hover"]
    assert alone.status is Status.FAIL
    together = gate({"hover": borderline, **{f"other{i}": _pairs(0.0, 0.01) for i in range(9)}})
    assert together["hover"].status is Status.WARN
    assert together["hover"].p_value == pytest.approx(10 * (alone.p_value or 0))
    assert list(together)[:2] == ["hover", "other0"]


def test_holm_steps_down() -> None:
    clear, borderline = _pairs(0.2, 0.01), _pairs(0.10, 0.04)
    alone = gate({"b": borderline})["b"].p_value or 0
    found = gate({"a": clear, "b": borderline})
    # The clear one bears the whole correction; the next is corrected for the one that remains.
    assert found["b"].p_value == pytest.approx(alone)


@given(st.lists(st.floats(0.001, 0.5), min_size=1, max_size=6))
def test_correction_never_lowers_a_p_value_nor_changes_the_order(spreads: list[float]) -> None:
    series = {str(index): _pairs(0.08, spread) for index, spread in enumerate(spreads)}
    single = {name: gate({name: pair})[name].p_value or 0 for name, pair in series.items()}
    found = {name: comparison.p_value or 0 for name, comparison in gate(series).items()}
    assert all(found[name] >= single[name] for name in series)
    order = sorted(series, key=lambda name: single[name])
    assert all(found[a] <= found[b] for a, b in itertools.pairwise(order))


def test_only_a_failure_that_repeats_is_confirmed() -> None:
    bad, good, few = (
        compare_pairs(*_pairs(0.2, 0.01)),
        compare_pairs(*_pairs(0.0, 0.01)),
        compare_pairs([1.0], [1.0]),
    )
    assert confirm(bad, bad).status is Status.FAIL
    assert confirm(bad, good).status is Status.WARN
    assert "not confirmed" in confirm(bad, good).reason
    assert confirm(bad, few).status is Status.INCONCLUSIVE
    assert confirm(good, bad) == good


def test_history_binds_from_twenty_runs_on() -> None:
    rng = np.random.default_rng(3)
    history = list(rng.normal(2.0, 0.02, 20))
    slower = [2.0 + math.log(1.15)]
    hard, advisory = compare_with_history(slower, history), compare_with_history(slower, history[:19])
    assert (hard.status, hard.advisory) == (Status.FAIL, False)
    assert advisory.advisory
    assert "19 earlier runs are fewer than 20" in advisory.reason
    assert compare_with_history([2.0], history).status in (Status.PASS, Status.INCONCLUSIVE)
    assert compare_with_history(slower, history[:1]).status is Status.INCONCLUSIVE
    assert compare_with_history([], history).change_ratio is None


def test_the_bounds_against_a_history_are_those_of_a_prediction() -> None:
    history = [2.0, 2.1, 1.9, 2.05, 1.95]
    found = compare_with_history([2.5, 2.7], history)
    spread = float(np.std(history, ddof=1)) * math.sqrt(1 / 2 + 1 / 5)
    # t(.99, 4) = 3.746947
    assert found.change_ratio == pytest.approx(math.expm1(0.6))
    assert found.low_ratio == pytest.approx(math.expm1(0.6 - 3.746947 * spread), rel=1e-5)
    assert found.high_ratio == pytest.approx(math.expm1(0.6 + 3.746947 * spread), rel=1e-5)
    assert compare_with_history([2.5], history[:2]).change_ratio == pytest.approx(math.expm1(0.45))


def test_the_detectable_change_has_its_published_form() -> None:
    # t(.99, 4) + t(.8, 4)
    expected = math.expm1((3.746947 + 0.940965) * 0.05 / math.sqrt(5))
    assert detectable_change(0.05, 5) == pytest.approx(expected, rel=1e-5)
    assert compare_pairs(*_pairs(0.0, 0.05)).detectable_ratio == pytest.approx(expected, rel=1e-5)


def test_a_series_with_too_few_pairs_does_not_burden_the_others() -> None:
    found = gate({"new": ([1.0], [1.0]), "hover": _pairs(0.10, 0.02), "none": ([], [])})
    assert [comparison.status for comparison in found.values()] == [
        Status.INCONCLUSIVE,
        Status.FAIL,
        Status.INCONCLUSIVE,
    ]
    assert found["hover"].p_value == gate({"hover": _pairs(0.10, 0.02)})["hover"].p_value


def test_a_corrected_p_value_is_at_most_one() -> None:
    found = gate({str(index): _pairs(-0.1, 0.05) for index in range(5)})
    assert {comparison.p_value for comparison in found.values()} == {1.0}


def test_more_repetitions_of_the_candidate_widen_nothing() -> None:
    history = list(np.random.default_rng(3).normal(2.0, 0.02, 30))
    one, many = compare_with_history([2.0], history), compare_with_history([2.0] * 10, history)
    assert (many.detectable_ratio or 0) < (one.detectable_ratio or 0)


def test_the_detectable_change_is_what_the_gate_then_detects() -> None:
    """With 20 pairs and the change it claims to see four times in five."""
    rule = GateRule(threshold_ratio=0.0)
    spread, count = 0.05, 20
    change = math.log1p(detectable_change(spread, count, rule))
    rng = np.random.default_rng(5)
    found = [
        compare_pairs(list(rng.normal(change, spread, count)), [0.0] * count, rule).status is Status.FAIL
        for _ in range(400)
    ]
    assert 0.74 <= sum(found) / len(found) <= 0.87


def test_an_underpowered_gate_says_so_and_how_many_pairs_it_takes() -> None:
    weak = compare_pairs(*_pairs(0.0, 0.10))
    assert weak.underpowered
    assert weak.stddev_log is not None
    needed = pairs_needed(weak.stddev_log)
    assert needed is not None
    assert detectable_change(weak.stddev_log, needed) <= 0.10 < detectable_change(weak.stddev_log, needed - 1)
    assert not compare_pairs(*_pairs(0.0, 0.10, needed)).underpowered
    assert pairs_needed(50.0) is None
    assert pairs_needed(0.0) == 5


def test_the_expected_scatter_is_the_simulated_one() -> None:
    rng = np.random.default_rng(6)
    runs = rng.normal(0, 0.5, (2000, 400)) + rng.normal(0, 0.05, (2000, 1))
    p95 = np.quantile(runs, 0.95, axis=1)
    differences = p95[:1000] - p95[1000:]
    assert expected_stddev(0.05, 0.5, 0.95, 400) == pytest.approx(float(differences.std(ddof=1)), rel=0.1)


def test_correlated_values_are_worth_fewer() -> None:
    assert effective_count(300, 0.0) == 300
    assert effective_count(300, 0.5) == pytest.approx(100)


def _calibrated(speeds: np.ndarray, seed: int, change: float = 0.0) -> tuple[list[float], list[float]]:
    """Log costs of runs on a machine of these speeds (logarithms), and what a fixed workload cost there."""
    rng = np.random.default_rng(seed)
    calibration = speeds + rng.normal(0, 0.005, len(speeds))
    return list(4.0 + change + 0.9 * speeds + rng.normal(0, 0.01, len(speeds))), list(calibration)


def test_a_slow_machine_is_no_regression_and_hides_none() -> None:
    rng = np.random.default_rng(8)
    history, calibrations = _calibrated(rng.normal(0, 0.08, 40), 1)
    for change, status in ((0.0, Status.PASS), (math.log(1.15), Status.FAIL)):
        candidate, beside = _calibrated(np.full(3, 0.14), 2, change)
        found = gate_with_history(
            {"p95": (candidate, history)}, calibrations=Calibrations(beside, calibrations)
        )["p95"]
        assert found.status is status
        assert found.sensitivity == pytest.approx(0.9, abs=0.1)
        assert found.change_ratio == pytest.approx(math.expm1(change), abs=0.03)
    # Without it the machine is taken for the backend.
    candidate, _ = _calibrated(np.full(3, 0.14), 2)
    plain = gate_with_history({"p95": (candidate, history)})["p95"]
    assert plain.sensitivity is None
    assert plain.change_ratio == pytest.approx(math.expm1(0.9 * 0.14), abs=0.03)


def test_a_machine_as_it_never_was_before_is_less_certain() -> None:
    history, calibrations = _calibrated(np.random.default_rng(8).normal(0, 0.08, 40), 1)

    def width(speed: float) -> float:
        candidate, beside = _calibrated(np.full(3, speed), 2)
        found = gate_with_history(
            {"p95": (candidate, history)}, calibrations=Calibrations(beside, calibrations)
        )["p95"]
        assert found.low_ratio is not None
        assert found.high_ratio is not None
        return found.high_ratio - found.low_ratio

    assert width(1.0) > 2 * width(0.0)


def test_what_does_not_follow_the_machine_is_left_as_it_is() -> None:
    rng = np.random.default_rng(3)
    history = list(rng.normal(4, 0.02, 30))
    calibrations = Calibrations([0.3], list(rng.normal(0, 0.05, 30)))
    found = gate_with_history({"p95": ([4.0], history)}, calibrations=calibrations)["p95"]
    assert found == gate_with_history({"p95": ([4.0], history)})["p95"]


def test_only_critical_series_fail_and_only_they_are_corrected_for() -> None:
    slow, equal = _pairs(0.10, 0.03), _pairs(0.0, 0.01)
    series = {f"s{number}": equal for number in range(12)} | {"hover p95": slow, "definition p95": slow}
    crowded = gate(series)["hover p95"]
    assert crowded.status is Status.WARN
    found = gate(series, rules=SeriesRules(critical={"hover p95"}))
    assert found["hover p95"].status is Status.FAIL
    assert not found["hover p95"].advisory
    assert found["definition p95"].advisory
    assert "not declared critical" in found["definition p95"].reason


def test_a_series_may_have_a_threshold_of_its_own() -> None:
    series = {"hover p95": _pairs(0.10, 0.01), "completion p95": _pairs(0.10, 0.01)}
    found = gate(series, rules=SeriesRules({"hover p95": 0.2}))
    assert found["completion p95"].status is Status.FAIL
    assert found["hover p95"].status is Status.WARN
    assert "not by more than 20.0%" in found["hover p95"].reason


def test_costs_grow_when_things_get_worse() -> None:
    assert log_cost(2.0) > log_cost(1.0)
    assert log_cost(1.0, higher_is_better=True) > log_cost(2.0, higher_is_better=True)
    for value in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="log scale"):
            log_cost(value)


def _share(rule: str, change: float, trials: int) -> float:
    share: float = SIMULATION["share_failing"](
        rule, change, trials=trials, seed=11, requests=2_000, run_stddev=0.02 / math.sqrt(2)
    )
    return share


def test_equal_backends_hardly_ever_fail_and_ten_percent_is_found() -> None:
    """The gate's promise, in small; the script beside this test prints it at any size."""
    assert _share("gate, confirmed", 0.0, 150) <= 0.01
    assert _share("gate, confirmed", 0.10, 100) >= 0.88


def test_a_comparison_is_a_value() -> None:
    assert compare_pairs(*_pairs(0.1, 0.01)) == compare_pairs(*_pairs(0.1, 0.01))
    assert isinstance(compare_pairs(*_pairs(0.1, 0.01)), Comparison)
