"""The commands of README and the tutorial that install something, and what follows them, typed as they are
printed, by somebody who has nothing yet but a checkout: in a virtual environment of its own. In CI, or with
RUSTIDE_LOAD_THOROUGH=1: a minute and a half. Of all that only load has the machine to itself."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from filelock import FileLock

from tests.docs.shown import pattern
from tests.unhurried import VOID, unless_void

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TRY, TESTS, *_ = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
[(INSTALL_SITE, MAKE_SITE)] = re.findall(r"as a site: `(pip install [^`]+)` and `(mkdocs [^`]+)`", README)
TUTORIAL = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
INSTALL, *COMMANDS = re.findall(r"```sh\n(.*?)```", TUTORIAL, re.DOTALL)
# What the tutorial says is to be typed in a checkout.
[FROM_CHECKOUT] = re.findall(r"\(In a checkout of the repository: `(pip install [^`]+)`\.\)", TUTORIAL)
FROM_INDEX = "pip install 'pytest-rustide-load[live]'"
[TEST] = re.findall(r"```python\n(.*?)```", TUTORIAL, re.DOTALL)
[SAYS] = re.findall(r"```text\n(.*?)\n```", TUTORIAL, re.DOTALL)
[BUDGETS] = re.findall(r"```yaml\n(.*?)```", TUTORIAL, re.DOTALL)
PROJECT = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "conftest.py")
# Of the tests of the project: the others are run by whoever runs this one.
FEW = "tests/test_units.py"
SHORT = "--load-profile=smoke --load-duration=2s --ide-backend=embedded"
ACTIVATE = ". .venv/bin/activate; "
WANTED = os.environ.get("CI", "").lower() in {"1", "true"} or "RUSTIDE_LOAD_THOROUGH" in os.environ

pytestmark = pytest.mark.skipif(not WANTED, reason="a minute and a half: RUSTIDE_LOAD_THOROUGH=1")


def typed_by_a_newcomer() -> list[str]:
    """The commands that the tests below type; the tutorial's last, which compares, tests/docs runs."""
    return [TRY, INSTALL, FROM_CHECKOUT, *COMMANDS[:-1], TESTS, INSTALL_SITE, MAKE_SITE]


def type_in(command: str, cwd: Path, options: str = "", **environment: str) -> tuple[int, str]:
    """Its exit status and what it printed. The `options` are those that make a look shorter than a person's
    would be; all else is as printed."""
    unwanted = ("PYTEST_", "PYTHON", "VIRTUAL_ENV", "RUSTIDE_", "GITHUB_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    began_s = time.monotonic()
    done = subprocess.run(
        ["bash", "-ec", command],
        cwd=cwd,
        env={**kept, "PYTEST_ADDOPTS": options, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    print(f"{time.monotonic() - began_s:.1f} s, exit status {done.returncode}: {command}\n{done.stdout}")
    return done.returncode, done.stdout


def check_out(checkout: Path) -> None:
    (checkout / "tests").mkdir(parents=True)
    for name in (*PROJECT, FEW):
        shutil.copy(ROOT / name, checkout / name)
    for name in ("pytest_rustide_load", "examples", "docs", ".github"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))


def install(checkout: Path) -> None:
    """All that is installed before the tutorial's first load test, and what it says."""
    check_out(checkout)
    status, told = type_in(TRY, checkout, SHORT)
    # Whether it is green is asked where nothing else is done.
    assert "individual-developer: embedded " in told
    assert VOID in told or (status, "2 passed" in told) == (0, True)
    # There is an index that has it: a directory with what this checkout builds. All else is from where it is.
    assert type_in(".venv/bin/pip wheel -q --no-deps -w ../wheels .", checkout)[0] == 0
    assert type_in(".venv/bin/pip uninstall -q -y pytest-rustide-load", checkout)[0] == 0
    wheels = checkout.parent / "wheels"
    [wheel] = wheels.iterdir()
    assert FROM_INDEX in INSTALL
    status, told = type_in(INSTALL, checkout, PIP_FIND_LINKS=str(wheels))
    assert status == 0
    assert f"wheels/{wheel.name}" in told
    assert "load tests can run" in told
    status, told = type_in(ACTIVATE + FROM_CHECKOUT, checkout, PIP_FIND_LINKS=str(wheels))
    assert status == 0
    assert "Successfully installed pytest-rustide-load" in told


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with a virtual environment where the tutorial's first load test can be typed: the same for
    all workers of pytest-xdist."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    made, checkout = base / "newcomer-made", base / "newcomer" / "checkout"
    with FileLock(base / "newcomer.lock"):
        if not made.exists():
            shutil.rmtree(checkout.parent, ignore_errors=True)
            install(checkout)
            made.touch()
    return checkout


def test_what_is_to_be_installed_can_be_and_is_enough_for_load(installed: Path):
    assert (installed / ".venv/bin/pytest").exists()


@pytest.mark.alone
def test_a_newcomer_sees_green_red_and_green_again(installed: Path, tmp_path: Path):
    def judged(command: str, options: str, cwd: Path = tmp_path) -> tuple[int, str]:
        """Of which the verdicts count: typed again while a machine that does other things makes them void."""
        return unless_void(lambda: type_in(command, cwd, options), lambda done: done[1])

    *_, examples = TRY.strip().split(" && ")
    status, told = judged(examples, SHORT, installed)
    assert (status, "2 passed" in told) == (0, True)

    activate = f". {installed}/.venv/bin/activate; "
    look, first, red, green, compare = COMMANDS
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    look = look.replace("--load-duration=20s", "--load-duration=3s").replace("8000", str(port))
    status, told = judged(activate + look, "--load-profile=smoke")
    assert "individual-developer: embedded " in told
    assert f"live view at http://127.0.0.1:{port}/" in told
    assert status == 0
    assert "individual-developer" in (tmp_path / "first.html").read_text(encoding="utf-8")

    (tmp_path / "test_editor.py").write_text(TEST)
    (tmp_path / "budgets.yaml").write_text(BUDGETS)
    options = "--load-profile=smoke --load-duration=5s"
    # The second is the first again, after what made it red is taken away.
    assert first == green
    status, told = judged(activate + red, options)
    assert status == 1
    assert re.search(pattern(SAYS), told)
    page = (tmp_path / "red.html").read_text(encoding="utf-8")
    assert "FAIL: individual-developer: hover p95 is " in page
    status, told = judged(activate + green, options)
    assert (status, "1 passed" in told) == (0, True)
    # Four minutes: tests/docs/test_typed.py makes fewer pairs of it.
    assert "--load-compare=" in compare


def test_one_who_is_to_work_on_it_installs_the_rest(tmp_path: Path):
    checkout = tmp_path / "checkout"
    check_out(checkout)
    make, *_ = TRY.split(" && ")
    assert type_in(make, checkout)[0] == 0
    status, told = type_in(TESTS, checkout, FEW)
    assert status == 0
    assert re.search(r"^\d+ workers? \[\d+ items?\]", told, re.MULTILINE)
    assert re.search(r"=== \d+ passed in ", told)
    assert type_in(".venv/bin/python -c 'import selenium, jsonschema, axe_core_python'", checkout)[0] == 0
    assert type_in(ACTIVATE + INSTALL_SITE, checkout)[0] == 0
    assert type_in(ACTIVATE + MAKE_SITE, checkout)[0] == 0
    assert "pytest-rustide-load" in (checkout / "build/site/index.html").read_text(encoding="utf-8")
