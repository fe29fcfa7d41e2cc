"""The section `alerts` of budgets.yaml."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.budgets.alerts import DEFAULT_ALERTS
from pytest_rustide_load.budgets.file import BudgetFile, parse_budgets
from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.stats.alerts import AlertRule

S = 1_000_000_000


def parse(text: str) -> BudgetFile:
    return parse_budgets(text, "budgets.yaml", operations=("hover",), scenarios=("one", "two", "two/a"))


def rules(text: str, scenario: str = "one", family: str = "") -> dict[str, AlertRule]:
    return {rule.name: rule for rule in parse(text).alerts_for(scenario, family)}


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return [str(problem) for problem in caught.value.problems]


def test_without_the_section_the_defaults_stand():
    assert (
        rules("") == rules("alerts:\n") == rules("scenarios:\n  one:\n    alerts:\n") == dict(DEFAULT_ALERTS)
    )
    assert BudgetFile().alerts_for("any") == tuple(DEFAULT_ALERTS.values())


def test_what_is_said_changes_and_the_rest_stays():
    found = rules(
        "alerts:\n"
        "  memory_usage_high: {raise: 60%, clear: 0.5, for: 2s, clear_for: 500ms, of: 2GB}\n"
        "  cpu_usage_high: 50%\n"
        "  error_rate_high: null\n"
    )
    memory, cpu = found["memory_usage_high"], found["cpu_usage_high"]
    assert (memory.raise_at, memory.clear_at, memory.for_ns, memory.clear_for_ns, memory.capacity) == (
        0.6,
        0.5,
        2 * S,
        S // 2,
        2e9,
    )
    assert (cpu.raise_at, cpu.clear_at, cpu.for_ns) == (0.5, 0.45, 10 * S)
    assert "error_rate_high" not in found
    assert found["response_time_degraded"] == DEFAULT_ALERTS["response_time_degraded"]


def test_a_scenario_changes_what_the_file_says_and_a_cell_takes_its_familys():
    text = (
        "scenarios:\n"
        "  one:\n"
        "    error_ratio: 5%\n"
        "    alerts:\n"
        "      cpu_usage_high: {of: 4}\n"
        "      response_time_degraded: 3x\n"
        "  two:\n"
        "    alerts: {cpu_usage_high: null}\n"
        "alerts:\n"
        "  cpu_usage_high: {raise: 50%, clear: 20%}\n"
        "  response_time_degraded: null\n"
    )
    one = rules(text)
    assert (one["cpu_usage_high"].raise_at, one["cpu_usage_high"].clear_at) == (0.5, 0.2)
    assert one["cpu_usage_high"].capacity == 4
    assert one["response_time_degraded"].raise_at == 3
    assert "cpu_usage_high" not in rules(text, "two")
    assert "cpu_usage_high" not in rules(text, "two/a", "two")
    assert parse(text).for_scenario("one")[0].key == "error_ratio"


def test_another_limit_has_another_moment_to_clear():
    text = "alerts:\n  cpu_usage_high: {clear: 60%}\nscenarios:\n  one:\n    alerts: {cpu_usage_high: 50%}\n"
    assert rules(text, "two")["cpu_usage_high"].clear_at == 0.6
    assert rules(text)["cpu_usage_high"].clear_at == pytest.approx(0.45)


def test_every_mistake_is_told_with_its_line_and_the_nearest_name():
    found = problems(
        "alerts:\n"
        "  memory_high: 80%\n"
        "  memory_usage_high:\n"
        "    raise: 80%\n"
        "    clear: 90%\n"
        "  cpu_usage_high:\n"
        "    raised: 50%\n"
        "    for: 5\n"
        "    of: 2GB\n"
        "  error_rate_high: {of: 3}\n"
        "  response_time_degraded: fast\n"
        "scenarios:\n"
        "  one:\n"
        "    alerts: [cpu]\n"
        "  two:\n"
        "    alert: {}\n"
        "defaults:\n"
        "  alerts: {}\n"
    )
    starts = [
        ("budgets.yaml:2: ", "unknown key 'memory_high'"),
        ("budgets.yaml:5: ", "memory_usage_high: clear 90% must not lie above raise 80%"),
        ("budgets.yaml:7: ", "unknown key 'raised': did you mean 'raise'"),
        ("budgets.yaml:8: ", "for: 5 has no unit (write it like '5s')"),
        ("budgets.yaml:9: ", "of: '2GB' is not a number of cores"),
        ("budgets.yaml:10: ", "takes no 'of'"),
        ("budgets.yaml:11: ", "'fast' is not a multiple (write it like '2x')"),
        ("budgets.yaml:14: ", "alerts must be a mapping, not ['cpu']"),
        ("budgets.yaml:16: ", "unknown key 'alert': did you mean 'alerts'"),
        ("budgets.yaml:18: ", "unknown key 'alerts'"),
    ]
    assert len(found) == len(starts)
    for problem, (where, what) in zip(found, starts, strict=True):
        assert problem.startswith(where)
        assert what in problem


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 200),
    st.sampled_from(["5%", "2x", "-1%", "0%", "3s", "2GB", "x", "[1]"]),
)


@given(
    st.sampled_from(sorted(DEFAULT_ALERTS)),
    st.dictionaries(st.sampled_from(["raise", "clear", "for", "clear_for", "of"]), VALUES),
)
def test_any_section_is_rules_or_problems_of_it(name, values):
    inner = "".join(f"    {key}: {'null' if value is None else value}\n" for key, value in values.items())
    text = f"alerts:\n  {name}:\n{inner}"
    try:
        found = rules(text)
    except ConfigError:
        assert all(problem.startswith("budgets.yaml:") for problem in problems(text))
        return
    rule = found.get(name)
    assert rule is None or 0 < rule.clear_at <= rule.raise_at
