"""Completion at an offset: members after a dot, items after `::`, names in sight elsewhere.

Where no word stands at the cursor yet, the code is read as if one did. Must not know the protocol's messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server import syntax
from pytest_rustide_load.reference_server.convert import Json, is_method
from pytest_rustide_load.reference_server.members import associated_of, members_of
from pytest_rustide_load.reference_server.outline import is_subsequence
from pytest_rustide_load.reference_server.show import type_text
from pytest_rustide_load.reference_server.symbols import Kind, Symbol
from pytest_rustide_load.reference_server.text import Text
from pytest_rustide_load.reference_server.ty import Ty

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

    from pytest_rustide_load.reference_server.body import Analysis
    from pytest_rustide_load.reference_server.resolve import Resolver
    from pytest_rustide_load.reference_server.source import SourceFile

_STAND_IN = b"zz"
_COMPLETION_KINDS = {
    Kind.CRATE: 9,
    Kind.MODULE: 9,
    Kind.STRUCT: 22,
    Kind.UNION: 22,
    Kind.ENUM: 13,
    Kind.VARIANT: 20,
    Kind.FIELD: 5,
    Kind.FUNCTION: 3,
    Kind.TRAIT: 8,
    Kind.CONST: 21,
    Kind.STATIC: 21,
    Kind.TYPE_ALIAS: 22,
    Kind.ASSOC_TYPE: 22,
    Kind.MACRO: 3,
    Kind.TYPE_PARAM: 25,
    Kind.CONST_PARAM: 25,
    Kind.LOCAL: 6,
    Kind.SELF_PARAM: 6,
    Kind.PRIMITIVE: 22,
}
_METHOD, _KEYWORD = 2, 14
_OPEN_ENDS = b".,;)}]?=+-*/<>&|!:({["


def completions(resolver: Resolver, file: SourceFile, offset: int) -> list[Json]:
    """Items that fit what is typed before the offset, each with label, kind and detail."""
    start = resolver.word_start(file, offset)
    prefix = file.data[start:offset].decode("utf-8", "replace").lower()
    before = file.data[:start].rstrip()
    found = _candidates(resolver, file, start, before)
    return [item for item in found if not prefix or is_subsequence(prefix, item["label"].lower())]


def _candidates(resolver: Resolver, file: SourceFile, start: int, before: bytes) -> list[Json]:
    analysis, base = _read(resolver, file, start)
    member = before.endswith(b".") and not before.endswith(b"..")
    if member:
        receiver = analysis.receivers.get(start - base)
        if receiver is None:
            return []
        env = resolver.model.declared.env(_item(resolver, file, start) or file.symbols[0])
        return [_entry(symbol, detail) for symbol, detail in members_of(resolver.model, receiver, env)]
    if before.endswith(b"::"):
        return _after_colons(resolver, file, start, analysis, base)
    return _plain(resolver, file, start, analysis)


def _item(resolver: Resolver, file: SourceFile, start: int) -> Symbol | None:
    return resolver.item_at(file, start) or resolver.item_at(file, max(0, start - 1))


def _read(resolver: Resolver, file: SourceFile, start: int) -> tuple[Analysis, int]:
    """The analysis of the item around an offset with a word standing there, and the item's start."""
    from pytest_rustide_load.reference_server.body import Analysis

    item = _item(resolver, file, start)
    if item is None:
        return Analysis(), 0
    data, tree = file.data, file.tree
    following = data[start : start + 1]
    if not (following.isalnum() or following == b"_"):
        data, tree = _with_stand_in(file, start)
    node = _node_of_kind(tree, item, start)
    return resolver.analyser.read(item, data, node, probe=start), item.item_start


def _with_stand_in(file: SourceFile, start: int) -> tuple[bytes, Tree]:
    rest = file.data[start:].lstrip()
    newline = b"\n" in file.data[start : len(file.data) - len(rest)]
    # A statement on the next line must not be taken for a part of this one.
    word = _STAND_IN + (b";" if newline and rest[:1] not in {bytes([one]) for one in _OPEN_ENDS} else b"")
    data = file.data[:start] + word + file.data[start:]
    text = Text(data)
    tree = file.tree.copy()
    point = file.text.point(start)
    tree.edit(start, start, start + len(word), point, point, text.point(start + len(word)))
    return data, syntax.parse(data, tree)


