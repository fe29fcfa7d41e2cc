"""All that the documentation shows as jobs of session.py: commands, and tests, scenarios, budgets, networks
and settings that are put to use. Where one is to leave something special behind, its job checks that."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pytest_rustide_load.backends.discover import find_rust_analyzer
from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from tests.browser.histories import write_history
from tests.docs.blocks import ROOT, Block
from tests.docs.checks import (
    CHECKS,
    are_tests,
    has_backend,
    has_network,
    judged,
    shows,
)
from tests.docs.typed import BLOCKS, TYPED, Typed, appended, elsewhere, smallest

__all__ = [
    "Job",
    "jobs_of_blocks",
    "jobs_of_budgets",
    "jobs_of_tests",
    "lanes_of_commands",
    "make_places",
    "run",
]

# A server of one's own is the embedded one.
SERVER = """#!/bin/sh
if [ "$1" = --version ]; then echo "rust-analyzer 1.96.0"; exit; fi
exec python -m pytest_rustide_load.reference_server
"""
SERVERS = (
    "target/release/my-server",
    *(f"{age}/{name}" for age in ("old", "new") for name in ("my-server", "rust-analyzer", "server")),
)
# After a second of load nothing else can be promised.
FEW_ERRORS = "defaults: {error_ratio: 5%}\n"


@dataclass
class Job:
    """A command with all that is done to it, and what it left behind; `check` gives what is wrong with it."""

    name: str
    words: list[str]
    directory: Path
    target: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    drawn: bool = False
    real: bool = False
    visit: bool = False
    expected: tuple[int, ...] = (0,)
    check: Callable[[Job], Iterable[str]] | None = None
    outcome: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)

    @property
    def line(self) -> str:
        return " ".join(self.words)

    @property
    def results(self) -> list[dict[str, Any]]:
        return self.document.get("results", [])


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def make_places(base: Path) -> dict[str, Path]:
    """A directory for each page, with the files it shows, backends of one's own, a project, and a history."""
    history, project = base / "history.sqlite3", base / "project"
    write_history(history, name="small-team")
    write_history(history, name="individual-developer")
    codebase = generate_codebase(CodebaseSpec(seed=1, loc=1000))
    for name in codebase.paths:
        write(project / name, codebase.text(name))
    made = {}
    for page in {block.page for block in (*BLOCKS, *(one.block for one in TYPED))}:
        place = made[page] = base / page.replace("/", "-")
        for one in BLOCKS:
            if one.page == page and one.file and one.file != "budgets.yaml":
                write(place / one.file, one.text)
        for name in SERVERS:
            write(place / name, SERVER)
            (place / name).chmod(0o755)
        write(place / "budgets.yaml", FEW_ERRORS)
        (place / ".rustide-load").mkdir()
        shutil.copy(history, place / ".rustide-load/history.sqlite3")
        for name in ("path/to/project", "PATH"):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).symlink_to(project)
        if any(one.block.page == page and one.line.startswith("python docs/") for one in TYPED):
            # It writes beside itself.
            (place / "docs").mkdir()
            shutil.copy(ROOT / "docs/generate_reference.py", place / "docs")
        # Somebody else's, of before.
        write(place / "own-cache/d/rustide-load/of-before", "")
        if any(one.block.page == page and one.words[0] == "git" for one in TYPED):
            subprocess.run(["git", "init", "-q", place], check=True, timeout=60)
    return made


# -- commands


