"""The tutorial, typed as it is printed, by somebody who has nothing yet: a virtual environment of its own,
and this checkout installed into it. In CI, or with RUSTIDE_LOAD_THOROUGH=1: most of a minute."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
INSTALL, *COMMANDS = re.findall(r"```sh\n(.*?)```", TUTORIAL, re.DOTALL)
[TEST] = re.findall(r"```python\n(.*?)```", TUTORIAL, re.DOTALL)
[BUDGETS] = re.findall(r"```yaml\n(.*?)```", TUTORIAL, re.DOTALL)
WANTED = os.environ.get("CI", "").lower() in {"1", "true"} or "RUSTIDE_LOAD_THOROUGH" in os.environ


@pytest.mark.skipif(not WANTED, reason="most of a minute: RUSTIDE_LOAD_THOROUGH=1")
def test_a_newcomer_sees_green_red_and_green_again(tmp_path: Path):
    unwanted = ("PYTEST_", "PYTHON", "VIRTUAL_ENV", "RUSTIDE_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    # Shorter looks than a person would take; all else is as printed.
    environment["PYTEST_ADDOPTS"] = "--load-profile=smoke"

    def type_in(command: str) -> tuple[int, str]:
        began_s = time.monotonic()
        done = subprocess.run(
            ["bash", "-ec", command],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        print(f"{time.monotonic() - began_s:.1f} s, exit status {done.returncode}: {command}\n{done.stdout}")
        return done.returncode, done.stdout

    status, told = type_in(INSTALL.replace("'pytest-rustide-load[live]'", f"'{ROOT}[live]'"))
    assert status == 0
    assert "load tests can run" in told

    def in_environment(command: str) -> tuple[int, str]:
        return type_in(f". .venv/bin/activate; {command}")

    look, first, red, green, compare = COMMANDS
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    look = look.replace("--load-duration=20s", "--load-duration=3s").replace("8000", str(port))
    status, told = in_environment(look)
    assert "individual-developer: embedded " in told
    assert f"live view at http://127.0.0.1:{port}/" in told
    assert status == 0
    assert "individual-developer" in (tmp_path / "first.html").read_text(encoding="utf-8")

    (tmp_path / "test_editor.py").write_text(TEST)
    (tmp_path / "budgets.yaml").write_text(BUDGETS)
    environment["PYTEST_ADDOPTS"] += " --load-duration=5s"
    # The second is the first again, after what made it red is taken away.
    assert first == green
    status, told = in_environment(red)
    assert status == 1
    assert "FAIL hover p95: measured " in told
    page = (tmp_path / "red.html").read_text(encoding="utf-8")
    assert "FAIL: individual-developer: hover p95 is " in page
    status, told = in_environment(green)
    assert (status, "1 passed" in told) == (0, True)
    # Four minutes: tests/plugin/test_duet.py compares, tests/docs/ holds the options against what there is.
    assert "--load-compare=" in compare
