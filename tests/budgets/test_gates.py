"""What budgets.yaml says of regressions."""

from __future__ import annotations

import pytest

from pytest_rustide_load.budgets import BudgetFile, parse_budgets
from pytest_rustide_load.errors import ConfigError


def _parse(text: str) -> BudgetFile:
    return parse_budgets(text, "f", operations=("completion", "hover"), scenarios=("demo", "other"))


TEXT = """
defaults:
  regression_threshold: 7%
  hover: {regression_threshold: 0.2, critical: true}
  memory: {regression_threshold: 30%}
scenarios:
  demo:
    p95_ms: 1s
    regression_threshold: 10%
    completion: {p95_ms: 2s, regression_threshold: 3%, critical: true}
    hover: {critical: false}
"""


def test_the_nearest_section_decides():
    gates = _parse(TEXT).gates
    assert gates.threshold_ratio("demo", "completion") == 0.03
    assert gates.threshold_ratio("demo", "hover") == 0.10
    assert gates.threshold_ratio("other", "hover") == 0.2
    assert gates.threshold_ratio("other", "memory") == 0.3
    assert gates.threshold_ratio("other", "completion") == 0.07
    assert gates.is_critical("demo", "completion")
    assert not gates.is_critical("demo", "hover")
    assert gates.is_critical("other", "hover")
    assert not gates.is_critical("other", "memory")
    # A cell of a matrix has what its family has.
    assert gates.threshold_ratio("demo[a]", "completion", "demo") == 0.03
    assert gates.threshold_ratio("demo[a]", "hover", "demo") == 0.10
    assert gates.is_critical("demo[a]", "completion", "demo")
    assert not gates.is_critical("demo[a]", "hover", "demo")


def test_limits_stay_limits_beside_them():
    found = _parse(TEXT)
    assert [(one.key, one.operation) for one in found.for_scenario("demo")] == [
        ("p95_ms", None),
        ("p95_ms", "completion"),
    ]


def test_nothing_said_is_nothing_meant():
    gates = _parse("defaults: {p95_ms: 1s}").gates
    assert gates.threshold_ratio("demo", "hover") is None
    assert not gates.is_critical("demo", "hover")


def test_every_mistake_is_told_with_its_line():
    text = """
defaults:
  regression_threshold: 0
  critical: true
  memory: {p95_ms: 1s}
  hover: {critical: maybe, regression_treshold: 5%}
  completion: {regression_threshold: 5ms}
"""
    with pytest.raises(ConfigError) as error:
        _parse(text)
    told = [str(problem) for problem in error.value.problems]
    assert (
        told
        == [
            "f:3: regression_threshold: 0 is not a share above 0 and up to 100%",
            "f:4: critical: of an operation, or of memory, and not of all",
            "f:5: unknown key 'p95_ms': known: critical, regression_threshold",
            "f:6: critical: 'maybe' is neither true nor false",
            "f:6: unknown key 'regression_treshold': did you mean 'regression_threshold'?",
            "f:7: regression_threshold: '5ms' is not a ratio such as '5%' or 0.05",
        ]
        or told
    )
