"""Diagnostics that a server publishes unasked, as events of the run.

Knows nothing of what is in them.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pytest_rustide_load.engine.session import NotificationHandler
from pytest_rustide_load.engine.user import User
from pytest_rustide_load.stats.events import EventLog

__all__ = ["note_published"]


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
        except (msgspec.MsgspecError, UnicodeDecodeError):
            # Diagnostics of no document are about none of the users'.
            return
        for number, path in by_uri.get(told.uri, ()):
            events.published(arrived_ns, events.document(number, path), told.version)

    return on_published
