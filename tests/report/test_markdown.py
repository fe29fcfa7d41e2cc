"""The summary of a job and its annotations: what they say, and that nothing from outside marks them up."""

from __future__ import annotations

import re

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.report import LoadTestResults
from pytest_rustide_load.report.annotations import render_annotations
from pytest_rustide_load.report.comparison import ComparisonReport
from pytest_rustide_load.report.findings import FailedTest, Finding, find_findings
from pytest_rustide_load.report.markdown import render_markdown, sparkline
from tests.report.html import samples
from tests.report.html.test_report import poisoned

TRENDS = samples.trends(12)


def test_the_summary_has_the_verdict_the_regression_table_and_a_sparkline():
    text = render_markdown(samples.session(), [TRENDS])
    lines = text.splitlines()
    assert lines[0].startswith(
        "## ❌ FAIL: individual-developer: hover p95 is 252% slower: 5.7 ms, was 1.62 ms"
    )
    row = next(line for line in lines if line.startswith("| hover p95 |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1:6] == ["1.62\u00a0ms", "5.7\u00a0ms", "+252.0%", "+190..+328%", "❌ FAIL"]
    assert re.fullmatch("[▁▂▃▄▅▆▇█]{12}", cells[6])
    assert "```sh\npytest --load-scenario=individual-developer --load-baseline=main\n" in text
    assert any(line.startswith("| completion |") and "❌ FAIL" in line for line in lines)
    assert "- stress: cpu of 2 cores: 90 % asked, 88 % achieved" in lines
    assert any(
        re.fullmatch("Memory .* on average, .* at the peak; CPU .*% of a core.", line) for line in lines
    )
    skipped = render_markdown(samples.session(not_run=("far cannot run here: 9 GB are missing",)), [])
    assert "1 load test was not run:\n\n- far cannot run here: 9 GB are missing\n" in skipped


def test_without_a_comparison_the_history_has_a_table_of_its_own():
    text = render_markdown(samples.session(comparisons=()), [TRENDS])
    assert "### individual-developer: the last 12 comparable runs" in text
    assert re.search(r"\| hover p95 \| [0-9.]+ ms \| \+[0-9.]+% \| [A-Z]+ \| [▁▂▃▄▅▆▇█]{12} \|", text)


def test_names_from_outside_mark_nothing_up():
    results = msgspec.convert(poisoned(msgspec.to_builtins(samples.results(seconds=6))), LoadTestResults)
    compared = msgspec.convert(poisoned(msgspec.to_builtins(samples.comparison())), ComparisonReport)
    session = samples.session(
        results=(results,),
        comparisons=(compared,),
        failed_tests=(FailedTest("a|b\n# c", "```\n<b>"),),
    )
    text = render_markdown(session, [])
    outside = re.sub(r"(?s)^(`{3,})sh\n.*?^\1$", "", text, flags=re.MULTILINE)
    assert "<script" not in outside.replace("\\<", "")
    assert not [line for line in outside.splitlines() if line.startswith("# ")]
    rows = [line for line in outside.splitlines() if line.startswith("|")]
    bars = {len(re.findall(r"(?<!\\)\|", row)) for row in rows}
    # Tables of three, seven and eight columns, and no bar more in any row.
    assert bars == {4, 8, 9}


@given(st.lists(st.floats(min_value=0.001, max_value=1e6), max_size=40))
def test_a_sparkline_has_its_ends_at_the_extremes(values):
    bars = sparkline(values)
    shown = values[-24:]
    assert len(bars) == (len(shown) if len(shown) > 1 else 0)
    if len(shown) > 1 and max(shown) > min(shown) * 1.02:
        assert bars[shown.index(max(shown))] == "█"
        assert bars[shown.index(min(shown))] == "▁"


def test_annotations_stand_beside_the_line_that_set_the_limit():
    found = find_findings(samples.session())
    lines = render_annotations(found, lambda where: (where.partition(":")[0], 9) if ":9" in where else None)
    assert lines[0].startswith("::error title=FAIL individual-developer::hover p95 is 252%25 slower")
    # How sure that is, and what repeats it.
    assert " between +189.7%25 and +327.8%25 (99 %25 sure of each)" in lines[0]
    assert lines[0].endswith("Repeat: pytest --load-scenario=individual-developer --load-baseline=main")
    assert any(
        line.startswith("::error title=FAIL individual-developer,file=budgets.yaml,line=9::")
        for line in lines
    )
    assert any(line.startswith("::warning title=WARN individual-developer::") for line in lines)


def test_no_text_ends_an_annotation_or_begins_another():
    finding = Finding(status="FAIL", scenario="a,b:c\n::error::x", what="100%\r\n::warning::y")
    [line] = render_annotations([finding] * 1, lambda where: None)
    assert line == "::error title=FAIL a%2Cb%3Ac%0A%3A%3Aerror%3A%3Ax::100%25%0D%0A::warning::y"


def test_ten_of_a_kind_are_enough():
    many = [Finding(status="FAIL", scenario="", what=str(number)) for number in range(30)]
    many += [Finding(status="WARN", scenario="", what="w")]
    lines = render_annotations(many, lambda where: None)
    assert [line.split(" ")[0] for line in lines] == ["::error"] * 10 + ["::warning"]