def lanes_of_commands(places: dict[str, Path], port: int, demo: Path) -> list[list[Job]]:
    """A lane for each block, or for a page whose blocks need one another; at `port` a server listens."""
    lanes: dict[str, list[Job]] = {}
    seen: set[tuple[str, str]] = set()
    for one in TYPED:
        page, line = one.block.page, one.line
        if is_script(one):
            line = " ".join(smallest(one))
        key = (page if re.search(r"load/|my-server|project|PATH", line) else "", line)
        is_server = line.startswith("python -m pytest_rustide_load.reference_server")
        if elsewhere(one) or is_server or key in seen:
            continue
        if not can_run(line):
            warnings.warn(f"needs rust-analyzer or cargo, and is not run: {line}", stacklevel=2)
            continue
        seen.add(key)
        words = [
            word.replace("DIR", str(places[page] / f"out-{len(seen)}"))
            .replace("127.0.0.1:9257", f"127.0.0.1:{port}")
            .replace("/tmp/demo", str(demo))
            for word in (smallest(one) if is_script(one) else one.words)
        ]
        lane = page if page == "docs/guides/baselines.md" else one.block.name
        lanes.setdefault(lane, []).append(job_of(one, words, places[page]))
    return list(lanes.values())


def can_run(line: str) -> bool:
    """What it takes besides this package is there. In CI it has to be."""
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        return True
    needs_backend = "--ide-backend=rust-analyzer" in line or "tests/real/" in line
    if needs_backend and find_rust_analyzer(os.environ).path is None:
        return False
    return "tests/real/" not in line or shutil.which("cargo") is not None


def is_script(one: Typed) -> bool:
    """A measurement of the project's own, which is shortened by other arguments."""
    return re.match(r"python3? tests/", one.line) is not None


def job_of(one: Typed, words: list[str], place: Path) -> Job:
    line = one.line
    if is_script(one):
        return Job(one.name, words, ROOT)
    if words[0] == "mkdocs":
        return Job(one.name, ["python", "-m", *words, "-d", str(place / "site")], ROOT)
    return Job(
        one.name,
        [*words, *appended(one)],
        ROOT if words[:3] == ["python", "-m", "pytest"] else place,
        target=one.target,
        environment=dict(one.environment),
        real=words[0] == "pytest" and not re.search(r"--load-(list|show|repeat)", line),
        visit="--load-live" in line,
        check=next((check for pattern, check in CHECKS.items() if re.search(pattern, line)), None),
    )


# -- blocks that are no commands


def jobs_of_tests(base: Path) -> list[Job]:
    """Load tests, for seconds instead of minutes, and scenarios that are values. The test of the tutorial is
    typed by a newcomer, and that of docs/recovery.md is one of the examples."""
    found = []
    for block in BLOCKS:
        if block.kind != "python" or block.page in {"docs/tutorial.md", "docs/recovery.md"}:
            continue
        text = re.sub(r"duration_s=\d+", "duration_s=1", block.text).replace("loc=20_000", "loc=2_000")
        if "import pytest" not in text:
            text = f"import pytest\n\n\n{text}"
        if "def test_" not in text and "scenario = Scenario(" in text:
            text += "\n\ndef test_shown(run_scenario):\n    run_scenario(scenario, duration_s=2)\n"
        if "run_scenario" in text:
            write(place_of(block, base) / "test_shown.py", text)
            words = ["pytest", "-rfEs", "--load-duration=1s"]
            if "def test_shown" in text:
                words.append("--load-rate=20")
            found.append(Job(block.name, words, place_of(block, base), check=are_tests))
    return found


def is_budgets(block: Block) -> bool:
    return block.kind == "yaml" and set(yaml.safe_load(block.text)) <= {"defaults", "scenarios", "alerts"}


def is_networks(block: Block) -> bool:
    shown = yaml.safe_load(block.text).values()
    return all(isinstance(one, dict) and "base_latency" in one for one in shown)


def place_of(block: Block, base: Path) -> Path:
    return base / f"{block.page.replace('/', '-')}-{block.line}"


