"""The HTML report in a real Chromium: what is drawn is what was measured, and nothing leaves the machine."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pytest_rustide_load.pages import load_assets
from pytest_rustide_load.report import LoadTestResults
from pytest_rustide_load.report.html import render_report
from pytest_rustide_load.report.html.lines import Line, LineChart, line_chart, number_text
from pytest_rustide_load.report.html.page import page as page_of
from tests.report.html import samples
from tests.report.html.test_report import OUTSIDE, poisoned
from tests.report.test_scaling import report as scaling_report

OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true;"
# Charts come to life when they come near; a page as high as all of them has all.
ALL_LIVE = "return rustideLoadCharts().length === document.querySelectorAll('figure.lines').length"

# A chart is as wide as its place, also after the page has moved.
ALL_FIT = (
    "return [...document.querySelectorAll('figure.lines .plot')]"
    ".every(it => Math.abs(it.querySelector('.u-wrap').offsetWidth - it.clientWidth) <= 1)"
)


SCROLLING = "return [...document.querySelectorAll('.scroll')].some(it => it.scrollWidth > it.clientWidth + 1)"
STUCK = (
    "return [...document.querySelectorAll('body *')].filter(it => it.scrollWidth > it.clientWidth + 1"
    " && ['auto', 'scroll'].includes(getComputedStyle(it).overflowX) && it.tabIndex < 0"
    " && !it.matches('.plot')).map(it => it.outerHTML.slice(0, 200))"
)
FIGURE = (
    "const figure = [...document.querySelectorAll('figure.lines')].find("
    "it => it.querySelector('strong').textContent === arguments[0]);"
)
# How much of the ground is covered at each of the seconds of a minute, between lines.
VEILS = (
    FIGURE + "const over = figure.querySelector('.u-over');"
    "const context = figure.querySelector('canvas').getContext('2d');"
    "return arguments[1].map(at => Math.min(...[...context.getImageData("
    "over.offsetLeft + over.clientWidth * at / 60, over.offsetTop + over.clientHeight / 2, 1, 9)"
    ".data].filter((_, place) => place % 4 === 3)))"
)
# The pointer at that share of the width; and what the legend says of it.
POINT = (
    FIGURE + "const over = figure.querySelector('.u-over'), box = over.getBoundingClientRect();"
    "over.dispatchEvent(new MouseEvent('mousemove', {bubbles: true, view: window,"
    "clientX: box.left + box.width * arguments[1] + 4, clientY: box.top + 50}))"
)
TOLD = FIGURE + "return [...figure.querySelectorAll('.legend .value')].map(it => it.textContent)"
TEXTS = (
    FIGURE + "return rustideLoadCharts().find(it => it.title === arguments[0]).data.slice(1)"
    ".map(column => rustideLoadText(column[arguments[1]], figure.dataset.unit))"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_report(samples.session(), [samples.trends()], load_assets()), encoding="utf-8")
    return path


def enliven(browser) -> None:
    """Open everything and wait until every chart lives."""
    browser.run(OPEN_ALL)
    # Higher than the page will be with its charts: a scrollbar would come and go, and take width.
    height = browser.run("return document.documentElement.scrollHeight") + 5_000
    metrics = {"width": 1100, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    wait(browser, ALL_LIVE)
    wait(browser, ALL_FIT)


def wait(browser, script: str) -> None:
    from selenium.webdriver.support.wait import WebDriverWait

    WebDriverWait(browser.driver, 30, poll_frequency=0.05).until(lambda _: browser.run(script))


def rounded(values) -> list[float | None]:
    return [None if value is None else float(number_text(value)) for value in values]


def test_charts_and_tables_have_the_data_of_the_results(browser, page):
    browser.open(page.as_uri())
    enliven(browser)
    charts = {}
    for one in browser.run("return rustideLoadCharts()"):
        charts.setdefault(one["title"], one["data"])
    timeline = samples.results().timeline
    # Half a second of warm-up comes before the measured time.
    first = timeline.rows - 60
    latencies = charts["Latency, p95 by operation"]
    assert latencies[0] == [second + 0.5 for second in range(60)]
    for number, name in enumerate(samples.MEDIANS_MS, 1):
        assert latencies[number] == rounded(timeline.operations[name].p95_ms[first:])
    assert charts["Throughput"][1] == list(timeline.overall.planned[first:])
    assert charts["Throughput"][2] == list(timeline.overall.ok[first:])
    assert charts["Memory"][1] == rounded(timeline.backend.rss_peak_mb[first:])
    assert charts["hover"][3] == rounded(timeline.operations["hover"].p99_ms[first:])
    trend = next(one for one in samples.trends().series if one.name == "hover p95")
    assert charts["hover p95"][1] == rounded(trend.values)
    cells = browser.run(
        "const rows = [...document.querySelectorAll('figure.lines')].find(it => it.textContent.includes("
        "'Throughput')).querySelectorAll('tbody tr'); return [...rows].map(it => it.cells[1].textContent)"
    )
    assert [float(text) for text in cells] == list(timeline.overall.planned[first:])
    # What is marked has a band of its own in the living chart as well: an alert lasts from 30 to 37.2 s.
    veils = browser.run(VEILS, "Memory", [34, 44])
    assert veils[0] > veils[1] == 0
    # And the pointer is told the values below it.
    browser.run(POINT, "Throughput", 0.5)
    wait(browser, "return [...document.querySelectorAll('.legend .value')].some(it => it.textContent)")
    shown = browser.run(TOLD, "Throughput")
    assert shown == [f"at 30.5 s: {value}" for value in browser.run(TEXTS, "Throughput", 30)]
    assert len({*shown}) > 1


def test_commands_are_copied_as_they_stand(browser, page):
    browser.open(page.as_uri())
    browser.run(
        "Object.defineProperty(navigator, 'clipboard',"
        "{value: {writeText: (text) => { window.copied = text; return Promise.resolve(); }}});"
        "document.querySelector('.commands .command button').click()"
    )
    wait(browser, "return document.querySelector('.commands .command button').textContent === 'copied'")
    text = browser.run("return document.querySelector('.commands .command code').textContent")
    assert text == "pytest --load-scenario=individual-developer --load-baseline=main"
    assert browser.run("return window.copied") == text
    # Where a browser does not let it, the text is selected.
    browser.run(
        "navigator.clipboard.writeText = () => Promise.reject(new Error('no'));"
        "document.querySelector('.commands .command button').click()"
    )
    wait(browser, "return document.querySelector('.commands .command button').textContent === 'selected'")
    assert browser.run("return getSelection().toString()") == text


def test_a_long_run_and_a_steady_one_are_drawn_as_they_were(browser, tmp_path):
    """Each point has a time of its own, and the axis at least two figures, though all is the same."""
    xs = [second + 0.5 for second in range(130)]
    charts = [
        line_chart(
            LineChart(
                title=f"{value}",
                note="",
                unit="ms",
                xs=xs,
                x_end=130.4,
                lines=[Line("p95", [value] * 130)],
                is_log=True,
            )
        )
        for value in (3.0, 10.0, 0.07)
    ]
    path = tmp_path / "charts.html"
    path.write_text(page_of("charts", charts, load_assets()), encoding="utf-8")
    browser.open(path.as_uri())
    wait(browser, ALL_LIVE)
    for one in browser.run("return rustideLoadCharts()"):
        value = float(one["title"])
        assert one["data"] == [xs, [value] * 130]
        assert (one["from"], one["to"]) == (0, 130.4)
        assert len(one["ticks"]) >= 2
        assert one["ticks"][0] <= value <= one["ticks"][-1]
    assert browser.complaints() == []


def test_zooming_one_chart_zooms_those_of_the_same_run(browser, page):
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    browser.open(page.as_uri())
    enliven(browser)

    def ranges():
        found = browser.run("return rustideLoadCharts()")
        return {one["title"]: (one["from"], one["to"]) for one in reversed(found)}

    assert ranges()["Memory"] == (0, 60)
    over = browser.run(
        "return [...document.querySelectorAll('figure.lines')].find("
        "it => it.textContent.includes('Throughput')).querySelector('.u-over')"
    )
    width = over.size["width"]
    drag = ActionChains(browser.driver).move_to_element_with_offset(over, -width // 4, 0).click_and_hold()
    drag.move_by_offset(width // 2, 0).release().perform()
    wait(browser, "return rustideLoadCharts()[0].from > 10")
    found = ranges()
    assert found["Throughput"] == found["Memory"] == found["Latency, p95 by operation"] == found["hover"]
    low, high = found["Memory"]
    # A drag is of whole pixels, and the chart and the pointer each round for themselves.
    few_pixels_s = 4 * 60 / width
    assert (low, high) == (pytest.approx(15, abs=few_pixels_s), pytest.approx(45, abs=few_pixels_s))
    # The history has another axis.
    assert found["hover p95"] == (-0.5, 13.5)
    # And from the keyboard.
    buttons = browser.driver.find_elements(By.CSS_SELECTOR, ".run figure.lines [aria-label='Zoom in']")
    buttons[0].send_keys(Keys.ENTER)
    inner = ranges()["Memory"]
    assert inner[1] - inner[0] == pytest.approx((high - low) / 2)
    browser.driver.find_element(By.CSS_SELECTOR, ".run figure.lines [aria-label='Later']").send_keys(
        Keys.SPACE
    )
    assert ranges()["Memory"][0] > inner[0]
    browser.driver.find_element(By.CSS_SELECTOR, ".run [aria-label='Whole run']").send_keys(Keys.ENTER)
    assert ranges()["Memory"] == (0, 60)
    assert browser.complaints() == []


def test_nothing_is_asked_of_the_network_and_nothing_complains(browser, page):
    browser.open(page.as_uri())
    enliven(browser)
    asked = browser.requests()
    assert asked[0] == page.as_uri()
    assert {address.partition(":")[0] for address in asked} <= {"file", "data"}
    assert browser.complaints() == []
    # The policy is in force: a script that came in would not run.
    browser.run(
        "const it = document.createElement('script'); it.textContent = 'window.intruder = 1';"
        "document.body.append(it)"
    )
    assert browser.run("return window.intruder") is None
    assert any("Content Security Policy" in text for text in browser.complaints())


def test_markup_in_names_from_outside_is_shown_and_not_run(browser, tmp_path):
    results = msgspec.convert(poisoned(msgspec.to_builtins(samples.results(seconds=8))), LoadTestResults)
    page = tmp_path / "hostile.html"
    page.write_text(render_report(samples.session(results=(results,)), [], load_assets()), encoding="utf-8")
    browser.open(page.as_uri())
    enliven(browser)
    assert browser.complaints() == []
    assert browser.run("return document.scripts.length") == len(load_assets().scripts)
    assert OUTSIDE in browser.run("return document.body.innerText")
    titles = browser.run("return rustideLoadCharts().map(it => it.title)")
    assert f"hover {OUTSIDE}" in titles


@pytest.fixture(scope="module")
def short_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of everything a little: axe looks at each cell of each table."""
    path = tmp_path_factory.mktemp("report") / "short.html"
    results = msgspec.structs.replace(samples.results(seconds=6), scaling=scaling_report())
    session = samples.session(results=(results,))
    path.write_text(render_report(session, [samples.trends(4)], load_assets()), encoding="utf-8")
    return path


