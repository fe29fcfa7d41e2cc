"""Who calls a function and whom it calls, and the types of what a name means.

A call is a function's name with arguments behind it. Must not know the protocol.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.resolve import Place
from pytest_rustide_load.reference_server.symbols import Kind, Symbol
from pytest_rustide_load.reference_server.ty import Nominal, Ty, follow

if TYPE_CHECKING:
    from pytest_rustide_load.reference_server.resolve import Resolver
    from pytest_rustide_load.reference_server.source import SourceFile

Calls = list[tuple[Symbol, list[Place]]]

_TYPES = frozenset({Kind.STRUCT, Kind.ENUM, Kind.UNION, Kind.TRAIT})
_LOCALS = frozenset({Kind.LOCAL, Kind.SELF_PARAM})
_DECLARED = frozenset({Kind.FIELD, Kind.CONST, Kind.STATIC, Kind.TYPE_ALIAS, Kind.ASSOC_TYPE})
_ARGUMENTS = re.compile(rb"\s*\(")
_TURBOFISH = b"::<"
_LONGEST_TURBOFISH = 400


def function_at(resolver: Resolver, file: SourceFile, offset: int) -> Symbol | None:
    """The function of the workspace that the name at an offset means."""
    return next(
        (
            symbol
            for symbol in resolver.symbols_at(file, offset)
            if symbol.kind is Kind.FUNCTION and resolver.place(symbol) is not None
        ),
        None,
    )


def incoming_calls(resolver: Resolver, function: Symbol) -> Calls:
    """The functions that call this one and where each does; of a trait's function also through its impls."""
    found: dict[Symbol, list[Place]] = {}
    for place in resolver.references(function):
        caller = _around(resolver, place) if _is_call(place.file.data, place.end) else None
        # The name in the head of a trait's impl is followed by parameters, not by arguments.
        if caller is not None and caller.name_span()[0] != place.start:
            found.setdefault(caller, []).append(place)
    return list(found.items())


def outgoing_calls(resolver: Resolver, function: Symbol) -> Calls:
    """The functions of the workspace that this one calls, and where it does."""
    found: dict[Symbol, list[Place]] = {}
    file = function.file
    for offset, symbols in sorted(resolver.analyser.analyse(function).uses.items()):
        start = function.item_start + offset
        for symbol in symbols:
            if symbol.kind is not Kind.FUNCTION or symbol is function or file is None:
                continue
            end = start + len(symbol.name.encode())
            if resolver.place(symbol) is not None and _is_call(file.data, end):
                found.setdefault(symbol, []).append(Place(file, start, end))
    return list(found.items())


def _around(resolver: Resolver, place: Place) -> Symbol | None:
    item = resolver.item_at(place.file, place.start)
    while item is not None and item.kind is not Kind.FUNCTION:
        item = item.parent
    return item


def _is_call(data: bytes, end: int) -> bool:
    """Whether arguments follow a name that ends here, perhaps behind a turbofish."""
    if data.startswith(_TURBOFISH, end):
        depth = 0
        for at in range(end + 2, min(len(data), end + _LONGEST_TURBOFISH)):
            depth += {b"<": 1, b">": -1}.get(data[at : at + 1], 0)
            if depth == 0:
                end = at + 1
                break
    return _ARGUMENTS.match(data, end) is not None


def type_definitions(resolver: Resolver, file: SourceFile, offset: int) -> list[Place]:
    """Where the types of what the name at an offset means are declared, the outermost first.

    Of a local, field or constant it is its own, of a function its result's; a type is its own.
    """
    found: dict[Place, None] = {}
    for symbol in resolver.symbols_at(file, offset):
        if symbol.kind in _TYPES or (symbol.kind is Kind.VARIANT and symbol.parent is not None):
            named = symbol.parent if symbol.kind is Kind.VARIANT and symbol.parent is not None else symbol
            place = resolver.place(named)
            found.update({place: None} if place is not None else {})
            continue
        for one in _nominals(type_of(resolver, symbol)):
            place = resolver.place(one)
            if place is not None:
                found[place] = None
    return list(found)


def type_of(resolver: Resolver, symbol: Symbol) -> Ty | None:
    """The type of a local, field or constant, what an alias stands for, a function's result."""
    declared = resolver.model.declared
    if symbol.kind in _LOCALS and symbol.owner is not None:
        ty = resolver.analyser.analyse(symbol.owner).types.get(symbol)
        return resolver.model.traits.deep(ty, declared.env(symbol.owner)) if ty is not None else None
    if symbol.kind in _DECLARED:
        return declared.type_of(symbol)
    return declared.signature(symbol).result if symbol.kind is Kind.FUNCTION else None


def _nominals(ty: Ty | None) -> list[Symbol]:
    """The types of the workspace that a type is made of, outermost first."""
    ty = follow(ty) if ty is not None else None
    if not isinstance(ty, Nominal):
        return []
    own = [ty.symbol] if ty.symbol.kind in _TYPES else []
    return own + [inner for arg in ty.args for inner in _nominals(arg)]
