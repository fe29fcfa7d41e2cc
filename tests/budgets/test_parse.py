from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.budgets import METRICS, Budget, Level, parse_marker
from pytest_rustide_load.errors import ConfigError

OPERATIONS = ("completion", "definition", "document_symbols", "hover")


def _parse(*args: object, **kwargs: object) -> tuple[Budget, ...]:
    return parse_marker(args, kwargs, source="tests/test_a.py", line=7, operations=OPERATIONS)


def _problems(*args: object, **kwargs: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        _parse(*args, **kwargs)
    assert all((problem.source, problem.line) == ("tests/test_a.py", 7) for problem in caught.value.problems)
    return [problem.message for problem in caught.value.problems]


def test_every_keyword_is_a_budget_of_the_operation() -> None:
    budgets = _parse("completion", p95_ms=150, min_goodput_ratio=0.95)
    assert budgets == (
        Budget("p95_ms", 150.0, "completion", level=Level.MARKER, source="tests/test_a.py:7"),
        Budget("min_goodput_ratio", 0.95, "completion", level=Level.MARKER, source="tests/test_a.py:7"),
    )


def test_without_an_operation_a_budget_is_for_all() -> None:
    assert [budget.operation for budget in _parse(p95_ms=150, rss_avg_mb=400)] == [None, None]


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("p95_ms", "150ms", 150.0),
        ("max_ms", "2s", 2000.0),
        ("mean_ms", "250µs", 0.25),
        ("rss_peak_mb", "1GB", 1000.0),
        ("rss_avg_mb", "400MB", 400.0),
        ("error_ratio", "5%", 0.05),
        ("min_goodput_ratio", "0.9", 0.9),
        ("cpu_avg_percent", "25%", 25.0),
        ("min_throughput_per_s", "10/s", 10.0),
        ("min_samples", 300, 300.0),
    ],
)
def test_values_may_name_their_unit(key: str, text: object, expected: float) -> None:
    assert [budget.violation for budget in _parse(**{key: text})] == [expected]


def test_a_limit_may_be_graded() -> None:
    (budget,) = _parse(p95_ms={"target": 100, "warning": "150ms", "violation": "0.2s"})
    assert (budget.target, budget.warning, budget.violation) == (100.0, 150.0, 200.0)


@pytest.mark.parametrize("key", ["p95_ms", "min_throughput_per_s"])
def test_grades_may_coincide(key: str) -> None:
    (budget,) = _parse(**{key: {"target": 5, "warning": 5, "violation": 5}})
    assert (budget.target, budget.warning, budget.violation) == (5.0, 5.0, 5.0)


def test_a_graded_floor_falls_from_target_to_violation() -> None:
    (budget,) = _parse(min_goodput_ratio={"target": 0.99, "warning": 0.95, "violation": 0.9})
    assert (budget.target, budget.warning, budget.violation) == (0.99, 0.95, 0.9)


def test_every_mistake_is_told_at_once_with_the_nearest_right_name() -> None:
    problems = _problems("complet", p95=150, error_ratio=5, rss_avg_mb=True, p50_ms=-1)
    assert len(problems) == 6
    text = "\n".join(problems)
    assert "unknown operation 'complet': did you mean 'completion'?" in text
    assert "unknown key 'p95': did you mean 'p95_ms'?" in text
    assert "error_ratio: 5 is more than the whole" in text
    assert "rss_avg_mb bounds the whole backend" in text
    assert "rss_avg_mb: True is not a limit" in text
    assert "p50_ms: -1 is not a finite number of at least 0" in text


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("p95_ms", math.nan, "not a finite"),
        ("p95_ms", math.inf, "not a finite"),
        ("p95_ms", "150", "no unit of time"),
        ("p95_ms", "150MB", "no unit of time"),
        ("p95_ms", None, "is not a limit"),
        ("p95_ms", [150], "is not a limit"),
        ("rss_avg_mb", "150ms", "no unit of size"),
        ("cpu_avg_percent", "25", "write it like '25%'"),
        ("cpu_avg_percent", "x%", "write it like '25%'"),
        ("min_throughput_per_s", "10", "write it like '10/s'"),
        ("min_samples", 1.5, "not a whole number"),
        ("min_samples", "nan", "not a finite"),
        ("error_ratio", "150%", "more than the whole"),
        ("p95_ms", {"violation": 100, "waring": 50}, "did you mean 'warning'"),
        ("p95_ms", {"target": 100}, "has no violation"),
        ("p95_ms", {}, "has no violation"),
        ("p95_ms", {"warning": 300, "violation": 200}, "must not lie below warning 300 ms"),
        ("min_goodput_ratio", {"warning": 0.5, "violation": 0.9}, "must not lie above warning 50%"),
    ],
)
def test_a_wrong_value_is_refused_with_the_reason(key: str, value: object, why: str) -> None:
    (problem,) = _problems(**{key: value})
    assert problem.startswith(f"budget marker: {key}: ")
    assert why in problem


@pytest.mark.parametrize(
    ("args", "kwargs", "why"),
    [
        (("completion",), {}, "sets no limit"),
        (("completion", "hover"), {"p95_ms": 1}, "takes one operation"),
        ((150,), {"p95_ms": 1}, "150 is not the name of an operation"),
        (("completion",), {"cpu_avg_percent": 25}, "takes no operation"),
    ],
)
def test_a_wrong_call_is_refused(args: tuple[object, ...], kwargs: Mapping[str, object], why: str) -> None:
    (problem,) = _problems(*args, **kwargs)
    assert why in problem


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.lists(st.integers(), max_size=2),
)


@given(
    st.lists(JUNK, max_size=2),
    st.dictionaries(
        st.one_of(st.sampled_from(sorted(METRICS)), st.text(max_size=6)),
        st.one_of(JUNK, st.dictionaries(st.sampled_from(["target", "warning", "violation", "x"]), JUNK)),
        max_size=4,
    ),
)
def test_any_arguments_give_budgets_or_a_config_error(args: list[object], kwargs: dict[str, object]) -> None:
    try:
        budgets = parse_marker(tuple(args), kwargs, source="t", operations=OPERATIONS)
    except ConfigError:
        return
    assert [budget.key for budget in budgets] == list(kwargs)
    for budget in budgets:
        values = [budget.target, budget.warning, budget.violation]
        assert all(value is None or (math.isfinite(value) and value >= 0) for value in values)
