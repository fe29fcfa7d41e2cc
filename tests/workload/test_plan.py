"""The plan: deterministic, in order, staggered, and as much as the scenario asks for."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.scenarios import load_scenarios, load_suites
from pytest_rustide_load.workload import LoadShape, OperationPattern, Plan, Range, Scenario
from pytest_rustide_load.workload.draws import draw_bits, draw_exponentials, draw_units

RATES = st.floats(0.01, 50, allow_nan=False)


@st.composite
def scenarios(draw):
    low, high = sorted([draw(RATES), draw(RATES)])
    return Scenario(
        name="generated",
        description="",
        users=draw(st.integers(1, 4)),
        warm_up_s=draw(st.sampled_from([0.0, 1.0, 2.5])),
        duration_s=draw(st.sampled_from([0.5, 3.0, 20.0])),
        patterns=(OperationPattern("hover", Range(low, high)), OperationPattern("edit", Range(0.1, 0.1))),
    )


@given(scenarios(), st.integers(0, 2**64 - 1))
def test_arrivals_are_in_order_within_the_run_and_the_same_again(scenario, seed):
    plan = Plan(scenario, seed=seed)
    arrivals = list(plan)
    assert len(arrivals) == len(plan)
    assert [arrival.seq for arrival in arrivals] == list(range(len(plan)))
    times = [arrival.intended_ns for arrival in arrivals]
    assert times == sorted(times)
    assert all(0 <= time < plan.end_ns for time in times)
    assert {arrival.user for arrival in arrivals} <= set(range(scenario.users))
    assert Plan(scenario, seed=seed).digest() == plan.digest()


@given(scenarios(), st.integers(0, 2**32))
def test_the_count_of_each_user_stays_within_what_the_range_allows(scenario, seed):
    plan = Plan(scenario, seed=seed)
    seconds = plan.end_ns / 1e9
    rate = scenario.patterns[0].rate_per_s
    counts = Counter(arrival.user for arrival in plan if arrival.operation == "hover")
    for user in range(scenario.users):
        # Less than one arrival is lost or won at each end of the run.
        assert rate.low * seconds - 1 <= counts[user] <= rate.high * seconds + 1


def test_users_who_start_together_do_not_act_together():
    scenario = Scenario(
        name="many",
        description="",
        users=200,
        warm_up_s=0,
        duration_s=2,
        patterns=(OperationPattern("hover", Range(1, 1)),),
    )
    times = Plan(scenario, seed=1).intended_ns
    # 400 arrivals over 20 slots of 100 ms: herding would fill a few slots only.
    slots = np.bincount(times // 100_000_000, minlength=20)
    assert slots.max() < 3 * slots.mean()
    assert slots.min() > 0


def test_the_plan_of_a_user_does_not_depend_on_how_many_others_there_are():
    def of_first(users):
        scenario = Scenario(
            name="same",
            description="",
            users=users,
            patterns=(OperationPattern("hover", Range(2, 5)),),
        )
        return [arrival.intended_ns for arrival in Plan(scenario, seed=9) if arrival.user == 0]

    assert of_first(1) == of_first(7)


def test_a_prefix_of_the_draws_does_not_depend_on_their_number():
    assert draw_bits(5, 10).tolist() == draw_bits(5, 1000)[:10].tolist()
    units = draw_units(5, 1000)
    assert units.min() >= 0
    assert units.max() < 1
    assert abs(units.mean() - 0.5) < 0.05


def test_the_generator_matches_the_published_sequence():
    # The first outputs of SplitMix64 seeded with 1234567, as in the reference implementation's tests.
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    assert draw_bits(1234567, 4).tolist() == expected


def test_the_critical_path_asks_for_enough_samples_of_what_it_bounds():
    scenario = load_scenarios()["individual-developer"]
    plan = Plan(scenario, seed=42)
    measured = Counter(arrival.operation for arrival in plan if arrival.intended_ns >= plan.measure_start_ns)
    for operation in ("completion", "hover", "definition", "references"):
        assert measured[operation] >= 59
    seconds = scenario.duration_s
    assert 5 <= measured["completion"] / seconds <= 10
    assert 10 <= measured["hover"] / seconds <= 20
    assert 3 <= measured["definition"] / seconds <= 8
    assert 1 <= measured["references"] / seconds <= 3
    assert load_suites()["critical-path"] == ("cold-start", "individual-developer")


def _per_second(shape: LoadShape, *, arrivals: str = "even", rate: float = 20) -> np.ndarray:
    scenario = Scenario(
        name="shaped",
        description="",
        warm_up_s=0,
        duration_s=60,
        patterns=(OperationPattern("hover", Range(rate, rate)),),
        shape=shape,
        arrivals=arrivals,
    )
    return np.bincount(Plan(scenario, seed=3).intended_ns // 1_000_000_000, minlength=60)


def test_a_ramp_grows_evenly_from_its_first_to_its_last_factor():
    counts = _per_second(LoadShape("ramp", (("from", 0.5), ("to", 2.0))))
    assert abs(counts[:6].mean() - 20 * 0.575) < 1
    assert abs(counts[-6:].mean() - 20 * 1.925) < 1


def test_steps_share_the_time_equally():
    counts = _per_second(LoadShape("step", (("levels", (1.0, 2.0, 4.0)),)))
    assert [round(part.mean()) for part in np.split(counts, 3)] == [20, 40, 80]


def test_a_spike_stands_where_it_was_put_and_nowhere_else():
    counts = _per_second(LoadShape("spike", (("height", 10.0), ("at", 0.5), ("width", 0.1))))
    assert round(counts[28:32].mean()) == 200
    assert round(np.delete(counts, range(26, 34)).mean()) == 20


def test_a_sine_stays_between_its_bounds_and_has_its_mean():
    factors = LoadShape("sine", (("low", 0.5), ("high", 1.5), ("periods", 3.0))).factors(600)
    exact = [1 + 0.5 * math.sin(2 * math.pi * 3 * (second + 0.5) / 600) for second in range(600)]
    assert np.abs(factors - exact).max() < 0.002
    assert factors.min() >= 0.5
    assert factors.max() <= 1.5


def test_a_working_day_begins_and_ends_small_and_dips_at_noon():
    factors = LoadShape("working_day", (("lunch", 0.4), ("night", 0.1))).factors(1_000)
    assert factors[0] == pytest.approx(0.1, abs=0.01)
    assert factors[-1] == pytest.approx(0.1, abs=0.01)
    assert factors[475] == factors[490] == pytest.approx(0.4)
    assert (factors[160:399] == 1).all()
    assert (factors[560:890] == 1).all()
    assert (np.diff(factors[:150]) > 0).all()
    assert (np.diff(factors[910:]) < 0).all()


def test_poisson_arrivals_have_the_mean_and_the_variance_of_their_rate():
    counts = _per_second(LoadShape(), arrivals="poisson", rate=50)
    assert abs(counts.mean() - 50) < 4 * math.sqrt(50 / 60)
    assert 0.5 < counts.var() / counts.mean() < 1.7
    even = _per_second(LoadShape(), rate=50)
    assert even.var() / even.mean() < 0.1


def test_the_portable_logarithm_is_that_of_the_library():
    values = draw_exponentials(50, 10_000)
    units = 1.0 - draw_units(50, 10_000)
    assert np.allclose(values, -np.log(units), rtol=1e-14, atol=1e-300)
