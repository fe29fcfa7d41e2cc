"""Everything a load test needs in one process: settings read once, one event loop, one lock.

The composition root proper: joins launcher, session, readiness, codebase, engine, probe, budgets and
report. Knows how they follow one another, and none of their insides.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import uuid
import warnings
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from pytest_rustide_load.backends import allow_connections, resolve_launcher
from pytest_rustide_load.budgets import BudgetFile, parse_budgets
from pytest_rustide_load.codebase import Codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine import RealClock, new_event_loop
from pytest_rustide_load.errors import ConfigError, Problem, RustIdeLoadError, did_you_mean
from pytest_rustide_load.history import HistoryStore
from pytest_rustide_load.monitor import host_fingerprint
from pytest_rustide_load.plugin.ambient import Ambient
from pytest_rustide_load.plugin.backend import IdeBackend, start, start_beside, start_shared, stop
from pytest_rustide_load.plugin.endings import Endings
from pytest_rustide_load.plugin.fault_words import with_faults
from pytest_rustide_load.plugin.handover import handed_over, no_temporary, temporary, underway
from pytest_rustide_load.plugin.keeping import git_revision, named_history, open_history
from pytest_rustide_load.plugin.measurement import Asked, Finish
from pytest_rustide_load.plugin.options import BUILT_IN_PREFIX, RUNTIME_KEY, TERMINAL_FD_KEY, is_worker
from pytest_rustide_load.plugin.progress import Progress
from pytest_rustide_load.plugin.running import check_can_run, run_here
from pytest_rustide_load.plugin.settings import Settings, read_settings
from pytest_rustide_load.plugin.sources import Codebases
from pytest_rustide_load.plugin.stress_words import asked_by_markers
from pytest_rustide_load.plugin.surroundings import Surroundings, open_storage
from pytest_rustide_load.plugin.turns import Turns
from pytest_rustide_load.ports import Launcher
from pytest_rustide_load.report import LoadTestResults
from pytest_rustide_load.scenarios import (
    load_scenarios,
    load_suites,
    read_scenario_file,
    scenario_names,
    with_cells,
)
from pytest_rustide_load.seeds import derive_seed
from pytest_rustide_load.stress.storage import Place
from pytest_rustide_load.workload import Scenario, adjust, operation_names
from pytest_rustide_load.workload.faults import Fault
from pytest_rustide_load.workload.size import too_large

if TYPE_CHECKING:
    from pytest_rustide_load.plugin.baselines import Baseline

__all__ = ["Runtime", "get_runtime"]

_T = TypeVar("_T")
_PLAIN = Surroundings()
# A process may have a thousand descriptors where nobody says more.
_FEW_USERS = 100


def get_runtime(config: pytest.Config) -> Runtime:
    """The runtime of this process, made at first use."""
    runtime = config.stash.get(RUNTIME_KEY, None)
    if runtime is None:
        runtime = config.stash[RUNTIME_KEY] = Runtime(config)
    return runtime


class Runtime:
    """One per process. `close()` ends whatever still runs."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self._backends: list[IdeBackend] = []
        # Where scenarios of one's own lie, by name.
        self._files: dict[str, Path] = {}
        self.clock = RealClock()
        self.progress = Progress(config)
        self._turns = Turns(shared=bool(config.getoption("load_parallel")), waiting=self.progress.waiting)
        self.ambient = Ambient(config.rootpath)
        self.endings = Endings(config.stash.get(TERMINAL_FD_KEY, -1))
        # Found where pytest does not gather warnings yet.
        self._to_tell: list[str] = []

    # -- what was asked for

    @cached_property
    def settings(self) -> Settings:
        """Raises ConfigError with every wrong option."""
        return read_settings(self.config)

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        """The built-in ones, and those of files that were collected so far, cells of matrices too."""
        return with_cells(load_scenarios(self.settings.profile).values())

    @cached_property
    def suites(self) -> dict[str, tuple[str, ...]]:
        return load_suites(self.settings.profile)

    @cached_property
    def budget_file(self) -> BudgetFile:
        """The budgets of the root directory, or the built-in ones. Raises ConfigError."""
        path, source = self.settings.budgets_path, self.budget_source
        if path is None:
            text = resources.files("pytest_rustide_load.budgets").joinpath("default_budgets.yaml").read_text()
        else:
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(Problem(f"cannot be read: {error}", source)) from None

        def parse(names: tuple[str, ...]) -> BudgetFile:
            return parse_budgets(text, source, operations=operation_names(), scenarios=names)

        known = tuple(self.scenarios)
        try:
            return parse(known)
        except ConfigError:
            # Of the scenarios of one's own only those are known that this session collected.
            return parse((*known, *scenario_names(self.config.rootpath)))

    @property
    def budget_source(self) -> str:
        """The file the budgets come from, or that they are built in."""
        path = self.settings.budgets_path
        return "built-in budgets" if path is None else os.path.relpath(path, self.config.rootpath)

    @cached_property
    def launcher(self) -> Launcher:
        """Raises StartFailed where the backend asked for is not there."""
        return resolve_launcher(self.settings.backend, environ=os.environ)

    @cached_property
    def baseline_launcher(self) -> Launcher | None:
        """What the backend is compared with, where that was asked for. Raises StartFailed."""
        choice = self.settings.baseline
        return None if choice is None else resolve_launcher(choice, environ=os.environ)

    @cached_property
    def fingerprint(self) -> dict[str, str]:
        return host_fingerprint()

    @cached_property
    def history(self) -> HistoryStore | None:
        """Where runs are kept; None for nowhere. Raises HistoryError for a file that cannot be one."""
        return open_history(self.config, self._to_tell.append)

    @cached_property
    def earlier(self) -> Baseline | None:
        """The runs of before that this session is compared with. Raises ConfigError, HistoryError."""
        from pytest_rustide_load.plugin.baselines import load_baseline

        name = self.settings.earlier
        # One that is named is looked at now; the usual one is made when there is something to keep.
        history = self.history if name is not None or named_history(self.config) else None
        root, may_lack = self.config.rootpath, bool(self.config.getoption("load_allow_missing"))
        return None if name is None else load_baseline(name, root, history, self.session, may_lack=may_lack)

    @cached_property
    def session(self) -> str:
        """What tells this session from others; the same in all of its workers."""
        given = getattr(self.config, "workerinput", {}).get("testrunuid") or uuid.uuid4().hex
        return str(given)[:12]

    @cached_property
    def revision(self) -> str:
        """The commit of the directory the tests lie in; empty where it has none."""
        return git_revision(self.config.rootpath)

    def check_options(self) -> None:
        """End the session now, with exit status 4, where an option or the backend is wrong."""
        try:
            self.launcher, self.baseline_launcher, self.earlier  # noqa: B018  resolving them is the check
            self.codebases.check()
            self.progress.clear()
            if not self.config.pluginmanager.hasplugin("tmpdir"):
                raise no_temporary()
        except RustIdeLoadError as error:
            raise pytest.UsageError(str(error)) from None

    def scenario_of_file(self, path: Path) -> Scenario:
        """The scenario of one's own in `path`. Raises ConfigError with every problem."""
        source = os.path.relpath(path, self.config.rootpath)
        scenario = read_scenario_file(path, source, self.settings.profile, self.ambient.networks)
        if scenario.name in self.scenarios:
            raise ConfigError(Problem(f"there is another scenario {scenario.name!r}", source))
        for name, one in with_cells([scenario]).items():
            self.scenarios[name] = one
            self._files[name] = path
        return scenario

    def in_profile(self, name: str, profile: str) -> Scenario:
        """The scenario `name` as another profile wants it."""
        path = self._files.get(name)
        if path is None:
            return with_cells(load_scenarios(profile).values())[name]
        return with_cells([read_scenario_file(path, str(path), profile, self.ambient.networks)])[name]

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
        try:
            return self.codebases.get(fields, self.settings.seed)
        finally:
            self.progress.clear()

    def start_backend(
        self,
        codebase: Codebase | ForeignCodebase,
        *,
        editor: str = "raw",
        around: Surroundings = _PLAIN,
        launcher: Launcher | None = None,
        share: bool = False,
        beside: IdeBackend | None = None,
        which: str = "",
    ) -> IdeBackend:
        """Start a backend on a copy of `codebase`, for a client that says of itself what `editor` would, in
        the surroundings `around` it, and wait until it is ready; `launcher` starts another than the
        session's. One to `share` can have more clients `beside` the first. `which` of several it is, is shown
        while it gets ready. Raises BackendError, and
        StressRefused where these surroundings cannot be had."""
        self._turns.take(self._lock_path)
        launcher = launcher or self.launcher
        if around.keeps_cache:
            launcher = launcher.caching()
        name = f"{launcher.info.name} {launcher.info.version}".rstrip() + (f", {which}" if which else "")
        how: dict[str, Any] = {
            "write": lambda target: self.codebases.write(codebase, target),
            "on_status": lambda status: self.progress.show(f"{name}: getting ready: {status}"),
            "editor": editor,
            "around": around,
            "seed": derive_seed(self.settings.seed, "network", len(self._backends)),
        }
        leftovers = ExitStack()
        try:
            if beside is not None:
                place, starting = beside.place, start_beside(beside, self.clock, **how)
            else:
                how["cage"] = around.cage(leftovers)
                storage = around.storage if around.storage != "disk" else self.ambient.storage or "disk"
                directory, place = self.open_storage(storage, leftovers)
                workspace = directory / "workspace"
                if share:
                    starting = start_shared(launcher, codebase, workspace, self.clock, **how)
                else:
                    starting = start(launcher.launch, codebase, workspace, self.clock, **how)
            backend = self._run(self.progress.keep_showing(starting))
            backend.place, backend.leftovers = place, leftovers
        except BaseException:
            leftovers.close()
            self._turns.end()
            raise
        finally:
            self.progress.clear()
        self._backends.append(backend)
        return backend

    def open_storage(self, storage: str, stack: ExitStack) -> tuple[Path, Place]:
        """A new directory on `storage`, and what it lies on. Raises StressRefused."""
        keep_free_bytes = self.settings.margin.keep_free_bytes
        return open_storage(storage, lambda: self._temporary.mktemp("rustide-load"), keep_free_bytes, stack)

    def stop_backend(self, backend: IdeBackend) -> None:
        """Stop it, with its whole process tree. Idempotent."""
        if backend in self._backends:
            self._backends.remove(backend)
            try:
                self._run(stop(backend))
            finally:
                self._turns.end()

    def run(
        self,
        item: pytest.Item,
        scenario: Scenario,
        *,
        backend: IdeBackend | None = None,
        duration_s: float | None = None,
        warm_up_s: float | None = None,
        seed: int | None = None,
        launcher: Launcher | None = None,
        keep: bool = True,
        role: str = "",
        stored: bool = True,
        finish: Finish | None = None,
        on_started: Callable[[IdeBackend], object] | None = None,
        fault: Fault | None = None,
    ) -> LoadTestResults:
        """Run `scenario` and judge it; the results, as `finish` makes them, are kept on the item, unless
        `keep` is False, and `stored` in the history. `role` is that in a pair.

        Every user has a backend and a working copy, or all share one of both: `backend` is that of the first,
        the others are started here and stopped again, as is the first where none is given. A test whose
        scenario shares a backend that serves one client is skipped. Raises BackendError.
        """
        while self.history is None and self._to_tell:
            warnings.warn(self._to_tell.pop(), stacklevel=2)
        networks = self.ambient.networks
        scenario = asked_by_markers(item, networks).over(self.adjusted(scenario), networks)
        seed = self.settings.seed if seed is None else seed
        duration_s = self._duration_s(duration_s, scenario)
        scenario = with_faults(scenario, item, fault, duration_s or scenario.duration_s)
        if scenario.users > _FEW_USERS or self.settings.agents:
            allow_connections()
        check_can_run(self, scenario, launcher or self.launcher, backend)
        given = (duration_s, warm_up_s, seed, launcher, keep, role, stored, finish)
        asked = Asked(item, scenario, *given)
        self.progress.begin_run(item.nodeid)
        try:
            with underway(self.config), handed_over(item):
                if self.settings.agents and self.settings.repeated is None:
                    from pytest_rustide_load.plugin.distributed import run_on_agents

                    if backend is not None:
                        raise ConfigError("agents have own backends: leave `backend` out with --load-tx")
                    return run_on_agents(self, asked)
                return run_here(self, asked, backend, on_started)
        finally:
            self.progress.end_run()

    def adjusted(self, scenario: Scenario) -> Scenario:
        """As the command line wants it. Raises ConfigError where that cannot be."""
        settings = self.settings
        try:
            found = adjust(
                scenario, users=settings.users, rate_factor=settings.rate_factor, ramp=settings.ramp
            )
        except ValueError as error:
            raise ConfigError(Problem(str(error), "--load-ramp")) from None
        duration_s = self._duration_s(None, found) or found.duration_s
        if message := too_large(replace(found, duration_s=duration_s)):
            raise ConfigError(Problem(message, f"{scenario.name} as these options want it"))
        return found

    def _duration_s(self, asked_s: float | None, scenario: Scenario) -> float | None:
        """The measured time, where it is not the scenario's own: of each step of a ramp as long."""
        duration_s = self.settings.duration_s or asked_s
        return None if duration_s is None else duration_s * max(len(scenario.ramp), 1)

    @property
    def _temporary(self) -> pytest.TempPathFactory:
        return temporary(self.config)

    @property
    def _lock_path(self) -> Path:
        base = self._temporary.getbasetemp()
        # A worker's base directory lies in that of the session.
        return (base.parent if is_worker(self.config) else base) / "rustide-load.lock"

    @cached_property
    def codebases(self) -> Codebases:
        return Codebases(self.config, self.settings.codebase_path, self.progress.say)

    def turn(self) -> AbstractContextManager[None]:
        """Load of this process alone, as long as it lasts."""
        return self._turns.held(self._lock_path)

    def new_directory(self) -> Path:
        """An empty one, kept as long as pytest keeps its own."""
        return self._temporary.mktemp("rustide-load")

    def run_loop(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run `work` on the session's event loop, to its end."""
        return self._run(work)

    def close(self) -> None:
        """Stop every backend that still runs, and the loop."""
        for backend in list(self._backends):
            self.stop_backend(backend)
        self.endings.close()
        if "_runner" in self.__dict__:
            self._runner.close()
            del self.__dict__["_runner"]
        if self.__dict__.get("history") is not None:
            self.__dict__.pop("history").close()

    @cached_property
    def _runner(self) -> asyncio.Runner:
        return asyncio.Runner(loop_factory=new_event_loop)

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        self.endings.watch()
        return self.endings.run(self._runner, work)

    def repeat_command(self, item: pytest.Item) -> str:
        """What runs the item again."""
        built_in = item.nodeid.startswith(BUILT_IN_PREFIX)
        what = f"--load-scenario={item.name}" if built_in else item.nodeid
        return shlex.join(["pytest", what, *self.settings.repeat_options])
