"""The live view in a real Chromium, over a run that is replayed, a second at each look."""

from __future__ import annotations

import msgspec
import pytest
from selenium.webdriver import ActionChains

pytest.importorskip("uvicorn", reason="needs the live extra: pip install -e '.[test]'")

from pytest_rustide_load.live.app import live_app
from pytest_rustide_load.live.board import Board
from pytest_rustide_load.live.serving import BackgroundServer
from pytest_rustide_load.pages import load_assets
from pytest_rustide_load.report.html.live import render_live_page
from pytest_rustide_load.report.live import LiveAgent, LiveState
from tests.browser.test_report_page import wait
from tests.report.html import samples
from tests.report.html.test_report import OUTSIDE, poisoned
from tests.report.test_live import Replay

DASHES = ["\u2013"] * 2
AGENTS = tuple(
    LiveAgent(
        agent=number,
        name=f"agent {number} (ssh=<script>alert(1)</script>)",
        users=25,
        answered=1_000,
        in_flight=3,
        cpu_percent=1.5,
        rss_mb=85.0,
        lost=lost,
    )
    for number, lost in ((1, ""), (2, "its process ended"))
)


@pytest.fixture
def live(monkeypatch):
    """The server, its board, and what was looked at."""
    states: list[LiveState] = []
    monkeypatch.setattr("pytest_rustide_load.live.board._EVERY_S", 0.01)
    board = Board()
    replay = Replay(samples.record(seconds=100))
    seconds = iter(range(81))

    def look() -> LiveState:
        """As of a run in one process, but with agents, whose names come from outside."""
        state = replay.until(samples.S + next(seconds, 80) * samples.S)
        performance = msgspec.structs.replace(state.performance, notes=("agents tell once a second",))
        resources = msgspec.structs.replace(state.resources, agents=AGENTS)
        states.append(msgspec.structs.replace(state, performance=performance, resources=resources))
        return states[-1]

    board.begin(look)
    server = BackgroundServer(
        live_app(board, render_live_page(load_assets("live.js"))), port=0, source="test"
    )
    yield server, board, states
    server.stop()


def text_of(browser, identifier: str) -> str:
    return browser.run("return document.getElementById(arguments[0]).textContent", identifier)


def test_the_page_follows_the_run_and_keeps_what_it_saw_last(browser, live):
    server, board, states = live
    address = server.address
    browser.open(address)
    wait(browser, "return rustideLoadLive().last >= 80")
    assert text_of(browser, "headline") == "ALERT: individual-developer"
    assert "measuring, 81 of 101 s" in text_of(browser, "phase")
    assert "response time degraded: up to " in text_of(browser, "alerts")
    rows = browser.run(
        "return [...document.querySelectorAll('#rows tr')].map(it => [...it.cells].map(it => it.textContent))"
    )
    assert {name for name, *_ in rows} == set(samples.MEDIANS_MS)
    # The table as JSON has it.
    for name, due, *times, right, bad in rows:
        one, outcomes = states[-1].performance.operations[name], states[-1].errors.outcomes[name]
        assert (int(due), float(right)) == (one.planned, float(f"{one.right_per_s:.3g}"))
        assert int(bad) == sum(outcomes.values()) - outcomes["ok"]
        for text, value in zip(times, (one.p50_ms, one.p95_ms, one.p99_ms), strict=True):
            number, unit = text.split()
            assert float(number) * {"ms": 1, "s": 1_000}[unit] == pytest.approx(value, rel=0.006)
    agents = browser.run(
        "return [...document.querySelectorAll('#agent-rows tr')]"
        ".map(it => [...it.cells].map(it => it.textContent))"
    )
    assert agents == [
        ["agent 1 (ssh=<script>alert(1)</script>)", "25", "1000", "3", "1.5%", "85 MB"],
        [
            "agent 2 (ssh=<script>alert(1)</script>)",
            "25",
            "1000",
            "lost: its process ended",
            "\u2013",
            "\u2013",
        ],
    ]
    assert text_of(browser, "notes") == "agents tell once a second"
    charts = browser.run("return rustideLoadLive().charts")
    assert charts["memory"][1][-1] == pytest.approx(98, abs=0.2)
    assert all(len(column) == len(data[0]) for data in charts.values() for column in data)
    # What was told at each second, as JSON has it.
    told = {int(state.performance.elapsed_s + 0.5): state for state in states}
    for at, second in enumerate(charts["latency"][0]):
        state = told[second]
        assert charts["throughput"][1][at] == state.performance.overall.right_per_s
        assert charts["memory"][1][at] == state.resources.rss_mb
        assert [column[at] for column in charts["latency"][1:]] == [
            state.performance.overall.p50_ms,
            state.performance.overall.p95_ms,
            state.performance.overall.p99_ms,
        ]
    assert browser.violations() == []
    browser.darken(dark=True)
    assert browser.violations(colours_only=True) == []
    assert browser.complaints() == []
    assert {one.startswith((address, "data:")) for one in browser.requests()} == {True}
    # Which line is which, and where it stands.
    legends = browser.run(
        "return [...document.querySelectorAll('.legend')].map(it => [...it.children].map(it => it.innerText))"
    )
    assert [len(lines) for lines in legends] == [3, 1, 1, 2]
    assert [line.split()[0] for line in legends[0]] == ["p50", "p95", "p99"]
    assert legends[2] == [f"backend {charts['memory'][1][-1]:.3g} MB"]
    browser.open(address, width=390)
    assert browser.run("return document.documentElement.scrollWidth") <= 390
    wait(browser, "return rustideLoadLive().last >= 80")
    board.end()
    wait(browser, "return document.getElementById('headline').textContent.endsWith('nothing runs')")
    assert text_of(browser, "phase").startswith("individual-developer has ended, and is shown as it was seen")
    server.stop()
    wait(browser, "return document.getElementById('headline').textContent.endsWith('no answer')")
    assert "individual-developer is shown as it was seen last" in text_of(browser, "phase")
    assert browser.run("return document.querySelectorAll('#rows tr').length") == len(samples.MEDIANS_MS)
    assert len(browser.run("return rustideLoadLive().charts.memory[0]")) > 70


