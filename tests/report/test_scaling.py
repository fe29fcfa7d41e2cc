"""A scaling experiment as values and as text."""

from __future__ import annotations

import re

import msgspec
import numpy as np
import pytest

from pytest_rustide_load.pages import load_assets
from pytest_rustide_load.report.html import render_report
from pytest_rustide_load.report.html.scaling import scaling_section
from pytest_rustide_load.report.scaling import ScalingReport
from pytest_rustide_load.report.scaling_build import MeasuredLevel, build_scaling, build_variable, regression
from pytest_rustide_load.report.scaling_text import render_scaling_report
from pytest_rustide_load.stats.levels import LevelRun
from tests.report.html import samples


def runs(throughput, p95_ms, count=3, memory_mb=100.0, **fields):
    random = np.random.default_rng(round(throughput))
    return tuple(
        LevelRun(
            per_second=random.normal(throughput, throughput / 50, size=10),
            latencies_ms=random.normal(p95_ms, p95_ms / 50, size=200),
            rss_peak_mb=float(memory_mb * random.normal(1, 0.01)),
            cpu_percent=80.0,
            goodput_ratio=1.0,
            startup_s=1.5,
            storage_mb_per_s=0.1,
            **fields,
        )
        for _ in range(count)
    )


def report() -> ScalingReport:
    users = [1, 2, 4, 8, 16, 32]
    law = [100 * n / (1 + 0.05 * (n - 1) + 0.01 * n * (n - 1)) for n in users]
    by_users = build_variable(
        "users",
        [
            MeasuredLevel(str(n), n, runs(x, 5.0 * n), "lock or serialisation")
            for n, x in zip(users, law, strict=True)
        ],
        not_run={"64": "the embedded backend has had enough"},
        placed="generator on core 0, server on core 1",
    )
    by_memory = build_variable(
        "memory",
        [
            MeasuredLevel("512MB", 512e6, runs(50, 10), "memory", "RLIMIT_DATA"),
            MeasuredLevel("1GB", 1e9, runs(100, 5), "CPU"),
            MeasuredLevel("2GB", 2e9, runs(101, 5, void="the generator was the bottleneck"), ""),
        ],
        not_run={"64GB": "this machine has 25.3 GB"},
        placed="",
    )
    return build_scaling([by_users, by_memory], 3)


def test_every_line_fits_and_tells_what_was_found():
    text = list(render_scaling_report(report()))
    assert max(map(len, text)) <= 80
    whole = " ".join(" ".join(text).split())
    assert "scaling with users (generator on core 0, server on core 1):" in whole
    assert "not run: users 64: the embedded backend has had enough" in whole
    assert "not run: memory 64GB: this machine has 25.3 GB" in whole
    assert "law: σ 0.0" in whole
    assert "most throughput at 9." in whole
    assert "grows: linear" in whole
    assert "2GB: 3 of 3 runs do not count: the generator was the bottleneck" in whole
    assert "linear threshold: 2 users (at 4 users each brings" in whole
    assert "memory saturation: not reached (it still grows with the last step, to 1GB" in whole
    assert "I/O bottleneck: not reached (no level was held back by I/O; at most 100 KB/s" in whole


def test_two_levels_have_no_law_and_no_order_of_growth():
    two = build_variable(
        "users", [MeasuredLevel(str(n), n, runs(90 * n, 5)) for n in (1, 2)], not_run={}, placed=""
    )
    assert two.law is None
    assert two.why_no_law == "the Universal Scalability Law takes three levels of users"
    assert all(slope.order is None for slope in two.slopes)
    text = " ".join(render_scaling_report(build_scaling([two], 3)))
    assert "no law: the Universal Scalability Law takes three levels of users" in text
    assert "growth undetermined" in text


def test_cores_have_no_slope_and_one_level_no_line():
    cores = build_variable("cores", [MeasuredLevel("1", 1, runs(90, 5))], not_run={"2": "no"}, placed="")
    assert cores.slopes == ()
    assert regression("loc", "p95_ms", [(1000, 5), (1000, 6)]) is None


def test_the_report_has_it_once_as_charts_with_their_data_and_in_tables():
    bare = samples.results()
    whole = msgspec.structs.replace(bare, scaling=report())
    section = str(scaling_section(whole))
    assert "Scaling with users (generator on core 0, server on core 1)" in section
    assert "not run: memory 64GB: this machine has 25.3 GB" in section
    assert "linear threshold: 2 users" in section
    assert scaling_section(bare) is None
    page = render_report(samples.session(results=(whole,)), [], load_assets())
    assert page.count("linear threshold: 2 users") == page.count(">Scaling</h3>") == 1
    figures = [part.partition("</figure>")[0] for part in section.split("<figure")[1:]]
    titles = [re.search("<strong>(.*?)</strong>", figure)[1] for figure in figures]
    assert titles == [f"{what} with {of}" for of in ("users", "memory") for what in ("Throughput", "Latency")]
    for figure in figures:
        assert 'role="img" aria-label="' in figure
        assert figure.count("<circle") == figure.count('<th scope="row"') > 1
    # The law goes through what was measured, to within its residuals, and is named.
    rows = re.findall(r'row">(\d+)</th><td>(.*?)</td><td>.*?</td><td>.*?</td><td>(.*?)</td>', figures[0])
    assert [name for name, *_ in rows] == ["1", "2", "4", "8", "16", "32"]
    for _, measured, fitted in rows:
        assert float(fitted) == pytest.approx(float(measured), rel=0.05)
    assert "Universal Scalability Law" in figures[0]
    assert "most at 9." in figures[0]
    assert all("Universal" not in figure for figure in figures[1:])


def test_levels_that_are_no_numbers_stand_side_by_side_and_one_level_alone():
    places = build_variable(
        "storage",
        [MeasuredLevel(name, 0, runs(90, 5)) for name in ("disk", "/dev/shm")],
        not_run={},
        placed="",
    )
    one = build_variable("cores", [MeasuredLevel("1", 1, runs(90, 5))], not_run={}, placed="")
    made = build_scaling([places, one], 3)
    section = str(scaling_section(msgspec.structs.replace(samples.results(), scaling=made)))
    assert section.count("<circle") == 6
    assert ">/dev/shm</text>" in section
    assert 'class="line' not in section
    assert "nan" not in section


def test_it_survives_json():
    made = report()
    assert msgspec.json.decode(msgspec.json.encode(made), type=ScalingReport) == made
