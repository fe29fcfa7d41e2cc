"""Code actions: small changes of the code that keep its meaning, with the edit that makes each.

Must not know the protocol's messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.hints import untyped_let
from pytest_rustide_load.reference_server.symbols import Kind, Symbol

if TYPE_CHECKING:
    from pytest_rustide_load.reference_server.resolve import Resolver
    from pytest_rustide_load.reference_server.source import SourceFile

REWRITE = "refactor.rewrite"
_DERIVABLE = frozenset({Kind.STRUCT, Kind.ENUM, Kind.UNION})
_VISIBLE = _DERIVABLE | {Kind.FUNCTION, Kind.TRAIT, Kind.CONST, Kind.STATIC, Kind.TYPE_ALIAS, Kind.MODULE}


@dataclass(slots=True, frozen=True)
class Action:
    """A title for people and one insertion: the text and the offset it goes to."""

    title: str
    offset: int
    text: str


def actions_at(resolver: Resolver, file: SourceFile, offset: int) -> list[Action]:
    """What can be done with the name at an offset."""
    found: list[Action] = []
    local = untyped_let(resolver, file, offset)
    if local is not None:
        end, text = local
        found.append(Action(f"Insert explicit type `{text}`", end, f": {text}"))
    start = resolver.word_start(file, offset)
    declared = next((one for one in file.symbols if one.name and one.name_span()[0] == start), None)
    if declared is not None:
        found += _of_declaration(declared)
    return found


def _of_declaration(symbol: Symbol) -> list[Action]:
    found: list[Action] = []
    start = symbol.item_span()[0]
    if symbol.kind in _VISIBLE and not symbol.public and _may_be_public(symbol):
        found.append(Action("Change visibility to pub(crate)", start, "pub(crate) "))
    if symbol.kind in {Kind.STRUCT, Kind.ENUM} and "Debug" not in symbol.derives and not symbol.generics:
        found.append(Action("Add `#[derive(Debug)]`", start, f"#[derive(Debug)]\n{_indentation(symbol)}"))
    return found


def _may_be_public(symbol: Symbol) -> bool:
    """Items of a trait or of a trait's impl have no visibility of their own, nor have those of a body."""
    if symbol.home is None or symbol.home.is_block:
        return False
    parent = symbol.parent
    if parent is None or parent.file is None:
        return True
    header = parent.file.data[parent.item_start : symbol.item_start].split(b"{", 1)[0]
    return parent.kind is Kind.IMPL and b" for " not in header


def _indentation(symbol: Symbol) -> str:
    if symbol.file is None:
        return ""
    start = symbol.item_span()[0]
    line = symbol.file.data[symbol.file.data.rfind(b"\n", 0, start) + 1 : start]
    return line.decode() if not line.strip() else ""
