"""One run on backends of its own: started, measured, and stopped again, whatever happens.

Joins the runtime and the measurement; judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import pytest

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.plugin.backend import IdeBackend
from pytest_rustide_load.plugin.measure import measure
from pytest_rustide_load.plugin.measurement import Asked, measurement_of
from pytest_rustide_load.plugin.options import CANNOT, REPEATED_KEY
from pytest_rustide_load.plugin.pressure import refusal
from pytest_rustide_load.plugin.repeat import RepeatedRequest, find_place, repeat_request
from pytest_rustide_load.plugin.surroundings import surroundings_of
from pytest_rustide_load.ports import Launcher
from pytest_rustide_load.report import LoadTestResults
from pytest_rustide_load.stress.child import StressRefused
from pytest_rustide_load.workload import Scenario

if TYPE_CHECKING:
    from pytest_rustide_load.plugin.runtime import Runtime

__all__ = ["check_can_run", "run_here"]


def check_can_run(
    runtime: Runtime, scenario: Scenario, launcher: Launcher, backend: IdeBackend | None
) -> None:
    """Skip the test where this machine or this backend cannot do what `scenario` asks. Raises ConfigError
    where the test asks for what cannot be."""
    if scenario.topology == "shared" and scenario.users > 1:
        if backend is not None:
            what = f"the users of {scenario.name} share one backend"
            raise ConfigError(f"{what}: leave `backend` out, so that one for all is started")
        if not launcher.shares:
            pytest.skip(
                f"{scenario.name} {CANNOT}: its users share one backend, and {launcher.info.name} serves one "
                "client a process; run it with "
                "--ide-backend=embedded, or with --ide-backend=tcp://HOST:PORT on a server that listens"
            )
    why_not = refusal(scenario.stress, runtime.settings.margin)
    if why_not:
        pytest.skip(f"{scenario.name} {CANNOT}: {why_not}")


def run_here(
    runtime: Runtime,
    asked: Asked,
    backend: IdeBackend | None,
    on_started: Callable[[IdeBackend], object] | None,
) -> LoadTestResults:
    """Run what was asked on `backend`, and on as many as it takes besides, which are started here and told to
    `on_started`. Raises BackendError."""
    item, scenario = asked.item, asked.scenario
    own: list[IdeBackend] = []
    try:
        backends = [] if backend is None else [backend]
        codebase = runtime.codebase(scenario.codebase) if backend is None else backend.codebase
        repeated = runtime.settings.repeated
        alone = repeated is not None
        if repeated is not None:
            find_place(codebase, repeated)
        shares = scenario.topology == "shared" and scenario.users > 1
        starts = scenario.starts if backend is None and not alone else 1
        users = 1 if alone else scenario.users
        for again in range(starts):
            if again:
                for stopped in backends:
                    runtime.stop_backend(stopped)
                backends.clear()
            for user in range(len(backends), users):
                which = [f"start {again + 1} of {starts}"] * (starts > 1) + [
                    f"user {user + 1} of {users}"
                ] * (users > 1)
                started = runtime.start_backend(
                    codebase,
                    editor=scenario.of_user(user).editor,
                    around=surroundings_of(scenario, user),
                    launcher=asked.launcher,
                    share=shares,
                    beside=backends[0] if shares and backends else None,
                    which=", ".join(which),
                )
                if on_started is not None:
                    on_started(started)
                own.append(started)
                backends.append(started)
        if repeated is not None:
            _repeat(runtime, item, scenario, repeated, backends[0])
        # What a scenario needs to have started itself is part of what it measures.
        startups = tuple(own) if scenario.starts > 1 else ()
        return measure(measurement_of(runtime, asked, tuple(backends), startups), runtime.run_loop)
    except StressRefused as error:
        pytest.skip(f"{scenario.name} {CANNOT}: {error}")
    finally:
        for started in reversed(own):
            runtime.stop_backend(started)


def _repeat(
    runtime: Runtime, item: pytest.Item, scenario: Scenario, request: RepeatedRequest, backend: IdeBackend
) -> NoReturn:
    """Ask one request alone; then the test has nothing to judge."""
    asked = repeat_request(backend, request, runtime.clock, timeout_s=scenario.request_timeout_s)
    item.stash.setdefault(REPEATED_KEY, []).append(f"{scenario.name}: {runtime.run_loop(asked)}")
    pytest.skip(f"one request was asked alone instead of load: {request}")
