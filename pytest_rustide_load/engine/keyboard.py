"""A user at the keyboard: changes become keystrokes of an editor, and the editor's wishes become requests.

Carries out what `lsp.editor` decides; decides nothing itself. Knows no plan; the run says when.
"""

from __future__ import annotations

from collections.abc import Callable

from pytest_rustide_load.engine.flight import Due, Flight
from pytest_rustide_load.engine.followups import NOTEWORTHY, is_incomplete
from pytest_rustide_load.engine.session import Reply
from pytest_rustide_load.engine.user import User
from pytest_rustide_load.lsp.actions import Ask, Cancel, FileEvents, FlushChanges, Tell
from pytest_rustide_load.lsp.editor import Editor
from pytest_rustide_load.lsp.offered import offered_operations, trigger_characters
from pytest_rustide_load.lsp.profiles import EDITOR_PROFILES, REFRESHED_BY, Cause
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.stats.samples import Outcome, PhaseKind

__all__ = ["Keyboard"]


class Keyboard:
    """What `user` types, through the editor `profile`, into `flight`.

    `phase_of` says in which phase a moment lies; `wake_at` is called with each moment at which `act` has
    something to do.
    """

    def __init__(
        self,
        user: User,
        profile: str,
        flight: Flight,
        clock: Clock,
        *,
        phase_of: Callable[[int], PhaseKind],
        wake_at: Callable[[int], None],
    ) -> None:
        self._user = user
        self._flight = flight
        self._clock = clock
        self._phase_of = phase_of
        self._wake_at = wake_at
        info = user.session.server_info
        self._editor = Editor(
            EDITOR_PROFILES[profile],
            supports=None if info is None else offered_operations(info.capabilities),
            characters=trigger_characters({} if info is None else info.capabilities),
        )
        # Edits that were made and not told yet, by path: when they were due.
        self._untold: dict[str, list[int]] = {}
        self._shown = user.shown
        self._rows: dict[int, int] = {}

    # -- what the user does

    def open_documents(self, now_ns: int) -> None:
        """Open everything; what was worked in last, or chosen last, is on the screen."""
        for path in self._user.paths:
            if _is_source(path):
                self._editor.opened(path, now_ns, on_screen=path == self._shown)
            else:
                self._user.tell("document_open", path)
        self.act(now_ns)

    def type(self, due_ns: int) -> None:
        """The next change, which was due at `due_ns`."""
        now_ns = self._clock.now_ns()
        self.act(now_ns)
        typed = self._user.type_next()
        if typed is None:
            self._flight.drop(Due("edit", self._user.number, self._phase_of(due_ns), due_ns))
            return
        self._untold.setdefault(typed.path, []).append(due_ns)
        if not _is_source(typed.path):
            # Editors ask nothing about a manifest: the server hears of it, and that is all.
            self.flush(typed.path)
            return
        self._shown = typed.path
        word = typed.character.isalnum() or typed.character == "_"
        trigger = None if word or not typed.character else typed.character
        self._editor.keystroke(typed.path, due_ns, trigger, word=word)
        self.act(now_ns)

    def went_to(self, path: str, due_ns: int) -> None:
        """The caret went somewhere in `path`, to ask about what stands there."""
        now_ns = self._clock.now_ns()
        self.act(now_ns)
        self._shown = path
        self._editor.cursor_moved(path, due_ns)
        self.act(now_ns)

    def saved(self, path: str, due_ns: int) -> None:
        """The document was saved."""
        now_ns = self._clock.now_ns()
        self.act(now_ns)
        self._editor.saved(path, due_ns)
        self.act(now_ns)

    def reopen(self, path: str, due_ns: int) -> None:
        """The document was closed, and opened again."""
        now_ns = self._clock.now_ns()
        self.act(now_ns)
        self._editor.closed(path, due_ns)
        self._editor.opened(path, due_ns)
        self.act(now_ns)

    def refresh(self, method: str, now_ns: int) -> None:
        """The server asks for a refresh."""
        self.act(now_ns)
        self._editor.refresh_asked(REFRESHED_BY[method], now_ns)
        self.act(now_ns)

    # -- a server that goes, and another that comes

    def lose(self, now_ns: int) -> None:
        """The server is gone: nothing that was asked of it, or told, stands any more. `open_documents` again
        before anything else."""
        for path in self._user.paths:
            if _is_source(path):
                self._editor.closed(path, now_ns)
        self.act(now_ns)

    def told_all(self) -> None:
        """Whatever was opened just now was told with every edit."""
        for path in tuple(self._untold):
            self._told(path)

    def give_up(self) -> None:
        """What was typed and could not be told never will be."""
        for untold in self._untold.values():
            for due_ns in untold:
                self._flight.drop(self._due("edit", due_ns))
        self._untold.clear()

    # -- what the editor does

    def act(self, now_ns: int) -> None:
        """Carry out everything that is due."""
        for action in self._editor.take_due(now_ns):
            if isinstance(action, Ask):
                self._ask(action)
            elif isinstance(action, Cancel):
                row = self._rows.pop(action.token, None)
                if row is not None:
                    self._flight.cancel(row)
            elif isinstance(action, FlushChanges):
                self.flush(action.path)
            elif isinstance(action, Tell):
                self._tell(action)
            elif isinstance(action, FileEvents):
                for path in action.paths:
                    self._user.tell("watched_files", path)
                self._count_told("watched_files", action.due_ns)
        wake_ns = self._editor.next_due_ns()
        if wake_ns is not None:
            self._wake_at(wake_ns)

    def flush(self, path: str) -> None:
        """Tell the server about the edits of `path` that it does not know of; where there is none, the next
        one hears of them as it opens the document."""
        if not self._user.session.closed and self._user.flush(path):
            self._told(path)

    def _told(self, path: str) -> None:
        events = self._flight.events
        document = events.document(self._user.number, path)
        for due_ns in self._untold.pop(path, ()):
            row = self._flight.tell(self._due("edit", due_ns))
            events.edited(row, document, self._user.version(path))

    def flush_all(self) -> None:
        """The same for every document: at the end of a run nothing stays untold."""
        for path in tuple(self._untold):
            self.flush(path)

    def _tell(self, action: Tell) -> None:
        self._user.tell(action.operation, action.path)
        # Opening and closing what the user works on is the plan's to count.
        if action.operation == "document_save":
            self._count_told(action.operation, action.due_ns)

    def _count_told(self, operation: str, due_ns: int) -> None:
        due = self._due(operation, due_ns)
        if self._user.session.closed:
            self._flight.drop(due)
        else:
            self._flight.tell(due)

    def _ask(self, ask: Ask) -> None:
        again = ask.cause is Cause.ANSWER_INCOMPLETE
        operation = ask.operation
        if operation == "semantic_tokens_delta" and not self._user.follow_ups.result_id(operation, ask.path):
            # The last answer had no id: the whole, again.
            operation = "semantic_tokens"
        question = self._user.at_caret(operation, ask.path, trigger=ask.trigger, again=again)
        sent_ns = self._clock.now_ns()

        def done(outcome: Outcome, done_ns: int, reply: Reply | None) -> None:
            self._rows.pop(ask.token, None)
            result = None if reply is None else reply.result
            incomplete = outcome == Outcome.OK and is_incomplete(operation, result)
            if outcome in NOTEWORTHY:
                self._user.follow_ups.note(operation, ask.path, result)
            self._editor.answered(ask.token, outcome, done_ns - sent_ns, incomplete, done_ns)
            wake_ns = self._editor.next_due_ns()
            if wake_ns is not None:
                self._wake_at(wake_ns)

        if question is None:
            # Nothing was offered that it could be about: an editor would not ask.
            done(Outcome.DROPPED, sent_ns, None)
            return
        if self._user.session.closed:
            # Nobody is there to ask: the user types on without.
            self._flight.drop(self._due(operation, ask.due_ns))
            done(Outcome.DROPPED, sent_ns, None)
            return
        row = self._flight.ask(self._due(operation, ask.due_ns), self._user, question, done)
        if self._flight.samples.is_pending(row):
            self._rows[ask.token] = row

    def _due(self, operation: str, due_ns: int) -> Due:
        return Due(operation, self._user.number, self._phase_of(due_ns), due_ns)


def _is_source(path: str) -> bool:
    return path.endswith(".rs")
