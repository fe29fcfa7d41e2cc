"""One run of a scenario: walks the plan, sends what is due, waits no longer than a user would.

Open loop: an operation is sent when it is due, whatever became of the one before, and its latency counts
from when it was due. Knows nothing of budgets, processes or pytest.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pytest_rustide_load.codebase import Codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine.compare import Comparison, compare_documents, safety_metrics, total_counts
from pytest_rustide_load.engine.expected import Expected
from pytest_rustide_load.engine.generator import generator_stats
from pytest_rustide_load.engine.published import note_published
from pytest_rustide_load.engine.session import CLOSED, Reply, Session
from pytest_rustide_load.engine.user import PendingCheck, User
from pytest_rustide_load.lsp.messages import CONTENT_MODIFIED, REQUEST_CANCELLED, SERVER_CANCELLED
from pytest_rustide_load.ports import Clock, Probe
from pytest_rustide_load.stats.events import EventLog
from pytest_rustide_load.stats.record import ResourceSample, RunRecord
from pytest_rustide_load.stats.samples import NEVER, Outcome, PhaseKind, SampleLog
from pytest_rustide_load.units import NS_PER_S
from pytest_rustide_load.workload import OPERATIONS, Plan, Scenario

__all__ = ["Progress", "ScenarioRun"]

MAX_IN_FLIGHT = 4_096
# Answers that wait to be checked; beyond this they are checked at once, whatever that costs.
MAX_UNCHECKED_BYTES = 64 * 1024 * 1024
MAX_UNCHECKED = 20_000
_MAX_DESCRIBED = 10
_PROBE_INTERVAL_NS = NS_PER_S // 10
_PROGRESS_INTERVAL_NS = NS_PER_S // 4
# Checking an answer takes up to a few hundred microseconds: there must be room before the next arrival.
_IDLE_GAP_NS = 2_000_000


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands: seconds since its start, of how many, and what has come back so far."""

    elapsed_s: float
    total_s: float
    warming_up: bool
    answered: int
    in_flight: int


