"""The `codebase` command: what it writes, what it refuses to overwrite, and what it reports."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pytest_rustide_load.__main__ import main
from pytest_rustide_load.cli import codebase as command
from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.codebase.spec import PROFILES
from pytest_rustide_load.codebase.statistics import STATISTICS

LOC = "600"


def texts(directory):
    return {
        path.relative_to(directory).as_posix(): path.read_bytes().decode()
        for path in directory.rglob("*")
        if path.is_file() and path.name != command.MARKER
    }


def test_the_tree_of_a_spec_is_written_and_written_again(tmp_path, capsys):
    out = tmp_path / "new/tree"
    assert main(["codebase", "--loc", LOC, "--seed", "7", "--out", str(out)]) == 0
    codebase = generate_codebase(CodebaseSpec(seed=7, loc=int(LOC)))
    assert texts(out) == {path: codebase.text(path) for path in codebase.paths}
    assert f"{len(codebase.paths)} files, {codebase.loc:,} lines" in capsys.readouterr().out
    marker = json.loads((out / command.MARKER).read_text())
    assert marker["spec"]["seed"] == 7
    assert marker["content_hash"] == codebase.content_hash

    (out / "target").mkdir()
    (out / "target/kept").write_text("built")
    assert main(["codebase", "--loc", LOC, "--seed", "8", "--out", str(out)]) == 0
    other = generate_codebase(CodebaseSpec(seed=8, loc=int(LOC)))
    assert texts(out) == {path: other.text(path) for path in other.paths} | {"target/kept": "built"}


@pytest.mark.parametrize(
    "marker",
    [
        None,
        "{",
        "[]",
        "{}",
        '{"written_by": "someone", "files": []}',
        '{"written_by": "pytest-rustide-load"}',
    ],
)
def test_a_directory_of_someone_else_is_left_alone(tmp_path, capsys, marker):
    (tmp_path / "mine.txt").write_text("precious")
    if marker is not None:
        (tmp_path / command.MARKER).write_text(marker)
    before = texts(tmp_path)
    assert main(["codebase", "--loc", LOC, "--out", str(tmp_path)]) == 1
    assert texts(tmp_path) == before
    assert "was not written by this command" in capsys.readouterr().err


def test_a_marker_cannot_name_files_outside_its_directory(tmp_path):
    precious = tmp_path / "precious.txt"
    precious.write_text("x")
    out = tmp_path / "out"
    out.mkdir()
    files = ["../precious.txt", str(precious), "a/../../precious.txt"]
    (out / command.MARKER).write_text(json.dumps({"written_by": "pytest-rustide-load", "files": files}))
    assert main(["codebase", "--loc", LOC, "--out", str(out)]) == 0
    assert precious.exists()


def test_a_file_in_place_of_the_directory_is_an_error(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["codebase", "--loc", LOC, "--out", str(tmp_path / "file")]) == 1
    assert "is not a directory" in capsys.readouterr().err


def test_the_report_names_every_statistic_in_eighty_columns(capsys):
    assert main(["codebase", "--loc", LOC, "--report"]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    rows = [line for line in out.splitlines() if line[:26].strip().replace(" ", "_") in STATISTICS]
    assert len(rows) == len(STATISTICS)
    outside = sum(row.endswith("OUT") for row in rows)
    assert f"{outside} are OUT of it" in out
    assert outside > 1


def test_an_existing_project_is_checked_without_its_built_files(tmp_path, capsys):
    (tmp_path / "src").mkdir()
    (tmp_path / "target/debug").mkdir(parents=True)
    (tmp_path / "Cargo.toml").write_text("[package]\n")
    (tmp_path / "src/lib.rs").write_text("pub fn one() {}\n" * 3)
    (tmp_path / "src/latin.rs").write_bytes(b"// \xe4\n")
    (tmp_path / "target/debug/gen.rs").write_text("fn x() {}\n")
    assert main(["codebase", "--check", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("1 Rust file, 3 lines")
    assert "fn per kloc                 1000.00" in out
    assert "Not counted: 1 file," in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to do"),
        (["--check", ".", "--loc", "500", "--out", "x"], "--out: does not go with --check"),
        (["--check", "missing"], "missing: is not a directory"),
        (["--loc", "3", "--report"], "loc=3"),
        (
            ["--profile", "enterprize", "--report"],
            "--profile: unknown profile 'enterprize': did you mean 'enter",
        ),
        (["--profile", "x", "--report"], "known: custom, enterprise, large, small-project"),
    ],
)
def test_wrong_usage_is_told(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert main(["codebase", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_the_help_names_every_profile_in_eighty_columns(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["codebase", "--help"])
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    # A long name may be broken at its hyphen.
    words = "".join(out.split())
    assert [name for name in PROFILES if name not in words] == []


def test_work_that_takes_long_is_shown(monkeypatch, capsys):
    monkeypatch.setattr(command, "_PATIENCE_S", 0.0)
    assert main(["codebase", "--loc", LOC, "--report"]) == 0
    assert "generating (0 s)" in capsys.readouterr().err


def test_the_documented_commands_and_the_example_of_the_oracle_run(tmp_path, capsys):
    docs = (Path(__file__).parents[2] / "docs/codebase.md").read_text(encoding="utf-8")
    commands = re.findall(r"^python -m pytest_rustide_load (codebase .*)$", docs, re.MULTILINE)
    assert len(commands) == 2
    for documented in commands:
        command_line = documented
        line = command_line.replace("/tmp/demo", str(tmp_path / "demo")).replace(
            "PATH", str(tmp_path / "demo")
        )
        assert main(line.split()) == 0
    assert capsys.readouterr().out.count("statistics lie within the range of real projects") == 2
    examples = re.findall(r"```python\n(from pytest_rustide_load.codebase import.*?)```", docs, re.DOTALL)
    assert len(examples) == 1
    exec(compile(examples[0], "docs/codebase.md", "exec"), {})
