"""The command that lists, shows, exports and forgets runs; and that load tests keep theirs."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from pytest_rustide_load.__main__ import main
from pytest_rustide_load.history import HistoryStore
from pytest_rustide_load.report import encode_results
from tests.history.test_store import RUN
from tests.report.test_text import GENERATOR, _results


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "history.sqlite3"
    history = HistoryStore(file)
    for number in range(3):
        scenario = "large-codebase" if number == 1 else "small-team"
        history.add(replace(RUN, scenario=scenario, results=encode_results([_results()])))
    history.close()
    return file


def test_runs_are_listed_a_line_each(path, capsys):
    assert main(["history", f"--path={path}", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["run", "when", "(UTC)", "scenario", "backend", "commit", "verdict"]
    assert "2 2026-01-02 03:04 large-codebase rust-analyzer 1.96.0 abc" in lines[2]
    assert len(lines) == 4
    assert all(len(line) <= 80 for line in lines)
    assert main(["history", f"--path={path}", "list", "--scenario=small-team", "--limit=1"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    for word in ("list", "trend"):
        assert main(["history", f"--path={path}", word, "--scenario=smal-team"]) == 0
        assert capsys.readouterr().out == "no runs of 'smal-team': did you mean 'small-team'?\n"


def test_why_no_run_counts_is_told(tmp_path, capsys, monkeypatch):
    reasons = ("it sent p95 99 ms late",)
    late = _results(generator=msgspec.structs.replace(GENERATOR, bottleneck_reasons=reasons))
    history = HistoryStore(tmp_path / "history.sqlite3")
    for results in (late, late, _results(ended="interrupted")):
        history.add(replace(RUN, scenario="small-team", results=encode_results([results])))
    history.close()
    told = "small-team: of 3 runs none counts: the load generator was the bottleneck (2), cut short (1)\n"
    assert main(["history", f"--path={tmp_path / 'history.sqlite3'}", "trend"]) == 0
    assert capsys.readouterr().out == told
    monkeypatch.chdir(tmp_path)
    assert main(["budgets", "suggest", f"--path={tmp_path / 'history.sqlite3'}"]) == 0
    assert capsys.readouterr().out.startswith(told)


def test_a_run_is_shown_as_it_was_reported(path, capsys):
    assert main(["history", f"--path={path}", "show", "1"]) == 0
    assert "hover" in capsys.readouterr().out


def test_everything_can_be_taken_out(path, capsys):
    assert main(["history", f"--path={path}", "export"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["run"], row["scenario"], row["p95_ms"]) for row in rows[:2]] == [
        ("1", "small-team", "3.0"),
        ("2", "large-codebase", "3.0"),
    ]
    assert main(["history", f"--path={path}", "export", "--format=json", "--scenario=small-team"]) == 0
    assert len(json.loads(capsys.readouterr().out)["results"]) == 2


def test_old_runs_are_forgotten(path, capsys):
    assert main(["history", f"--path={path}", "prune", "--keep=1"]) == 0
    assert capsys.readouterr().out == "1 run forgotten\n"


def test_runs_from_elsewhere_are_taken_in_once(path, tmp_path, capsys):
    assert main(["history", f"--path={path}", "export", "--format=json", "--scenario=large-codebase"]) == 0
    exported = tmp_path / "runs.json"
    exported.write_text(capsys.readouterr().out)
    fresh = tmp_path / "new" / "history.sqlite3"
    # The same run in two files is one.
    assert main(["history", f"--path={fresh}", "import", str(exported), str(exported)]) == 0
    assert capsys.readouterr().out == "1 run imported, 1 was there already\n"
    assert main(["history", f"--path={fresh}", "import", str(exported)]) == 0
    assert capsys.readouterr().out == "0 runs imported, 1 was there already\n"
    assert main(["history", f"--path={fresh}", "export", "--format=json"]) == 0
    assert capsys.readouterr().out == exported.read_text()
    (tmp_path / "bad.json").write_text("{}")
    assert main(["history", f"--path={fresh}", "import", str(exported), str(tmp_path / "bad.json")]) == 1
    assert "bad.json: not a results file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--path=missing.sqlite3", "list"], "there is no history at missing.sqlite3"),
        (["show", "9"], "has no run 9"),
    ],
)
def test_mistakes_are_told_in_a_line(path, capsys, arguments, told):
    given = arguments if arguments[0].startswith("--path") else [f"--path={path}", *arguments]
    assert main(["history", *given]) == 1
    error = capsys.readouterr().err
    assert told in error
    assert len(error.splitlines()) == 1


SCENARIO = """
description: d
warm_up: 0s
duration: 1s
codebase: {loc: 800, crates: 1}
operations: {hover: 9/s}
"""


@pytest.mark.parametrize("mode", ["", "-n2"])
def test_load_tests_keep_their_runs(pytester, mode):
    for name in ("one", "two"):
        (pytester.path / f"{name}.scenario.yaml").write_text(SCENARIO)
    (pytester.path / "budgets.yaml").write_text("defaults: {min_goodput_ratio: 50%}\n")
    arguments = ["--ide-backend=embedded", "-p", "no:cacheprovider", *([mode] if mode else [])]
    pytester.runpytest_subprocess(*arguments).assert_outcomes(passed=2)
    history = HistoryStore(pytester.path / ".rustide-load" / "history.sqlite3")
    assert sorted(run.scenario for run in history.runs()) == ["one", "two"]
    run = history.run(1)
    assert (run.backend, run.ended, run.operations["hover"].planned) == ("embedded", "complete", 9)
    assert sum(found.count for found in run.seconds.values()) == run.operations["hover"].ok
    assert (pytester.path / ".rustide-load" / ".gitignore").read_text() == "*\n"


def test_nothing_is_kept_where_that_is_asked_for_and_a_bad_file_is_told(pytester):
    (pytester.path / "one.scenario.yaml").write_text(SCENARIO)
    (pytester.path / "theirs.db").write_text("long enough to be no database" * 9)
    sentence = "*theirs.db is no history: name another file with --load-history*"
    named = ("--ide-backend=embedded", "--load-history=theirs.db")
    for chosen in (("--load-scenario=cold-start",), ()):
        bad = pytester.runpytest_subprocess(*named, *chosen)
        assert bad.ret == 4
        bad.stderr.fnmatch_lines([sentence])
    pytester.runpytest_subprocess("--ide-backend=embedded", "--load-history=off")
    assert not (pytester.path / ".rustide-load").exists()
