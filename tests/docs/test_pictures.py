"""The pictures of the documentation are taken by the command that docs/reports.md shows, of fewer runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT
from tests.docs.typed import PICTURES, TYPED

# Void times, of a machine that does other things, are no baseline.
pytestmark = pytest.mark.alone

FEWER = ("--sessions=baseline,last", "--runs=3", "--no-looks")
# What it takes more runs to tell.
MAY_LACK = {"change points"}
# With which everything.py ends where every try of a session is void.
TOO_BUSY = 75


def test_the_pictures_are_of_runs_that_happen(tmp_path: Path):
    if None in map(shutil.which, ("chromium", "chromedriver")):
        lacking = "needs chromium and chromedriver: apt-get install chromium chromium-driver"
        # In CI a missing program is a failure of the tests that need it, never a silent skip.
        (pytest.fail if os.environ.get("CI", "").lower() in {"1", "true"} else pytest.skip)(lacking)
    [one] = [one for one in TYPED if re.search(PICTURES, one.line)]
    # It writes beside itself.
    shutil.copytree(ROOT / "docs/site", tmp_path / "docs/site")
    (tmp_path / "docs/images").mkdir()
    words = [word.replace("DIR", "everything") for word in one.words[1:]]
    done = subprocess.run(
        [sys.executable, *words, *FEWER],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    sessions = [path.read_text() for path in (tmp_path / "everything").glob("session-*.txt")]
    print(done.stdout, *sessions, sep="\n")
    if done.returncode == TOO_BUSY:
        # It has tried twice: void times are of no backend, and make no picture of one.
        pytest.skip(done.stdout.splitlines()[-1])
    lacks = re.search(r"^report\.html: [\d,]+ bytes; missing: (.*)$", done.stdout, re.MULTILINE)
    assert lacks is not None
    assert set(lacks[1].split(", ")) <= {*MAY_LACK, "nothing"}
    assert " figures held against report.json, 0 differ\n" in done.stdout
    assert done.returncode == int(lacks[1] != "nothing")
    for name in ("report", "report-dark", "dashboard"):
        data = (tmp_path / f"docs/images/{name}.png").read_bytes()
        # As wide as those that are there.
        shown = (ROOT / f"docs/images/{name}.png").read_bytes()
        assert data[:20] == shown[:20]
        assert len(data) > len(shown) / 4
