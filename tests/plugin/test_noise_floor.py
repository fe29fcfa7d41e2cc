"""Results carry what the selftest found on this machine, where that was kept."""

from __future__ import annotations

import json

import pytest

from pytest_rustide_load.cli.noise_floor import noise_floor_path, store_noise_floor
from pytest_rustide_load.monitor import host_fingerprint
from pytest_rustide_load.report import noise_floor_of

FIGURES = {"added_p50_200_ns": 183_000, "added_p99_200_ns": 3_700_000, "lag_p99_1000_ns": 2_500_000}
LOAD_TEST = """
    def test_load(rust_codebase, ide_backend, run_scenario):
        backend = ide_backend(rust_codebase(seed=3, loc=1_000))
        run_scenario("individual-developer", backend=backend, duration_s=0.5, warm_up_s=0)
"""


@pytest.mark.parametrize("where", ["this machine", "another machine"])
def test_the_noise_floor_of_this_machine_is_in_the_summary_and_the_json(
    where, pytester, run_pytest, monkeypatch
):
    cache = pytester.path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    machine = host_fingerprint() | ({"cpu": "another"} if where == "another machine" else {})
    store_noise_floor(
        {"machine": machine, "figures": FIGURES}, noise_floor_path({"XDG_CACHE_HOME": str(cache)})
    )
    pytester.makefile(".yaml", budgets="defaults: {}\n")
    pytester.makepyfile(LOAD_TEST)
    result = run_pytest("--ide-backend=embedded", "--load-json=results.json")
    (run,) = json.loads((pytester.path / "results.json").read_text())["results"]
    line = "noise floor: the generator itself adds 183 µs at p50, 3.7 ms at p99"
    if where == "this machine":
        result.stdout.fnmatch_lines([line])
        assert run["noise_floor"] == {"added_p50_ms": 0.183, "added_p99_ms": 3.7, "send_lag_p99_ms": 2.5}
    else:
        assert run["noise_floor"] is None
        result.stdout.no_fnmatch_line("*noise floor*")


def test_figures_without_one_that_is_needed_are_no_noise_floor():
    assert noise_floor_of(None) is None
    for name in FIGURES:
        assert noise_floor_of({other: value for other, value in FIGURES.items() if other != name}) is None
