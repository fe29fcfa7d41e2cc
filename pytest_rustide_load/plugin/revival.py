"""How a run gets its backends back, and what is done to them on purpose: what a scenario says, as what the
engine takes.

Joins workload, engine, stress and the backends of the users; knows nothing of samples or verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pytest_rustide_load.backends.environment import CACHE
from pytest_rustide_load.engine import Session
from pytest_rustide_load.engine.faulting import Faulting, PlannedFault
from pytest_rustide_load.engine.recovery import RecoveryPlan
from pytest_rustide_load.lsp.restarts import RESTART_RULES
from pytest_rustide_load.plugin.backend import IdeBackend, restart
from pytest_rustide_load.stress.child import StressRefused
from pytest_rustide_load.stress.faults import Target, strike
from pytest_rustide_load.workload import Scenario
from pytest_rustide_load.workload.faults import FAULTS, Fault, Restart

__all__ = ["recovery_plan"]

# Of a fault that nothing else finds.
_WATCHDOG_S = 3.0


def recovery_plan(
    scenario: Scenario, backends: tuple[IdeBackend, ...], *, measured_s: float, seed: int
) -> RecoveryPlan | None:
    """What is done about a backend that ends in mid-run; None where that ends the run. `backends` are those
    of the users, in their order; `measured_s` is how long the measured time is to be."""
    if not scenario.recovers:
        return None
    how, fault = scenario.restart or Restart(), scenario.fault

    async def again(user: int) -> Session:
        return await restart(backends[user])

    watchdog_s = how.watchdog_s
    if fault is not None and watchdog_s is None and FAULTS[fault.kind].is_silent:
        watchdog_s = _WATCHDOG_S
    return RecoveryPlan(
        restart=again,
        rule=RESTART_RULES[how.rule],
        watchdog_s=watchdog_s,
        fault=None if fault is None else _planned(fault, backends, measured_s, seed),
        tells_status=all(backend.readiness.quiescent_ns is not None for backend in backends),
    )


def _planned(fault: Fault, backends: tuple[IdeBackend, ...], measured_s: float, seed: int) -> PlannedFault:
    async def act(run: Faulting) -> None:
        try:
            await strike(
                fault, _targets(fault, backends), struck=run.struck, is_busy=lambda: run.is_busy, seed=seed
            )
        except StressRefused as error:
            run.refuse(str(error))

    return PlannedFault(fault.kind, fault.after_s(measured_s), act, fault.is_gated)


def _targets(fault: Fault, backends: tuple[IdeBackend, ...]) -> list[Target]:
    """Each process once; each connection of each user."""
    sharing: dict[int, list[IdeBackend]] = {}
    for one in backends:
        sharing.setdefault(one.running.backend_pid or id(one), []).append(one)
    if FAULTS[fault.kind].group != "connection":
        backends = tuple(users[0] for users in sharing.values())
    return [
        Target(
            backend.name,
            # Nobody's server but ours is hurt: what we started has a supervisor above it.
            backend.running.backend_pid if backend.running.pid != backend.running.backend_pid else 0,
            backend.link,
            _cache(backend.workspace),
            _before_load(backend),
            _start_within(sharing[backend.running.backend_pid or id(backend)]),
        )
        for backend in backends
    ]


def _cache(workspace: Path) -> Path:
    """What the backend keeps on disk: the cache it was told to keep, or what cargo builds for it."""
    own = workspace / CACHE
    # The directory alone says nothing: every backend has its own place for caches.
    return own if any(path.is_file() for path in own.rglob("*")) else workspace / "target"


def _before_load(backend: IdeBackend) -> Callable[[Callable[[int], None]], Callable[[], None]]:
    def add(do: Callable[[int], None]) -> Callable[[], None]:
        def tell(started: IdeBackend) -> None:
            do(started.running.backend_pid)

        backend.on_restart.append(tell)
        return lambda: backend.on_restart.remove(tell)

    return add


def _start_within(backends: Sequence[IdeBackend]) -> Callable[[tuple[str, ...]], Callable[[], None]]:
    """Of those who share a process anyone may be the first to find it gone."""

    def say(program: tuple[str, ...]) -> None:
        for backend in backends:
            backend.within = program

    def begin(program: tuple[str, ...]) -> Callable[[], None]:
        say(program)
        return lambda: say(())

    return begin
