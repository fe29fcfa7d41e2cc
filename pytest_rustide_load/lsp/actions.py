"""What an editor does: the actions that `lsp/editor.py` gives to whoever carries them out.

Data only; knows neither sessions nor texts. Times are nanoseconds, and are those the editor meant.
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_rustide_load.lsp.profiles import Cause

__all__ = ["Action", "Ask", "Cancel", "FileEvents", "FlushChanges", "Tell"]


@dataclass(frozen=True, slots=True)
class Ask:
    """Send the request `operation` about `path`, and tell `Editor.answered` what became of `token`.

    Latency counts from `due_ns`. `trigger` is the character that caused it, where one did.
    """

    token: int
    operation: str
    path: str
    due_ns: int
    cause: Cause
    trigger: str = ""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Send `$/cancelRequest` for an earlier Ask; nothing more needs to be told about it."""

    token: int
    due_ns: int


@dataclass(frozen=True, slots=True)
class FlushChanges:
    """Send all changes of `path` that the server does not have, as one `didChange`."""

    path: str
    due_ns: int


@dataclass(frozen=True, slots=True)
class Tell:
    """Send the notification `operation` about `path`: document_open, document_save or document_close."""

    operation: str
    path: str
    due_ns: int


@dataclass(frozen=True, slots=True)
class FileEvents:
    """Send `didChangeWatchedFiles` with one event for each of `paths`."""

    paths: tuple[str, ...]
    due_ns: int


Action = Ask | Cancel | FlushChanges | Tell | FileEvents
