"""A summary in a few lines, and one with everything: both fit a terminal and name what does not pass."""

from __future__ import annotations

from msgspec.structs import replace

from pytest_rustide_load.report.brief import render_brief
from pytest_rustide_load.report.comparison import render_comparison
from pytest_rustide_load.report.results import UserFigures
from pytest_rustide_load.report.text import render_results
from tests.report.html.samples import comparison, results


def test_in_brief_each_run_is_a_line_and_what_does_not_pass_another():
    good = replace(results(budgets=()), scenario_name="quiet-one")
    text = render_brief([results(), good], [comparison()])
    lines = text.splitlines()
    assert lines[0] == "FAIL individual-developer: 7 of 9 budgets kept"
    assert "quiet-one: 1800 operations, no budgets" in lines
    assert any(line.startswith("FAIL individual-developer: ") and "against" in line for line in lines)
    assert sum("repeat with: pytest" in line for line in lines) == 2
    # Nothing of the tables.
    assert "verdict" not in text
    coloured = render_brief([results()], [], colour=True)
    assert coloured.startswith("\x1b[31mFAIL\x1b[0m individual-developer: ")


def test_in_detail_nobody_is_left_out():
    users = tuple(
        UserFigures(user=n, kind="novice", planned=90, goodput_ratio=1.0, p50_ms=3.0, p95_ms=9.0)
        for n in range(1, 31)
    )
    many = replace(results(), users=users)
    normal, detailed = render_results(many), render_results(many, detailed=True)
    assert detailed.startswith(normal[: normal.index("team: ")].splitlines()[0])
    assert normal.count("novice") == 8
    assert detailed.count("novice") == 30
    for one in many.verdicts:
        assert f" {one.status}" in detailed
    for title in ("latency, from when it was sent:", "how they ended:", "budgets:"):
        assert f"\n\n{title}\n" in detailed
    for text in ("generator: ", "memory and I/O: ", "machine: cpu A Processor", "repeat with: pytest "):
        assert f"  {text}" in detailed
    assert "limits set by budgets.yaml:" in detailed
    commands = {one.repeat_command for one in many.slowest}
    assert max(len(line) for line in detailed.splitlines() if line not in commands) <= 80


def test_a_comparison_in_detail_says_why_a_series_passes():
    report = comparison()
    passed = [one for one in report.series if one.status == "PASS"]
    assert passed
    normal, detailed = (render_comparison(report, detailed=one) for one in (False, True))
    for one in passed:
        assert f"  PASS {one.name}: " not in normal
        assert f"  PASS {one.name}: " in detailed
    assert max(map(len, detailed.splitlines()[:-1])) <= 80