class ScenarioRun:
    """`await run()`, then `record()`; `record()` is right at any time, also after a cancelled `run()`.

    `sessions` and `roots` hold one session and one working copy for each user of the scenario.
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
    ) -> None:
        self._scenario = scenario
        self._clock = clock
        self._seed = seed
        self._probe = probe
        self._on_progress = on_progress
        self._cpu_ns = cpu_ns
        self._plan = Plan(scenario, seed=seed, duration_s=duration_s, warm_up_s=warm_up_s)
        expected = {
            encoding: Expected(codebase, encoding)
            for encoding in sorted({session.position_encoding for session in sessions})
        }
        self._users = [
            User(
                number,
                scenario,
                codebase,
                session=session,
                root=root,
                seed=seed,
                expected=expected[session.position_encoding],
            )
            for number, (session, root) in enumerate(zip(sessions, roots, strict=True))
        ]
        self._timeout_ns = round(scenario.request_timeout_s * NS_PER_S)
        self._samples = SampleLog(tuple(OPERATIONS))
        # Due dates of what is in flight, oldest first: all wait equally long.
        self._deadlines: deque[tuple[int, int, int, int]] = deque()
        self._in_flight = 0
        self._answered = 0
        self._unchecked: deque[PendingCheck] = deque()
        self._unchecked_bytes = 0
        self._first_wrong: list[str] = []
        self._comparison: Comparison | None = None
        self._events = EventLog()
        self._resources: list[ResourceSample] = []
        self._started_at_utc = datetime.now(UTC).isoformat(timespec="seconds")
        self._start_ns = self._end_ns = clock.now_ns()
        self._measure_cpu_ns = [0, 0]
        self._next_probe_ns = self._next_progress_ns = 0
        self._ended = "interrupted"
        self._crash_message = ""
        self._begun = False

    # -- the run

    async def run(self) -> None:
        """Open the documents, walk the plan, wait for the last answers, compare the documents.

        A backend that ends ends the run, and `record()` says so. Cancelling it leaves what was measured.
        """
        note_published(self._users, self._events)
        for user in self._users:
            user.open_documents()
        with _collector_at_rest():
            self._begun = True
            self._start_ns = self._clock.now_ns()
            await self._walk()
            if not self._crashed():
                await self._drain()
        self._end_ns = self._clock.now_ns()
        if self._crashed():
            self._ended = "crashed"
            self._crash_message = next(
                user.session.close_reason for user in self._users if user.session.closed
            )
            return
        self._check_all()
        self._comparison = await compare_documents([user.desk() for user in self._users])
        self._ended = "complete"

    def record(self) -> RunRecord:
        """What was measured, with every operation that is still awaited given up as CANCELLED."""
        now_ns = self._clock.now_ns()
        if self._ended == "interrupted":
            self._end_ns = now_ns
        for row in self._samples.pending_rows():
            self._samples.finish(row, now_ns, Outcome.CANCELLED)
        self._check_all()
        measure_start = self._start_ns + self._plan.measure_start_ns
        measure_end = max(min(self._start_ns + self._plan.end_ns, self._end_ns), measure_start)
        cpu_from, cpu_to = self._measure_cpu_ns
        # Several users may share one session; its counters count once.
        sessions = {id(user.session): user.session for user in self._users}
        counters = [session.counters for session in sessions.values()]
        return RunRecord(
            scenario=self._scenario.name,
            seed=self._seed,
            started_at_utc=self._started_at_utc,
            start_ns=self._start_ns,
            measure_start_ns=measure_start,
            measure_end_ns=measure_end,
            end_ns=self._end_ns,
            samples=self._samples,
            generator=generator_stats(
                self._samples,
                measure_start_ns=measure_start,
                measure_end_ns=measure_end,
                cpu_ns=max(cpu_to - cpu_from, 0),
            ),
            safety=safety_metrics(
                total_counts(user.counts for user in self._users),
                self._comparison,
                wrong_answers=sum(sample.outcome == Outcome.WRONG for sample in self._samples),
                duplicate_replies=sum(counter.duplicate_replies for counter in counters),
                unknown_replies=sum(counter.unknown_replies for counter in counters),
            ),
            resources=tuple(self._resources),
            ended=self._ended,
            crash_message=self._crash_message,
            first_wrong=tuple(self._first_wrong),
            events=self._events,
        )

    # -- sending

    async def _walk(self) -> None:
        """Send everything in the plan when it is due."""
        for arrival in self._plan:
            due_ns = self._start_ns + arrival.intended_ns
            await self._wait_until(due_ns)
            if self._crashed():
                return
            phase = (
                PhaseKind.WARM_UP if arrival.intended_ns < self._plan.measure_start_ns else PhaseKind.MEASURE
            )
            self._fire(arrival.operation, arrival.user, phase, due_ns, arrival.draw)
        await self._wait_until(self._start_ns + self._plan.end_ns)

    async def _wait_until(self, due_ns: int) -> None:
        """Return when `due_ns` has come, or the backend has gone; looks after everything else meanwhile."""
        while True:
            now_ns = self._clock.now_ns()
            self._look_after(now_ns)
            if now_ns >= due_ns or self._crashed():
                return
            if self._unchecked and not self._in_flight and due_ns - now_ns > _IDLE_GAP_NS:
                self._check_one()
                # What arrived meanwhile is read before the next check.
                await asyncio.sleep(0)
                continue
            wake_ns = min(due_ns, self._next_probe_ns, self._next_progress_ns)
            if self._deadlines:
                wake_ns = min(wake_ns, self._deadlines[0][0])
            await self._clock.sleep_until(wake_ns)

    async def _drain(self) -> None:
        """Wait for what is in flight; none waits longer than a user would."""
        while self._in_flight and not self._crashed():
            now_ns = self._clock.now_ns()
            self._look_after(now_ns)
            if not self._deadlines:
                return
            await self._clock.sleep_until(min(self._deadlines[0][0], now_ns + _IDLE_GAP_NS))

    def _fire(self, operation: str, number: int, phase: PhaseKind, due_ns: int, draw: int) -> None:
        user = self._users[number]
        code = self._samples.operations.index(operation)
        if self._in_flight >= MAX_IN_FLIGHT:
            row = self._samples.add(code, number, phase, due_ns, NEVER)
            self._samples.finish(row, self._clock.now_ns(), Outcome.DROPPED)
            return
        if operation == "edit":
            path, params = user.edit(draw)
            sent_ns = self._clock.now_ns()
            user.session.notify("textDocument/didChange", params)
            row = self._samples.add(code, number, phase, due_ns, sent_ns)
            self._events.edited(row, self._events.document(number, path), user.version(path))
            self._samples.finish(row, sent_ns, Outcome.OK)
            return
        question = user.question(operation, draw)
        if question is None:
            row = self._samples.add(code, number, phase, due_ns, NEVER)
            self._samples.finish(row, self._clock.now_ns(), Outcome.DROPPED)
            return
        sent_ns = self._clock.now_ns()
        row = self._samples.add(code, number, phase, due_ns, sent_ns)
        path = question.check.path
        self._events.asked(row, self._events.document(number, path), user.version(path))
        self._in_flight += 1
        request_id = user.session.send(
            question.method, question.params, lambda reply: self._on_reply(row, user, question.check, reply)
        )
        self._deadlines.append((sent_ns + self._timeout_ns, row, number, request_id))

    # -- what comes back

    def _on_reply(self, row: int, user: User, check: PendingCheck, reply: Reply) -> None:
        self._in_flight -= 1
        self._answered += 1
        self._samples.finish(row, reply.done_ns, _outcome(reply))
        if reply.error is None:
            check.row = row
            check.result = reply.result
            check.edits_on_arrival = user.edit_counts
            self._unchecked.append(check)
            self._unchecked_bytes += 0 if reply.result is None else len(bytes(reply.result))
            while self._unchecked_bytes > MAX_UNCHECKED_BYTES or len(self._unchecked) > MAX_UNCHECKED:
                self._check_one()

    def _check_one(self) -> None:
        check = self._unchecked.popleft()
        self._unchecked_bytes -= 0 if check.result is None else len(bytes(check.result))
        outcome, why = check.judge()
        if outcome != Outcome.OK:
            self._samples.reclassify(check.row, outcome)
        if why and len(self._first_wrong) < _MAX_DESCRIBED:
            self._first_wrong.append(why)

    def _check_all(self) -> None:
        while self._unchecked:
            self._check_one()

    def _look_after(self, now_ns: int) -> None:
        """Time-outs, resources, progress and the generator's own cost, each when it is due."""
        while self._deadlines:
            deadline_ns, row, number, request_id = self._deadlines[0]
            if self._samples.outcome(row) == Outcome.PENDING:
                if deadline_ns > now_ns:
                    break
                session = self._users[number].session
                session.forget(request_id)
                session.cancel(request_id)
                self._in_flight -= 1
                self._samples.finish(row, now_ns, Outcome.TIMEOUT)
            self._deadlines.popleft()
        elapsed_ns = now_ns - self._start_ns
        if elapsed_ns <= self._plan.measure_start_ns or not self._measure_cpu_ns[0]:
            self._measure_cpu_ns[0] = self._cpu_ns()
        if elapsed_ns <= self._plan.end_ns:
            self._measure_cpu_ns[1] = self._cpu_ns()
        if self._probe is not None and now_ns >= self._next_probe_ns:
            self._resources.append(self._probe.sample())
            self._next_probe_ns = now_ns + _PROBE_INTERVAL_NS
        elif self._probe is None:
            self._next_probe_ns = now_ns + NS_PER_S
        if now_ns >= self._next_progress_ns:
            self._next_progress_ns = now_ns + _PROGRESS_INTERVAL_NS
            if self._on_progress is not None:
                self._on_progress(
                    Progress(
                        elapsed_ns / NS_PER_S,
                        self._plan.end_ns / NS_PER_S,
                        elapsed_ns < self._plan.measure_start_ns,
                        self._answered,
                        self._in_flight,
                    )
                )

    def _crashed(self) -> bool:
        return any(user.session.closed for user in self._users)


def _outcome(reply: Reply) -> Outcome:
    if reply.error is None:
        return Outcome.OK
    if reply.error is CLOSED:
        return Outcome.CRASHED
    if reply.error.code == CONTENT_MODIFIED:
        return Outcome.CONTENT_MODIFIED
    if reply.error.code in (REQUEST_CANCELLED, SERVER_CANCELLED):
        return Outcome.CANCELLED
    return Outcome.ERROR


@contextlib.contextmanager
def _collector_at_rest() -> Iterator[None]:
    """No garbage collection in the middle of a measurement: a full one stops the generator for longer
    than a fast server takes to answer. What the run allocates is bounded and holds no cycles."""
    was_enabled = gc.isenabled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()
