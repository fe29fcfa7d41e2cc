"""What is in an answer: the places it names and the texts it offers, read from any of the shapes LSP allows.

Knows nothing of what is right. Raises msgspec.MsgspecError for what has none of these shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

__all__ = [
    "Named",
    "completion_labels",
    "hover_text",
    "is_empty",
    "named_places",
    "require_shape",
    "selections",
    "token_starts",
]


class Named(msgspec.Struct, frozen=True):
    """A place an answer names: where it begins, by line and column of the server's text, and for a symbol
    its `name`. The uri is empty for places in the document that was asked about."""

    uri: str
    line: int
    column: int
    name: str = ""


class _Position(msgspec.Struct):
    line: int
    character: int


class _Range(msgspec.Struct):
    start: _Position
    end: _Position | None = None


class _LocationOrLink(msgspec.Struct, rename="camel"):
    uri: str = ""
    range: _Range | None = None
    target_uri: str = ""
    target_selection_range: _Range | None = None


class _Symbol(msgspec.Struct, rename="camel"):
    name: str
    selection_range: _Range | None = None
    location: _LocationOrLink | None = None
    children: list[_Symbol] | None = None


class _Highlight(msgspec.Struct):
    range: _Range


class _Document(msgspec.Struct):
    uri: str


class _FileChange(msgspec.Struct, rename="camel"):
    text_document: _Document | None = None
    edits: list[_Highlight] = msgspec.field(default_factory=list)


class _WorkspaceEdit(msgspec.Struct, rename="camel"):
    changes: dict[str, list[_Highlight]] | None = None
    document_changes: list[_FileChange] | None = None


class _Prepared(msgspec.Struct, rename="camel"):
    """A range, one with a placeholder, or the word that the editor may choose itself."""

    start: _Position | None = None
    range: _Range | None = None
    default_behavior: bool = False


class _CallItem(msgspec.Struct, rename="camel"):
    name: str
    uri: str
    selection_range: _Range


class _Call(msgspec.Struct, rename="camel"):
    from_ranges: list[_Range]
    from_: _CallItem | None = msgspec.field(name="from", default=None)
    to: _CallItem | None = None


class _Item(msgspec.Struct):
    label: str


class _ItemList(msgspec.Struct):
    items: list[_Item]


class _Signature(msgspec.Struct):
    label: str


class _Signatures(msgspec.Struct):
    signatures: list[_Signature]


class _Selection(msgspec.Struct):
    range: _Range
    parent: _Selection | None = None


class _Tokens(msgspec.Struct):
    data: list[int] | None = None
    edits: list[Any] | None = None


class _Hint(msgspec.Struct):
    position: _Position
    label: str | list[Any]


class _Fold(msgspec.Struct, rename="camel"):
    start_line: int
    end_line: int


class _TextEdit(msgspec.Struct, rename="camel"):
    range: _Range
    new_text: str


class _Lens(msgspec.Struct):
    range: _Range


class _Action(msgspec.Struct):
    title: str


class _Report(msgspec.Struct):
    kind: str
    items: list[Any] | None = None


_locations = msgspec.json.Decoder(list[_LocationOrLink] | _LocationOrLink | None)
_symbols = msgspec.json.Decoder(list[_Symbol] | None)
_highlights = msgspec.json.Decoder(list[_Highlight] | None)
_workspace_edit = msgspec.json.Decoder(_WorkspaceEdit | None)
_prepared = msgspec.json.Decoder(_Prepared | None)
_call_items = msgspec.json.Decoder(list[_CallItem] | None)
_items = msgspec.json.Decoder(list[_Item] | _ItemList | None)
_selections = msgspec.json.Decoder(list[_Selection] | None)

_tokens = msgspec.json.Decoder(_Tokens)

# Answers of which nothing but the shape is looked at.
_SHAPES: dict[str, Any] = {
    "completion_resolve": msgspec.json.Decoder(_Item),
    "signature_help": msgspec.json.Decoder(_Signatures | None),
    "type_definition": _locations,
    "implementation": _locations,
    "incoming_calls": msgspec.json.Decoder(list[_Call] | None),
    "outgoing_calls": msgspec.json.Decoder(list[_Call] | None),
    "code_action": msgspec.json.Decoder(list[_Action] | None),
    "semantic_tokens": msgspec.json.Decoder(_Tokens | None),
    "semantic_tokens_delta": msgspec.json.Decoder(_Tokens | None),
    "semantic_tokens_range": msgspec.json.Decoder(_Tokens | None),
    "inlay_hints": msgspec.json.Decoder(list[_Hint] | None),
    "code_lens": msgspec.json.Decoder(list[_Lens] | None),
    "folding_range": msgspec.json.Decoder(list[_Fold] | None),
    "pull_diagnostics": msgspec.json.Decoder(_Report),
    "formatting": msgspec.json.Decoder(list[_TextEdit] | None),
    "range_formatting": msgspec.json.Decoder(list[_TextEdit] | None),
}


def is_empty(result: msgspec.Raw) -> bool:
    """Whether the server answered with nothing at all."""
    return bytes(result) in (b"null", b"[]")


def require_shape(operation: str, result: msgspec.Raw) -> bool:
    """Raise where the answer to `operation` has another shape than LSP gives it; False where it has the
    shape and says nothing. Operations without a known shape may answer what they like."""
    decoder = _SHAPES.get(operation)
    if decoder is None:
        return True
    decoded = decoder.decode(result)
    if isinstance(decoded, _Tokens):
        if decoded.data is None and decoded.edits is None:
            raise msgspec.ValidationError("neither tokens nor edits of them")
        if decoded.data is not None and len(decoded.data) % 5:
            raise msgspec.ValidationError(f"{len(decoded.data)} numbers are no tokens of five")
        return decoded.data != []
    if isinstance(decoded, _Signatures):
        return bool(decoded.signatures)
    return True


def token_starts(result: msgspec.Raw) -> set[tuple[int, int]]:
    """Line and column of every semantic token: five numbers each, of which the first two count from the token
    before."""
    data = _tokens.decode(result).data or []
    starts = set()
    line = column = 0
    for lines, columns in zip(data[::5], data[1::5], strict=True):
        line, column = (line + lines, columns) if lines else (line, column + columns)
        starts.add((line, column))
    return starts


def named_places(operation: str, result: msgspec.Raw) -> list[Named]:
    """The places in the answer to one of the operations that name any."""
    return _PLACES[operation](result)


def hover_text(result: msgspec.Raw) -> str:
    """The text of a hover: its contents are markup, a marked string, or a list of these."""
    decoded = msgspec.json.decode(result)
    contents = decoded.get("contents") if isinstance(decoded, dict) else None
    parts = contents if isinstance(contents, list) else [contents]
    texts = [part.get("value") if isinstance(part, dict) else part for part in parts]
    return "\n".join(text for text in texts if isinstance(text, str))


def completion_labels(result: msgspec.Raw) -> list[str]:
    """The labels of what a completion offers."""
    decoded = _items.decode(result)
    items = decoded.items if isinstance(decoded, _ItemList) else decoded or []
    return [item.label for item in items]


def selections(result: msgspec.Raw) -> list[tuple[int, int, int, int]]:
    """The ranges of the first selection, from the innermost out."""
    found = []
    selection = next(iter(_selections.decode(result) or []), None)
    while selection is not None:
        span = selection.range
        end = span.end or span.start
        found.append((span.start.line, span.start.character, end.line, end.character))
        selection = selection.parent
    return found


def _located(result: msgspec.Raw) -> list[Named]:
    decoded = _locations.decode(result)
    found = decoded if isinstance(decoded, list) else [] if decoded is None else [decoded]
    return [_named(one.target_uri or one.uri, one.target_selection_range or one.range) for one in found]


def _named(uri: str, span: _Range | None, name: str = "") -> Named:
    start = _Position(-1, -1) if span is None else span.start
    return Named(uri, start.line, start.character, name)


def _highlighted(result: msgspec.Raw) -> list[Named]:
    return [_named("", one.range) for one in _highlights.decode(result) or []]


def _renamed(result: msgspec.Raw) -> list[Named]:
    decoded = _workspace_edit.decode(result)
    if decoded is None:
        return []
    found = [
        _named(uri, edit.range) for uri, edits in sorted((decoded.changes or {}).items()) for edit in edits
    ]
    for change in decoded.document_changes or []:
        uri = "" if change.text_document is None else change.text_document.uri
        found += [_named(uri, edit.range) for edit in change.edits]
    return found


def _prepared_rename(result: msgspec.Raw) -> list[Named]:
    decoded = _prepared.decode(result)
    if decoded is None or decoded.default_behavior:
        return []
    start = decoded.start if decoded.range is None else decoded.range.start
    if start is None:
        raise msgspec.ValidationError("no range to rename")
    return [Named("", start.line, start.character)]


def _prepared_calls(result: msgspec.Raw) -> list[Named]:
    return [_named(item.uri, item.selection_range) for item in _call_items.decode(result) or []]


def _outline(result: msgspec.Raw) -> list[Named]:
    return list(_flatten(_symbols.decode(result) or []))


def _flatten(symbols: list[_Symbol]) -> Iterator[Named]:
    for symbol in symbols:
        if symbol.selection_range is not None:
            yield _named("", symbol.selection_range, symbol.name)
        elif symbol.location is not None:
            yield _named(symbol.location.uri, symbol.location.range, symbol.name)
        yield from _flatten(symbol.children or [])


_PLACES: dict[str, Callable[[msgspec.Raw], list[Named]]] = {
    "definition": _located,
    "references": _located,
    "document_highlight": _highlighted,
    "rename": _renamed,
    "prepare_rename": _prepared_rename,
    "prepare_call_hierarchy": _prepared_calls,
    "document_symbols": _outline,
    "workspace_symbols": _outline,
}
