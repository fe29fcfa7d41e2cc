"""Generated codebases before the compiler and rust-analyzer's own analysis.

With RUSTIDE_LOAD_THOROUGH=1 in the environment those of a team's size are compiled for as many seeds as
the smallest, and `enterprise` once: some ten minutes instead of one.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from pytest_rustide_load.backends.discover import find_rust_analyzer, find_std_sources
from pytest_rustide_load.backends.launch import _link_std
from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.workspaces import materialise

SEEDS = range(1, 21)
THOROUGH = os.environ.get("RUSTIDE_LOAD_THOROUGH") == "1"
TEAM_SIZED = ("team", "wide-refactor")
LARGE = ("large", "enterprise") if THOROUGH else ("large",)
MAX_UNKNOWN_RATIO = 0.01


@pytest.fixture(scope="module")
def target_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all: cargo keeps codebases apart by their paths."""
    return tmp_path_factory.mktemp("target")


def cargo_check(spec: CodebaseSpec, root: Path, target: Path) -> None:
    materialise(generate_codebase(spec), root)
    lock = (root / "Cargo.lock").read_bytes()
    done = subprocess.run(
        ["cargo", "check", "--offline", "--locked", "--all-targets", "--quiet"],
        cwd=root,
        env={**os.environ, "CARGO_TARGET_DIR": str(target)},
        capture_output=True,
        text=True,
        timeout=1_200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (root / "Cargo.lock").read_bytes() == lock


@pytest.mark.needs_cargo
@pytest.mark.parametrize("seed", SEEDS)
def test_small_projects_compile_with_their_tests_and_examples(
    seed: int, tmp_path: Path, target_directory: Path
) -> None:
    cargo_check(CodebaseSpec(seed=seed, profile="small-project"), tmp_path, target_directory)


@pytest.mark.needs_cargo
@pytest.mark.parametrize("seed", SEEDS if THOROUGH else SEEDS[:1])
@pytest.mark.parametrize("profile", TEAM_SIZED)
def test_codebases_of_a_teams_size_compile(
    profile: str, seed: int, tmp_path: Path, target_directory: Path
) -> None:
    cargo_check(CodebaseSpec(seed=seed, profile=profile), tmp_path, target_directory)


@pytest.mark.needs_cargo
@pytest.mark.parametrize("profile", LARGE)
def test_a_large_codebase_compiles(profile: str, tmp_path: Path, target_directory: Path) -> None:
    cargo_check(CodebaseSpec(seed=1, profile=profile), tmp_path, target_directory)


@pytest.mark.real_backend
def test_rust_analyzer_knows_the_type_of_nearly_everything(tmp_path: Path) -> None:
    server, std = find_rust_analyzer(os.environ), find_std_sources(os.environ)
    assert server.path is not None
    if std is None:
        pytest.skip("needs the sources of the standard library")
    materialise(generate_codebase(CodebaseSpec(seed=1, profile="team")), tmp_path / "w")
    _link_std(std.path, tmp_path / "std")
    done = subprocess.run(
        [str(server.path), "analysis-stats", "--quiet", "."],
        cwd=tmp_path / "w",
        env={**os.environ, "RUST_SRC_PATH": str(tmp_path / "std"), "CARGO_NET_OFFLINE": "true"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    assert "panicked" not in said
    assert "panics: 0" in said, said[-3000:]
    # Types that are unknown (?ty) and those that are so in part (??ty).
    counts = re.findall(r"(exprs|pats): (\d+), \?\?ty: (\d+) \(\d+%\), \?ty: (\d+) ", said)
    assert [what for what, *_ in counts] == ["exprs", "pats"], said[-3000:]
    for _, known, partly, unknown in counts:
        assert int(known) > 1_000
        assert int(partly) + int(unknown) <= MAX_UNKNOWN_RATIO * int(known)
