"""A run that is shared by agents: processes, here or on other hosts, that each have some of its users.

Starts agents over execnet (a pipe, or ssh), agrees with them on a moment to begin, hears from them each
second and notices when one is lost. Knows nothing of scenarios, backends or samples: what the work is and
what comes of it are bytes to this room.
"""

from __future__ import annotations

from pytest_rustide_load.agents.clocks import Offset
from pytest_rustide_load.agents.fleet import Agent, Fleet
from pytest_rustide_load.agents.messages import Report
from pytest_rustide_load.agents.spec import AgentSpec, parse_agent_specs

__all__ = ["Agent", "AgentSpec", "Fleet", "Offset", "Report", "parse_agent_specs"]
