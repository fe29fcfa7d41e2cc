from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.budgets import METRICS, Budget, merge_budgets
from pytest_rustide_load.budgets.metrics import Unit, format_apart, format_value, parse_value

ANY = st.builds(
    Budget,
    st.sampled_from(["p95_ms", "max_ms", "rss_avg_mb"]),
    st.floats(0, 1e6),
    st.sampled_from([None, "completion", "hover"]),
)


def test_a_budget_describes_itself() -> None:
    assert Budget("p95_ms", 150).describe() == "p95 at most 150 ms"
    assert Budget("min_goodput_ratio", 0.95).describe() == "goodput at least 95%"


def test_the_stronger_budget_stands_for_the_same_key_and_operation() -> None:
    strong, weak = Budget("p95_ms", 100, "hover"), Budget("p95_ms", 200, "hover")
    other = Budget("p99_ms", 300, "hover")
    assert merge_budgets([strong], [weak, other]) == (strong, other)


def test_a_budget_for_all_overrides_weaker_ones_for_single_operations() -> None:
    strong, weak = Budget("p95_ms", 100), Budget("p95_ms", 2000, "hover")
    assert merge_budgets([strong], [weak]) == (strong,)


def test_a_weaker_budget_for_all_stays_beside_a_stronger_one_for_an_operation() -> None:
    strong, weak = Budget("p95_ms", 2000, "hover"), Budget("p95_ms", 100)
    assert merge_budgets([strong], [weak]) == (strong, weak)


@given(st.lists(ANY), st.lists(ANY), st.lists(ANY))
def test_merging_is_associative_and_keeps_one_of_each(
    a: list[Budget], b: list[Budget], c: list[Budget]
) -> None:
    left = merge_budgets(merge_budgets(a, b), c)
    assert set(left) == set(merge_budgets(a, merge_budgets(b, c)))
    assert len({(budget.key, budget.operation) for budget in left}) == len(left)


@given(st.sampled_from(sorted(METRICS)), st.floats(0.001, 0.99))
def test_a_formatted_limit_of_the_unit_is_read_back(key: str, value: float) -> None:
    unit = METRICS[key].unit
    if unit is Unit.COUNT:
        value = round(value * 1000)
    text = format_value(unit, value).removesuffix(" of a core")
    assert parse_value(METRICS[key], text, unit_required=True) == pytest.approx(value, rel=0.006, abs=1e-6)


@pytest.mark.parametrize("key", sorted(METRICS))
def test_what_differs_never_reads_alike(key: str) -> None:
    unit = METRICS[key].unit
    if unit is not Unit.COUNT:
        measured, limit = format_apart(unit, 0.150004, 0.15)
        assert measured != limit
    assert format_apart(unit, 100, 100)[0] == format_apart(unit, 100, 100)[1]
