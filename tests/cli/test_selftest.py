"""The generator's selftest: its figures from a short run, its table, and the noise floor it keeps."""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import replace

import pytest

from pytest_rustide_load.__main__ import main
from pytest_rustide_load.cli import generator_figures, selftest
from pytest_rustide_load.cli.generator_figures import STALL_MS, Figures, measure_generator
from pytest_rustide_load.cli.noise_floor import load_noise_floor, noise_floor_path, store_noise_floor
from pytest_rustide_load.engine import new_event_loop
from pytest_rustide_load.errors import BackendError
from pytest_rustide_load.monitor import host_fingerprint

FIGURES = Figures(
    round_trips_per_s=50_000,
    pipe_p50_ns=60_000,
    added_p50_200_ns=100_000,
    added_p99_200_ns=400_000,
    added_p50_2000_ns=80_000,
    added_p99_2000_ns=300_000,
    lag_p50_1000_ns=200_000,
    lag_p99_1000_ns=900_000,
    users_lag_p99_ns=2_000_000,
    users_cpu_ratio=0.4,
    user_bytes=17_000,
    cpu_per_operation_ns=130_000,
    stalled_p95_ns=85_000_000,
    truth_error_ratio=0.5,
    bare_truth_error_ratio=0.3,
    vanished=0,
    monitor_cpu_ratio=0.006,
)


def measure(seconds):
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(measure_generator(seconds, lambda _: None))


@pytest.mark.alone
def test_a_short_measurement_loses_nothing_and_sees_the_stall():
    figures = measure(0.3)
    assert figures.vanished == 0
    # Of timings only what a busy machine cannot spoil.
    assert figures.stalled_p95_ns > STALL_MS * 0.3 * 1e6
    assert figures.round_trips_per_s > 5_000
    assert figures.user_bytes < 60_000
    assert 0 < figures.added_p50_200_ns < 20e6
    assert 0 < figures.users_cpu_ratio < 2
    assert figures.truth_error_ratio > 0
    assert figures.bare_truth_error_ratio > 0
    assert 0 < figures.monitor_cpu_ratio < 0.2


def test_a_null_server_that_ends_is_an_error_and_no_endless_wait(monkeypatch, tmp_path):
    server = tmp_path / "server.py"
    server.write_text("import os\nos.read(0, 100)\n")
    monkeypatch.setattr(generator_figures, "_SERVER", server)
    with pytest.raises(BackendError, match="the null server ended"):
        measure(0.3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("round_trips_per_s", 39_999),
        ("added_p50_200_ns", 151_000),
        ("added_p99_2000_ns", 1_001_000),
        ("lag_p99_1000_ns", 2_600_000),
        ("users_lag_p99_ns", 11_000_000),
        ("users_cpu_ratio", 0.81),
        ("user_bytes", 61_000),
        ("stalled_p95_ns", 1_000_000),
        ("truth_error_ratio", 1.1),
        ("vanished", 1),
    ],
)
def test_every_figure_beyond_its_limit_fails_alone(name, value):
    assert all(check.passed for check in selftest.checks_of(FIGURES))
    failed = [check for check in selftest.checks_of(replace(FIGURES, **{name: value})) if not check.passed]
    assert len(failed) == 1
    assert selftest.render(failed).endswith("FAIL")


def test_the_table_fits_a_narrow_terminal_and_says_what_is_only_told():
    lines = selftest.render(selftest.checks_of(FIGURES)).splitlines()
    assert max(map(len, lines)) < 80
    assert sum(line.endswith("PASS") for line in lines) == len(lines) - 2
    assert any(line.startswith("(bare pipe") and line.endswith("µs") for line in lines)


def test_the_command_prints_writes_and_keeps_what_it_found(monkeypatch, tmp_path, capsys):
    async def figures(_seconds, _on_step):
        return FIGURES

    monkeypatch.setattr(selftest, "measure_generator", figures)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert main(["selftest", "--json", str(tmp_path / "out.json"), "--store"]) == 0
    assert "round trips" in capsys.readouterr().out
    document = json.loads((tmp_path / "out.json").read_text())
    assert document["schema_version"] == selftest.SCHEMA_VERSION
    assert all(check["passed"] for check in document["checks"])
    kept = load_noise_floor(noise_floor_path(), host_fingerprint())
    assert kept["added_p50_200_ns"] == 100_000


def test_a_failed_limit_is_exit_status_one(monkeypatch):
    async def figures(_seconds, _on_step):
        return replace(FIGURES, vanished=3)

    monkeypatch.setattr(selftest, "measure_generator", figures)
    assert selftest.run(argparse.Namespace(seconds=1.0, json=None, store=False)) == 1


@pytest.mark.parametrize("arguments", [["--seconds", "0"], ["--seconds", "nan"]])
def test_nonsense_is_refused_before_anything_is_measured(arguments, capsys):
    assert main(["selftest", *arguments]) == 1
    assert "--seconds" in capsys.readouterr().err


def test_the_noise_floor_of_another_machine_or_of_nobody_is_none(tmp_path):
    path = tmp_path / "a" / "selftest.json"
    machine = {"cpu": "x", "python": "3.11"}
    assert load_noise_floor(path, machine) is None
    store_noise_floor({"machine": machine, "figures": {"pipe_p50_ns": 5}}, path)
    assert load_noise_floor(path, machine) == {"pipe_p50_ns": 5.0}
    assert load_noise_floor(path, {**machine, "python": "3.12"}) is None
    for text in ("", "[]", '{"machine": {}}', '{"machine": {"cpu": "x", "python": "3.11"}, "figures": [1]}'):
        path.write_text(text)
        assert load_noise_floor(path, machine) is None
    assert [left.name for left in path.parent.iterdir()] == ["selftest.json"]


def test_a_relative_cache_directory_is_passed_over():
    assert noise_floor_path({"XDG_CACHE_HOME": "relative"}).is_absolute()
    assert str(noise_floor_path({"XDG_CACHE_HOME": "/c"})) == "/c/pytest-rustide-load/selftest.json"
