"""One editor: what a person does goes in, what an editor then sends comes out, when it is due.

Without I/O and without a clock: every time is an integer of nanoseconds that the caller took, on one
monotonic axis. Knows neither texts nor positions; the caller sends what it is told to, with the text as it
stands. The same inputs give the same actions.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pytest_rustide_load.lsp.actions import Action, Ask, Cancel, FileEvents, FlushChanges, Tell
from pytest_rustide_load.lsp.profiles import TRIGGER_CHARACTERS, Cause, EditorProfile, Reaction
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.workload.operations import OPERATIONS

__all__ = ["Editor"]

# VS Code's: how many response times make the mean.
_RESPONSES_KEPT = 6
# Assumed: a server that gives up each time is not asked for ever.
_MAX_RETRIES = 3
_ANSWERS = frozenset({Outcome.OK, Outcome.EMPTY, Outcome.WRONG})
_GAVE_UP = frozenset({Outcome.CONTENT_MODIFIED, Outcome.CANCELLED})


class _Shown(enum.Enum):
    """What the screen shows of the last answer: nothing, all there is, or what the next key makes stale."""

    NOTHING = 0
    COMPLETE = 1
    INCOMPLETE = 2


@dataclass(slots=True, eq=False)
class _Slot:
    """One operation of one document: at most one request that counts, at most one more to come."""

    document: _Document
    operation: str
    reaction: Reaction | None = None
    cause: Cause = Cause.OPEN
    trigger: str = ""
    token: int | None = None
    again: bool = False
    answered: bool = False
    retried: int = 0
    shown: _Shown = _Shown.NOTHING
    # Why to ask once the document is on the screen.
    missed: Cause | None = None


@dataclass(slots=True, eq=False)
class _Document:
    path: str
    slots: dict[str, _Slot] = field(default_factory=dict)
    flushed_ns: int | None = None


class _Rules:
    """A profile as the editor looks things up in it, without what the server does not support."""

    def __init__(self, profile: EditorProfile, supports: frozenset[str]) -> None:
        reactions = [reaction for reaction in profile.reactions if reaction.operation in supports]
        self.supports = supports
        self.table = {
            (reaction.operation, cause): reaction for reaction in reactions for cause in reaction.causes
        }
        self.operations = tuple(dict.fromkeys(reaction.operation for reaction in reactions))
        self.words_only = {reaction.operation for reaction in reactions if reaction.words_only}
        self.void_by_key = {reaction.operation for reaction in reactions if reaction.void_by_keystroke}
        self.left_running = {
            reaction.operation
            for reaction in reactions
            if not (reaction.one_in_flight or reaction.cancels_superseded)
        }


@lru_cache(maxsize=16)
def _rules(profile: EditorProfile, supports: frozenset[str] | None) -> _Rules:
    """Shared: a thousand users have one editor in common, and one server."""
    return _Rules(profile, frozenset(OPERATIONS) if supports is None else supports)


class Editor:
    """Behaves as `profile` says. `supports` names the operations the server offers, None for all;
    `characters` are its trigger characters by operation, those of rust-analyzer unless given.

    Before each input, and whenever `next_due_ns()` has come, carry out what `take_due(now)` returns, in its
    order. An input may come late, never early: a time before an earlier one counts as that one. Documents
    that are not open are a KeyError.
    """

    def __init__(
        self,
        profile: EditorProfile,
        *,
        supports: Collection[str] | None = None,
        characters: Mapping[str, str] = TRIGGER_CHARACTERS,
    ) -> None:
        self._profile = profile
        self._rules = _rules(profile, None if supports is None else frozenset(supports))
        self._characters = characters
        self._documents: dict[str, _Document] = {}
        self._on_screen: _Document | None = None
        self._timers: dict[_Slot | _Document | None, int] = {}
        self._files: dict[str, None] = {}
        self._slots: dict[int, _Slot] = {}
        self._services: dict[str, deque[int]] = {}
        self._outbox: list[Action] = []
        self._last_token = 0
        self._now_ns = 0

    # -- what comes out

    def next_due_ns(self) -> int | None:
        """When `take_due` will next have something, None if nothing is to come without another input."""
        if self._outbox:
            return self._now_ns
        return min(self._timers.values(), default=None)

    def take_due(self, now_ns: int) -> list[Action]:
        """All actions due by now that were not taken before, in the order to carry them out."""
        self._advance(now_ns)
        taken, self._outbox = self._outbox, []
        return taken

    # -- what a person does

    def opened(self, path: str, now_ns: int, *, on_screen: bool = True) -> None:
        """A file was opened; `on_screen` is false for one that only gets a tab. ValueError if it is open."""
        now_ns = self._advance(now_ns)
        if path in self._documents:
            raise ValueError(f"{path} is open")
        document = self._documents[path] = _Document(path)
        for operation in self._rules.operations:
            document.slots[operation] = _Slot(document, operation)
        self._outbox.append(Tell("document_open", path, now_ns))
        if on_screen:
            self._on_screen = document
        self._notice(document, self._rules.operations, Cause.OPEN, now_ns)

    def keystroke(self, path: str, now_ns: int, trigger: str | None = None, *, word: bool = True) -> None:
        """The text changed by a key or a paste, and the caret with it. `trigger` is the character typed
        where a server may want to know; `word` is false for what is no part of a word."""
        now_ns = self._advance(now_ns)
        document = self._show(path, now_ns)
        self._timers.setdefault(document, self._change_due_ns(document, now_ns))
        for slot in document.slots.values():
            if slot.operation in self._rules.void_by_key:
                self._let_go(slot, now_ns)
            cause = self._cause_of_key(slot, trigger or "", word and not trigger)
            if cause is None:
                self._dismiss(slot, now_ns)
            else:
                self._react(slot, cause, now_ns, trigger or "")

    def cursor_moved(self, path: str, now_ns: int) -> None:
        """The caret went elsewhere, or what is seen of the document did."""
        now_ns = self._advance(now_ns)
        for slot in self._show(path, now_ns).slots.values():
            if slot.operation in self._rules.words_only:
                self._dismiss(slot, now_ns)
            elif slot.shown is _Shown.INCOMPLETE:
                self._react(slot, Cause.ANSWER_INCOMPLETE, now_ns)
            self._react(slot, Cause.CURSOR_MOVE, now_ns)

    def saved(self, path: str, now_ns: int) -> None:
        """The document was written to disk."""
        now_ns = self._advance(now_ns)
        document = self._documents[path]
        self._flush(document, now_ns)
        self._outbox.append(Tell("document_save", path, now_ns))
        self.files_changed((path,), now_ns)
        for slot in document.slots.values():
            self._react(slot, Cause.SAVE, now_ns)

    def closed(self, path: str, now_ns: int) -> None:
        """The document was closed: what is in flight about it is let go."""
        now_ns = self._advance(now_ns)
        document = self._documents.pop(path)
        self._flush(document, now_ns)
        for slot in document.slots.values():
            self._timers.pop(slot, None)
            self._let_go(slot, now_ns)
        self._outbox.append(Tell("document_close", path, now_ns))

    def files_changed(self, paths: Iterable[str], now_ns: int) -> None:
        """Files changed on disk, open or not: collected, then told at once."""
        now_ns = self._advance(now_ns)
        delay_ns = self._profile.file_event_delay_ns
        if delay_ns is None:
            return
        self._files.update(dict.fromkeys(paths))
        if self._files:
            self._timers.setdefault(None, now_ns + delay_ns)

    # -- what a server does

    def refresh_asked(self, operation: str, now_ns: int) -> None:
        """The server says that its answers to `operation` have changed; see `profiles.REFRESHED_BY`."""
        now_ns = self._advance(now_ns)
        for document in self._documents.values():
            self._notice(document, (operation,), Cause.REFRESH, now_ns)

    def answered(self, token: int, outcome: Outcome, service_ns: int, incomplete: bool, now_ns: int) -> None:
        """What became of an Ask, time-outs and errors included; whatever was let go before is ignored.

        `incomplete` says that what is now shown is stale with the next key: of completions `isIncomplete`,
        of a signature help that there is one. An Ask that cannot be sent, of an item when none was offered,
        is answered DROPPED.
        """
        now_ns = self._advance(now_ns)
        slot = self._slots.pop(token, None)
        if slot is None:
            return
        slot.token = None
        if outcome in _ANSWERS:
            slot.answered, slot.retried = True, 0
            self._services.setdefault(slot.operation, deque(maxlen=_RESPONSES_KEPT)).append(service_ns)
            if outcome is Outcome.EMPTY:
                slot.shown = _Shown.NOTHING
            else:
                slot.shown = _Shown.INCOMPLETE if incomplete else _Shown.COMPLETE
                self._follow(slot, now_ns)
        elif outcome is Outcome.ERROR:
            # The server may have lost what a delta would start from.
            slot.answered = False
        self._ask_again(slot, outcome, now_ns)

    # -- inside

    def _advance(self, now_ns: int) -> int:
        """Everything due by now happens, each at its own time; returns the time it is."""
        self._now_ns = now_ns = max(now_ns, self._now_ns)
        while self._timers:
            timer, due_ns = min(self._timers.items(), key=lambda item: item[1])
            if due_ns > now_ns:
                break
            if isinstance(timer, _Slot):
                del self._timers[timer]
                self._ask(timer, due_ns)
            elif timer is None:
                del self._timers[timer]
                self._outbox.append(FileEvents(tuple(self._files), due_ns))
                self._files.clear()
            else:
                self._flush(timer, due_ns)
        return now_ns

    def _show(self, path: str, now_ns: int) -> _Document:
        """Bring a document to the screen; what it missed meanwhile is asked."""
        document = self._documents[path]
        if self._on_screen is not document:
            self._on_screen = document
            for slot in document.slots.values():
                if slot.missed is not None:
                    cause, slot.missed = slot.missed, None
                    self._react(slot, cause, now_ns)
        return document

    def _notice(self, document: _Document, operations: Iterable[str], cause: Cause, now_ns: int) -> None:
        """React to what concerns the document as a whole, now or when it is next on the screen."""
        for operation in operations:
            reaction = self._rules.table.get((operation, cause))
            if reaction is None:
                continue
            slot = document.slots[operation]
            if reaction.everywhere or document is self._on_screen:
                self._react(slot, cause, now_ns)
            else:
                slot.missed = slot.missed or cause

    def _cause_of_key(self, slot: _Slot, trigger: str, word: bool) -> Cause | None:
        """What a key is to an operation; None where it ends what is shown."""
        operation = slot.operation
        if trigger and trigger in self._characters.get(operation, ""):
            return Cause.TRIGGER_CHARACTER
        if operation in self._rules.words_only and not word:
            return None
        if slot.shown is _Shown.INCOMPLETE and (operation, Cause.ANSWER_INCOMPLETE) in self._rules.table:
            return Cause.ANSWER_INCOMPLETE
        return Cause.KEYSTROKE

    def _react(self, slot: _Slot, cause: Cause, now_ns: int, trigger: str = "") -> None:
        """Plan to ask, if the profile says so."""
        reaction = self._rules.table.get((slot.operation, cause))
        if reaction is None:
            return
        better = slot.document.slots.get(reaction.until)
        if better is not None and better.answered:
            return
        if slot in self._timers:
            # What is planned anyway will see what is new.
            if reaction.from_first or cause is Cause.REFRESH:
                return
        elif cause is Cause.KEYSTROKE and reaction.words_only and slot.shown is _Shown.COMPLETE:
            return
        if cause is Cause.TRIGGER_CHARACTER:
            slot.shown = _Shown.NOTHING
        slot.reaction, slot.cause, slot.trigger = reaction, cause, trigger
        self._timers[slot] = now_ns + self._wait_ns(reaction)

    def _follow(self, answered: _Slot, now_ns: int) -> None:
        """Plan to ask about what an answer brought."""
        for slot in answered.document.slots.values():
            if OPERATIONS[slot.operation].follows == answered.operation:
                self._react(slot, Cause.ANSWERED, now_ns)

    def _wait_ns(self, reaction: Reaction) -> int:
        """The debounce: fixed, or what the last response times make of it."""
        if not reaction.longest_ns:
            return reaction.debounce_ns
        services = self._services.get(reaction.operation)
        # Before the first answer VS Code waits half as long again as it must.
        wait_ns = sum(services) // len(services) if services else reaction.debounce_ns * 3 // 2
        return min(max(wait_ns, reaction.debounce_ns), reaction.longest_ns)

    def _ask(self, slot: _Slot, due_ns: int) -> None:
        """Send the request now, or once the one in flight is answered."""
        reaction = slot.reaction
        if reaction is None:
            return
        if slot.token is not None and reaction.one_in_flight:
            slot.again = True
            return
        self._let_go(slot, due_ns)
        self._flush(slot.document, due_ns)
        instead = reaction.then if slot.answered and reaction.then in self._rules.supports else ""
        self._last_token += 1
        slot.token = self._last_token
        self._slots[slot.token] = slot
        self._outbox.append(
            Ask(slot.token, instead or slot.operation, slot.document.path, due_ns, slot.cause, slot.trigger)
        )

    def _ask_again(self, slot: _Slot, outcome: Outcome, now_ns: int) -> None:
        """Plan what had to wait for this answer, or another try."""
        reaction, again = slot.reaction, slot.again
        slot.again = False
        if reaction is None or slot in self._timers:
            return
        if not again and outcome in _GAVE_UP and reaction.retries and slot.retried < _MAX_RETRIES:
            slot.retried += 1
            again = True
        if again:
            self._timers[slot] = now_ns + self._wait_ns(reaction)

    def _let_go(self, slot: _Slot, now_ns: int) -> None:
        """Forget the request in flight, and cancel it where the editor does."""
        if slot.token is None:
            return
        if slot.operation not in self._rules.left_running:
            self._outbox.append(Cancel(slot.token, now_ns))
        del self._slots[slot.token]
        slot.token, slot.again = None, False

    def _dismiss(self, slot: _Slot, now_ns: int) -> None:
        """A list goes from the screen, with what was planned for it."""
        slot.shown = _Shown.NOTHING
        self._timers.pop(slot, None)
        self._let_go(slot, now_ns)

    def _change_due_ns(self, document: _Document, now_ns: int) -> int:
        """Neovim's rule: an interval after the last didChange, or after the first key there is."""
        interval_ns = self._profile.change_interval_ns
        if document.flushed_ns is None:
            return now_ns + interval_ns
        return max(now_ns, document.flushed_ns + interval_ns)

    def _flush(self, document: _Document, due_ns: int) -> None:
        """Send the changes, if there are any that were not sent."""
        if self._timers.pop(document, None) is not None:
            document.flushed_ns = due_ns
            self._outbox.append(FlushChanges(document.path, due_ns))
