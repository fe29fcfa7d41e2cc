"""Generated codebases before the compiler and rust-analyzer's own analysis."""

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
MAX_UNKNOWN_PCT = 1


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
        timeout=300,
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
def test_a_large_codebase_compiles(tmp_path: Path, target_directory: Path) -> None:
    cargo_check(CodebaseSpec(seed=1, profile="large"), tmp_path, target_directory)


@pytest.mark.real_backend
def test_rust_analyzer_knows_the_type_of_nearly_everything(tmp_path: Path) -> None:
    server, std = find_rust_analyzer(os.environ), find_std_sources(os.environ)
    assert server.path is not None
    if std is None:
        pytest.skip("needs the sources of the standard library")
    materialise(generate_codebase(CodebaseSpec(seed=1, profile="small-project")), tmp_path / "w")
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
    unknown = {
        what: int(percent) for what, percent in re.findall(r"(exprs|pats): \d+, \?ty: \d+ \((\d+)%\)", said)
    }
    assert set(unknown) == {"exprs", "pats"}, said[-3000:]
    assert max(unknown.values()) <= MAX_UNKNOWN_PCT
