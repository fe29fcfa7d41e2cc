"""Everything a load test needs in one process: settings read once, one event loop, one lock.

The composition root proper: joins launcher, session, readiness, codebase, engine, probe, budgets and
report. Knows how they follow one another, and none of their insides.
"""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Coroutine, Mapping
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import pytest
from _pytest.nodes import Node
from filelock import FileLock, Timeout

from pytest_rustide_load import __version__
from pytest_rustide_load.backends import CommandLauncher, resolve_launcher
from pytest_rustide_load.budgets import Budget, BudgetFile, merge_budgets, parse_budgets, parse_marker
from pytest_rustide_load.codebase import Codebase, CodebaseSpec, generate_codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine import RealClock, new_event_loop
from pytest_rustide_load.errors import ConfigError, Problem, RustIdeLoadError, did_you_mean
from pytest_rustide_load.monitor import host_fingerprint, short_hash
from pytest_rustide_load.plugin.backend import IdeBackend, start, stop
from pytest_rustide_load.plugin.measure import Measurement, measure
from pytest_rustide_load.plugin.options import RUNTIME_KEY, selected_names
from pytest_rustide_load.plugin.progress import Progress
from pytest_rustide_load.plugin.settings import Settings, read_settings
from pytest_rustide_load.report import LoadTestResults
from pytest_rustide_load.scenarios import load_scenarios, load_suites
from pytest_rustide_load.workload import Scenario, operation_names
from pytest_rustide_load.workspaces import (
    Repository,
    WorkspaceCache,
    find_repository,
    materialise,
    read_project,
)

__all__ = ["Runtime", "get_runtime", "source_of"]

_T = TypeVar("_T")

# Another worker's load item may take this long; then something is wrong.
_LOCK_TIMEOUT_S = 3600.0


def get_runtime(config: pytest.Config) -> Runtime:
    """The runtime of this process, made at first use."""
    runtime = config.stash.get(RUNTIME_KEY, None)
    if runtime is None:
        runtime = config.stash[RUNTIME_KEY] = Runtime(config)
    return runtime


def source_of(node: Node) -> tuple[str, int | None]:
    """The file and line (from 1) an error about a test, a class or a module points to."""
    if isinstance(node, pytest.Item):
        path, line, _ = node.location
    elif isinstance(node, pytest.Class):
        absolute, line, _ = node.reportinfo()
        path = os.path.relpath(absolute, node.config.rootpath)
    else:
        path, line = node.nodeid, None
    return path, None if line is None else line + 1


