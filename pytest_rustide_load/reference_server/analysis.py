"""Reads items whole: headers, types and bodies; the door to what every identifier of an item means.

Results are kept per item and reused while its text and what its crate can see declared are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

# Importing these registers their handlers.
from pytest_rustide_load.reference_server import calls, control, expressions, macros, paths, patterns
from pytest_rustide_load.reference_server.body import Analysis, Body
from pytest_rustide_load.reference_server.model import Env, node_of
from pytest_rustide_load.reference_server.symbols import MACROS, TYPES, Kind, Scope, Symbol
from pytest_rustide_load.reference_server.ty import UNKNOWN, Ty

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from pytest_rustide_load.reference_server.model import Model

# Items that are no declarations: all they have is the scope they stand in.
_LOOSE = frozenset({Kind.USE, Kind.MACRO_CALL})
HANDLERS = (calls, control, expressions, macros, paths, patterns)


@dataclass(slots=True)
class _Known:
    text: bytes
    analysis: Analysis


class Analyser:
    """Analyses of items, remembered."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def analyse(self, item: Symbol) -> Analysis:
        """What every identifier of an item means. For a module, impl or trait: of its header only."""
        if item.file is None:
            return Analysis()
        memo = self.model.workspace.memo_of(item.file)
        key = ("analysis", item)
        text = item.file.data[item.item_start : item.item_end]
        known: _Known | None = memo.get(key)
        if known is not None and known.text == text:
            return known.analysis
        analysis = self.read(item, item.file.data, node_of(item))
        memo[key] = _Known(text, analysis)
        return analysis

    def read(self, item: Symbol, data: bytes, node: Node | None, probe: int | None = None) -> Analysis:
        """Analyses a node as the item's, from other text if need be: completion tries an edited one."""
        if node is None:
            return Analysis()
        self.model.traits.refuel()
        outer = self.model.declared.env(item) if item.kind not in _LOOSE else _scope_env(item)
        env = Env(outer.scope, outer.owners, outer.generics, outer.self_ty, fresh=True)
        body = Body(self.model, item, data, env, probe)
        body.note_own(item)
        reader = _READERS.get(item.kind)
        _visibility(body, node)
        if reader is not None:
            reader(body, node)
        return body.finish()


def _scope_env(item: Symbol) -> Env:
    if item.home is None:
        raise ValueError("an item without a scope")
    return Env(item.home)


def _types(body: Body, node: Node | None) -> Ty:
    return body.model.lowering.lower(node, body.env, body.reader) if node is not None else UNKNOWN


def _generics(body: Body, node: Node) -> None:
    """Type parameters with bounds and defaults, and the where clause."""
    parameters = node.child_by_field_name("type_parameters")
    for child in parameters.named_children if parameters is not None else ():
        name = child.child_by_field_name("name")
        generic = body.env.generics.get(body.reader.name(name)) if name is not None else None
        if name is not None and generic is not None:
            body.note(name, generic)
        _bounds(body, child.child_by_field_name("bounds"))
        for part in ("type", "default_type"):
            _types(body, child.child_by_field_name(part))
        value = child.child_by_field_name("value")
        if value is not None:
            body.model.lowering.const(value, body.env, body.reader)
    for child in node.named_children:
        if child.type == "where_clause":
            for predicate in child.named_children:
                left = predicate.child_by_field_name("left")
                if left is not None and left.type == "lifetime":
                    body.model.lowering.lifetime(left, body.env, body.reader)
                else:
                    _types(body, left)
                _bounds(body, predicate.child_by_field_name("bounds"))


def _visibility(body: Body, node: Node) -> None:
    """The module that `pub(crate)`, `pub(super)` or `pub(in path)` names."""
    for child in node.children:
        if child.type == "visibility_modifier":
            for path in child.named_children:
                if path.type in {"crate", "super", "self"}:
                    body.note(path, *body.model.names.first(body.env.scope, body.reader.text(path), TYPES))
                else:
                    body.model.paths.path_symbols(path, body.env, body.reader, TYPES)
            return


def _bounds(body: Body, node: Node | None) -> None:
    if node is not None:
        body.model.lowering.bounds_below(node, body.env, body.reader)


def _function(body: Body, node: Node) -> None:
    _generics(body, node)
    parameters = node.child_by_field_name("parameters")
    for child in parameters.named_children if parameters is not None else ():
        if child.type == "self_parameter":
            ty = body.model.declared.receiver(child, body.env, body.reader)
            name = next((one for one in child.named_children if one.type == "self"), None)
            if name is not None:
                body.bind(name, ty, Kind.SELF_PARAM)
        elif child.type == "parameter":
            pattern = child.child_by_field_name("pattern")
            ty = _types(body, child.child_by_field_name("type"))
            if pattern is not None and pattern.type == "self":
                body.bind(pattern, ty, Kind.SELF_PARAM)
            else:
                body.pattern(pattern, ty)
    result = node.child_by_field_name("return_type")
    wanted = _types(body, result) if result is not None else body.model.unit()
    body.returns.append(wanted)
    block = node.child_by_field_name("body")
    if block is not None:
        body.coerce(body.expr(block, wanted), wanted)


def _structure(body: Body, node: Node) -> None:
    _generics(body, node)
    _fields(body, node.child_by_field_name("body"), body.item)


