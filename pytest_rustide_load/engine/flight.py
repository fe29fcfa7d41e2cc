"""What was sent and what became of it: samples, time-outs, answers that wait to be judged.

Everything that is sent gets a sample, and every sample ends. Knows nothing of plans, editors or the loop.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pytest_rustide_load.engine.question import PendingCheck, Question
from pytest_rustide_load.engine.session import CLOSED, Reply
from pytest_rustide_load.engine.user import User
from pytest_rustide_load.lsp.messages import CONTENT_MODIFIED, REQUEST_CANCELLED, SERVER_CANCELLED
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.stats.events import EventLog
from pytest_rustide_load.stats.samples import NEVER, Outcome, PhaseKind, SampleLog
from pytest_rustide_load.stats.slowest import Kept, Slowest
from pytest_rustide_load.workload import OPERATIONS

__all__ = ["Due", "Flight", "OnDone"]

MAX_IN_FLIGHT = 4_096
# Answers that wait to be checked; beyond this they are checked at once, whatever that costs.
MAX_UNCHECKED_BYTES = 64 * 1024 * 1024
MAX_UNCHECKED = 20_000
_MAX_DESCRIBED = 10

# Called once when an operation has ended: with its outcome, when that was, and the answer if there is one.
OnDone = Callable[[Outcome, int, "Reply | None"], None]


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be sent: the operation, whose it is, and when and in which phase it was due."""

    operation: str
    user: int
    phase: PhaseKind
    due_ns: int


@dataclass(slots=True)
class _Waiting:
    row: int
    user: User
    request_id: int
    deadline_ns: int
    on_done: OnDone | None
    check: PendingCheck
    version: int
    due_ns: int


