"""The HTML report: what it says, that everybody can read it, and that nothing from outside becomes markup."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from unittest.mock import ANY

import msgspec
import pytest

from pytest_rustide_load.budgets import Budget
from pytest_rustide_load.pages import load_assets, write_page
from pytest_rustide_load.report import LoadTestResults
from pytest_rustide_load.report.compared import ComparisonReport
from pytest_rustide_load.report.findings import FailedTest
from pytest_rustide_load.report.html import render_report
from pytest_rustide_load.report.html.lines import Line, LineChart, line_chart
from pytest_rustide_load.report.html.verdict import verdict_section
from pytest_rustide_load.report.results import AgentFigures, UserFigures
from pytest_rustide_load.report.trends import KeptRun, find_trends
from tests.perf import report_speed
from tests.report.html import samples
from tests.report.html.figures import compare
from tests.report.html.held import missing

VOID = {"meta", "link", "br", "img", "input", "hr"}
# What the rows of data tables leave open.
IMPLIED = {"tr", "td", "th"}


class Document(HTMLParser):
    """Elements with their attributes and texts; complains about what is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        while self._open[-1] != tag:
            assert self._open[-1] in IMPLIED, f"{self._open[-1]} is not closed before </{tag}>"
            self._open.pop()
        self._open.pop()

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self._open[-1] if self._open else "", data))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self) -> str:
        words = (text for tag, text in self.texts if tag not in ("script", "style"))
        return " ".join(" ".join(words).split())


@pytest.fixture(scope="module")
def assets():
    return load_assets()


@pytest.fixture(scope="module")
def trends():
    return samples.trends()


@pytest.fixture(scope="module")
def page(assets, trends):
    return render_report(samples.session(), [trends], assets)


def test_the_verdict_comes_first_with_how_much_how_sure_and_what_to_type(page):
    words = Document(page).text()
    start = words[: words.index("Operations")]
    assert "FAIL: individual-developer: hover p95 is 252% slower: 5.7 ms, was 1.62 ms (and " in start
    assert (
        "between +189.7% and +327.8% (99 % sure of each), from 3 runs against 20 of main of 2026-01-01"
        in start
    )
    assert "pytest --load-scenario=individual-developer --load-baseline=main" in start
    assert "tests/test_a.py::test_b failed: assert 1 == 2" in start
    assert re.search(
        r"completion p95 is [0-9.]+ ms, limit 20 ms from [0-9]+ samples, 95 % sure between", start
    )


def test_it_holds_everything_a_report_is_to_hold(page):
    """docs/site/everything.py makes one that does by running everything for real, which takes minutes."""
    assert missing(page) == []
    assert 'aria-label="p95 by part of the run"' in page
    assert "<summary>Resources and load generator" in page


def test_it_asks_nothing_of_a_network_and_its_policy_allows_only_what_it_brings(page, assets):
    document = Document(page)
    [policy] = [meta["content"] for meta in document.named("meta") if "http-equiv" in meta]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for kind, texts in (("script-src", assets.scripts), ("style-src", assets.styles)):
        part = next(part for part in policy.split("; ") if part.startswith(kind))
        digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
        assert part == " ".join([kind, *(f"'sha256-{digest}'" for digest in digests)])
    named = [
        value
        for _, attributes in document.elements
        for name, value in attributes.items()
        if name in ("src", "href", "action", "data", "srcset", "style") or name.startswith("on")
    ]
    assert all(value.startswith("#") or value == "data:," for value in named)
    assert {tag for tag, _ in document.elements} & {"img", "iframe", "object", "form", "base"} == set()


def test_every_chart_has_a_name_and_a_table_of_its_data(page):
    figures = page.split("<figure")[1:]
    assert len(figures) > 10
    for rest in figures:
        figure, _, _ = rest.partition("</figure>")
        assert "<figcaption>" in figure
        assert "<svg" in figure
        assert 'role="img"' in figure
        assert re.search(r'aria-label="[^"]+', figure)
        assert re.search(r"Data \([0-9]+ rows?\)</summary>", figure)
        assert "<tbody><tr" in figure


