"""What a user does when it is due: a key, a notification, a question, or something that concerns the others.

Knows neither when it is due nor what comes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from pytest_rustide_load.engine.flight import Due, Flight, OnDone
from pytest_rustide_load.engine.joint import Act
from pytest_rustide_load.engine.keyboard import Keyboard
from pytest_rustide_load.engine.recovery import Recovery
from pytest_rustide_load.engine.user import User
from pytest_rustide_load.stats.samples import PhaseKind
from pytest_rustide_load.workload import OPERATIONS

__all__ = ["Deeds"]

# What a user does with the caret where it is asked about.
_MOVES_CARET = frozenset({"definition", "references", "rename", "prepare_rename", "prepare_call_hierarchy"})


class Deeds:
    """`acts` are operations that concern more than one user, `keyboards` those of users who type, and
    `phase_of` says where in the run a time lies. What is due while a user's backend is gone is left to the
    `recovery`."""

    def __init__(
        self,
        flight: Flight,
        *,
        keyboards: Mapping[int, Keyboard],
        acts: Mapping[str, Act],
        phase_of: Callable[[int], PhaseKind],
        recovery: Recovery,
    ) -> None:
        self._flight = flight
        self._keyboards = keyboards
        self._acts = acts
        self._phase_of = phase_of
        self._recovery = recovery

    def do(self, user: User, operation: str, due_ns: int, draw: int, on_done: OnDone | None = None) -> None:
        """What is due at `due_ns`, at the place that `draw` says; `on_done` is told when a question ends."""
        due = Due(operation, user.number, self._phase_of(due_ns), due_ns)
        again = partial(self.do, user, operation, due_ns, draw, on_done)
        if self._recovery.takes(user, due, draw, again, on_done):
            return
        act = self._acts.get(operation)
        if operation == "edit":
            self._edit(user, due, draw)
        elif act is not None:
            act(user, due, draw)
        elif OPERATIONS[operation].answered:
            self._ask(user, due, draw, on_done)
        else:
            self._notify(user, due, user.file(draw))

    def _edit(self, user: User, due: Due, draw: int) -> None:
        keyboard = self._keyboards.get(user.number)
        if keyboard is not None:
            keyboard.type(due.due_ns)
            return
        path = user.insert_note(draw)
        user.flush(path)
        events = self._flight.events
        row = self._flight.tell(due)
        events.edited(row, events.document(user.number, path), user.version(path))

    def _ask(self, user: User, due: Due, draw: int, on_done: OnDone | None) -> None:
        question = user.question(due.operation, draw)
        if question is not None:
            path = question.check.path
            keyboard = self._keyboards.get(user.number)
            if keyboard is not None:
                if due.operation in _MOVES_CARET:
                    keyboard.went_to(path, due.due_ns)
                keyboard.flush(path)
            if user.follow_ups.wants(due.operation):
                on_done = user.follow_ups.keeping(due.operation, path, on_done)
        self._flight.ask(due, user, question, on_done)

    def _notify(self, user: User, due: Due, path: str) -> None:
        """A notification that the plan asks for. A document that is opened or closed is the other before, or
        after: the working set stays."""
        keyboard = self._keyboards.get(user.number)
        if due.operation == "document_save" and keyboard is not None:
            keyboard.saved(path, due.due_ns)
            return
        if due.operation in ("document_open", "document_close"):
            if keyboard is not None:
                keyboard.reopen(path, due.due_ns)
            else:
                user.tell("document_close", path)
                user.tell("document_open", path)
        else:
            user.tell(due.operation, path)
        self._flight.tell(due)
