"""One run of a scenario: walks the plan, sends what is due, waits no longer than a user would.

Open loop: an operation is sent when it is due, whatever became of the one before, and its latency counts
from when it was due. Closed loop: a user's next one is due a thinking time after the answer. What editors
do on their own is due when they would do it. Knows nothing of budgets, processes or pytest.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pytest_rustide_load.codebase import Codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine.agenda import Agenda
from pytest_rustide_load.engine.collector import collector_at_rest
from pytest_rustide_load.engine.compare import Comparison, compare_documents, safety_metrics, total_counts
from pytest_rustide_load.engine.crowd import make_users
from pytest_rustide_load.engine.deeds import Deeds
from pytest_rustide_load.engine.flight import Flight
from pytest_rustide_load.engine.generator import generator_stats
from pytest_rustide_load.engine.joint import joint_acts
from pytest_rustide_load.engine.keyboard import Keyboard
from pytest_rustide_load.engine.lookout import Lookout, Progress
from pytest_rustide_load.engine.published import heed_refreshes, note_published
from pytest_rustide_load.engine.recovery import Recovery, RecoveryPlan
from pytest_rustide_load.engine.session import Reply, Session
from pytest_rustide_load.engine.slow import slow_samples
from pytest_rustide_load.engine.team import remove_file, write_text
from pytest_rustide_load.engine.user import User
from pytest_rustide_load.ports import Clock, Probe
from pytest_rustide_load.stats.record import PartOfRun, RunRecord
from pytest_rustide_load.stats.samples import Outcome, PhaseKind
from pytest_rustide_load.stats.watch import RunSoFar
from pytest_rustide_load.units import NS_PER_S
from pytest_rustide_load.workload import OPERATIONS, Plan, Scenario
from pytest_rustide_load.workload.plan import ClosedStream

__all__ = ["Progress", "ScenarioRun"]

# Checking an answer takes up to a few hundred microseconds: there must be room before the next arrival.
_IDLE_GAP_NS = 2_000_000


class ScenarioRun:
    """`await run()`, then `record()`; `record()` is right at any time, also after a cancelled `run()`.

    `sessions` and `roots` are those of the users: of all, or of the ones with the given `numbers`.
    `on_stage` is told when each stage but the first begins.
    With a `recovery` the run goes on where a backend ends.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        codebase: Codebase | ForeignCodebase,
        sessions: list[Session],
        roots: list[Path],
        clock: Clock,
        seed: int,
        duration_s: float | None = None,
        warm_up_s: float | None = None,
        probe: Probe | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        cpu_ns: Callable[[], int] = time.process_time_ns,
        write: Callable[[Path, str], None] = write_text,
        remove: Callable[[Path], None] = remove_file,
        on_stage: Callable[[int], None] | None = None,
        recovery: RecoveryPlan | None = None,
        numbers: Sequence[int] | None = None,
    ) -> None:
        self._scenario = scenario
        self._parts = tuple(PartOfRun(*part) for part in scenario.parts)
        self._clock = clock
        self._codebase = codebase
        self._on_stage = on_stage
        self._seed = seed
        self._plan = Plan(scenario, seed=seed, duration_s=duration_s, warm_up_s=warm_up_s, only=numbers)
        self._lookout = Lookout(
            probe,
            on_progress,
            cpu_ns,
            measure_start_ns=self._plan.measure_start_ns,
            end_ns=self._plan.end_ns,
        )
        self._users = make_users(scenario, codebase, sessions, roots, seed=seed, numbers=numbers)
        self._by_number = {user.number: user for user in self._users}
        timeout_ns = self._timeout_ns = round(scenario.request_timeout_s * NS_PER_S)
        self._flight = Flight(clock, timeout_ns=timeout_ns, at=self._at)
        self._keyboards = {user.number: self._keyboard_of(user) for user in self._users if user.types}
        # What a server does not announce it is not asked; who runs the scenario is told.
        self._offered = {
            name
            for user in self._users
            for name in user.offered
            if OPERATIONS[name].answered and name != "startup"
        }
        asked = {pattern.operation for user in self._users for pattern in user.patterns}
        self._not_offered = {user.number: frozenset(asked - user.offered) for user in self._users}
        # What is to happen at a time the plan did not know: closed loops, and editors.
        self._agenda = Agenda(clock)
        self._wakes: dict[int, int] = {}
        self._comparison: Comparison | None = None
        self._team, self.renames, acts = joint_acts(
            asked,
            self._users,
            roots,
            codebase,
            flight=self._flight,
            clock=clock,
            keyboards=self._keyboards,
            at=self._at,
            timeout_ns=timeout_ns,
            seed=seed,
            refactored_files=scenario.refactored_files,
            write=write,
            remove=remove,
        )
        self._recovery = Recovery(
            recovery,
            self._users,
            self._flight,
            clock,
            keyboards=self._keyboards,
            timeout_ns=timeout_ns,
            listen=self._listen,
        )
        self._deeds = Deeds(
            self._flight,
            keyboards=self._keyboards,
            acts=acts,
            phase_of=self._phase_of,
            recovery=self._recovery,
        )
        self._started_at_utc = datetime.now(UTC).isoformat(timespec="seconds")
        self._start_ns = self._end_ns = clock.now_ns()
        self._ended = "interrupted"
        self._crash_message = ""

    def _keyboard_of(self, user: User) -> Keyboard:
        return Keyboard(
            user,
            user.editor,
            self._flight,
            self._clock,
            phase_of=self._phase_of,
            wake_at=partial(self._wake_keyboard, user.number),
        )

    # -- the run

    async def run(self, start_at_ns: int | None = None) -> None:
        """Open the documents, walk the plan, wait for the last answers, compare the documents.

        It starts now, or at `start_at_ns`. A backend that ends ends the run, unless it can recover, and
        `record()` says so. Cancelling it leaves what was measured.
        """
        try:
            await self._run(start_at_ns)
        finally:
            await self._recovery.close()

    async def _run(self, start_at_ns: int | None) -> None:
        self._listen(self._users)
        with collector_at_rest():
            if start_at_ns is not None:
                await self._clock.sleep_until(start_at_ns)
            self._start_ns = start_ns = start_at_ns or self._clock.now_ns()
            self._flight.window_ns = (start_ns + self._plan.measure_start_ns, start_ns + self._plan.end_ns)
            self._recovery.begin(self._flight.window_ns[0])
            self._schedule_stages(*self._flight.window_ns)
            for user in self._users:
                keyboard = self._keyboards.get(user.number)
                if keyboard is None:
                    user.open_documents()
                else:
                    keyboard.open_documents(self._start_ns)
            for stream in self._plan.closed:
                if stream.operation in self._not_offered[stream.user]:
                    continue
                self._think(stream, 0, self._start_ns)
            await self._walk()
            if not self._crashed():
                for keyboard in self._keyboards.values():
                    keyboard.flush_all()
                await self._drain()
                await self._recovery.settle()
                await self._drain()
        self._end_ns = self._clock.now_ns()
        for user in self._users:
            user.session.on_refresh = None
        if self._crashed():
            self._ended = "crashed"
            self._crash_message = self._recovery.gave_up
            return
        self._flight.check_all()
        if self.renames is not None:
            self.renames.undo()
        await self._settle()
        self._comparison = await compare_documents([user.desk() for user in self._users])
        if self._team is not None:
            self._team.restore()
        self._ended = "complete"

    def so_far(self) -> RunSoFar | None:
        """What can be seen of it while it goes on, from another thread too; None before it has begun."""
        if not self._flight.window_ns[1]:
            return None
        seen = self._flight.samples, self._lookout.resources, self._start_ns
        return RunSoFar(*seen, *self._flight.window_ns, self._parts, self._timeout_ns)

    def record(self) -> RunRecord:
        """What was measured, with every operation that is still awaited given up as CANCELLED."""
        now_ns = self._clock.now_ns()
        if self._ended == "interrupted":
            self._end_ns = now_ns
        self._flight.end(now_ns)
        self._flight.check_all()
        samples = self._flight.samples
        measure_start = self._start_ns + self._plan.measure_start_ns
        measure_end = max(min(self._start_ns + self._plan.end_ns, self._end_ns), measure_start)
        # Several users may share one session; its counters count once.
        sessions = {id(user.session): user.session for user in self._users}
        sessions |= {id(session): session for session in self._recovery.past_sessions}
        counters = [session.counters for session in sessions.values()]
        return RunRecord(
            scenario=self._scenario.name,
            seed=self._seed,
            started_at_utc=self._started_at_utc,
            start_ns=self._start_ns,
            measure_start_ns=measure_start,
            measure_end_ns=measure_end,
            end_ns=self._end_ns,
            samples=samples,
            generator=generator_stats(
                samples,
                measure_start_ns=measure_start,
                measure_end_ns=measure_end,
                cpu_ns=self._lookout.own_cpu_ns,
                in_flight=self._flight.in_flight_mean(),
                outages=self._recovery.outages,
            ),
            safety=safety_metrics(
                total_counts(user.checker.counts for user in self._users),
                self._comparison,
                wrong_answers=sum(sample.outcome == Outcome.WRONG for sample in samples),
                duplicate_replies=sum(counter.duplicate_replies for counter in counters),
                unknown_replies=sum(counter.unknown_replies for counter in counters),
                refactored=None if self.renames is None else self.renames.figures(),
            ),
            resources=tuple(self._lookout.resources),
            ended=self._ended,
            crash_message=self._crash_message,
            first_wrong=tuple(self._flight.first_wrong),
            events=self._flight.events,
            parts=self._parts,
            slowest=slow_samples(self._flight.slowest, samples, self._codebase),
            offered=tuple(sorted(self._offered)),
            landmark_kinds=dict(sum((user.kinds for user in self._users), Counter[str]())),
            not_offered=tuple(sorted(frozenset[str]().union(*self._not_offered.values()))),
            presence=self._plan.presence,
            outages=tuple(self._recovery.outages),
            statuses=tuple(self._recovery.statuses),
            planned_end_ns=self._start_ns + self._plan.end_ns,
            fault=self._recovery.fault,
        )

    async def _walk(self) -> None:
        """Send everything in the plan when it is due."""
        for arrival in self._plan:
            due_ns = self._start_ns + arrival.intended_ns
            await self._wait_until(due_ns)
            if self._crashed():
                return
            if arrival.operation not in self._not_offered[arrival.user]:
                self._deeds.do(self._by_number[arrival.user], arrival.operation, due_ns, arrival.draw)
        await self._wait_until(self._start_ns + self._plan.end_ns)

    async def _wait_until(self, due_ns: int) -> None:
        """Return when `due_ns` has come, or the backend has gone; looks after everything else meanwhile."""
        flight = self._flight
        while True:
            now_ns = self._clock.now_ns()
            self._look_after(now_ns)
            self._agenda.act(min(now_ns, due_ns))
            if now_ns >= due_ns or self._crashed():
                return
            wake_ns = self._agenda.next_ns(due_ns)
            if flight.unchecked and not flight.in_flight and wake_ns - now_ns > _IDLE_GAP_NS:
                flight.check_one()
                # What arrived meanwhile is read before the next check.
                await asyncio.sleep(0)
                continue
            wake_ns = min(wake_ns, self._lookout.next_ns, self._recovery.next_ns)
            deadline_ns = flight.next_deadline_ns()
            await self._agenda.sleep_until(wake_ns if deadline_ns is None else min(wake_ns, deadline_ns))

    async def _drain(self) -> None:
        """Wait for what is in flight; none waits longer than a user would."""
        while not self._crashed():
            now_ns = self._clock.now_ns()
            self._look_after(now_ns)
            if self._flight.next_deadline_ns() is None and not self._recovery.is_waiting:
                return
            await self._clock.sleep_until(now_ns + _IDLE_GAP_NS)

    async def _settle(self) -> None:
        """Let arrive what changed on disk last; as long as a user would wait for an answer."""
        until_ns = self._clock.now_ns() + round(self._scenario.request_timeout_s * NS_PER_S)
        team = self._team
        while team is not None and team.is_waiting and not self._crashed():
            now_ns = self._clock.now_ns()
            if now_ns >= until_ns:
                return
            self._agenda.act(now_ns)
            await self._clock.sleep_until(now_ns + _IDLE_GAP_NS)

    def _at(self, due_ns: int, what: Callable[[], None], *, late: bool = False) -> None:
        """Do `what` at `due_ns`, unless the plan is at its end then; what may be `late` even so, while the
        run settles."""
        if late or due_ns < self._start_ns + self._plan.end_ns:
            self._agenda.add(due_ns, what)

    def _schedule_stages(self, measure_start_ns: int, end_ns: int) -> None:
        for number in range(1, len(self._scenario.stages)):
            if self._on_stage is not None:
                begins_ns, _ = self._scenario.window_ns(number, measure_start_ns, end_ns)
                self._at(begins_ns, partial(self._on_stage, number))

    def _phase_of(self, due_ns: int) -> PhaseKind:
        early = due_ns - self._start_ns < self._plan.measure_start_ns
        return PhaseKind.WARM_UP if early else PhaseKind.MEASURE

    def _think(self, stream: ClosedStream, k: int, from_ns: int) -> None:
        """Ask question `k` of a closed loop when the user has thought about it, and is there."""
        think_ns, draw = stream.question(k)
        present_ns = self._plan.present_from(stream.user, from_ns + think_ns - self._start_ns)
        if present_ns is None:
            return
        due_ns = self._start_ns + present_ns

        def done(_outcome: Outcome, done_ns: int, _reply: Reply | None) -> None:
            self._think(stream, k + 1, done_ns)

        user = self._by_number[stream.user]
        self._at(due_ns, lambda: self._deeds.do(user, stream.operation, due_ns, draw, done))

    def _wake_keyboard(self, number: int, at_ns: int) -> None:
        """Let a keyboard act at `at_ns`, if nothing does before."""
        planned_ns = self._wakes.get(number)
        if planned_ns is not None and planned_ns <= at_ns:
            return
        self._wakes[number] = at_ns

        def act() -> None:
            if self._wakes.get(number) == at_ns:
                del self._wakes[number]
            self._keyboards[number].act(self._clock.now_ns())

        self._at(at_ns, act)

    def _listen(self, users: Sequence[User]) -> None:
        """To what the servers of `users` say unasked."""
        note_published(users, self._flight.events)
        heed_refreshes(users, self._keyboards, self._clock)

    def _look_after(self, now_ns: int) -> None:
        self._flight.expire(now_ns)
        self._recovery.look(now_ns)
        self._lookout.look(now_ns, self._start_ns, self._flight.answered, self._flight.in_flight)

    def _crashed(self) -> bool:
        return bool(self._recovery.gave_up)
