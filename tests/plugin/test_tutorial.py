"""The first line of README and the tutorial, typed as they are printed, by somebody who has nothing yet but a
checkout: a virtual environment of its own. In CI, or with RUSTIDE_LOAD_THOROUGH=1: most of a minute."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[2]
[TRY, *_] = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
TUTORIAL = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
INSTALL, *COMMANDS = re.findall(r"```sh\n(.*?)```", TUTORIAL, re.DOTALL)
# What the tutorial says is to be typed in a checkout.
[FROM_CHECKOUT] = re.findall(r"\(In a checkout of the repository: `(pip install [^`]+)`\.\)", TUTORIAL)
FROM_INDEX = "pip install 'pytest-rustide-load[live]'"
[TEST] = re.findall(r"```python\n(.*?)```", TUTORIAL, re.DOTALL)
[BUDGETS] = re.findall(r"```yaml\n(.*?)```", TUTORIAL, re.DOTALL)
WANTED = os.environ.get("CI", "").lower() in {"1", "true"} or "RUSTIDE_LOAD_THOROUGH" in os.environ


def typed_by_a_newcomer() -> list[str]:
    """The commands that the test below types; the tutorial's last, which compares, tests/docs runs. From the
    index of packages nothing is installed."""
    return [TRY, INSTALL, FROM_CHECKOUT, *COMMANDS[:-1]]


@pytest.mark.skipif(not WANTED, reason="most of a minute: RUSTIDE_LOAD_THOROUGH=1")
def test_a_newcomer_sees_green_red_and_green_again(tmp_path: Path):
    unwanted = ("PYTEST_", "PYTHON", "VIRTUAL_ENV", "RUSTIDE_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    # Looks are shorter than a person's would be; all else is as printed.

    checkout, work = tmp_path / "checkout", tmp_path / "work"
    work.mkdir()
    for name in ("README.md", "LICENSE", "pyproject.toml", "conftest.py"):
        checkout.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, checkout)
    for name in ("pytest_rustide_load", "examples"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))

    def type_in(command: str, cwd: Path = work) -> tuple[int, str]:
        began_s = time.monotonic()
        done = subprocess.run(
            ["bash", "-ec", command],
            cwd=cwd,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        print(f"{time.monotonic() - began_s:.1f} s, exit status {done.returncode}: {command}\n{done.stdout}")
        return done.returncode, done.stdout

    environment["PYTEST_ADDOPTS"] = "--load-profile=smoke --load-duration=2s --ide-backend=embedded"
    status, told = type_in(TRY, checkout)
    assert (status, "2 passed" in told) == (0, True)
    assert "individual-developer: embedded " in told
    assert FROM_INDEX in INSTALL
    status, told = type_in(INSTALL.replace(FROM_INDEX, FROM_CHECKOUT), checkout)
    assert status == 0
    assert "load tests can run" in told
    environment["PYTEST_ADDOPTS"] = "--load-profile=smoke"

    def in_environment(command: str) -> tuple[int, str]:
        return type_in(f". ../checkout/.venv/bin/activate; {command}")

    look, first, red, green, compare = COMMANDS
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    look = look.replace("--load-duration=20s", "--load-duration=3s").replace("8000", str(port))
    status, told = in_environment(look)
    assert "individual-developer: embedded " in told
    assert f"live view at http://127.0.0.1:{port}/" in told
    assert status == 0
    assert "individual-developer" in (work / "first.html").read_text(encoding="utf-8")

    (work / "test_editor.py").write_text(TEST)
    (work / "budgets.yaml").write_text(BUDGETS)
    environment["PYTEST_ADDOPTS"] += " --load-duration=5s"
    # The second is the first again, after what made it red is taken away.
    assert first == green
    status, told = in_environment(red)
    assert status == 1
    assert "FAIL hover p95: measured " in told
    page = (work / "red.html").read_text(encoding="utf-8")
    assert "FAIL: individual-developer: hover p95 is " in page
    status, told = in_environment(green)
    assert (status, "1 passed" in told) == (0, True)
    # Four minutes: tests/docs/test_typed.py makes fewer pairs of it.
    assert "--load-compare=" in compare
