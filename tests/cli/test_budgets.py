"""The command that suggests budgets from the history and checks those that stand."""

from __future__ import annotations

import os
import random
from dataclasses import replace

import msgspec
import pytest
import yaml

from pytest_rustide_load.__main__ import main
from pytest_rustide_load.history import HistoryStore, stored_run
from tests.report.test_results import _results

BUDGETS = """\
# What has to be kept.
defaults:
  error_ratio: 5%
scenarios:
  {name}:
    completion:
      p95_ms: 10s  # far off
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A directory with a history of twelve runs that scatter by two percent, and a budgets.yaml."""
    monkeypatch.chdir(tmp_path)
    first, numbers = _results(), random.Random(3)
    history = HistoryStore(tmp_path / ".rustide-load" / "history.sqlite3")
    for number in range(12):
        operations = {}
        for name, one in first.operations.items():
            times = {
                key: value * factor
                for factor in [numbers.gauss(1, 0.02)]
                for key in ("p50", "p90", "p95", "p99")
                if (value := getattr(one.response_time, key)) is not None
            }
            spread = msgspec.structs.replace(one.response_time, count=400, lower_bounds=(), **times)
            operations[name] = msgspec.structs.replace(one, response_time=spread)
        run = msgspec.structs.replace(first, operations=operations)
        history.add(
            replace(stored_run(run, None, revision="", machine=""), started_at=f"2026-01-{number + 1:02}")
        )
    history.close()
    (tmp_path / "budgets.yaml").write_text(BUDGETS.replace("{name}", first.scenario_name))
    return tmp_path, first.scenario_name


def test_what_would_change_is_shown_and_nothing_is_changed(project, capsys):
    path, name = project
    before = (path / "budgets.yaml").read_text()
    assert main(["budgets", "suggest"]) == 0
    out = capsys.readouterr().out
    assert f"{name}: " in out
    assert "12 comparable runs" in out
    assert "SLACK" in out
    assert "-      p95_ms: 10s  # far off" in out
    assert "+      p95_ms: {target: " in out
    assert out.endswith("nothing was changed: --write does\n")
    assert all(len(line) <= 80 for line in out.splitlines() if line[:1] not in "+-")
    assert (path / "budgets.yaml").read_text() == before


def test_written_limits_pass_the_check_and_comments_stay(project, capsys):
    path, name = project
    assert main(["budgets", "suggest", "--check"]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert f"budgets.yaml:7: {name}: completion p95 10 s is slack" in out
    assert main(["budgets", "suggest", "--write"]) == 0
    text = (path / "budgets.yaml").read_text()
    assert text.startswith("# What has to be kept.\ndefaults:\n  error_ratio: 5%\n")
    assert "  # far off\n" in text
    assert set(yaml.safe_load(text)["scenarios"][name]["completion"]["p95_ms"]) == {
        "target",
        "warning",
        "violation",
    }
    capsys.readouterr()
    main(["budgets", "suggest", "--check"])
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("budgets.yaml:")]
    assert not any("completion p95" in line for line in told)


def test_a_cell_of_a_matrix_is_held_against_the_limits_of_its_family(project, capsys):
    path, name = project
    cell = f"{name}[spike, 1GB]"
    history = HistoryStore(path / ".rustide-load" / "history.sqlite3")
    for one in history.runs():
        run = msgspec.structs.replace(history.results(one.number), scenario_name=cell)
        history.add(replace(stored_run(run, None, revision="", machine=""), started_at=one.started_at))
    history.close()
    assert main(["budgets", "suggest", "--check", f"--scenario={cell}"]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert f"budgets.yaml:7: {cell}: completion p95 10 s is slack" in out
    # That of all cells stays as it is.
    assert main(["budgets", "suggest", "--write", f"--scenario={cell}"]) == 0
    found = yaml.safe_load((path / "budgets.yaml").read_text())["scenarios"]
    assert found[name] == {"completion": {"p95_ms": "10s"}}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--path=missing.sqlite3"], "there is no history at missing.sqlite3"),
        (["--scenario=individual-develper"], "has no runs of 'individual-develper'"),
        (["--budgets=missing.yaml"], "missing.yaml: cannot be read"),
    ],
)
def test_mistakes_are_told_in_a_line(project, capsys, arguments, told):
    assert main(["budgets", "suggest", *arguments]) == 1
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error


def test_a_file_that_cannot_be_written_is_told_and_stays(project, capsys):
    path, _ = project
    # What is written first stands in its own way.
    (path / f".budgets.yaml.{os.getpid()}.tmp").mkdir()
    before = (path / "budgets.yaml").read_text()
    assert main(["budgets", "suggest", "--write"]) == 1
    assert "error: budgets.yaml: cannot be written: " in capsys.readouterr().err
    assert (path / "budgets.yaml").read_text() == before


def test_too_few_runs_suggest_nothing_and_check_nothing(project, capsys):
    assert main(["history", "prune", "--keep=3"]) == 0
    assert main(["budgets", "suggest"]) == 0
    assert "fewer than 5 comparable runs" in capsys.readouterr().out
    assert main(["budgets", "suggest", "--check"]) == 1
    assert "nothing could be checked" in capsys.readouterr().out
