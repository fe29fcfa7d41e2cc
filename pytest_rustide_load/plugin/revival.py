"""How a run gets its backends back: what the scenario says of it, as what the engine takes.

Joins workload, engine and the backends of the users; knows nothing of samples or verdicts.
"""

from __future__ import annotations

from pytest_rustide_load.engine import Session
from pytest_rustide_load.engine.recovery import RecoveryPlan
from pytest_rustide_load.lsp.restarts import RESTART_RULES
from pytest_rustide_load.plugin.backend import IdeBackend, restart
from pytest_rustide_load.workload import Scenario
from pytest_rustide_load.workload.faults import Restart

__all__ = ["recovery_plan"]


def recovery_plan(scenario: Scenario, backends: tuple[IdeBackend, ...]) -> RecoveryPlan | None:
    """What is done about a backend that ends in mid-run; None where that ends the run. `backends` are those
    of the users, in their order."""
    if not scenario.recovers:
        return None
    how = scenario.restart or Restart()

    async def again(user: int) -> Session:
        return await restart(backends[user])

    return RecoveryPlan(restart=again, rule=RESTART_RULES[how.rule], watchdog_s=how.watchdog_s)
