"""The comparison with Apache Otava that docs/statistics.md names, typed as it stands there. Otava lives in a
virtual environment of its own. In CI, or with RUSTIDE_LOAD_THOROUGH=1."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT
from tests.docs.typed import OTAVA, TYPED
from tests.plugin.test_tutorial import WANTED


@pytest.mark.skipif(not WANTED, reason="installs 60 MB: RUSTIDE_LOAD_THOROUGH=1")
def test_as_many_steps_are_found_as_by_otava(tmp_path: Path):
    [one] = [one for one in TYPED if re.search(OTAVA, one.line)]
    place = tmp_path / "otava"
    python = str(place / "bin/python")
    subprocess.run([sys.executable, "-m", "venv", place], check=True, timeout=120)
    install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*install, "--no-deps", "apache-otava"], check=True, timeout=300)
    # Of what it pins that which its search takes.
    subprocess.run([*install, "numpy==2.2.*", "scipy==1.16.*"], check=True, timeout=300)
    words = [python if word == "PYTHON" else word for word in one.words[1:]]
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
        check=True,
    )
    print(done.stdout)
    # As docs/statistics.md says.
    stated, ours, theirs = re.search(
        r"^published history: stated (\[.*\]), ours (\[.*\]), Otava's (\[.*\])$", done.stdout, re.MULTILINE
    ).groups()
    assert stated == ours == theirs
    found = dict(
        re.findall(r"^(ours|Otava) +(\d+ of \d+) steps found within 2 runs", done.stdout, re.MULTILINE)
    )
    assert found == {"ours": "412 of 412", "Otava": "412 of 412"}