class Runtime:
    """One per process. `close()` ends whatever still runs."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._backends: list[IdeBackend] = []
        self._codebases: dict[str, Codebase] = {}
        self._lock: FileLock | None = None
        self._lock_holders = 0
        self.clock = RealClock()
        self.progress = Progress(config)

    # -- what was asked for

    @cached_property
    def settings(self) -> Settings:
        """Raises ConfigError with every wrong option."""
        return read_settings(self._config)

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        return load_scenarios()

    @cached_property
    def suites(self) -> dict[str, tuple[str, ...]]:
        return load_suites()

    @cached_property
    def budget_file(self) -> BudgetFile:
        """The budgets of the root directory, or the built-in ones. Raises ConfigError."""
        path = self.settings.budgets_path
        if path is None:
            source = "built-in budgets"
            text = resources.files("pytest_rustide_load.budgets").joinpath("default_budgets.yaml").read_text()
        else:
            source = os.path.relpath(path, self._config.rootpath)
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(Problem(f"cannot be read: {error}", source)) from None
        return parse_budgets(text, source, operations=operation_names(), scenarios=tuple(self.scenarios))

    @cached_property
    def launcher(self) -> CommandLauncher:
        """Raises StartFailed where the backend asked for is not there."""
        return resolve_launcher(self.settings.backend, environ=os.environ)

    @cached_property
    def fingerprint(self) -> dict[str, str]:
        return host_fingerprint()

    def check_options(self) -> None:
        """End the session now, with exit status 4, where an option or the backend is wrong."""
        try:
            self.launcher  # noqa: B018  resolving it is the check
            if self._repository is not None and not self._foreign.oracle.probes():
                raise ConfigError(Problem("holds no place to point at", "--load-codebase"))
        except RustIdeLoadError as error:
            raise pytest.UsageError(str(error)) from None

    def header_lines(self) -> list[str]:
        info = self.launcher.info
        path = self.settings.budgets_path
        budgets = "built-in" if path is None else path.name
        backend = f"{info.name} {info.version}".rstrip()
        machine = self.fingerprint
        hardware = f"{machine['cores']} cores, {machine['cpu']}, {machine['memory_gb']} GB"
        lines = [
            f"{', '.join(selected_names(self._config))} on {backend} ({shlex.join(info.command)})",
            f"seed {self.settings.seed}, {self._codebases_text()}, budgets {budgets}",
            f"machine {short_hash(machine)}: {hardware}",
            info.note,
        ]
        return [f"rustide-load: {line}" for line in lines if line]

    def _codebases_text(self) -> str:
        """The codebases of the built-in scenarios that were asked for."""
        if self._repository is not None:
            return f"codebase {self._repository.root.name} (your own: no answer is known, so few are checked)"
        names = [member for name in selected_names(self._config) for member in self.suites.get(name, (name,))]
        specs = [self.scenarios[name].codebase for name in names if name in self.scenarios]
        texts = dict.fromkeys(", ".join(f"{key} {value}" for key, value in spec.items()) for spec in specs)
        return f"codebase {' and '.join(texts)}" if texts else "codebases of the tests"

    def marker_budgets(self, item: pytest.Item) -> tuple[Budget, ...]:
        """The budgets of an item's markers, the nearest first. Raises ConfigError with every problem."""
        budgets: list[Budget] = []
        problems: list[Problem] = []
        for node, marker in item.iter_markers_with_node("budget"):
            path, line = source_of(node)
            try:
                budgets += parse_marker(
                    marker.args, marker.kwargs, source=path, line=line, operations=operation_names()
                )
            except ConfigError as error:
                problems += error.problems
        if problems:
            raise ConfigError(problems)
        return tuple(budgets)

    def scenario(self, wanted: str | Scenario) -> Scenario:
        """The scenario of that name. Raises ConfigError with the nearest name."""
        if isinstance(wanted, Scenario):
            return wanted
        if wanted not in self.scenarios:
            raise ConfigError(f"unknown scenario {wanted!r}: {did_you_mean(wanted, self.scenarios)}")
        return self.scenarios[wanted]

    # -- what is done

    def codebase(self, fields: Mapping[str, Any]) -> Codebase | ForeignCodebase:
        """The codebase with these fields of CodebaseSpec, generated once; the seed is that of the session
        unless given. Raises ConfigError with every wrong field."""
        if self._repository is not None:
            return self._foreign
        known = CodebaseSpec.__dataclass_fields__
        unknown = [name for name in fields if name not in known]
        if unknown:
            raise ConfigError(
                [
                    Problem(f"unknown field {name!r}: {did_you_mean(name, known)}", "codebase")
                    for name in unknown
                ]
            )
        spec = CodebaseSpec(**{"seed": self.settings.seed, **fields})
        digest = spec.digest()
        if digest not in self._codebases:
            self._codebases[digest] = generate_codebase(spec)
        return self._codebases[digest]

    def start_backend(self, codebase: Codebase | ForeignCodebase, *, editor: str = "raw") -> IdeBackend:
        """Start a backend on a copy of `codebase`, for a client that says of itself what `editor` would, and
        wait until it is ready. Raises BackendError."""
        self._take_turn()
        name = f"{self.launcher.info.name} {self.launcher.info.version}".rstrip()
        workspace = self._temporary.mktemp("rustide-load") / "workspace"
        try:
            backend = self._run(
                start(
                    self.launcher,
                    codebase,
                    workspace,
                    self.clock,
                    write=lambda target: self._write(codebase, target),
                    on_status=lambda status: self.progress.show(f"{name}: getting ready: {status}"),
                    editor=editor,
                )
            )
        except BaseException:
            self._end_turn()
            raise
        finally:
            self.progress.clear()
        self._backends.append(backend)
        return backend

    def stop_backend(self, backend: IdeBackend) -> None:
        """Stop it, with its whole process tree. Idempotent."""
        if backend in self._backends:
            self._backends.remove(backend)
            try:
                self._run(stop(backend))
            finally:
                self._end_turn()

    def run(
        self,
        item: pytest.Item,
        scenario: Scenario,
        *,
        backend: IdeBackend | None = None,
        duration_s: float | None = None,
        warm_up_s: float | None = None,
        seed: int | None = None,
    ) -> LoadTestResults:
        """Run `scenario` and judge it; the results are kept on the item. Starts and stops a backend of its
        own where none is given. Raises BackendError where that cannot be done."""
        own: list[IdeBackend] = []
        try:
            if backend is None:
                codebase = self.codebase(scenario.codebase)
                for _ in range(scenario.starts - 1):
                    own.append(self.start_backend(codebase, editor=scenario.editor))
                    self.stop_backend(own[-1])
                own.append(self.start_backend(codebase, editor=scenario.editor))
                backend = own[-1]
            return measure(
                Measurement(
                    config=self._config,
                    progress=self.progress,
                    item=item,
                    scenario=scenario,
                    backend=backend,
                    # What a scenario needs to have started itself is part of what it measures.
                    startups=tuple(own) if scenario.starts > 1 else (),
                    seed=self.settings.seed if seed is None else seed,
                    duration_s=self.settings.duration_s or duration_s,
                    warm_up_s=warm_up_s,
                    clock=self.clock,
                    budgets=merge_budgets(
                        self.marker_budgets(item), self.budget_file.for_scenario(scenario.name)
                    ),
                    fingerprint=self.fingerprint,
                    details=self.launcher.details,
                    repeat_command=self._repeat_command(item),
                    plugin_version=__version__,
                ),
                self._run,
            )
        finally:
            for started in own:
                self.stop_backend(started)

    @property
    def _temporary(self) -> pytest.TempPathFactory:
        # Outside a fixture there is no public way to pytest's temporary directories.
        factory: pytest.TempPathFactory = self._config._tmp_path_factory  # type: ignore[attr-defined]  # as said
        return factory

    @cached_property
    def _repository(self) -> Repository | None:
        """The user's own project, where --load-codebase names one. Raises ConfigError."""
        path = self.settings.codebase_path
        return None if path is None else find_repository(path)

    @cached_property
    def _foreign(self) -> ForeignCodebase:
        assert self._repository is not None  # noqa: S101  asked for only then
        return ForeignCodebase(read_project(self._repository))

    def _write(self, codebase: Codebase | ForeignCodebase, target: Path) -> None:
        """Put a copy of `codebase` at `target`. Raises OSError."""
        if isinstance(codebase, ForeignCodebase):
            assert self._repository is not None  # noqa: S101  it came from there
            self._repository.copy(target)
        elif self._workspaces is None:
            materialise(codebase, target)
        else:
            self._workspaces.copy(codebase, target)

    @cached_property
    def _workspaces(self) -> WorkspaceCache | None:
        """The codebases on disk, in pytest's cache; None where there is none (`-p no:cacheprovider`)."""
        cache: pytest.Cache | None = getattr(self._config, "cache", None)
        return None if cache is None else WorkspaceCache(cache.mkdir("rustide-load"))

    def close(self) -> None:
        """Stop every backend that still runs, and the loop."""
        for backend in list(self._backends):
            self.stop_backend(backend)
        if "_runner" in self.__dict__:
            self._runner.close()
            del self.__dict__["_runner"]

    @cached_property
    def _runner(self) -> asyncio.Runner:
        return asyncio.Runner(loop_factory=new_event_loop)

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return self._runner.run(work)

    def _repeat_command(self, item: pytest.Item) -> str:
        scenario = getattr(item, "scenario", None)
        what = shlex.quote(item.nodeid) if scenario is None else f"--load-scenario={scenario.name}"
        return shlex.join(["pytest"]) + f" {what} " + shlex.join(self.settings.repeat_options)

    # Two loads on one machine measure each other: those of several workers take turns.

    def _take_turn(self) -> None:
        self._lock_holders += 1
        if self._lock_holders > 1:
            return
        base = self._temporary.getbasetemp()
        # A worker's base directory lies in that of the session.
        shared = base.parent if hasattr(self._config, "workerinput") else base
        self._lock = FileLock(shared / "rustide-load.lock", timeout=_LOCK_TIMEOUT_S)
        try:
            self._lock.acquire()
        except Timeout:
            self._lock_holders -= 1
            raise RustIdeLoadError(
                f"another load test has been running for {_LOCK_TIMEOUT_S:g} s: {self._lock.lock_file}"
            ) from None

    def _end_turn(self) -> None:
        self._lock_holders -= 1
        if self._lock_holders == 0 and self._lock is not None:
            self._lock.release()
            self._lock = None