class Flight:
    """The samples of one run, and the requests that are still awaited.

    `timeout_ns` is how long any is; `at` lets something happen at a time, such as a user losing patience.
    `in_flight` counts them, `answered` those that were. `window_ns` is the time over which the mean of
    `in_flight` is taken, from and to.
    """

    def __init__(
        self, clock: Clock, *, timeout_ns: int, at: Callable[[int, Callable[[], None]], None] | None = None
    ) -> None:
        self._clock = clock
        self._at = at
        self._timeout_ns = timeout_ns
        self.samples = SampleLog(tuple(OPERATIONS))
        self._codes = {name: code for code, name in enumerate(self.samples.operations)}
        self.events = EventLog()
        self.in_flight = 0
        self.window_ns = (0, 0)
        self._counted_ns = 0
        self._in_flight_ns = 0
        self.answered = 0
        self.first_wrong: list[str] = []
        self.slowest = Slowest()
        # Oldest first: all wait equally long.
        self._waiting: deque[_Waiting] = deque()
        self._unchecked: deque[PendingCheck] = deque()
        self._unchecked_bytes = 0

    # -- out

    def ask(self, due: Due, user: User, question: Question | None, on_done: OnDone | None = None) -> int:
        """Send `question` for `due`; returns the row of its sample. No question, or too many in flight:
        DROPPED."""
        if question is None or self.in_flight >= MAX_IN_FLIGHT:
            row = self.drop(due)
            if on_done is not None:
                on_done(Outcome.DROPPED, self._clock.now_ns(), None)
            return row
        sent_ns = self._clock.now_ns()
        row = self.samples.add(self._codes[due.operation], due.user, due.phase, due.due_ns, sent_ns)
        path = question.check.path
        version = user.version(path) if path else 0
        if path:
            self.events.asked(row, self.events.document(due.user, path), version)
        self._count(1, sent_ns)
        check = question.check
        counted_ns = due.due_ns if due.phase == PhaseKind.MEASURE else NEVER
        deadline_ns = sent_ns + self._timeout_ns
        waiting = _Waiting(row, user, 0, deadline_ns, on_done, check, version, counted_ns)
        # A closed session answers before `send` returns.
        self._waiting.append(waiting)
        waiting.request_id = user.session.send(
            question.method, question.params, lambda reply: self._on_reply(waiting, reply)
        )
        patience_ns = None if self._at is None else user.slips.patience_ns(due.operation)
        if patience_ns is not None and self._at is not None:
            self._at(sent_ns + patience_ns, partial(self._lose_patience, waiting))
        return row

    def tell(self, due: Due) -> int:
        """A sample of something that was sent just now and has no answer; its row."""
        sent_ns = self._clock.now_ns()
        row = self.samples.add(self._codes[due.operation], due.user, due.phase, due.due_ns, sent_ns)
        self.samples.finish(row, sent_ns, Outcome.OK)
        return row

    def begin(self, due: Due) -> int:
        """A sample of something that begins now and `finish` ends; its row."""
        return self.samples.add(
            self._codes[due.operation], due.user, due.phase, due.due_ns, self._clock.now_ns()
        )

    def finish(self, row: int, outcome: Outcome) -> None:
        """What `begin` began ends now, unless it has."""
        if self.samples.is_pending(row):
            self.samples.finish(row, self._clock.now_ns(), outcome)

    def drop(self, due: Due) -> int:
        """A sample of something that was due and could not be sent; its row."""
        row = self.samples.add(self._codes[due.operation], due.user, due.phase, due.due_ns, NEVER)
        self.samples.finish(row, self._clock.now_ns(), Outcome.DROPPED)
        return row

    def cancel(self, row: int) -> None:
        """The user's editor gives up the question of `row`, and tells the server."""
        if not self.samples.is_pending(row):
            return
        for waiting in reversed(self._waiting):
            if waiting.row == row:
                self._give_up(waiting, Outcome.CANCELLED, self._clock.now_ns())
                return

    def _lose_patience(self, waiting: _Waiting) -> None:
        if not self.samples.is_pending(waiting.row):
            return
        now_ns = self._clock.now_ns()
        self._give_up(waiting, Outcome.CANCELLED, now_ns)
        if waiting.on_done is not None:
            waiting.on_done(Outcome.CANCELLED, now_ns, None)

    # -- what comes back, or does not

    def next_deadline_ns(self) -> int | None:
        """When the oldest request in flight will have waited for too long."""
        while self._waiting and not self.samples.is_pending(self._waiting[0].row):
            self._waiting.popleft()
        return self._waiting[0].deadline_ns if self._waiting else None

    def expire(self, now_ns: int) -> None:
        """End what has waited for too long."""
        while (deadline_ns := self.next_deadline_ns()) is not None and deadline_ns <= now_ns:
            waiting = self._waiting.popleft()
            self._note_slow(waiting, now_ns)
            self._give_up(waiting, Outcome.TIMEOUT, now_ns)
            if waiting.on_done is not None:
                waiting.on_done(Outcome.TIMEOUT, now_ns, None)

    def end(self, now_ns: int) -> None:
        """Nothing is awaited any more: what still was ends as CANCELLED."""
        # An answer that comes yet is late.
        for waiting in self._waiting:
            waiting.user.session.forget(waiting.request_id)
        for row in self.samples.pending_rows():
            self.samples.finish(row, now_ns, Outcome.CANCELLED)

    def _give_up(self, waiting: _Waiting, outcome: Outcome, now_ns: int) -> None:
        waiting.user.session.forget(waiting.request_id)
        waiting.user.session.cancel(waiting.request_id)
        self._count(-1, now_ns)
        self.samples.finish(waiting.row, now_ns, outcome)

    def _note_slow(self, waiting: _Waiting, done_ns: int) -> None:
        """Only what is measured, and what is waited for as long as it takes, can be among the slowest."""
        latency_ns = done_ns - waiting.due_ns
        if waiting.due_ns == NEVER or not self.slowest.is_among(latency_ns):
            return
        line, column = waiting.check.place
        kept = Kept(waiting.row, waiting.check.path, line, column, waiting.version)
        self.slowest.note(latency_ns, kept)

    def _on_reply(self, waiting: _Waiting, reply: Reply) -> None:
        if self.samples.outcome(waiting.row) is not Outcome.PENDING:
            # The run was interrupted, and what was awaited then has ended; now the connection does.
            return
        check = waiting.check
        self._note_slow(waiting, reply.done_ns)
        self._count(-1, reply.done_ns)
        self.answered += 1
        outcome = _outcome(reply)
        self.samples.finish(waiting.row, reply.done_ns, outcome)
        if reply.error is None:
            check.row = waiting.row
            check.result = reply.result
            check.edits_on_arrival = waiting.user.counts_on_arrival
            check.is_sure &= waiting.user.is_sure_since(check.asked_at)
            self._unchecked.append(check)
            self._unchecked_bytes += 0 if reply.result is None else len(bytes(reply.result))
            while self._unchecked_bytes > MAX_UNCHECKED_BYTES or len(self._unchecked) > MAX_UNCHECKED:
                self.check_one()
        if waiting.on_done is not None:
            waiting.on_done(outcome, reply.done_ns, reply)

    def _count(self, change: int, now_ns: int) -> None:
        start_ns, end_ns = self.window_ns
        since_ns, until_ns = max(self._counted_ns, start_ns), min(now_ns, end_ns)
        if until_ns > since_ns:
            self._in_flight_ns += self.in_flight * (until_ns - since_ns)
        self._counted_ns = max(now_ns, self._counted_ns)
        self.in_flight += change

    def in_flight_mean(self) -> float:
        """How many requests were awaited on average in the window so far, counted as they came and went."""
        self._count(0, self._clock.now_ns())
        start_ns, end_ns = self.window_ns
        return self._in_flight_ns / max(min(self._counted_ns, end_ns) - start_ns, 1)

    # -- judging

    @property
    def unchecked(self) -> int:
        """Answers that wait to be judged."""
        return len(self._unchecked)

    @property
    def unchecked_rows(self) -> list[int]:
        """The samples of these answers."""
        return [check.row for check in self._unchecked]

    def check_one(self) -> None:
        """Judge the oldest answer that waits for it."""
        check = self._unchecked.popleft()
        self._unchecked_bytes -= 0 if check.result is None else len(bytes(check.result))
        outcome, why = check.judge()
        if outcome != Outcome.OK:
            self.samples.reclassify(check.row, outcome)
        if why:
            self.describe(why)

    def describe(self, why: str) -> None:
        """Keep a sentence about a wrong answer, if there are not many yet."""
        if len(self.first_wrong) < _MAX_DESCRIBED:
            self.first_wrong.append(why)

    def check_all(self) -> None:
        """Judge all that wait."""
        while self._unchecked:
            self.check_one()


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
