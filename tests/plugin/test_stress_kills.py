"""Whatever ends pytest ends its stress: three kills here, a hundred by tests/perf/stress_kills.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.alone

SCRIPT = Path(__file__).parents[1] / "perf/stress_kills.py"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for what is left in /proc")
def test_nothing_is_left_when_pytest_is_killed_under_stress():
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "3", "7"], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # The first kill comes when everything is there.
    for kind in ("burn", "hold", "churn", "cage", "tidy", "supervisor", "reference_server"):
        assert kind in done.stdout.splitlines()[0]
    assert "3 kills (seed 7), 0 left something" in done.stdout
