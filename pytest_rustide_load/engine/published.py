"""What servers say unasked: diagnostics they publish, as events of the run, and what they want fetched anew.

Knows nothing of what is in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from pytest_rustide_load.engine.keyboard import Keyboard
from pytest_rustide_load.engine.session import NotificationHandler
from pytest_rustide_load.engine.user import User
from pytest_rustide_load.lsp.messages import UNDECODABLE
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.stats.events import EventLog

__all__ = ["heed_refreshes", "note_published"]


class _Published(msgspec.Struct):
    uri: str
    version: int | None = None


_published = msgspec.json.Decoder(_Published)


def note_published(users: Sequence[User], events: EventLog) -> None:
    """Record from now on when diagnostics arrive of the documents that `users` have open. A session that
    several share is listened to once."""
    by_session: dict[int, list[tuple[int, User]]] = {}
    for user in users:
        by_session.setdefault(id(user.session), []).append((user.number, user))
    for sharing in by_session.values():
        _, first = sharing[0]
        first.session.on_notification("textDocument/publishDiagnostics", _recorder(sharing, events))


def _recorder(users: list[tuple[int, User]], events: EventLog) -> NotificationHandler:
    by_uri: dict[str, list[tuple[int, str]]] = {}
    for number, user in users:
        for path, uri in user.uris():
            by_uri.setdefault(uri, []).append((number, path))

    def on_published(params: msgspec.Raw, arrived_ns: int) -> None:
        try:
            told = _published.decode(params)
        except UNDECODABLE:
            # Diagnostics of no document are about none of the users'.
            return
        for number, path in by_uri.get(told.uri, ()):
            events.published(arrived_ns, events.document(number, path), told.version)

    return on_published


def heed_refreshes(users: Sequence[User], keyboards: Mapping[int, Keyboard], clock: Clock) -> None:
    """Let the `keyboards` of `users` hear when a server asks for something to be fetched anew; several may
    have one session."""
    by_session: dict[int, list[Keyboard]] = {}
    for user in users:
        if user.number in keyboards:
            by_session.setdefault(id(user.session), []).append(keyboards[user.number])
    for user in users:
        theirs = by_session.get(id(user.session))
        if theirs:
            user.session.on_refresh = partial(_refresh, theirs, clock)


def _refresh(keyboards: Sequence[Keyboard], clock: Clock, method: str) -> None:
    for keyboard in keyboards:
        keyboard.refresh(method, clock.now_ns())
