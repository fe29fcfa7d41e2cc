"""What runs the commands of the documentation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.docs.blocks import ROOT

STUCK = """
import subprocess, sys
command = [sys.executable, "-m", "pytest", "-q", "stuck_inside.py"]
ended = subprocess.run(command, capture_output=True, text=True)
print(ended.stdout, ended.stderr)
"""
INSIDE = """
import time

def test_waits_for_nobody():
    time.sleep(100)
"""


def test_a_command_that_is_late_tells_where_it_stood(tmp_path: Path):
    (tmp_path / "stuck.py").write_text(STUCK, encoding="utf-8")
    (tmp_path / "stuck_inside.py").write_text(INSIDE, encoding="utf-8")
    words = ["python", "stuck.py"]
    wanted = {"words": words, "directory": str(tmp_path), "environment": {}, "target": "", "limit_s": 3}
    lanes = [[{**wanted, "drawn": False, "visit": False}]]
    done = subprocess.run(
        [sys.executable, "-m", "tests.docs.session"],
        input=json.dumps(lanes),
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": "1"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        timeout=100,
    )
    [[outcome]] = json.loads(done.stdout)
    assert outcome["status"] == 0, outcome
    assert 'stuck_inside.py", line 5 in test_waits_for_nobody' in outcome["output"]
    assert "s of CPU: ['" in outcome["output"]
