"""Between the server's places and the protocol's values (plain dictionaries, ready for JSON).

Must not know how places were found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from pytest_rustide_load.reference_server.symbols import Kind

if TYPE_CHECKING:
    from pytest_rustide_load.reference_server.resolve import Place
    from pytest_rustide_load.reference_server.symbols import Symbol
    from pytest_rustide_load.reference_server.text import Text

Json = dict[str, Any]

SYMBOL_KINDS = {
    Kind.CRATE: 4,
    Kind.MODULE: 2,
    Kind.STRUCT: 23,
    Kind.UNION: 23,
    Kind.ENUM: 10,
    Kind.VARIANT: 22,
    Kind.FIELD: 8,
    Kind.FUNCTION: 12,
    Kind.TRAIT: 11,
    Kind.IMPL: 19,
    Kind.CONST: 14,
    Kind.STATIC: 14,
    Kind.TYPE_ALIAS: 26,
    Kind.ASSOC_TYPE: 26,
    Kind.MACRO: 12,
    Kind.TYPE_PARAM: 26,
}
METHOD = 6


def path_of(uri: str) -> str:
    """The key of a document: its file system path, or the URI itself if it is not a file's."""
    parts = urlsplit(uri)
    return unquote(parts.path) if parts.scheme == "file" else uri


def position(text: Text, offset: int, encoding: str) -> Json:
    line, column = text.position(offset, encoding)
    return {"line": line, "character": column}


def text_range(text: Text, start: int, end: int, encoding: str) -> Json:
    return {"start": position(text, start, encoding), "end": position(text, end, encoding)}


def location(place: Place, encoding: str) -> Json:
    return {"uri": place.file.uri, "range": text_range(place.file.text, place.start, place.end, encoding)}


def symbol_kind(symbol: Symbol) -> int:
    """LSP's SymbolKind of a symbol."""
    if symbol.kind is Kind.FUNCTION and is_method(symbol):
        return METHOD
    return SYMBOL_KINDS.get(symbol.kind, 13)


def is_method(symbol: Symbol) -> bool:
    """Whether a function has a receiver, told from its text."""
    if symbol.parent is None or symbol.file is None or symbol.parent.kind not in {Kind.IMPL, Kind.TRAIT}:
        return False
    end = symbol.item_span()[1]
    header = symbol.file.data[symbol.end : min(end, symbol.end + 400)]
    if header[:1] == b"<":
        header = header[header.find(b">(") + 1 :]
    first = header[1:].split(b",", 1)[0].split(b")", 1)[0]
    return b"self" in first.split(b":", 1)[0].split() or first.strip().lstrip(b"&").endswith(b"self")
