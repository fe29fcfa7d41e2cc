"""The dashboard in a real Chromium."""

from __future__ import annotations

import msgspec
import pytest

from pytest_rustide_load.__main__ import main
from pytest_rustide_load.history import HistoryStore, stored_run
from pytest_rustide_load.report import LoadTestResults
from tests.browser.histories import write_history
from tests.browser.test_report_page import enliven, rounded, wait
from tests.report.html import samples
from tests.report.html.test_report import OUTSIDE, poisoned


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    write_history(folder / "history.sqlite3", runs=6, name="<script>window.intruder = 1</script>")
    arguments = ["--path", str(folder / "history.sqlite3"), "--out", str(folder / "pages")]
    assert main(["dashboard", *arguments]) == 0
    return folder / "pages"


def rows(browser, caption: str) -> dict[str, list[str]]:
    found = browser.run(
        "return [...document.querySelectorAll(`.scroll[aria-label='${arguments[0]}'] tbody tr`)].map("
        "row => [...row.cells].map(cell => cell.textContent))",
        caption,
    )
    return {name: cells for name, *cells in found}


def choose(browser, side: str, run: int) -> None:
    browser.run(
        "const one = document.getElementById(`choice-${arguments[0]}`); one.value = arguments[1];"
        "one.dispatchEvent(new Event('change'))",
        side,
        str(run),
    )


def test_any_two_runs_stand_side_by_side(browser, site):
    browser.open((site / "compare.html").as_uri())
    last = rows(browser, "Figures")
    assert browser.run("return location.hash") == "#5..6"
    assert last["hover p50"][2].endswith("%")
    choose(browser, "before", 1)
    assert browser.run("return location.hash") == "#1..6"
    figures = rows(browser, "Figures")
    old, fresh = (
        samples.results(seconds=6, seed=seed, slower=slower).operations["hover"].response_time.p50
        for seed, slower in ((1, 1.0), (6, 3.0))
    )
    assert figures["hover p50"][2] == f"+{(fresh / old - 1) * 100:.1f}%"
    assert figures["hover p50"][3] == "slower"
    assert figures["memory peak"][2:] == ["+0.0%", ""]
    # Of few samples, as everywhere.
    assert figures["references p99"][0].startswith("~ ")
    assert not figures["hover p50"][0].startswith("~")
    assert rows(browser, "What differs about them")["commit"] == ["000000000000", "000000000005"]
    choose(browser, "after", 4)
    assert browser.run("return location.hash") == "#1..4"
    assert rows(browser, "What differs about them")["commit"] == ["000000000000", "000000000003"]
    # An address names two runs, and the lists have them too.
    browser.run("location.hash = '#2..5'")
    wait(browser, "return document.getElementById('choice-before').value === '2'")
    assert browser.run("return document.getElementById('choice-after').value") == "5"
    assert rows(browser, "What differs about them")["commit"] == ["000000000001", "000000000004"]
    told = []
    for before in range(1, 7):
        choose(browser, "before", before)
        told += [cells for name, cells in rows(browser, "Figures").items() if name.endswith(" right")]
    for *_, change, words in told:
        points = float(change.removesuffix(" points"))
        assert words == ("better" if points >= 1 else "worse" if points <= -1 else "")
    assert {words for *_, words in told} == {"better", "worse", ""}
    assert browser.run("return window.intruder") is None
    assert browser.complaints() == []
    assert {address.partition(":")[0] for address in browser.requests()} <= {"file", "data"}


def test_series_are_drawn_and_listed_as_they_were_kept_and_can_be_zoomed(browser, site):
    from selenium.webdriver import ActionChains

    [path] = site.glob("scenario-script-*.html")
    browser.open(path.as_uri())
    enliven(browser)

    def charts():
        return {one["title"]: one for one in browser.run("return rustideLoadCharts()")}

    kept = [samples.results(seconds=6, seed=1 + at, slower=3.0 if at >= 3 else 1.0) for at in range(6)]
    for operation, name in (("hover", "p95"), ("definition", "p50"), ("references", "p50")):
        values = rounded(getattr(one.operations[operation].response_time, name) for one in kept)
        title = f"{operation} {name}"
        assert charts()[title]["data"] == [list(range(6)), values]
        cells = [float(cell) for (cell,) in rows(browser, f"Data: {title}").values()]
        assert cells == values
    over = browser.run("return document.querySelector('figure.lines .u-over')")
    width = over.size["width"]
    drag = ActionChains(browser.driver).move_to_element_with_offset(over, -width // 4, 0).click_and_hold()
    drag.move_by_offset(width // 2, 0).release().perform()
    wait(browser, "return rustideLoadCharts()[0].from > 0.5")
    first = next(iter(charts().values()))
    assert 0.5 < first["from"] < first["to"] < 4.5
    ActionChains(browser.driver).double_click(over).perform()
    # All of it is more than the data: half a place on either side.
    wait(browser, "return rustideLoadCharts()[0].from === -0.5 && rustideLoadCharts()[0].to === 5.5")
    assert browser.complaints() == []


def test_markup_in_any_text_from_outside_stays_text_on_every_page(browser, tmp_path):
    hostile = msgspec.convert(poisoned(msgspec.to_builtins(samples.results(seconds=6))), LoadTestResults)
    store = HistoryStore(tmp_path / "history.sqlite3")
    for _ in range(2):
        store.add(stored_run(hostile, None, revision=OUTSIDE, machine=OUTSIDE))
    store.close()
    arguments = ["--path", str(tmp_path / "history.sqlite3"), "--out", str(tmp_path / "pages")]
    assert main(["dashboard", *arguments]) == 0
    pages = sorted((tmp_path / "pages").glob("*.html"))
    assert len(pages) == 5
    for page in pages:
        browser.open(page.as_uri())
        assert OUTSIDE in browser.run("return document.body.textContent")
        assert (
            browser.run("return [...document.scripts].filter(it => it.text.startsWith('alert')).length") == 0
        )
        assert browser.run("return document.querySelectorAll('[onload]').length") == 0
        assert browser.complaints() == []
        assert {address.partition(":")[0] for address in browser.requests()} <= {"file", "data"}


@pytest.mark.parametrize("name", ["index", "compare", "scenario-script-window-intruder-1-script-1"])
def test_nobody_is_kept_out(browser, site, name):
    browser.open((site / f"{name}.html").as_uri())
    assert browser.run("return window.intruder") is None
    assert browser.violations() == []
    browser.darken(dark=True)
    assert browser.violations(colours_only=True) == []
    assert browser.complaints() == []
    browser.open((site / f"{name}.html").as_uri(), width=390)
    assert browser.run("return document.documentElement.scrollWidth") <= 390
