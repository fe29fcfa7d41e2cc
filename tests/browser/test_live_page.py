"""The live view in a real Chromium, over a run that is replayed, a second at each look."""

from __future__ import annotations

import msgspec
import pytest

pytest.importorskip("uvicorn", reason="needs the live extra: pip install -e '.[test]'")

from pytest_rustide_load.live.app import live_app
from pytest_rustide_load.live.board import Board
from pytest_rustide_load.live.serving import BackgroundServer
from pytest_rustide_load.pages import load_assets
from pytest_rustide_load.report.html.live import render_live_page
from pytest_rustide_load.report.live import LiveAgent, LiveState
from tests.browser.test_report_page import wait
from tests.report.html import samples
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
    """The server and its board."""
    monkeypatch.setattr("pytest_rustide_load.live.board._EVERY_S", 0.01)
    board = Board()
    replay = Replay(samples.record(seconds=100))
    seconds = iter(range(81))

    def look() -> LiveState:
        """As of a run in one process, but with agents, whose names come from outside."""
        state = replay.until(samples.S + next(seconds, 80) * samples.S)
        performance = msgspec.structs.replace(state.performance, notes=("agents tell once a second",))
        resources = msgspec.structs.replace(state.resources, agents=AGENTS)
        return msgspec.structs.replace(state, performance=performance, resources=resources)

    board.begin(look)
    server = BackgroundServer(
        live_app(board, render_live_page(load_assets("live.js"))), port=0, source="test"
    )
    yield server, board
    server.stop()


def text_of(browser, identifier: str) -> str:
    return browser.run("return document.getElementById(arguments[0]).textContent", identifier)


def test_the_page_follows_the_run_and_keeps_what_it_saw_last(browser, live):
    server, board = live
    address = server.address
    browser.open(address)
    wait(browser, "return rustideLoadLive().last >= 80")
    assert text_of(browser, "headline") == "ALERT: individual-developer"
    assert "measuring, 81 of 101 s" in text_of(browser, "phase")
    assert "response time degraded: up to " in text_of(browser, "alerts")
    rows = browser.run("return [...document.querySelectorAll('#rows tr')].map(it => it.cells[0].textContent)")
    assert set(rows) == set(samples.MEDIANS_MS)
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
