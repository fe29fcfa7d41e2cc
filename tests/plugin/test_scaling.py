"""A scaling experiment as people run it."""

from __future__ import annotations

import json
import os
import re
import shlex
import sqlite3

import pytest

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.plugin.repeat import RepeatedRequest, find_place, parse_request

SCENARIO = """
extends: vertical-scaling
description: a short look
warm_up: 0.2s
duration: 1s
codebase: {loc: 1000}
operations: {completion: null, references: null}
"""


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="generator and server need a core each")
def test_levels_are_run_and_what_cannot_be_is_told(pytester, run_pytest):
    pytester.makefile(".scenario.yaml", short=SCENARIO)
    pytester.makefile(".yaml", budgets="scenarios: {}")
    result = run_pytest(
        "short.scenario.yaml",
        "--ide-backend=embedded",
        "--load-scale=users=1,2;memory=99000GB,100000GB;storage=ram,/not/there",
        "--load-repetitions=1",
        "--load-json=out.json",
        timeout=300,
    )
    text = result.stdout.str()
    assert re.search(r"scaling with users \(generator on core \d+, server on cores? [\d,]+\):", text)
    assert re.search(r"not run: memory 99000GB: this machine has", text)
    assert "I/O bottleneck:" in text
    (found,) = json.loads((pytester.path / "out.json").read_text())["results"]
    users, memory, storage = found["scaling"]["variables"]
    assert [level["name"] for level in users["levels"]] == ["1", "2"]
    # A run that a busy machine made void is told so, and counted out.
    for level in users["levels"]:
        assert level["runs"] == 1 or "do not count" in level["note"]
    assert memory["levels"] == []
    assert [one["name"] for one in memory["not_run"]] == ["99000GB", "100000GB"]
    # What lies where is looked up; a directory in memory is one.
    [in_memory] = storage["levels"]
    assert in_memory["name"] == "ram"
    assert "RAM disk (tmpfs" in in_memory["note"]
    assert [one["why"] for one in storage["not_run"]] == ["there is no such directory"]
    # The experiment is one run of the history, with all that was found.
    with sqlite3.connect(pytester.path / ".rustide-load/history.sqlite3") as history:
        rows = history.execute("select results from run").fetchall()
    assert len(rows) == 1
    assert b'"scaling"' in (rows[0][0] if isinstance(rows[0][0], bytes) else rows[0][0].encode())


def test_mistakes_are_told_before_anything_starts(run_pytest):
    result = run_pytest(
        "--load-scenario=vertical-scaling",
        "--load-scale=users=1,2;coers=1",
        "--load-users=3",
        "--load-ramp=1..4",
    )
    assert result.ret == 4
    text = result.stderr.str()
    assert "--load-scale: unknown variable 'coers'" in text
    assert "--load-scale: users are varied: leave --load-users out" in text
    assert "--load-scale: it does not go together with --load-ramp" in text


def test_what_is_varied_is_part_of_the_explanation(run_pytest):
    result = run_pytest("--load-show=vertical-scaling")
    result.stdout.re_match_lines_random([r"  scale users +1, 2, 4", r"  scale loc +5000, 10000"])


def test_the_slowest_requests_are_named_with_a_command_that_repeats_just_that(pytester, run_pytest):
    pytester.makefile(".scenario.yaml", short=f"{SCENARIO}scale: null\n")
    pytester.makefile(".yaml", budgets="scenarios: {}")
    result = run_pytest(
        "short.scenario.yaml", "--ide-backend=embedded", "--load-diagnose", "--load-json=out.json"
    )
    (found,) = json.loads((pytester.path / "out.json").read_text())["results"]
    (bottleneck,) = found["bottlenecks"]
    assert bottleneck["evidence"]
    result.stdout.re_match_lines_random([f"bottleneck: {bottleneck['kind']}.*"])
    slowest = found["slowest"]
    assert len(slowest) == 5
    assert [one["latency_ms"] for one in slowest] == sorted(
        (one["latency_ms"] for one in slowest), reverse=True
    )
    one = next(one for one in slowest if one["line"])
    # However its line is broken.
    told = " ".join(result.stdout.str().split())
    assert f"{one['path']}:{one['line']}:{one['column']}, version {one['version']}" in told
    # The command as it is printed, in this directory.
    words = shlex.split(one["repeat_command"])
    assert words[0] == "pytest"
    again = run_pytest(*words[1:])
    again.assert_outcomes(skipped=1)
    again.stdout.re_match_lines_random(
        ["=+ repeated requests =+", rf"short: {one['operation']} .*: first .* at the median .*; 20 answered"]
    )


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ("hovr:src/lib.rs:1:1", "unknown operation 'hovr': did you mean 'hover'"),
        ("hover:src/lib.rs", "hover is asked about a place: give PATH:LINE:COLUMN"),
        ("hover:src/lib.rs:0:1", "is not PATH or PATH:LINE:COLUMN, counted from 1"),
        ("document_symbols:", "names no file"),
        ("completion_resolve:src/lib.rs:1:1", "cannot be asked alone"),
    ],
)
def test_a_request_that_cannot_be_repeated_is_told(request_, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        parse_request(request_)


def test_a_place_that_is_not_there_is_told():
    codebase = generate_codebase(CodebaseSpec(seed=1, loc=1_000))
    path = codebase.rust_paths[0]
    with pytest.raises(
        ConfigError, match=f"there is no file '{path}x' in the codebase: did you mean '{path}'"
    ):
        find_place(codebase, RepeatedRequest("hover", f"{path}x", 1, 1))
    with pytest.raises(ConfigError, match="has no line 99999 with a column 1"):
        find_place(codebase, RepeatedRequest("hover", path, 99_999, 1))
    text, place = find_place(codebase, RepeatedRequest("hover", path, 2, 1))
    assert (text, place) == (codebase.text(path), (1, 0))