def _fields(body: Body, node: Node | None, owner: Symbol) -> None:
    if node is None:
        return
    if node.type == "ordered_field_declaration_list":
        _visibility(body, node)
        for child in node.children_by_field_name("type"):
            _types(body, child)
        return
    for child in node.named_children:
        _visibility(body, child)
        name = child.child_by_field_name("name")
        if name is not None and body.reader.name(name) in owner.members:
            body.note(name, owner.members[body.reader.name(name)])
        _types(body, child.child_by_field_name("type"))


def _enum(body: Body, node: Node) -> None:
    _generics(body, node)
    inner = node.child_by_field_name("body")
    for child in inner.named_children if inner is not None else ():
        name = child.child_by_field_name("name")
        variant = body.item.members.get(body.reader.name(name)) if name is not None else None
        if name is None or variant is None:
            continue
        body.note(name, variant)
        _fields(body, child.child_by_field_name("body"), variant)
        body.expr(child.child_by_field_name("value"))


def _impl(body: Body, node: Node) -> None:
    _generics(body, node)
    _types(body, node.child_by_field_name("type"))
    trait = node.child_by_field_name("trait")
    if trait is not None:
        body.model.lowering.bound(trait, body.env, body.reader)


def _trait(body: Body, node: Node) -> None:
    _generics(body, node)
    _bounds(body, node.child_by_field_name("bounds"))


def _valued(body: Body, node: Node) -> None:
    ty = _types(body, node.child_by_field_name("type"))
    body.returns.append(ty)
    value = node.child_by_field_name("value")
    if value is not None:
        body.coerce(body.expr(value, ty), ty)


def _alias(body: Body, node: Node) -> None:
    _generics(body, node)
    _bounds(body, node.child_by_field_name("bounds"))
    _types(body, node.child_by_field_name("type"))


def _use(body: Body, node: Node) -> None:
    argument = node.child_by_field_name("argument")
    if argument is not None:
        _use_tree(body, argument, None)
        return
    name = node.child_by_field_name("name")
    if name is not None:
        for qualifier in body.model.names.first(body.env.scope, "::", TYPES):
            found = body.model.names.member(qualifier, body.reader.name(name), TYPES)
            body.note(name, *found)
            alias = node.child_by_field_name("alias")
            if alias is not None:
                body.note(alias, *found)


def _use_tree(body: Body, node: Node, prefix: tuple[Symbol, ...] | None) -> tuple[Symbol, ...]:
    """Notes every segment of a use tree; gives what its last segment means."""
    kind = node.type
    if kind == "use_list":
        for child in node.named_children:
            _use_tree(body, child, prefix)
        return ()
    if kind == "scoped_use_list":
        path, inner = node.child_by_field_name("path"), node.child_by_field_name("list")
        outer = _use_tree(body, path, prefix) if path is not None else _externs(body)
        if inner is not None:
            _use_tree(body, inner, outer)
        return ()
    if kind == "use_wildcard":
        for child in node.named_children:
            _use_tree(body, child, prefix)
        return ()
    if kind == "use_as_clause":
        path, alias = node.child_by_field_name("path"), node.child_by_field_name("alias")
        found = _use_tree(body, path, prefix) if path is not None else ()
        if alias is not None and body.reader.text(alias) != "_":
            body.note(alias, *found)
        return found
    if kind == "scoped_identifier":
        path, name = node.child_by_field_name("path"), node.child_by_field_name("name")
        outer = _use_tree(body, path, prefix) if path is not None else _externs(body)
        return _segment(body, name, outer) if name is not None else ()
    return _segment(body, node, prefix)


def _externs(body: Body) -> tuple[Symbol, ...]:
    return body.model.names.first(body.env.scope, "::", TYPES)


def _segment(body: Body, node: Node, prefix: tuple[Symbol, ...] | None) -> tuple[Symbol, ...]:
    names = body.model.names
    name = body.reader.name(node)
    found: tuple[Symbol, ...] = ()
    if prefix is None:
        body.result.scope = body.env.scope
        found = _first_of_use(body, name)
    else:
        body.reader.qualified(node, prefix)
        for symbol in prefix:
            found = names.member(symbol, name, 7)
            if found:
                break
    body.note(node, *found)
    return found


def _first_of_use(body: Body, name: str) -> tuple[Symbol, ...]:
    scope: Scope = body.env.scope
    for uses in (scope.imports.get(name, ()),):
        for use in uses:
            if len(use.segments) == 1:
                return body.model.names.imported(use)
    return body.model.names.first(scope, name, 7)


def _macro_call(body: Body, node: Node) -> None:
    """A call that expands to items: the macro's name."""
    name = node.child_by_field_name("macro")
    if name is not None:
        body.model.paths.path_symbols(name, body.env, body.reader, MACROS)


def _nothing(body: Body, node: Node) -> None:
    """A module's or macro's name is all there is to read."""


_READERS: dict[Kind, Callable[[Body, Node], None]] = {
    Kind.FUNCTION: _function,
    Kind.STRUCT: _structure,
    Kind.UNION: _structure,
    Kind.ENUM: _enum,
    Kind.IMPL: _impl,
    Kind.TRAIT: _trait,
    Kind.CONST: _valued,
    Kind.STATIC: _valued,
    Kind.TYPE_ALIAS: _alias,
    Kind.ASSOC_TYPE: _alias,
    Kind.USE: _use,
    Kind.MODULE: _nothing,
    Kind.MACRO: _nothing,
    Kind.MACRO_CALL: _macro_call,
}
