"""What a backend said of itself, in results and in words."""

from __future__ import annotations

from pytest_rustide_load.report.endpoints import build_endpoints, disagreements, render_endpoints
from pytest_rustide_load.stats.agreement import Agreement
from pytest_rustide_load.stats.observed import Scrape

S = 1_000_000_000
URL = "http://127.0.0.1:8080"
SCRAPES = [
    Scrape(9 * S, True, {"rss_mb": 80.0, "only_once": 1.0}),
    Scrape(10 * S, False, {"rss_mb": 90.0}),
    Scrape(11 * S, None, {}, ("/api/health: timed out",)),
]
AGREEMENT = [
    Agreement("rss_mb", "bytes", 85e6, 84e6, 2, True),
    Agreement("cpu_percent", "ratio", 0.5, 0.25, 2, False),
]


def test_figures_are_columns_over_the_moments_of_the_measured_time():
    report = build_endpoints(URL, SCRAPES, AGREEMENT, 10 * S)
    assert (report.scrapes, report.answered, report.healthy_ratio) == (3, 2, 0.5)
    assert report.at_s == (-1, 0, 1)
    assert report.values == {"rss_mb": (80, 90, None), "only_once": (1, None, None)}
    rss, cpu = report.agreement
    assert (rss.unit, rss.reported, rss.measured) == ("MB", 85, 84)
    assert (cpu.unit, cpu.reported, cpu.measured) == ("percent", 50, 25)


def test_a_flood_of_figures_is_cut_and_said_to_be():
    report = build_endpoints(URL, [Scrape(0, True, {f"v{n:03}": 1.0 for n in range(130)})], [], 0)
    assert (len(report.values), report.left_out) == (100, 30)


def test_it_is_told_in_a_line_and_what_disagrees_in_one_each():
    report = build_endpoints(URL, SCRAPES, AGREEMENT, 10 * S)
    assert " ".join(" ".join(render_endpoints(report, 80)).split()) == (
        "endpoints: http://127.0.0.1:8080: 2 of 3 looks answered, healthy in 50% of the looks, "
        "1 of 2 figures agree with what was measured"
    )
    assert disagreements(report) == [
        "the backend says cpu_percent 50% of a core, measured 25% of a core",
        "endpoints: /api/health: timed out",
    ]
    silent = build_endpoints(URL, [Scrape(0, None, {"x": 1.0})], [], 0)
    assert "no figure that could be held against" in " ".join(render_endpoints(silent, 200))
    assert render_endpoints(None, 80) == disagreements(None) == []
