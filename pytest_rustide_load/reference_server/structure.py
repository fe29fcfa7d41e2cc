"""Where a trait, a type or a trait's item is implemented, and what encloses a place in a text.

Must not know the protocol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.model import node_of
from pytest_rustide_load.reference_server.resolve import Place
from pytest_rustide_load.reference_server.symbols import Kind, Symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_rustide_load.reference_server.impls import Impl
    from pytest_rustide_load.reference_server.resolve import Resolver
    from pytest_rustide_load.reference_server.source import SourceFile

_TYPES = frozenset({Kind.STRUCT, Kind.ENUM, Kind.UNION})


def implementations(resolver: Resolver, file: SourceFile, offset: int) -> list[Place]:
    """For a trait or type the types its impls are written for, for a trait's item the impls' own names of it;
    in order of files and text. What `derive` gives stands nowhere and is not listed."""
    found: dict[tuple[str, int], Place] = {}
    index = resolver.model.traits.index
    for symbol in resolver.symbols_at(file, offset):
        if symbol.kind is Kind.TRAIT:
            places = _headers(index.of_trait(symbol))
        elif symbol.kind in _TYPES:
            places = _headers(index.of_type(symbol))
        else:
            places = _members(resolver, symbol)
        found.update({(place.file.path, place.start): place for place in places})
    return [found[key] for key in sorted(found)]


def _headers(impls: Sequence[Impl]) -> list[Place]:
    places: list[Place] = []
    for impl in impls:
        file, node = impl.symbol.file, node_of(impl.symbol)
        target = node.child_by_field_name("type") if node is not None else None
        if target is not None and file is not None and not file.is_library:
            places.append(Place(file, target.start_byte, target.end_byte))
    return places


def _members(resolver: Resolver, symbol: Symbol) -> list[Place]:
    trait = symbol.parent
    if trait is None or trait.kind is not Kind.TRAIT:
        return []
    members = [impl.symbol.members.get(symbol.name) for impl in resolver.model.traits.index.of_trait(trait)]
    places = [resolver.place(member) for member in members if member is not None]
    return [place for place in places if place is not None]


def enclosing(file: SourceFile, offset: int) -> list[tuple[int, int]]:
    """The spans of the nodes of syntax around an offset, in bytes, innermost first and each larger than the
    one before; the last is the whole text."""
    spans = [(0, len(file.data))]
    node = file.tree.root_node
    while True:
        inner = next(
            (child for child in node.children if child.start_byte <= offset < child.end_byte),
            # Just behind a name is still at it.
            next((child for child in node.named_children if child.end_byte == offset), None),
        )
        if inner is None:
            return spans[::-1]
        node = inner
        if (node.start_byte, node.end_byte) != spans[-1]:
            spans.append((node.start_byte, node.end_byte))