def test_nobody_is_kept_out(browser, short_page):
    browser.open(short_page.as_uri())
    enliven(browser)
    assert browser.violations() == []
    browser.darken(dark=True)
    assert browser.violations(colours_only=True) == []
    # Every chart has a name, also once it lives; every place that scrolls can be reached.
    unnamed = browser.run(
        "return [...document.querySelectorAll('figure')].filter("
        "it => !it.querySelector('[role=img]')?.ariaLabel).map(it => it.innerText)"
    )
    assert unnamed == []
    assert browser.run(STUCK) == []


def test_a_phone_shows_all_of_it_without_scrolling_sideways(browser, page):
    browser.open(page.as_uri(), width=390)
    browser.run(OPEN_ALL)
    assert browser.run("return document.documentElement.scrollWidth") <= 390
    # Who has a keyboard only sees what lies beyond the edge of a table as well.
    assert browser.run(SCROLLING)
    assert browser.run(STUCK) == []
    browser.run("document.querySelector('figure.lines').scrollIntoView({behavior: 'instant'})")
    wait(browser, "return rustideLoadCharts().length > 0")
    assert browser.run("return document.querySelector('.uplot').getBoundingClientRect().width") < 390


@pytest.fixture(scope="module")
def wide_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison with runs of before that are so few that an interval has no end."""
    found = samples.comparison()
    endless = [
        msgspec.structs.replace(one, low_ratio=-0.999, high_ratio=29_102_248.095) for one in found.series
    ]
    compared = msgspec.structs.replace(found, series=(*found.series, *endless), labels=("baseline", "now"))
    path = tmp_path_factory.mktemp("report") / "wide.html"
    session = samples.session(results=(samples.results(seconds=6),), comparisons=(compared,))
    path.write_text(render_report(session, [], load_assets()), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [1000, 390])
def test_no_interval_pushes_a_verdict_out_of_sight(browser, wide_page, width):
    browser.open(wide_page.as_uri(), width=width)
    for caption in ("Series compared", "Budgets, and how much of each is used up"):
        hidden, wider = browser.run(
            "const scroll = document.querySelector(`.scroll[aria-label='${arguments[0]}']`);"
            "const edge = scroll.getBoundingClientRect();"
            "return [[...scroll.querySelectorAll('.badge')].filter(it => {"
            "  const place = it.getBoundingClientRect();"
            "  return place.left < edge.left || place.right > edge.right"
            "}).map(it => it.textContent), scroll.scrollWidth - scroll.clientWidth]",
            caption,
        )
        assert hidden == []
        # Where there is room, nothing at all is out of sight.
        assert width < 1000 or wider <= 0
    text = browser.run("return document.querySelector('.comparison').innerText")
    assert "-100..>+9999%" in text
    # Who scrolls to the end of a row still sees whose it is.
    apart = browser.run(
        "const scroll = document.querySelector('.comparison .scroll'); scroll.scrollLeft = 9999;"
        "const name = scroll.querySelector('tbody th').getBoundingClientRect();"
        "return [scroll.scrollLeft, name.left - scroll.getBoundingClientRect().left]"
    )
    assert (apart[0] > 0) == (width < 1000)
    assert apart[1] == 0


def test_nothing_is_cut_off_on_paper(browser, page):
    # A4 between its margins.
    browser.open(page.as_uri(), width=718)
    browser.run("document.querySelector('figure.lines').scrollIntoView({behavior: 'instant'})")
    wait(browser, "return rustideLoadCharts().length > 0")
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert browser.run("return document.documentElement.scrollWidth") <= 718
        # What is drawn without a script is wider and sharper than a window's; there is nothing to press.
        seen = [
            browser.run("return document.querySelector(arguments[0]).checkVisibility()", each)
            for each in (".tools", ".command button", ".uplot", ".plot.live > svg")
        ]
        assert seen == [False, False, False, True]
        # Nobody clicks on paper: what lies behind a click is there.
        shown = browser.run(
            "return [...document.querySelectorAll('details .facts')].map(it => it.offsetHeight)"
        )
        assert len(shown) > 1
        assert min(shown) > 0
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
