"""A user's own Cargo project on a real rust-analyzer: most places have an answer, and no file is touched."""

from __future__ import annotations

import os
import re
import sys

import pytest

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.workspaces import materialise

pytestmark = pytest.mark.real_backend

# pytester gives its runs another home, where rustup's cargo finds no toolchain.
HOME = os.environ.get("HOME", "")
# No figure of this project's own machine may decide here.
NO_LIMITS = "scenarios:\n  individual-developer:\n    min_goodput_ratio: 0.5\n"


def test_on_an_own_project_nearly_every_place_has_an_answer(pytester, monkeypatch):
    monkeypatch.setenv("HOME", HOME)
    own = pytester.mkdir("own")
    materialise(generate_codebase(CodebaseSpec(seed=5, loc=1_500, crates=2)), own)
    before = {path: path.read_bytes() for path in own.rglob("*") if path.is_file()}
    pytester.path.joinpath("budgets.yaml").write_text(NO_LIMITS)
    result = pytester.run(
        *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--ide-backend=rust-analyzer"),
        *(
            "--load-scenario=individual-developer",
            "--load-codebase=own",
            "--load-profile=smoke",
            "--load-duration=5s",
        ),
        timeout=180,
    )
    text = result.stdout.str()
    assert "your own: no answer is known, so few are checked" in text
    goodput = {
        operation: float(percent)
        for operation, percent in re.findall(r"^(definition|hover|references) .*? ([0-9.]+)%", text, re.M)
    }
    assert len(goodput) == 3, text
    assert min(goodput.values()) > 90, text
    assert {path: path.read_bytes() for path in own.rglob("*") if path.is_file()} == before