def test_what_is_zoomed_stays_so_while_the_run_goes_on(browser, live, monkeypatch):
    monkeypatch.setattr("pytest_rustide_load.live.board._EVERY_S", 0.06)
    server, _, _ = live
    browser.open(server.address)
    wait(browser, "return rustideLoadLive().last >= 20")
    over = browser.run("return document.querySelector('#chart-memory .u-over')")
    width = over.size["width"]
    drag = ActionChains(browser.driver).move_to_element_with_offset(over, -width // 4, 0).click_and_hold()
    drag.move_by_offset(width // 4, 0).release().perform()
    low, high = browser.run("return rustideLoadLive().ranges.memory")
    assert 0 < low < high < browser.run("return rustideLoadLive().last") < 80
    wait(browser, "return rustideLoadLive().last >= 80")
    assert browser.run("return rustideLoadLive().ranges.memory") == [low, high]
    assert browser.run("return rustideLoadLive().ranges.cpu")[1] >= 80
    ActionChains(browser.driver).double_click(over).perform()
    wait(browser, "return rustideLoadLive().ranges.memory[1] >= 80")
    assert browser.complaints() == []


def test_markup_in_any_text_from_outside_stays_text(browser, monkeypatch):
    monkeypatch.setattr("pytest_rustide_load.live.board._EVERY_S", 0.01)
    state = Replay(samples.record(seconds=100)).until(80 * samples.S)
    change = msgspec.structs.replace
    state = change(
        state,
        performance=change(state.performance, notes=("agents tell once a second",), in_flight=3),
        resources=change(state.resources, agents=AGENTS),
    )
    told = msgspec.convert(poisoned(msgspec.to_builtins(state)), LiveState)
    assert told.errors.alerts
    board = Board()
    board.begin(lambda: told)
    server = BackgroundServer(
        live_app(board, render_live_page(load_assets("live.js"))), port=0, source="test"
    )
    try:
        browser.open(server.address)
        wait(browser, "return document.querySelectorAll('#rows tr').length > 0")
        for identifier in ("headline", "phase", "rows", "alerts", "notes", "agent-rows"):
            assert OUTSIDE in text_of(browser, identifier)
        assert text_of(browser, "phase").endswith(", 3 requests in flight")
        assert browser.run("return document.scripts.length") == len(load_assets("live.js").scripts)
        assert browser.run("return document.querySelectorAll('[onload]').length") == 0
        assert browser.complaints() == []
    finally:
        server.stop()
