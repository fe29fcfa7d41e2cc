"""Runs the jobs of a workflow file as a runner of GitHub does, without GitHub: every `run:` typed into bash
in a clean clone, with the files and variables by which steps speak to one another, and `uses:` carried out
by what they mean.

What a workflow says that is not known here is an error, so that nothing is left out quietly.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from tests.workflows.expressions import interpolate, is_met

__all__ = ["Event", "Ran", "Runner", "StepRan"]

_STEP = {"name", "id", "if", "uses", "with", "run", "env", "shell", "working-directory", "continue-on-error"}
_JOB = {"name", "runs-on", "timeout-minutes", "strategy", "steps", "env", "permissions", "if", "concurrency"}
_WORKFLOW = {"name", True, "jobs", "env", "permissions", "concurrency"}
_SHELLS = {"": ["bash", "-e"], "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}
# What is not said of a variable is not passed on: a runner knows nothing of who runs this.
_PASSED_ON = ("HOME", "LANG", "TMPDIR", "USER")


@dataclass(frozen=True, slots=True)
class Event:
    """Why a workflow runs. Each run has a number of its own, of a later one a larger one."""

    name: str = "push"
    ref: str = "refs/heads/main"
    inputs: Mapping[str, Any] = field(default_factory=dict)
    vars: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepRan:
    """`status` is success, failure or skipped; `output` what it printed."""

    name: str
    status: str
    output: str = ""
    exit_status: int = 0
    took_s: float = 0.0


@dataclass(slots=True)
class Ran:
    """What a job left behind: the summary it is shown with, the commands among what it printed, and the
    files of each artefact."""

    job: str
    matrix: dict[str, Any]
    steps: list[StepRan] = field(default_factory=list)
    summary: str = ""
    artifacts: dict[str, list[Path]] = field(default_factory=dict)
    workspace: Path = Path()

    @property
    def failed(self) -> bool:
        return any(step.status == "failure" for step in self.steps)

    @property
    def annotations(self) -> list[str]:
        kinds = ("::error", "::warning", "::notice")
        return [line for step in self.steps for line in step.output.splitlines() if line.startswith(kinds)]

    def step(self, name: str) -> StepRan:
        return next(step for step in self.steps if step.name == name)

    def told(self) -> str:
        """All of it, for a person."""
        lines = [f"job {self.job} {self.matrix or ''}"]
        for step in self.steps:
            ended = f", exit status {step.exit_status}" if step.exit_status else ""
            lines += [f"== {step.name}: {step.status}{ended}, {step.took_s:.1f} s", step.output.rstrip()]
        return "\n".join([*lines, "== summary", self.summary])


@dataclass(slots=True)
class Runner:
    """A machine that runs jobs on clones of `repository`, below `base`; what it keeps from one to the next
    are the caches there. `path` is what is installed on it; `make_python` gives the folder of a Python that
    is set up, for a version and a place of its own; `environment` comes on top of a runner's own."""

    repository: Path
    base: Path
    path: str
    make_python: Callable[[str, Path], Path]
    environment: dict[str, str] = field(default_factory=dict)
    show: Callable[[str], None] = lambda _: None

    def run(self, workflow: str, event: Event = Event(), *, timeout_s: float = 600) -> list[Ran]:
        """Every job of a workflow, given as text, each in a clone of its own."""
        document = yaml.safe_load(workflow)
        _only(document, _WORKFLOW, "the workflow")
        # The caches of earlier runs stay, and so do their numbers.
        number = 1 + max((int(one.name.split("-")[1]) for one in self.base.glob("run-*-*")), default=0)
        found = []
        for name, job in document["jobs"].items():
            _only(job, _JOB, f"the job {name}")
            for matrix in _cells(job.get("strategy", {})):
                place = self.base / f"run-{number}-{len(found)}"
                one = _Job(self, document, name, job, matrix, event, place, number, timeout_s)
                found.append(one.run())
        return found


def _only(document: Mapping[Any, Any], known: set[Any], what: str) -> None:
    assert set(document) <= known, f"{what} says {set(document) - known}, which is not known here"


