"""The edits a server asks an editor to make, from either of the shapes LSP gives a WorkspaceEdit.

Knows nothing of files or sessions.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from pytest_rustide_load.lsp.documents import DocumentBuffer, Edit, Encoding, Position

__all__ = ["applied", "decode_workspace_edit"]


class _Position(msgspec.Struct):
    line: int
    character: int


class _Range(msgspec.Struct):
    start: _Position
    end: _Position


class _TextEdit(msgspec.Struct, rename="camel"):
    range: _Range
    new_text: str


class _Document(msgspec.Struct):
    uri: str


class _Change(msgspec.Struct, rename="camel"):
    text_document: _Document | None = None
    edits: list[_TextEdit] = []
    kind: str = ""


class _WorkspaceEdit(msgspec.Struct, rename="camel"):
    changes: dict[str, list[_TextEdit]] | None = None
    document_changes: list[_Change] | None = None


_decoder = msgspec.json.Decoder(_WorkspaceEdit | None)


def decode_workspace_edit(result: msgspec.Raw) -> dict[str, tuple[Edit, ...]]:
    """The edits of each document by its uri, the last place first, so that one after the other they are what
    was meant; empty for no edit. Raises msgspec.MsgspecError for another shape, ValueError for edits that
    overlap, and for files that are to be created, renamed or deleted."""
    decoded = _decoder.decode(result)
    found: dict[str, list[Edit]] = {}
    if decoded is None:
        return {}
    for change in decoded.document_changes or []:
        if change.text_document is None:
            raise ValueError(f"it wants to {change.kind or 'change'} a file")
        found.setdefault(change.text_document.uri, []).extend(map(_edit, change.edits))
    if not decoded.document_changes:
        for uri, edits in (decoded.changes or {}).items():
            found[uri] = list(map(_edit, edits))
    return {uri: _in_order(edits) for uri, edits in sorted(found.items())}


def applied(text: str, edits: Sequence[Edit], encoding: Encoding) -> str:
    """`text` after `edits`, the last place first. Raises IndexError for a place that is none."""
    buffer = DocumentBuffer("", text, encoding=encoding)
    buffer.apply(edits)
    return buffer.text


def _edit(edit: _TextEdit) -> Edit:
    start, end = edit.range.start, edit.range.end
    return Edit(Position(start.line, start.character), Position(end.line, end.character), edit.new_text)


def _in_order(edits: list[Edit]) -> tuple[Edit, ...]:
    ordered = sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True)
    for later, earlier in pairwise(ordered):
        if earlier.end > later.start:
            raise ValueError(f"two edits overlap at line {later.start.line + 1}")
    return tuple(ordered)
