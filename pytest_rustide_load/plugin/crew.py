"""Who of a run's users goes to which agent, and what is told of each agent at the end.

Values in, values out, but for the directories that agents of this host get.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from pytest_rustide_load.agents import Agent
from pytest_rustide_load.codebase import Codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.plugin.shares import EXACT_ROWS, ShareResult, Work
from pytest_rustide_load.report import AgentFigures
from pytest_rustide_load.units import MB, NS_PER_MS, s_from_ns
from pytest_rustide_load.workload import Scenario

if TYPE_CHECKING:
    from pytest_rustide_load.plugin.backend import IdeBackend
    from pytest_rustide_load.plugin.measurement import Asked
    from pytest_rustide_load.plugin.runtime import Runtime

__all__ = ["agent_figures", "users_of", "works_of"]


def users_of(agent: int, agents: int, users: int) -> tuple[int, ...]:
    """The users of one of so many agents, each counted from 0: every so many-th, because the kinds of users
    and those who are there early stand one after the other."""
    return tuple(range(agent, users, agents))


def works_of(
    runtime: Runtime,
    asked: Asked,
    codebase: Codebase | ForeignCodebase,
    first: IdeBackend | None,
    count: int,
) -> list[bytes]:
    """The work of each of `count` agents; `first` is connected to the backend that all share, None where each
    user has one."""
    settings = runtime.settings
    compared = asked.launcher is not None and asked.launcher is runtime.baseline_launcher
    choice = settings.baseline if compared and settings.baseline is not None else settings.backend
    address = choice.address if choice.kind == "tcp" else None
    if first is not None and first.shared is not None:
        address = first.shared.address
    works = []
    for agent in range(count):
        here = not settings.agents[agent].ssh
        work = Work(
            scenario=asked.scenario,
            users=users_of(agent, count, asked.scenario.users),
            seed=asked.seed,
            duration_s=asked.duration_s,
            warm_up_s=asked.warm_up_s,
            spec=codebase.spec if isinstance(codebase, Codebase) else None,
            own="" if settings.codebase_path is None else str(settings.codebase_path),
            codebase=codebase.content_hash,
            backend=choice,
            address=address,
            shared=first is not None,
            workspace="" if first is None else str(first.workspace),
            # Another host has none of pytest's directories.
            temporary=str(runtime.new_directory()) if here else "",
            exact_rows=EXACT_ROWS // count,
            diagnoses=settings.diagnoses,
        )
        works.append(msgspec.msgpack.encode(work))
    return works


def agent_figures(
    agents: Sequence[Agent], results: Mapping[int, ShareResult], scenario: Scenario, start_ns: int
) -> tuple[AgentFigures, ...]:
    """What each agent did and how far it can be believed. Of one that was lost only what it said before is
    known."""
    found = []
    for agent in agents:
        result = results.get(agent.number)
        generator = None if result is None else result.generator
        offset = agent.offset
        found.append(
            AgentFigures(
                agent=agent.number,
                spec=agent.spec.text,
                host=agent.spec.host,
                users=len(users_of(agent.number - 1, len(agents), scenario.users)),
                planned=None if generator is None else generator.planned,
                cpu_percent=None if generator is None else generator.cpu_ratio * 100,
                rss_mb=None if agent.last is None else agent.last.rss_bytes / MB,
                send_lag_p99_ms=None if generator is None else generator.send_lag_p99_ns / NS_PER_MS,
                offset_ms=None if offset is None else offset.offset_ns / NS_PER_MS,
                offset_error_ms=None if offset is None else offset.error_ns / NS_PER_MS,
                received_kb=agent.bytes_in / 1_000,
                lost=agent.lost,
                lost_s=s_from_ns(agent.lost_ns - start_ns) if agent.lost else None,
                in_flight_when_lost=agent.last.in_flight if agent.lost and agent.last else 0,
            )
        )
    return tuple(found)
