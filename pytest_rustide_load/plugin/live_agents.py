"""What the live view shows of a run whose users are run by agents.

Joins what agents tell, the backend that the controller may have, and the figures made of both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_rustide_load.agents import Agent
from pytest_rustide_load.plugin.crew import users_of
from pytest_rustide_load.plugin.shares import Shares
from pytest_rustide_load.report.live_counts import AgentSoFar, CountedFigures
from pytest_rustide_load.stats.alerts import Alert
from pytest_rustide_load.stats.record import ResourceSample
from pytest_rustide_load.stats.tally import Tally
from pytest_rustide_load.stats.watch import RunSoFar
from pytest_rustide_load.units import NS_PER_S
from pytest_rustide_load.workload import Scenario, waited_for

__all__ = ["follow_agents"]

# An agent tells the resources of its backends once a second: after so many seconds all have, and the last
# second not all.
_TOLD_BY_ALL_S = 3
_LOOKED_AT_S = 5
_LATE = (
    "agents tell once a second what ended: figures are of a second or two ago, and what is still awaited is "
    "counted as in flight alone"
)
_ELSEWHERE = "backends are on the hosts of agents: no alerts of their memory and CPU while the run goes on"


def follow_agents(
    scenario: Scenario,
    run: RunSoFar,
    *,
    shares: Shares,
    agents: Sequence[Agent],
    alerts: Callable[[], Sequence[Alert]],
    watched_here: bool,
) -> CountedFigures:
    """The figures of `run`, which has begun; `watched_here` says that the resources of `run` are those of its
    backend, which is on this host."""
    follow = shares.follow()

    def take() -> tuple[Tally, Tally]:
        fresh = follow()
        return fresh.measured, fresh.warm_up

    def resources(now_ns: int) -> Sequence[ResourceSample]:
        if watched_here:
            return run.resources[-40:]
        from_s = (now_ns - run.start_ns) // NS_PER_S - _TOLD_BY_ALL_S - _LOOKED_AT_S
        return shares.resources(run.start_ns, from_s)[_TOLD_BY_ALL_S:-1]

    return CountedFigures(
        scenario.name,
        run,
        waits=waited_for(),
        alerts=alerts,
        take=take,
        agents=lambda: [_so_far(agent, len(agents), scenario.users) for agent in agents],
        resources=resources,
        notes=(_LATE,) if watched_here else (_LATE, _ELSEWHERE),
    )


def _so_far(agent: Agent, agents: int, users: int) -> AgentSoFar:
    last = agent.last
    return AgentSoFar(
        number=agent.number,
        name=agent.name,
        users=len(users_of(agent.number - 1, agents, users)),
        at_ns=agent.last_ns,
        answered=0 if last is None else last.answered,
        in_flight=0 if last is None or agent.ended else last.in_flight,
        cpu_ns=None if last is None else last.cpu_ns,
        rss_bytes=None if last is None else last.rss_bytes,
        lost=agent.lost,
    )
