"""Run a workflow of .github/workflows, or a recipe of docs/ci.md, in full: `python -m tests.workflows.by_hand
performance.yml --base DIR`. What is committed is cloned and installed with pip; a second run with the same
DIR finds the caches of the first.

The backend is the rust-analyzer of this machine, or with `--embedded` the embedded one under its name, with
`--fault slow:hover=15%` to make it worse. `--event pull_request` is one of a branch. `--append` goes to every
pytest (PYTEST_ADDOPTS).
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

from tests.workflows.recipes import WORKFLOWS, recipe
from tests.workflows.runner import Event, Runner

ROOT = Path(__file__).parents[2]


def make_python(version: str, place: Path) -> Path:
    """A virtual environment of that version, or of this one where there is none."""
    candidates = [f"python{version}", *Path.home().glob(f".pyenv/versions/{version}.*/bin/python")]
    for program in (*candidates, sys.executable):
        try:
            subprocess.run([program, "-m", "venv", place], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        break
    return place / "bin"


def install_tools(place: Path, *, server: str) -> str:
    """A search path with rustup, which has nothing to add, and the backend; returns it."""
    place.mkdir(parents=True, exist_ok=True)
    programs = {
        "rustup": '[ "$1 $2" = "component add" ]',
        "rust-analyzer": server,
        "cargo": '[ "$1" = --version ]' if server else "",
    }
    for name, text in programs.items():
        if text:
            (place / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
            (place / name).chmod(0o755)
        else:
            (place / name).unlink(missing_ok=True)
    return f"{place}:/usr/local/bin:/usr/bin:/bin"


def embedded(faults: list[str]) -> str:
    """A script that is the embedded backend and says that it is rust-analyzer."""
    words = ["python", "-m", "pytest_rustide_load.reference_server", *(f"--fault={one}" for one in faults)]
    return f'if [ "$1" = --version ]; then echo "rust-analyzer 1.96.0"; exit; fi\nexec {shlex.join(words)}'


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("workflow", help=f"{', '.join(WORKFLOWS)}, recipe or a file")
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--repository", type=Path, default=ROOT)
    parser.add_argument("--embedded", action="store_true")
    parser.add_argument("--fault", action="append", default=[])
    parser.add_argument("--event", default="push")
    parser.add_argument("--input", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--append", default="")
    given = parser.parse_args()
    text = recipe("github") if given.workflow == "recipe" else WORKFLOWS.get(given.workflow, "")
    text = text or Path(given.workflow).read_text(encoding="utf-8")
    base = given.base.resolve()
    path = install_tools(base / "tools", server=embedded(given.fault) if given.embedded else "")
    ref = "refs/pull/1/merge" if given.event == "pull_request" else "refs/heads/main"
    inputs = dict(one.split("=", 1) for one in given.input)
    environment = {"PYTEST_ADDOPTS": given.append} if given.append else {}
    runner = Runner(given.repository, base, path, make_python, environment, show=print)
    ran = runner.run(text, Event(given.event, ref, inputs), timeout_s=6 * 3600)
    for one in ran:
        print(one.told())
        print(f"artefacts: {one.artifacts}\nannotations:")
        print(*one.annotations, sep="\n")
    return int(any(one.failed for one in ran))


if __name__ == "__main__":
    sys.exit(main())
