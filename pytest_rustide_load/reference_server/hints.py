"""What an editor writes into and over the code: types of locals, a call's signature, how often a type is
implemented.

Must not know the protocol's messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.hierarchy import type_of
from pytest_rustide_load.reference_server.model import node_of
from pytest_rustide_load.reference_server.show import signature_text, type_text
from pytest_rustide_load.reference_server.symbols import Kind, Symbol
from pytest_rustide_load.reference_server.ty import UNKNOWN_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from pytest_rustide_load.reference_server.resolve import Resolver
    from pytest_rustide_load.reference_server.source import SourceFile

_IMPLEMENTED = frozenset({Kind.STRUCT, Kind.ENUM, Kind.UNION, Kind.TRAIT})
_NAMES = frozenset({"identifier"})
# Where a pattern may stand; a type that is written there says what a hint would.
_BINDERS = frozenset({"let_declaration", "parameter", "closure_parameters", "block"})
_LONGEST_HINT = 80


def type_hints(resolver: Resolver, file: SourceFile, start: int, stop: int) -> Iterator[tuple[int, str]]:
    """(offset behind the name, type) of each local between two offsets whose type is inferred and known."""
    for item in file.items:
        if item.item_end <= start or item.item_start >= stop or item.kind is Kind.IMPL:
            continue
        for symbol in resolver.analyser.analyse(item).types:
            begin, end = symbol.name_span()
            if symbol.kind is not Kind.LOCAL or not start <= begin < stop or _is_typed(file, begin, end):
                continue
            text = _known_type(resolver, symbol)
            if text is not None:
                yield end, text


def _known_type(resolver: Resolver, symbol: Symbol) -> str | None:
    ty = type_of(resolver, symbol)
    text = type_text(ty) if ty is not None else UNKNOWN_TEXT
    return None if text == UNKNOWN_TEXT or len(text) > _LONGEST_HINT else text


def _is_typed(file: SourceFile, start: int, end: int) -> bool:
    """Whether a type is written for the pattern that binds the name here."""
    node = file.node_at(start, end, _NAMES)
    while node is not None and node.type not in _BINDERS:
        node = node.parent
    return node is None or node.type == "parameter" or node.child_by_field_name("type") is not None


def untyped_let(resolver: Resolver, file: SourceFile, offset: int) -> tuple[int, str] | None:
    """Where the type of the local at an offset could be written, and it, if its `let` leaves it out."""
    start = resolver.word_start(file, offset)
    for symbol in resolver.symbols_at(file, offset):
        begin, end = symbol.name_span()
        if symbol.kind is not Kind.LOCAL or begin != start:
            continue
        node = file.node_at(begin, end, _NAMES)
        parent = node.parent if node is not None else None
        text = _known_type(resolver, symbol)
        if (
            text is not None
            and UNKNOWN_TEXT not in text
            and parent is not None
            and parent.type == "let_declaration"
            and parent.child_by_field_name("type") is None
        ):
            return end, text
    return None


@dataclass(slots=True, frozen=True)
class Signature:
    """A called function's header, its parameters as written in it, and which of them the cursor is at."""

    label: str
    parameters: tuple[str, ...]
    active: int


def signature_at(resolver: Resolver, file: SourceFile, offset: int) -> Signature | None:
    """The signature of the function whose arguments an offset is in."""
    arguments = _arguments_around(file, offset)
    call = arguments.parent if arguments is not None else None
    called = call.child_by_field_name("function") if call is not None else None
    name = _last_name(called)
    if arguments is None or name is None:
        return None
    symbols = resolver.symbols_at(file, name.start_byte)
    function = next((one for one in symbols if one.kind is Kind.FUNCTION), None)
    node = node_of(function) if function is not None else None
    if function is None or node is None or function.file is None:
        return None
    data = function.file.data
    parameters = node.child_by_field_name("parameters")
    shown = [
        data[one.start_byte : one.end_byte].decode("utf-8", "replace")
        for one in (parameters.named_children if parameters is not None else ())
        if one.type == "parameter"
    ]
    commas = sum(child.type == "," and child.end_byte <= offset for child in arguments.children)
    return Signature(signature_text(function), tuple(shown), commas)


def _arguments_around(file: SourceFile, offset: int) -> Node | None:
    node = file.tree.root_node.descendant_for_byte_range(offset, offset)
    while node is not None:
        if node.type == "arguments" and node.start_byte < offset < node.end_byte:
            return node
        node = node.parent
    return None


def _last_name(called: Node | None) -> Node | None:
    """The name that is called, at the end of a path or behind a dot."""
    while called is not None and called.type in {
        "generic_function",
        "field_expression",
        "scoped_identifier",
    }:
        field = {"generic_function": "function", "field_expression": "field"}.get(called.type, "name")
        called = called.child_by_field_name(field)
    return called


def implementation_counts(resolver: Resolver, file: SourceFile) -> Iterator[tuple[Symbol, int]]:
    """The types and traits of a file that have impls, with the number of these."""
    index = resolver.model.traits.index
    for symbol in file.symbols:
        if symbol.kind in _IMPLEMENTED:
            impls = index.of_trait(symbol) if symbol.kind is Kind.TRAIT else index.of_type(symbol)
            if impls:
                yield symbol, len(impls)