def test_a_line_without_a_single_value_is_one_beside_others():
    """Of a run so short that an operation was not done in it."""
    lines = (Line("hover", (1.0, None)), Line("edit", (None, None)))
    for spans_gaps in (True, False):
        chart = LineChart(title="t", note="", unit="ms", xs=(0.0, 1.0), lines=lines, spans_gaps=spans_gaps)
        assert str(line_chart(chart)).count("h0.1") == 1


def test_headings_are_in_order_and_anchors_exist(page):
    document = Document(page)
    levels = [int(tag[1]) for tag, _ in document.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    ids = [attributes["id"] for _, attributes in document.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {one["href"][1:] for one in document.named("a")} <= set(ids)


def test_a_step_in_the_history_is_marked_and_told(page):
    words = Document(page).text()
    assert "14 comparable runs on embedded, from run 1 to 14" in words
    assert re.search(r"hover p95: a step at run 8 \(0+8\): .* before, .* since \(\+[0-9.]+%\)", words)
    assert 'class="mark change"' in page


def test_what_was_done_to_a_run_is_marked_in_every_chart_of_it_and_told(page):
    words = Document(page).text()
    for text in (
        "stage busy, from 30 s on",
        "stress: cpu 90%, from 12 s to 24 s",
        "fault: kill, at 48 s",
        "no backend, from 48 s to 49.2 s",
        "fault: kill at 48 s: the backend was killed",
        "burst: 38 of 41 operations took 7.2 times as long (hover, completion); meanwhile alert response",
        "run delay 38% of a core; cpu 96% of its limit",
        "pytest --load-repeat-request=hover:crates/a/src/lib.rs:12:9",
        "crates/a/src/lib.rs:12:9",
    ):
        assert text in words
    charts = [part for part in page.split("<figure")[1:] if 'data-group="run-1"' in part]
    assert len(charts) > 8
    for chart in charts:
        kinds = re.findall(r'<(?:rect|path) class="mark ([a-z]+)"', chart.partition("</figure>")[0])
        assert {"phase", "stress", "alert", "fault", "burst"} <= set(kinds)


def test_every_figure_is_that_of_the_results(page, assets):
    """docs/site/everything.py holds those of real runs as well."""
    assert compare(page, [samples.results()]) == (ANY, [])
    assert compare(page, [samples.results()])[0] > 2_000
    # Of several minutes, where rows are merged, and of one that is not the only one.
    runs = [samples.results(seconds=130, per_s=10, seed=2), samples.results(seconds=8)] * 2
    page = render_report(samples.session(results=tuple(runs), comparisons=()), [], assets)
    assert compare(page, runs) == (ANY, [])
    # And one that is wrong is found.
    count, found = compare(page, [runs[1], runs[0]] * 2)
    assert len(found) > count / 10


def test_the_distributions_hold_every_right_answer(page):
    found = samples.results()
    for name, operation in found.operations.items():
        counted = sum(one.count for one in operation.latency_buckets)
        assert counted == operation.error_stats.ok
        assert f"{counted:,} right answers" in page
        borders = [(one.low_ms, one.high_ms) for one in operation.latency_buckets]
        assert borders == sorted(borders), name
        times = operation.response_time
        low, high = times.min, times.max
        assert borders[0][0] <= low < borders[0][1]
        if not times.censored:
            assert borders[-1][0] <= high < borders[-1][1]


def test_budgets_have_the_gravest_first_and_of_these_the_one_with_least_left(page):
    table = page.partition('aria-label="Budgets, and how much of each is used up"')[2].partition("</table>")[
        0
    ]
    found = re.findall(r'class="badge s-([A-Z]+)".*?class="share">([0-9]+)%', table)
    ranks = ["FAIL", "INCONCLUSIVE", "WARN", "PASS"]
    order = [(ranks.index(status), -int(used)) for status, used in found]
    assert order == sorted(order)
    assert {rank for rank, _ in order} == {0, 1, 2, 3}


def data_rows(page: str, title: str) -> list[list[str]]:
    """The table of the data of the first figure of that title: its heads, and each row."""
    found = page.partition(f'aria-label="Data: {title}"')[2].partition("</table>")[0].split("<tr>")[1:]
    return [[re.sub("<[^>]+>", "", cell) for cell in re.split("<t[hd][^>]*>", row)[1:]] for row in found]


def test_the_table_of_outcomes_has_the_counts_of_each_operation(page):
    found = samples.results()
    (_, _, *kinds), *rows = data_rows(page, "Outcomes")
    assert [row[0] for row in rows] == list(found.operations)
    assert len({row[2] for row in rows}) == len(rows)
    for name, planned, *counts in rows:
        stats = found.operations[name].error_stats
        assert int(planned) == stats.planned == sum(map(int, counts))
        for kind, count in zip(kinds, counts, strict=True):
            assert int(count) == getattr(stats, kind.replace(" ", "_"))


def test_a_distribution_tells_its_percentiles_as_the_table_does_and_draws_none_beyond_its_axis(assets):
    short = samples.results(seconds=8)
    hover = short.operations["hover"]
    times = msgspec.structs.replace(hover.response_time, p95=99_000.0, lower_bounds=("p95",))
    operations = {**short.operations, "hover": msgspec.structs.replace(hover, response_time=times)}
    run = msgspec.structs.replace(short, operations=operations)
    page = render_report(samples.session(results=(run,), comparisons=()), [], assets)
    [told] = [
        part
        for part in page.split("<figure")[1:]
        if "<strong>hover</strong>" in part and "right answers" in part
    ]
    caption = told.partition("</figcaption>")[0].replace("\N{NO-BREAK SPACE}", " ")
    assert "p95 ≥ 99 s" in caption
    assert re.findall(r'class="mark-label"[^>]*>(p[0-9]+)<', told) == ["p50"]
    assert "p95\N{NO-BREAK SPACE}~\N{NO-BREAK SPACE}" in page


OUTSIDE = "<script>alert('x')</script>\"&' onload=x"
# What the program itself chooses among a few words.
OWN = {
    "status",
    "key",
    "unit",
    "ended",
    "lower_bounds",
    "diagnostics_from",
    "execution_timestamp",
    "topology",
}


def poisoned(value: Any, name: str = "") -> Any:
    """Every text from outside replaced by markup."""
    if isinstance(value, dict):
        return {
            (f"{key} {OUTSIDE}" if name in ("fingerprint", "details", "operations") else key): poisoned(
                each, key
            )
            for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [poisoned(each, name) for each in value]
    if isinstance(value, str) and name not in OWN:
        return f"{value} {OUTSIDE}"
    return value


def test_a_script_in_any_text_from_outside_stays_text(assets):
    results = msgspec.convert(poisoned(msgspec.to_builtins(samples.results(seconds=8))), LoadTestResults)
    verdicts = [msgspec.structs.replace(one, operation=f"hover {OUTSIDE}") for one in results.verdicts]
    results = msgspec.structs.replace(
        results, verdicts=tuple(verdicts), crash_message=OUTSIDE, ended="crashed"
    )
    compared = msgspec.convert(poisoned(msgspec.to_builtins(samples.comparison())), ComparisonReport)
    session = samples.session(
        results=(results,),
        comparisons=(compared,),
        failed_tests=(FailedTest(OUTSIDE, OUTSIDE),),
        drifts=(OUTSIDE,),
        not_run=(OUTSIDE,),
        command=OUTSIDE,
        created_at=OUTSIDE,
    )
    history = find_trends([KeptRun(number, OUTSIDE, results) for number in (1, 2, 3)])
    page = render_report(session, [history], assets)
    document = Document(page)
    assert len(document.named("script")) == len(assets.scripts)
    assert len(document.named("style")) == len(assets.styles)
    attributes = {name for _, found in document.elements for name in found}
    assert {name for name in attributes if name.startswith("on")} == set()
    assert document.text().count("<script>alert('x')</script>") > 60


def test_a_session_without_any_result_tells_why(assets):
    session = samples.session(
        results=(),
        comparisons=(),
        failed_tests=(FailedTest("rustide-load::cold-start", "NotReady: no answer"),),
    )
    words = Document(render_report(session, [], assets)).text()
    assert "FAIL: rustide-load::cold-start failed: NotReady: no answer" in words


def test_of_several_scenarios_a_table_has_the_worst_first_and_leads_to_each(assets):
    kept = Budget(key="p95_ms", operation="hover", violation=2_000.0, source="budgets.yaml:7")
    missed = replace(kept, violation=0.1)
    found = {
        name: msgspec.structs.replace(samples.results(seconds=8, budgets=budgets), scenario_name=name, **more)
        for name, budgets, more in (
            ("calm", [kept], {}),
            ("unjudged", [], {}),
            ("gone", [kept], {"ended": "crashed", "crash_message": "exit status 70"}),
            ("slow", [missed], {}),
            ("individual-developer", [kept], {}),
        )
    }
    page = render_report(samples.session(results=tuple(found.values())), [], assets)
    assert "verdict first" not in missing(page)
    rows = page.partition('aria-labelledby="scenarios"')[2].partition("</section>")[0].split("<tr>")[2:]
    told = [re.sub("<[^>]+>", " ", row).split() for row in rows]
    assert [cells[:3] for cells in told] == [
        ["gone", "crashed", "-"],
        ["slow", "FAIL", "-"],
        ["individual-developer", "PASS", "FAIL"],
        ["calm", "PASS", "-"],
        ["unjudged", "no", "budgets"],
    ]
    # hover p95 is some 5 ms, of 0.1 allowed.
    assert told[1][-3:-1] == ["hover", "p95"]
    assert int(told[1][-1].rstrip("%")) > 1_000
    for anchor, name in re.findall(r'<a href="#([^"]+)">([^<]+)</a>', "".join(rows)):
        section = page.partition(f'<h2 id="{anchor}">')[2].partition("</h2>")[0]
        assert section.startswith(name)
    assert 'href="#compare-1"' in rows[2]


def test_what_could_not_run_is_told_in_the_verdict(assets):
    session = samples.session(not_run=("far cannot run here: 9 GB are missing",))
    words = Document(render_report(session, [], assets)).text()
    start = words[: words.index("Operations")]
    assert "1 load test was not run far cannot run here: 9 GB are missing" in start


def test_a_name_that_is_no_text_ends_no_report(assets, tmp_path):
    """Bytes on a command line come as halves of pairs of code units, which no file takes."""
    session = samples.session(results=(), comparisons=(), command="pytest caf\udce9.scenario.yaml")
    write_page(tmp_path / "report.html", render_report(session, [], assets))
    assert "pytest caf?.scenario.yaml" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_an_operation_that_was_never_asked_is_a_line_without_points():
    lines = [Line("hover", [1.0, None, 2.0]), Line("edit", [None, None, None])]
    chart = LineChart(title="latency", note="", unit="ms", xs=[0, 1, 2], lines=lines, spans_gaps=True)
    document = Document(str(line_chart(chart)))
    assert [attributes["d"] for name, attributes in document.elements if name == "path"][-1] == ""


def test_what_is_written_is_whole_or_not_at_all(tmp_path):
    path = tmp_path / "reports/report.html"
    write_page(path, "ä")
    assert path.read_text(encoding="utf-8") == "ä"
    blocked = tmp_path / "folder"
    blocked.mkdir()
    with pytest.raises(IsADirectoryError):
        write_page(blocked, "text")
    assert {*tmp_path.iterdir()} == {path.parent, blocked}


def test_of_many_runs_a_history_is_drawn_of_its_last_ones_and_all_of_it_is_told(assets):
    history = samples.trends(40)
    session = samples.session(results=tuple(samples.results(seconds=6, seed=at) for at in range(4)))
    short = render_report(session, [history], assets)
    whole = render_report(samples.session(), [history], assets)
    assert "40 comparable runs on embedded, from run 1 to 40" in short
    for page, first, count in ((short, 11, 30), (whole, 1, 40)):
        found = page.partition(": history</h2>")[2]
        rows = re.findall(r"<tr><th>([0-9]+) \([0-9a-f]{8}\)<td>([0-9.]+)", found)[:count]
        assert [int(number) for number, _ in rows] == list(range(first, 41))
        values = history.series[0].values[first - 1 :]
        assert [float(value) for _, value in rows] == pytest.approx(values, rel=0.006)
    # The step at run 21 stands where it was: before the eleventh of those that are shown.
    chart = short.partition(": history</h2>")[2].partition("<figure")[2]
    [place] = re.findall(r"data-marks=\"[^\"]*,([0-9.]+),null", chart)[:1]
    assert float(place) == pytest.approx(20 - 10 - 0.5, abs=1)


@pytest.mark.alone
def test_of_two_hours_a_page_is_small_and_soon_written(assets, tmp_path):
    """In the time of the processor, of which there is a twentieth of what it may take."""
    run = report_speed.long_run()
    assert {one.error_stats.planned for one in run.operations.values()} == {36_000}
    begin_s = time.process_time()
    page = tmp_path / "report.html"
    write_page(page, render_report(samples.session(results=(run,)), [samples.trends(60)], assets))
    assert time.process_time() - begin_s < report_speed.MOST_S
    assert page.stat().st_size < report_speed.MOST_BYTES


def test_of_a_suite_a_page_is_below_a_megabyte():
    assert len(report_speed.suite_page().encode()) < report_speed.MOST_SUITE_BYTES


def test_of_a_crowd_and_of_a_day_full_of_alerts_a_page_shows_the_worst_and_the_first(assets):
    users = tuple(
        UserFigures(user=at, kind="", planned=9, goodput_ratio=1.0, p50_ms=2.0, p95_ms=float(at % 500))
        for at in range(1, 1_001)
    )
    run = samples.results(seconds=8)
    alerts = tuple(
        msgspec.structs.replace(run.alerts[0], start_s=at / 10, end_s=at / 10 + 0.05) for at in range(40)
    )
    run = msgspec.structs.replace(run, users=users, alerts=alerts)
    page = render_report(samples.session(results=(run,)), [], assets)
    [told] = re.findall(r'aria-label="Users, on [^"]*"><table.*?</table>', page, re.DOTALL)
    assert "of 1,000 the 30 who waited longest" in told
    shown = [int(row) for row in re.findall(r'<tr><th scope="row">([0-9]+)', told)]
    assert shown == [*range(485, 500), *range(985, 1_000)]
    listed = page.partition('<ul class="marked">')[2]
    assert listed.partition("</ul>")[0].count("<li>") == 12
    assert re.search(r"<summary>[0-9]+ more</summary><ul class=\"marked\">", page)


def test_agents_have_a_section_with_hosts_clocks_and_losses(assets):
    agents = (
        AgentFigures(
            agent=1,
            spec="popen",
            host="",
            users=500,
            planned=1_234,
            cpu_percent=12.3,
            rss_mb=85.4,
            send_lag_p99_ms=4.2,
            offset_ms=0.041,
            offset_error_ms=0.098,
            received_kb=52.0,
        ),
        AgentFigures(
            agent=2,
            spec="ssh=me@there",
            host="there",
            users=500,
            planned=None,
            cpu_percent=None,
            rss_mb=None,
            send_lag_p99_ms=None,
            offset_ms=None,
            offset_error_ms=None,
            received_kb=7.0,
            lost="said nothing for 5 s",
            lost_s=12.4,
            in_flight_when_lost=3,
        ),
    )
    run = msgspec.structs.replace(samples.results(), agents=agents, controller_cpu_percent=1.5)
    page = render_report(samples.session(results=(run,)), [], assets)
    words = Document(page).text()
    assert "1,000 users on 2, controller 1.5% of a core, 59 kB received" in words
    assert "1 popen here 500 1,234 4.2 ms 12.3% of a core 85 MB +0.041 ± 0.098 ms 52 kB no" in words
    assert "2 ssh=me@there there 500 - - - - - 7 kB after 12.4 s: said nothing for 5 s" in words
    assert "agent 2 (ssh=me@there) was lost 12.4 s after the start" in words


def test_what_is_too_short_to_tell_is_named_on_the_page():
    """The headline says how long a run would do, and not of which operation."""
    budget = Budget(key="p99_ms", operation="references", violation=200.0)
    [few] = samples.results(seconds=20, budgets=[budget]).verdicts[:1]
    assert few.too_few
    results = msgspec.structs.replace(samples.results(seconds=20), verdicts=(few,))
    session = samples.session(results=(results,), comparisons=(), failed_tests=())
    head = str(verdict_section(session))
    assert "is too short to judge a budget by" in head
    assert "references p99 is " in head