def _node_of_kind(tree: Tree, item: Symbol, start: int) -> Node | None:
    """The item's node in a tree that differs at `start` only."""
    node = tree.root_node.descendant_for_byte_range(start, start + 1)
    while node is not None:
        if node.type in syntax.ITEM_KINDS and node.start_byte == item.item_start:
            return node
        node = node.parent
    return None


def _entry(symbol: Symbol, detail: str = "") -> Json:
    kind = (
        _METHOD
        if symbol.kind is Kind.FUNCTION and is_method(symbol)
        else _COMPLETION_KINDS.get(symbol.kind, 1)
    )
    entry: Json = {"label": symbol.name, "kind": kind}
    if detail:
        entry["detail"] = detail
    if symbol.file is not None and not symbol.file.is_library and symbol.owner is None:
        # By these resolving finds the declaration again.
        entry["data"] = [symbol.file.path, symbol.start]
    return entry


def _after_colons(
    resolver: Resolver, file: SourceFile, start: int, analysis: Analysis, base: int
) -> list[Json]:
    qualifier = analysis.qualifiers.get(start - base)
    if qualifier is None:
        return []
    item = _item(resolver, file, start)
    if item is None:
        return []
    model = resolver.model
    env = model.declared.env(item)
    if isinstance(qualifier, Ty):
        return [_entry(symbol) for symbol in associated_of(model, qualifier, env)]
    found: dict[str, Symbol] = {}
    for symbol in qualifier:
        if symbol.scope is not None:
            for name in model.names.names_inside(symbol.scope):
                for one in model.names.inside(symbol.scope, name, 7):
                    if _visible(one, item):
                        found.setdefault(name, one)
        else:
            found.update({name: one for name, one in symbol.members.items() if one.kind is not Kind.FIELD})
    return [{**_entry(symbol), "label": name} for name, symbol in found.items()]


def _visible(symbol: Symbol, item: Symbol) -> bool:
    """Public, or of the same crate: good enough to offer."""
    if symbol.public or symbol.kind in {Kind.VARIANT, Kind.CRATE} or symbol.home is None or item.home is None:
        return True
    return _root(symbol) is _root(item)


def _root(symbol: Symbol) -> object:
    scope = symbol.home
    while scope is not None and scope.parent is not None:
        scope = scope.parent
    return scope


def _plain(resolver: Resolver, file: SourceFile, start: int, analysis: Analysis) -> list[Json]:
    found: dict[str, Json] = {}
    for name, symbol in analysis.visible.items():
        ty = analysis.types.get(symbol)
        found[name] = _entry(symbol, type_text(ty) if ty is not None else "")
    item = _item(resolver, file, start)
    scope = analysis.scope or (item.home if item is not None else file.root)
    if item is not None and item.kind is not Kind.USE:
        for name, generic in resolver.model.declared.env(item).generics.items():
            found.setdefault(name, _entry(generic))
    if scope is not None:
        for name, symbols in resolver.model.names.visible(scope).items():
            if symbols:
                found.setdefault(name, {**_entry(symbols[0]), "label": name})
    _add_prelude(resolver, found)
    return list(found.values())


def _add_prelude(resolver: Resolver, found: dict[str, Json]) -> None:
    """What every module can name: the standard prelude, primitive types, keywords."""
    prelude = resolver.model.library("prelude")
    if prelude is not None and prelude.scope is not None:
        for name in resolver.model.names.names_inside(prelude.scope):
            for symbol in resolver.model.names.inside(prelude.scope, name, 7):
                found.setdefault(name, _entry(symbol))
    for name in resolver.workspace.library.primitives:
        if name.isalnum() and name != "fn":
            found.setdefault(name, {"label": name, "kind": _COMPLETION_KINDS[Kind.PRIMITIVE]})
    for name in syntax.KEYWORDS:
        found.setdefault(name, {"label": name, "kind": _KEYWORD})
