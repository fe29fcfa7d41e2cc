"""From a plan to samples: the session with a server, readiness, simulated users, and the run itself.

Knows nothing of processes, budgets or pytest.
"""

from __future__ import annotations

from pytest_rustide_load.engine.canary import make_canary
from pytest_rustide_load.engine.clock import RealClock, new_event_loop
from pytest_rustide_load.engine.readiness import Readiness, wait_until_ready
from pytest_rustide_load.engine.run import Progress, ScenarioRun
from pytest_rustide_load.engine.session import Reply, RequestFailed, Session
from pytest_rustide_load.engine.settled import TellingRun

__all__ = [
    "Progress",
    "Readiness",
    "RealClock",
    "Reply",
    "RequestFailed",
    "ScenarioRun",
    "Session",
    "TellingRun",
    "make_canary",
    "new_event_loop",
    "wait_until_ready",
]
