"""One scenario whose users are run by agents: from --load-tx to results like those of a single process.

Joins the runtime, the fleet of agents and what they give back. Knows nothing of how an agent does its share.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from pytest_rustide_load import __version__, errors
from pytest_rustide_load.agents import Agent, Fleet, Report
from pytest_rustide_load.agents.version import code_digest, host_identity
from pytest_rustide_load.codebase import Codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.errors import AgentError, ConfigError, Problem
from pytest_rustide_load.plugin import handover
from pytest_rustide_load.plugin.crew import agent_figures, works_of
from pytest_rustide_load.plugin.diagnosis import Diagnosis
from pytest_rustide_load.plugin.hindsight import with_hindsight
from pytest_rustide_load.plugin.measure import judged, keep_run, live_view, watching_of
from pytest_rustide_load.plugin.measurement import Asked, Measurement, measurement_of
from pytest_rustide_load.plugin.options import CANNOT
from pytest_rustide_load.plugin.shares import Prepared, ShareResult, Shares, merged_record
from pytest_rustide_load.plugin.surroundings import Surroundings
from pytest_rustide_load.plugin.watching import Watching
from pytest_rustide_load.report import BackendIdentity, LoadTestResults
from pytest_rustide_load.stats.alerts import AlertRule
from pytest_rustide_load.stats.histogram import Histogram
from pytest_rustide_load.stats.merged import Counted, seconds_of, summarise_tally
from pytest_rustide_load.stats.record import PartOfRun, ResourceSample, RunRecord
from pytest_rustide_load.stats.samples import SampleLog
from pytest_rustide_load.stats.summary import summarise
from pytest_rustide_load.stats.watch import RunSoFar, RunWatch
from pytest_rustide_load.stats.watch_counts import CountsWatch
from pytest_rustide_load.units import NS_PER_S, ns_from_s, s_from_ns
from pytest_rustide_load.workload import JOINT_OPERATIONS, OPERATIONS, Plan, Scenario, Stress, waited_for

if TYPE_CHECKING:
    from pytest_rustide_load.plugin.backend import IdeBackend
    from pytest_rustide_load.plugin.runtime import Runtime
    from pytest_rustide_load.report.live_counts import CountedFigures

__all__ = ["run_on_agents"]

_MODULE = "pytest_rustide_load.plugin.remote"
_LOOK_S = 0.1
# Between two words of how far its preparations are an agent may make a codebase of millions of lines, or wait
# for a backend as long as that may take to be ready.
_NO_NEWS_S = 300.0
# Between the word to start and the start: longer than any message is on its way.
_LEAD_NS = NS_PER_S // 2
# How long agents may take to hand over what they have; and when they are told to come to an end.
_HAND_OVER_NS = 60 * NS_PER_S
_STOP_NS = 5 * NS_PER_S


def run_on_agents(runtime: Runtime, asked: Asked) -> LoadTestResults:
    """Run the scenario, whose users are dealt out to the agents of the session, and judge it like any other
    run. A test whose scenario takes a single process is skipped.

    Raises AgentError where agents cannot be started or cannot do their share, BackendError and ConfigError as
    a run without agents does.
    """
    _skip_what_takes_one_process(asked.scenario)
    with runtime.turn():
        run = _Run(runtime, asked)
        try:
            return run.go()
        finally:
            run.close()


def _skip_what_takes_one_process(scenario: Scenario) -> None:
    users = (scenario.of_user(user) for user in range(scenario.users))
    asked = {pattern.operation for user in users for pattern in user.patterns}
    asked |= {pattern.operation for stage in scenario.stages for pattern in stage.patterns}
    together = JOINT_OPERATIONS & asked
    why = ""
    if together:
        why = f"its users change files that they do not have open ({', '.join(sorted(together))})"
    elif scenario.stress != Stress():
        why = "its stress is on the machine of the backend"
    elif scenario.storage != "disk" or any(stage.network for stage in scenario.stages):
        why = "what is around its backends is not the usual, or changes"
    elif scenario.recovers:
        why = "its backends end and are started again"
    elif scenario.starts > 1:
        why = "it times how a backend starts"
    if why:
        pytest.skip(
            f"{scenario.name} {CANNOT}: it takes a single process, because {why}; run it without --load-tx"
        )


class _Run:
    """One run from the first agent to the results. `close` ends whatever it has started."""

    def __init__(self, runtime: Runtime, asked: Asked) -> None:
        self._runtime = runtime
        self._asked = asked
        self._scenario = asked.scenario
        self._codebase: Codebase | ForeignCodebase = runtime.codebase(asked.scenario.codebase)
        self._shares = Shares()
        self._fleet = Fleet(
            runtime.settings.agents[: asked.scenario.users],
            module=_MODULE,
            now_ns=runtime.clock.now_ns,
            on_report=self._on_report,
            on_chunk=lambda agent, chunk: self._shares.add_chunk(agent.number, chunk.name, chunk.data),
        )
        plan = Plan(
            asked.scenario, seed=asked.seed, duration_s=asked.duration_s, warm_up_s=asked.warm_up_s, only=()
        )
        self._presence = plan.presence
        self._window_ns = (plan.measure_start_ns, plan.end_ns)
        self._first: IdeBackend | None = None
        self._resources: list[ResourceSample] = []
        self._in_flight: list[tuple[int, int]] = []
        self._so_far: RunSoFar | None = None
        self._results: dict[int, ShareResult] = {}
        self._start_ns = self._end_ns = runtime.clock.now_ns()
        self._cpu_s = 0.0
        self._ended, self._message = "complete", ""
        self._stopping_ns: int | None = None

    def go(self) -> LoadTestResults:
        runtime, asked = self._runtime, self._asked
        count = len(self._fleet.agents)
        self._fleet.start(
            __version__,
            code_digest(),
            lambda up: self._show(f"{up} of {_agents(count)} {'is' if count == 1 else 'are'} up"),
        )
        if self._scenario.topology == "shared" and self._scenario.users > 1:
            self._first = runtime.start_backend(
                self._codebase,
                around=Surroundings(priority=self._scenario.priority),
                launcher=asked.launcher,
                share=True,
            )
        self._check_hosts()
        works = works_of(runtime, asked, self._codebase, self._first, count)
        self._fleet.give(works)
        prepared = runtime.run_loop(self._prepare())
        what = measurement_of(runtime, asked, () if self._first is None else (self._first,))
        identity = BackendIdentity(name=prepared.backend, version=prepared.version)
        if self._first is not None:
            identity = BackendIdentity(name=self._first.name, version=self._first.version)
        what = replace(what, identity=identity, codebase=self._codebase)
        watching = watching_of(what)
        diagnosis = Diagnosis(what.backends, runtime.clock, closely=what.diagnoses)
        started_at = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            load = watching.around(self._load(watching), lambda: self._so_far, self._follow)
            with live_view(what, lambda: self._figures(watching)):
                runtime.run_loop(diagnosis.around(load))
        except KeyboardInterrupt:
            self._ended = "interrupted"
            self._wind_up()
            results, _, _ = self._judge(what, watching, diagnosis, started_at)
            handover.leave(what.config, results)
            raise
        finally:
            runtime.progress.clear()
        results, record, seconds = self._judge(what, watching, diagnosis, started_at)
        if what.finish is not None:
            results = what.finish(results, record)
        keep_run(what, results, record, seconds)
        return results

    def close(self) -> None:
        self._fleet.close()
        if self._first is not None:
            self._runtime.stop_backend(self._first)
        self._runtime.progress.clear()

    def _show(self, text: str) -> None:
        self._runtime.progress.show(f"{self._scenario.name}: {text}")

    def _on_report(self, agent: Agent, report: Report) -> None:
        self._shares.add_report(agent.number, report.counts, report.resources, report.warm_up)

    # -- before the load

    def _check_hosts(self) -> None:
        """Raises ConfigError where an agent cannot reach the backend that all share."""
        first = self._first
        if first is None or first.shared is None:
            return
        host = first.shared.address[0]
        here = host_identity()
        away = [one.name for one in self._fleet.agents if one.hello is not None and one.hello.host != here]
        if away and (host in ("localhost", "::1") or host.startswith("127.")):
            message = (
                f"{', '.join(away)} cannot reach {first.name} at {host}, which is an address of this host "
                "alone: name a backend that all reach with --ide-backend=tcp://HOST:PORT"
            )
            raise ConfigError(Problem(message, "--load-tx"))

    async def _prepare(self) -> Prepared:
        """Wait until all users are ready. Raises what an agent could not do."""
        agents = self._fleet.agents
        while not all(agent.about for agent in agents):
            self._fleet.check()
            for agent in agents:
                if agent.failed is not None:
                    kind, message = agent.failed
                    raise getattr(errors, kind, AgentError)(f"{agent.name}: {message}")
                if agent.lost:
                    raise AgentError(f"{agent.name}: {agent.lost}")
                if not agent.about and time.monotonic() - agent.told_s > _NO_NEWS_S:
                    raise AgentError(f"{agent.name}: it {_standing(agent)} for {_NO_NEWS_S:g} s")
            known = [agent.status for agent in agents if agent.status is not None]
            ready = sum(status.done for status in known)
            self._show(f"{ready:,} of {self._scenario.users:,} users on {_agents(len(agents))} are ready")
            await asyncio.sleep(_LOOK_S)
        found = [msgspec.msgpack.decode(agent.about or b"", type=Prepared) for agent in agents]
        backends = {f"{one.backend} {one.version}".rstrip(): one for one in found}
        if len(backends) > 1:
            raise AgentError(
                f"the agents found different backends ({', '.join(sorted(backends))}): "
                "name one that each of their hosts has with --ide-backend"
            )
        return found[0]

    # -- the load

    async def _load(self, watching: Watching) -> None:
        clock, fleet = self._runtime.clock, self._fleet
        await asyncio.to_thread(fleet.synchronise)
        self._start_ns = clock.now_ns() + _LEAD_NS
        fleet.begin(self._start_ns)
        begins_ns, ends_ns = (self._start_ns + at_ns for at_ns in self._window_ns)
        parts = tuple(PartOfRun(*part) for part in self._scenario.parts)
        nothing = SampleLog(tuple(OPERATIONS))
        self._so_far = RunSoFar(nothing, self._resources, self._start_ns, begins_ns, ends_ns, parts)
        patience_ns = ns_from_s(self._scenario.request_timeout_s) + _HAND_OVER_NS
        deadline_ns = self._start_ns + self._window_ns[1] + patience_ns
        cpu_from_s = time.process_time()
        while not all(agent.ended for agent in fleet.agents):
            now_ns = clock.now_ns()
            fleet.check()
            self._stop_where_all_is_lost(now_ns)
            if now_ns > min(deadline_ns, self._stopping_ns or deadline_ns):
                fleet.give_up("did not come to an end")
            if watching.probe is not None and now_ns >= self._start_ns:
                self._resources.append(watching.probe.sample())
            self._note_in_flight(now_ns)
            self._cpu_s = time.process_time() - cpu_from_s
            self._show_load(s_from_ns(now_ns - self._start_ns))
            await asyncio.sleep(_LOOK_S)
        self._stop_where_all_is_lost(clock.now_ns())
        self._end_ns = clock.now_ns()

    def _follow(self, rules: Sequence[AlertRule], run: RunSoFar) -> RunWatch:
        shares, take = self._shares, self._shares.follow()
        return CountsWatch(rules, run, take=lambda: take().measured, latencies=shares.latencies)

    def _figures(self, watching: Watching) -> CountedFigures | None:
        """What the live view looks at; None before the load has begun."""
        if self._so_far is None:
            return None
        from pytest_rustide_load.plugin.live_agents import follow_agents

        return follow_agents(
            self._scenario,
            self._so_far,
            shares=self._shares,
            agents=self._fleet.agents,
            alerts=watching.alerts_so_far,
            watched_here=self._first is not None,
        )

    def _note_in_flight(self, now_ns: int) -> None:
        """Once a second, as often as agents tell."""
        if not self._in_flight or now_ns - self._in_flight[-1][0] >= NS_PER_S:
            told = (agent.last.in_flight for agent in self._fleet.agents if agent.last and not agent.ended)
            self._in_flight.append((now_ns, sum(told)))

    def _stop_where_all_is_lost(self, now_ns: int) -> None:
        """Read what agents say at their end; bring the run to its end where it can come to nothing."""
        for agent in self._fleet.agents:
            if agent.result and agent.number not in self._results:
                self._results[agent.number] = msgspec.msgpack.decode(agent.result, type=ShareResult)
            if agent.failed is not None and not agent.lost:
                agent.lost, agent.lost_ns = agent.failed[1], now_ns
        if self._stopping_ns is not None:
            return
        crashed = [one for one in self._results.values() if one.ended == "crashed"]
        lost = [agent for agent in self._fleet.agents if agent.lost]
        if crashed:
            self._ended, self._message = "crashed", crashed[0].crash_message
        elif len(lost) > self._runtime.settings.tolerated_losses:
            self._ended = "interrupted"
            self._message = "; ".join(f"{agent.name} was lost: {agent.lost}" for agent in lost)
        else:
            return
        self._stopping_ns = now_ns + _STOP_NS
        self._fleet.stop()

    def _show_load(self, elapsed_s: float) -> None:
        last = [agent.last for agent in self._fleet.agents if agent.last is not None]
        lost = sum(bool(agent.lost) for agent in self._fleet.agents)
        phase = "warming up" if elapsed_s < s_from_ns(self._window_ns[0]) else "measuring"
        more = (
            f"{_agents(len(self._fleet.agents))}{f', {lost} LOST' if lost else ''}, "
            f"{sum(one.answered for one in last):,} answers, {sum(one.in_flight for one in last):,} in flight"
        )
        total_s = s_from_ns(self._window_ns[1])
        self._runtime.progress.show_run(f"{self._scenario.name}: {phase}", max(elapsed_s, 0), total_s, more)

    def _wind_up(self) -> None:
        """After Ctrl-C: what the agents have, if they give it soon."""
        self._fleet.stop()
        deadline_s = time.monotonic() + s_from_ns(_STOP_NS)
        while time.monotonic() < deadline_s and not all(agent.ended for agent in self._fleet.agents):
            time.sleep(_LOOK_S)
            self._fleet.check()
        self._stopping_ns = self._end_ns = self._runtime.clock.now_ns()
        self._stop_where_all_is_lost(self._end_ns)

    # -- after the load

    def _judge(
        self, what: Measurement, watching: Watching, diagnosis: Diagnosis, started_at: str
    ) -> tuple[LoadTestResults, RunRecord, dict[tuple[str, int], Histogram] | None]:
        """The results, the record behind them and, where that has no samples, the latencies of each
        second."""
        shares, tally = self._shares, self._shares.tally
        whole = len(self._results) == len(self._fleet.agents)
        exact = shares.exact(self._results, self._start_ns) if whole else None
        record = merged_record(
            self._scenario,
            self._results,
            tally,
            exact,
            seed=self._asked.seed,
            started_at_utc=started_at,
            start_ns=self._start_ns,
            window_ns=self._window_ns,
            end_ns=self._end_ns,
            ended=self._ended,
            message=self._message,
            resources=self._resources if self._first is not None else shares.resources(self._start_ns),
            presence=self._presence,
        )
        record = watching.observed(record)
        seconds = counted = None
        if exact is None:
            counted = Counted(tally, self._in_flight, watching.alerts(record.measure_end_ns))
            summary = summarise_tally(record, tally, tuple(OPERATIONS), waited_for())
            seconds = seconds_of(tally, tuple(OPERATIONS))
        else:
            timeout_ns = ns_from_s(self._scenario.request_timeout_s)
            summary = summarise(record, waited_for(), timeout_ns=timeout_ns)
        results = judged(what, record, summary, watching.rules, counted=counted)
        results = with_hindsight(
            results,
            record,
            what=what,
            watching=watching,
            diagnosis=diagnosis,
            shares=self._results,
            is_exact=exact is not None,
        )
        lasted_s = max(s_from_ns(self._end_ns - self._start_ns), 1e-3)
        return (
            msgspec.structs.replace(
                results,
                agents=agent_figures(self._fleet.agents, self._results, self._scenario, self._start_ns),
                tolerated_losses=self._runtime.settings.tolerated_losses,
                controller_cpu_percent=self._cpu_s / lasted_s * 100,
                percentiles_from="samples" if exact is not None else "histograms",
            ),
            record,
            seconds,
        )


def _agents(count: int) -> str:
    return f"{count} agent{'' if count == 1 else 's'}"


def _standing(agent: Agent) -> str:
    """How far its preparations are."""
    status = agent.status
    return "began nothing" if status is None else f"said {status.text!r}, {status.done} of {status.total},"