def _cells(strategy: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    matrix = strategy.get("matrix", {})
    assert not {"include", "exclude"} & set(matrix)
    for values in itertools.product(*matrix.values()):
        yield dict(zip(matrix, values, strict=True))


@dataclass(slots=True)
class _Job:
    runner: Runner
    workflow: Mapping[Any, Any]
    name: str
    job: Mapping[str, Any]
    matrix: dict[str, Any]
    event: Event
    place: Path
    number: int
    timeout_s: float
    set_here: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    failed: bool = False
    ran: Ran = field(init=False)

    @property
    def workspace(self) -> Path:
        return self.place / "workspace"

    def run(self) -> Ran:
        self.ran = Ran(self.name, self.matrix, workspace=self.workspace)
        self.workspace.mkdir(parents=True)
        (self.place / "temp").mkdir()
        for number, step in enumerate(self.job["steps"]):
            _only(step, _STEP, f"step {number} of {self.name}")
            self._step(number, step)
        return self.ran

    def _contexts(self, own: Mapping[str, Any]) -> dict[str, Any]:
        github = {
            "event_name": self.event.name,
            "ref": self.event.ref,
            "ref_name": self.event.ref.removeprefix("refs/heads/"),
            "run_id": self.number,
            "run_attempt": 1,
            "workflow": self.workflow["name"],
            "workspace": str(self.workspace),
        }
        known = {"github": github, "runner": {"os": "Linux"}, "matrix": self.matrix, "steps": self.outputs}
        return {**known, "inputs": self.event.inputs, "vars": self.event.vars, "env": own}

    def _environment(self, step: Mapping[str, Any]) -> dict[str, str]:
        own: dict[str, str] = {}
        for said in (
            self.workflow.get("env", {}),
            self.job.get("env", {}),
            self.set_here,
            step.get("env", {}),
        ):
            own |= {name: str(value) for name, value in interpolate(said, self._contexts(own)).items()}
        return own

    def _step(self, number: int, step: Mapping[str, Any]) -> None:
        own = self._environment(step)
        contexts = self._contexts(own)
        name = interpolate(step.get("name") or step.get("uses") or step["run"].splitlines()[0], contexts)
        self.runner.show(f"{self.name} {self.matrix or ''}: {name}")
        if not is_met(step.get("if", "success()"), contexts, failed=self.failed):
            self.ran.steps.append(StepRan(name, "skipped"))
            return
        began_s = time.monotonic()
        if "run" in step:
            done = self._typed(number, step, own, contexts)
        else:
            done = self._used(step["uses"].partition("@")[0], interpolate(step.get("with", {}), contexts))
        if done.status == "failure" and not step.get("continue-on-error"):
            self.failed = True
        self.ran.steps.append(replace(done, name=name, took_s=time.monotonic() - began_s))

    # -- run:

    def _typed(
        self, number: int, step: Mapping[str, Any], own: Mapping[str, str], contexts: Mapping[str, Any]
    ) -> StepRan:
        files = {}
        for name in ("ENV", "PATH", "OUTPUT", "STEP_SUMMARY"):
            files[name] = self.place / f"{number}-{name.lower()}"
            files[name].touch()
        script = self.place / f"{number}.sh"
        script.write_text(interpolate(step["run"], contexts), encoding="utf-8")
        environment = {
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            **self.runner.environment,
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_EVENT_NAME": self.event.name,
            "GITHUB_REF": self.event.ref,
            "GITHUB_RUN_ID": str(self.number),
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(self.place / "temp"),
            **{f"GITHUB_{name}": str(path) for name, path in files.items()},
            "PATH": os.pathsep.join([*reversed(self.path), self.runner.path]),
            **own,
        }
        done = subprocess.run(
            [*_SHELLS[step.get("shell", "")], script],
            cwd=self.workspace / step.get("working-directory", ""),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=self.timeout_s,
            check=False,
        )
        self.set_here |= _assignments(files["ENV"])
        self.path += files["PATH"].read_text(encoding="utf-8").split()
        self.outputs[step.get("id", "")] = {"outputs": _assignments(files["OUTPUT"])}
        self.ran.summary += files["STEP_SUMMARY"].read_text(encoding="utf-8")
        return StepRan("", "failure" if done.returncode else "success", done.stdout, done.returncode)

    # -- uses:

    def _used(self, action: str, given: Mapping[str, Any]) -> StepRan:
        known: dict[str, Callable[[Mapping[str, Any]], str]] = {
            "actions/checkout": self._checkout,
            "actions/setup-python": self._setup_python,
            "actions/cache/restore": self._restore,
            "actions/cache/save": self._save,
            "actions/upload-artifact": self._upload,
        }
        try:
            return StepRan("", "success", known[action](given))
        except _Refused as refused:
            return StepRan("", "failure", str(refused), 1)

    def _checkout(self, given: Mapping[str, Any]) -> str:
        _only(given, {"persist-credentials"}, "checkout")
        # Nothing but what is committed.
        clone = ["git", "clone", "-q", "--no-hardlinks", self.runner.repository, "."]
        subprocess.run(clone, cwd=self.workspace, check=True, timeout=60)
        return ""

    def _setup_python(self, given: Mapping[str, Any]) -> str:
        _only(given, {"python-version", "cache"}, "setup-python")
        files = [one for name in ("requirements.txt", "pyproject.toml") for one in self.workspace.rglob(name)]
        if given.get("cache") and not files:
            raise _Refused("No file in the workspace matched to [**/requirements.txt or **/pyproject.toml]")
        version = given["python-version"]
        # A number loses its last zero.
        assert isinstance(version, str), version
        self.path.append(str(self.runner.make_python(version, self.place / "python")))
        return ""

    def _caches(self, given: Mapping[str, Any]) -> tuple[Path, list[str]]:
        """Where caches of these paths are: those of others are never found."""
        paths = given["path"].split("\n")
        paths = [path.strip() for path in paths if path.strip()]
        return self.runner.base / "caches" / "+".join(path.replace("/", "_") for path in paths), paths

    def _restore(self, given: Mapping[str, Any]) -> str:
        _only(given, {"path", "key", "restore-keys"}, "cache/restore")
        place, _ = self._caches(given)
        kept = [json.loads(one.read_text(encoding="utf-8")) for one in place.glob("*.json")]
        # A branch sees its own and those of the main one.
        mine = [one for one in kept if one["ref"] in {self.event.ref, "refs/heads/main"}]
        mine.sort(key=lambda one: (one["ref"] == self.event.ref, one["at"]))
        prefixes = [line.strip() for line in given.get("restore-keys", "").splitlines() if line.strip()]
        for wanted in (given["key"], *prefixes):
            found = [one for one in mine if one["key"] == wanted] or [
                one for one in mine if one["key"].startswith(wanted)
            ]
            if found:
                shutil.copytree(place / str(found[-1]["at"]), self.workspace, dirs_exist_ok=True)
                return f"Cache restored from key: {found[-1]['key']}"
        return f"Cache not found for input keys: {', '.join((given['key'], *prefixes))}"

    def _save(self, given: Mapping[str, Any]) -> str:
        _only(given, {"path", "key"}, "cache/save")
        place, paths = self._caches(given)
        place.mkdir(parents=True, exist_ok=True)
        kept = [json.loads(one.read_text(encoding="utf-8")) for one in place.glob("*.json")]
        if any((one["key"], one["ref"]) == (given["key"], self.event.ref) for one in kept):
            return f"::warning::Failed to save: key {given['key']} is taken"
        there = [path for path in paths if (self.workspace / path).exists()]
        if not there:
            return "::warning::Path Validation Error: none of the paths exists"
        at = len(kept)
        for path in there:
            shutil.copytree(self.workspace / path, place / str(at) / path)
        told = {"key": given["key"], "ref": self.event.ref, "at": at}
        (place / f"{at}.json").write_text(json.dumps(told), encoding="utf-8")
        return f"Cache saved with key: {given['key']}"

    def _upload(self, given: Mapping[str, Any]) -> str:
        _only(given, {"name", "path", "if-no-files-found", "retention-days"}, "upload-artifact")
        name = given["name"]
        if name in self.ran.artifacts:
            raise _Refused(f"an artifact with the name {name} exists already")
        wanted = [line.strip() for line in given["path"].splitlines() if line.strip()]
        found = sorted({one for pattern in wanted for one in self.workspace.glob(pattern)})
        if not found:
            what = f"No files were found with the provided path: {', '.join(wanted)}"
            if given.get("if-no-files-found") == "error":
                raise _Refused(what)
            return "" if given.get("if-no-files-found") == "ignore" else f"::warning::{what}"
        self.ran.artifacts[name] = found
        return ""


class _Refused(Exception):
    """An action that fails, and why."""


def _assignments(path: Path) -> dict[str, str]:
    """NAME=value, or NAME<<END with lines until END."""
    found: dict[str, str] = {}
    lines = iter(path.read_text(encoding="utf-8").splitlines())
    for line in lines:
        name, sign, value = line.partition("=")
        if "<<" in name:
            name, _, end = line.partition("<<")
            value = "\n".join(itertools.takewhile(lambda one, end=end: one != end, lines))
        else:
            assert sign, f"Unable to process file command: {line!r}"
        found[name] = value
    return found
