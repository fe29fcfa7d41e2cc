"""What the three fixtures give to a test: factories of codebases and backends, and the scenario runner.

Knows nothing of how any of it is done; the runtime does it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rustide_load.codebase import Codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.errors import ConfigError, Problem, did_you_mean, shown
from pytest_rustide_load.plugin.backend import IdeBackend
from pytest_rustide_load.plugin.fault_words import fault_by_markers, parse_fault
from pytest_rustide_load.plugin.options import CANNOT
from pytest_rustide_load.plugin.runtime import get_runtime
from pytest_rustide_load.plugin.stress_words import asked_by_markers
from pytest_rustide_load.plugin.surroundings import DIRECT, Surroundings
from pytest_rustide_load.stress.child import StressRefused
from pytest_rustide_load.workload import Scenario
from pytest_rustide_load.workload.faults import FAULTS, Fault
from pytest_rustide_load.workload.networks import LinkProfile
from pytest_rustide_load.workload.scenario import EDITORS

if TYPE_CHECKING:
    from pytest_rustide_load.report import LoadTestResults

__all__ = ["BackendFactory", "CodebaseFactory", "FaultFactory", "ScenarioRunner"]

_RUN = "run_scenario"


class CodebaseFactory:
    """`rust_codebase(seed=42, loc=20_000)`: a synthetic Rust codebase with an oracle.

    Takes the fields of CodebaseSpec; the seed is that of the session unless given. Raises ConfigError
    with every wrong argument.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def __call__(self, **fields: Any) -> Codebase | ForeignCodebase:
        return get_runtime(self._config).codebase(fields)


class BackendFactory:
    """`ide_backend(codebase)`: a backend, started on a copy of the codebase and ready. `editor` is whose
    capabilities the client announces: that of the scenario which is to run on it. The test's stress markers
    say what network it is behind and where its workspace lies; in a test that uses `network_profile` or
    `memory_pressure` it can be put behind one, or limited, later.

    Raises StartFailed, NotReady or Crashed, each with the tail of the backend's stderr.
    """

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._runtime = get_runtime(request.config)
        self._item: pytest.Item = request.node
        self._started: list[IdeBackend] = []

    def __call__(self, codebase: Codebase | ForeignCodebase, *, editor: str = "raw") -> IdeBackend:
        if editor not in EDITORS:
            message = f"unknown editor {editor!r}: {did_you_mean(editor, EDITORS)}"
            raise ConfigError(Problem(message, "ide_backend"))
        _check_codebase(codebase)
        try:
            backend = self._runtime.start_backend(codebase, editor=editor, around=self._around())
        except StressRefused as error:
            pytest.skip(f"a backend {CANNOT} so: {error}")
        self._started.append(backend)
        return backend

    def _around(self) -> Surroundings:
        """What the test's markers ask for, and what its fixtures may do later."""
        networks = self._runtime.ambient.networks
        asked = asked_by_markers(self._item, networks)
        used = getattr(self._item, "fixturenames", ())
        network = networks[asked.network] if asked.network else None
        if network is None and "network_profile" in used:
            network = LinkProfile("direct", 0)
        marked, _ = fault_by_markers(self._item)
        groups = set() if marked is None else {FAULTS[marked.kind].group}
        if "backend_fault" in used:
            # Which one it will be is not known yet.
            groups = {"connection", "cache"}
        if network is None and "connection" in groups:
            network = DIRECT
        return Surroundings(
            network=network,
            keeps_cache="cache" in groups,
            storage=asked.storage or "disk",
            is_caged="memory_pressure" in used or bool(asked.stress.get("memory_limit_bytes")),
        )

    def stop_all(self) -> None:
        """Stop every backend this factory started, the last one first."""
        while self._started:
            self._runtime.stop_backend(self._started.pop())


class FaultFactory:
    """`backend_fault("kill", at="3s")`: what is done to the backends of a run; the keys of `fault` in a
    scenario. Raises ConfigError with every problem."""

    def __call__(self, *args: str, **kwargs: Any) -> Fault:
        return parse_fault(args, kwargs)


class ScenarioRunner:
    """`run_scenario("individual-developer", backend=backend, duration_s=20)` → LoadTestResults.

    The scenario is the name of a built-in one or a Scenario. Without `backend` one is started on the
    scenario's own codebase. `warm_up_s` comes before `duration_s` and is not measured; both are the
    scenario's unless given, and `seed` is that of the session. `fault` is one that `backend_fault` gave.
    """

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._runtime = get_runtime(request.config)
        self._item: pytest.Item = request.node

    def __call__(
        self,
        scenario: str | Scenario,
        *,
        backend: IdeBackend | None = None,
        duration_s: float | None = None,
        warm_up_s: float | None = None,
        seed: int | None = None,
        fault: Fault | None = None,
    ) -> LoadTestResults:
        _check_run(scenario, backend)
        _check_times(duration_s=duration_s, warm_up_s=warm_up_s)
        return self._runtime.run(
            self._item,
            self._runtime.scenario(scenario),
            backend=backend,
            duration_s=duration_s,
            warm_up_s=warm_up_s,
            seed=seed,
            fault=fault,
        )


def _check_codebase(codebase: object) -> None:
    if not isinstance(codebase, Codebase | ForeignCodebase):
        message = f"{shown(codebase)} is no codebase: rust_codebase(loc=5_000) gives one"
        raise ConfigError(Problem(message, "ide_backend"))


def _check_run(scenario: object, backend: object) -> None:
    if not isinstance(scenario, str | Scenario):
        raise ConfigError(Problem(f"{shown(scenario)} is neither the name of a scenario nor one", _RUN))
    if backend is not None and not isinstance(backend, IdeBackend):
        message = (
            f"backend: {shown(backend)} is none that ide_backend(codebase) gave; which program is started "
            "says --ide-backend"
        )
        raise ConfigError(Problem(message, _RUN))


def _check_times(**times: object) -> None:
    """Seconds: of nothing nothing can be measured, but a warm-up may be left out."""
    problems = []
    for name, value in times.items():
        least = 0.0 if name == "warm_up_s" else math.ulp(0)
        if value is None:
            continue
        if isinstance(value, int | float) and not isinstance(value, bool) and least <= value < math.inf:
            continue
        problems.append(Problem(f"{name}: {shown(value)} is not a number of seconds, such as 20", _RUN))
    if problems:
        raise ConfigError(problems)
