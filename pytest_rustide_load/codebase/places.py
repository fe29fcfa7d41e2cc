"""Places in a codebase: lines count from 0, columns and lengths are in UTF-8 bytes.

Pure values.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LANDMARK_KINDS", "DocumentSymbol", "EditSite", "Landmark", "Location"]

LANDMARK_KINDS = (
    "const_use",
    "enum_variant",
    "field",
    "field_init",
    "function_call",
    "local",
    "method_call",
    "type_use",
)


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """The range of one identifier."""

    path: str
    line: int
    column: int
    length: int


@dataclass(frozen=True, slots=True)
class Landmark:
    """A use of a symbol, which a user may point to; `symbol` numbers the symbol in its codebase."""

    path: str
    line: int
    column: int
    length: int
    kind: str
    symbol: int


@dataclass(frozen=True, slots=True)
class DocumentSymbol:
    """An entry of a file's outline: `kind` is LSP's SymbolKind, `line` that of the name."""

    name: str
    kind: int
    line: int


@dataclass(frozen=True, slots=True)
class EditSite:
    """A line before which a whole line of comment may be inserted without changing what the code means."""

    path: str
    line: int