def jobs_of_blocks(places: dict[str, Path], base: Path) -> list[Job]:
    """Scenarios, networks and settings, each used for a moment; scenarios in a named file have commands of
    their own."""
    found = []
    for block in BLOCKS:
        place, check = place_of(block, base), None
        words = ["pytest", "shown.scenario.yaml", "--load-duration=1s"]
        if block.kind == "ini":
            files = {"pytest.ini": block.text}
            words = ["pytest", "--load-scenario=individual-developer", "--load-duration=1s"]
            shutil.copytree(places[block.page] / "target", place / "target")
            check = has_backend
        elif block.kind != "yaml" or block.page == "docs/ci.md" or is_budgets(block) or block.file:
            continue
        elif is_networks(block):
            shown = "extends: individual-developer\ndescription: behind it\nnetwork: vpn\n"
            files, check = {"networks.yaml": block.text, "shown.scenario.yaml": shown}, has_network
        else:
            files, check = {"shown.scenario.yaml": block.text}, shows
            seconds = 5 if "fault:" in block.text else 2 if "stages:" in block.text else 1
            words[-1] = f"--load-duration={seconds}s"
            if "extends: individual-developer" not in block.text:
                # What is done a few times a minute would not be done at all.
                words += [f"--load-rate={4 if '/s' in block.text else 20}", "--load-duration=2s"]
            if "users: 5" in block.text:
                words.append("--load-users=2")
            if "matrix:" in block.text:
                # One of its cells; the others have a large codebase.
                words.append("-ksmall")
        for name, text in {"budgets.yaml": FEW_ERRORS, **files}.items():
            write(place / name, text)
        found.append(Job(block.name, words, place, real=True, check=check))
    return found


def jobs_of_budgets(base: Path) -> list[Job]:
    """Budgets, of runs long enough to judge by them: these are drawn, but for figures that only a team has.
    What is a regression is asked of a backend and itself."""
    found = []
    for block in BLOCKS:
        if not is_budgets(block) or block.page in {"docs/ci.md", "docs/tutorial.md"}:
            continue
        place, page = place_of(block, base), [one for one in BLOCKS if one.page == block.page]
        write(place / "budgets.yaml", block.text)
        [name] = yaml.safe_load(block.text)["scenarios"]
        words = ["pytest", f"--load-scenario={name}", "--load-profile=ci", "--load-duration=40s"]
        for one in page:
            if one.file == f"load/{name}.scenario.yaml":
                write(place / one.file, one.text)
                words[1] = one.file
        if "threshold" in block.text:
            words += ["--load-compare=a=embedded,b=cmd:true", "--load-repetitions=5"]
        team = "fairness" in block.text
        if team:
            words[2:] = ["--load-duration=2s"]
        found.append(Job(block.name, words, place, drawn=not team, real=team, check=judged))
    return found


# -- all of them


def run(lanes: list[list[Job]], base: Path) -> None:
    """Give every job its outcome, and what --load-json wrote."""
    jobs = [job for lane in lanes for job in lane]
    for number, job in enumerate(jobs):
        if job.words[0] != "pytest" and job.words[:3] != ["python", "-m", "pytest"]:
            continue
        # Two that are compared are both named, and what a setting names is what the setting is for.
        named = "--load-compare=" in job.line or (job.directory / "pytest.ini").exists()
        common = [] if named else ["--ide-backend=embedded"]
        common += [
            "--load-profile=smoke",
            f"-o cache_dir={base / 'cache'}",
            f"--basetemp={base / f'run-{number}'}",
        ]
        if job.real or job.drawn:
            common.append(f"--load-json={base / f'{number}.json'}")
        job.environment["PYTEST_ADDOPTS"] = " ".join(common)
    names = ("words", "environment", "target", "drawn", "visit")
    wanted = [
        [
            {**{name: getattr(job, name) for name in names}, "directory": str(job.directory), "limit_s": 120}
            for job in lane
        ]
        for lane in lanes
    ]
    git = {
        f"GIT_{who}_{what}": "me@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "tests.docs.session"],
        input=json.dumps(wanted),
        env={
            **os.environ,
            **git,
            "PYTHONPATH": str(ROOT),
            "PATH": path,
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONFAULTHANDLER": "1",
        },
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        timeout=600,
    )
    outcomes = [outcome for lane in json.loads(done.stdout) for outcome in lane]
    for number, (job, outcome) in enumerate(zip(jobs, outcomes, strict=True)):
        job.outcome = outcome
        if (base / f"{number}.json").exists():
            job.document = json.loads((base / f"{number}.json").read_text(encoding="utf-8"))
