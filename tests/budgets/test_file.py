from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.budgets import METRICS, Budget, Level
from pytest_rustide_load.budgets.file import BudgetFile, parse_budgets
from pytest_rustide_load.errors import ConfigError

OPERATIONS = ("completion", "hover", "references")
SCENARIOS = ("individual-developer", "small-team")


def _parse(text: str) -> BudgetFile:
    return parse_budgets(text, "budgets.yaml", operations=OPERATIONS, scenarios=SCENARIOS)


def _problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        _parse(text)
    return [str(problem) for problem in caught.value.problems]


def test_limits_stand_for_all_operations_the_backend_or_one_operation() -> None:
    found = _parse(
        "defaults:\n"
        "  p95_ms: {target: 100ms, warning: 150ms, violation: 0.2s}\n"
        "  rss_avg_mb: 400MB\n"
        "  references:\n"
        "    p95_ms: 2s\n"
        "    min_goodput_ratio: 95%\n"
        "scenarios:\n"
        "  individual-developer:\n"
        "    cpu_avg_percent: 25%\n"
    )
    level = Level.DEFAULT
    assert found.defaults == (
        Budget("p95_ms", 200.0, None, 150.0, 100.0, None, level, "budgets.yaml:2"),
        Budget("rss_avg_mb", 400.0, level=level, source="budgets.yaml:3"),
        Budget("p95_ms", 2000.0, "references", level=level, source="budgets.yaml:5"),
        Budget("min_goodput_ratio", 0.95, "references", level=level, source="budgets.yaml:6"),
    )
    assert found.scenarios == {
        "individual-developer": (
            Budget(
                "cpu_avg_percent",
                25.0,
                scenario="individual-developer",
                level=Level.SCENARIO,
                source="budgets.yaml:9",
            ),
        )
    }


def test_a_scenario_stands_over_the_defaults() -> None:
    found = _parse(
        "defaults: {p95_ms: 200ms, rss_avg_mb: 400MB}\n"
        "scenarios: {small-team: {rss_avg_mb: 900MB, max_ms: 9s}}\n"
    )
    limits = {budget.key: budget.violation for budget in found.for_scenario("small-team")}
    assert limits == {"rss_avg_mb": 900.0, "max_ms": 9000.0, "p95_ms": 200.0}
    assert found.for_scenario("another") == found.defaults


def test_null_in_a_scenario_takes_a_default_away() -> None:
    file = _parse(
        "defaults: {p95_ms: 1ms, mean_ms: 1ms, hover: {p99_ms: 2ms}}\n"
        "scenarios:\n  small-team: {p95_ms: null, hover: {p99_ms: }}\n"
    )
    assert [budget.key for budget in file.for_scenario("small-team") if not budget.is_lifted] == ["mean_ms"]
    assert len([budget for budget in file.for_scenario("other") if not budget.is_lifted]) == 3


@pytest.mark.parametrize("text", ["", "# nothing\n", "defaults:\n", "scenarios:\n  small-team:\n", "{}"])
def test_nothing_is_a_file_without_budgets(text: str) -> None:
    assert _parse(text).for_scenario("small-team") == ()


def test_every_problem_is_told_at_once_with_its_line() -> None:
    assert _problems(
        "defaults:\n"
        "  p95: 150ms\n"
        "  p99_ms: 150\n"
        "  max_ms:\n"
        "    warning: 3s\n"
        "    violation: 2s\n"
        "  completoin:\n"
        "    p95_ms: 1ms\n"
        "  hover:\n"
        "    rss_avg_mb: 1MB\n"
        "    p95_ms: 1MB\n"
        "    p50_ms:\n"
        "      violation: 1s\n"
        "      wraning: 1s\n"
        "scenarios:\n"
        "  small-teams:\n"
        "    error_ratio: 150%\n"
        "scenario: {}\n"
    ) == [
        "budgets.yaml:2: unknown key 'p95': did you mean 'p95_ms'?",
        "budgets.yaml:3: p99_ms: 150 has no unit (write it like '150ms' or '2s')",
        "budgets.yaml:6: max_ms: violation 2 s must not lie below warning 3 s",
        "budgets.yaml:7: unknown key 'completoin': did you mean 'completion'?",
        "budgets.yaml:10: rss_avg_mb bounds the whole backend: it stands beside operations, not in one",
        "budgets.yaml:11: p95_ms: '1MB' has no unit of time (one of ns, us, µs, ms, s, min, m, h)",
        "budgets.yaml:14: p50_ms: unknown key 'wraning': did you mean 'warning'?",
        "budgets.yaml:16: unknown scenario 'small-teams': did you mean 'small-team'?",
        "budgets.yaml:17: error_ratio: '150%' is more than the whole (write it like '5%' or 0.05)",
        "budgets.yaml:18: unknown key 'scenario': did you mean 'scenarios'?",
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("- 1\n", "the file must be a mapping"),
        ("defaults: 3\n", "defaults must be a mapping, not 3"),
        ("scenarios: [small-team]\n", "scenarios must be a mapping"),
        ("defaults:\n  hover: 150ms\n", "hover must be a mapping, not '150ms'"),
        ("defaults:\n  p95_ms:\n", "None is not a limit"),
        ("defaults:\n  p95_ms: [1ms]\n", "['1ms'] is not a limit"),
        ("defaults:\n  p95_ms: {target: 1ms}\n", "has no violation"),
        ("defaults:\n  rss_avg_mb: 400\n", "400 has no unit (write it like '400MB' or '1GB')"),
        ("defaults: {\n", "budgets.yaml:"),
        ("defaults:\n  p95_ms: 1ms\n  p95_ms: 2ms\n", "p95_ms"),
        ("1: {}\n", "unknown key '1'"),
    ],
)
def test_a_wrong_shape_is_refused_with_the_reason(text: str, why: str) -> None:
    assert why in "\n".join(_problems(text))


KEYS = ["defaults", "scenarios", "small-team", "hover", "target", "violation", "x", *METRICS]
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(["150ms", "5%", "400MB", "x"])
)


@given(st.recursive(LEAVES, lambda inner: st.dictionaries(st.sampled_from(KEYS), inner), max_leaves=8))
def test_any_tree_gives_budgets_or_a_config_error(tree: object) -> None:

    try:
        found = _parse(yaml.safe_dump(tree))
    except ConfigError as error:
        problems = error.problems
        assert problems
        assert all(problem.source == "budgets.yaml" for problem in problems)
        return
    assert all(budget.violation >= 0 for budget in found.for_scenario("small-team"))
