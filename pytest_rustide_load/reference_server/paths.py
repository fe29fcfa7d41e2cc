"""Paths as values: locals, functions, constructors, constants, associated items.

Must not know the expressions around them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.body import Body, expression
from pytest_rustide_load.reference_server.symbols import TYPES, VALUES, Kind, Symbol
from pytest_rustide_load.reference_server.ty import (
    UNKNOWN,
    Mapping,
    Nominal,
    Param,
    Qualified,
    Ty,
    Var,
    substitute,
)

if TYPE_CHECKING:
    from tree_sitter import Node

    from pytest_rustide_load.reference_server.traits import Pick

_PATHS = frozenset({"scoped_identifier", "scoped_type_identifier"})


@expression("identifier", "self", "shorthand_field_identifier", "type_identifier")
def _identifier(body: Body, node: Node, _expected: Ty) -> Ty:
    body.seen(node.start_byte)
    name = body.reader.name(node)
    local = body.local(name)
    if local is not None:
        body.note(node, local)
        return body.result.types[local]
    generic = body.env.generics.get(name)
    if generic is not None and generic.kind is Kind.CONST_PARAM:
        body.note(node, generic)
        return body.model.declared.type_of(generic)
    if name == "Self" and body.env.self_ty is not None:
        ty = body.env.self_ty
        if isinstance(ty, Nominal):
            body.note(node, ty.symbol)
            return _constructor(body, ty.symbol, dict(zip(_params(ty.symbol), ty.args, strict=False)))
        return ty
    found = body.model.names.lookup(body.env.scope, name, VALUES)
    if not found:
        return Var()
    body.note(node, *found)
    return value_type(body, found[0], None)


def _params(symbol: Symbol) -> list[Symbol]:
    return [generic for generic in symbol.generics if generic.kind is Kind.TYPE_PARAM]


@expression("scoped_identifier", "scoped_type_identifier")
def _scoped(body: Body, node: Node, _expected: Ty) -> Ty:
    return scoped_value(body, node, None)


def scoped_value(body: Body, node: Node, turbofish: Node | None) -> Ty:
    """The type of `path::name`, with the generic arguments written after the name, if any."""
    name_node = node.child_by_field_name("name")
    if name_node is None:
        return Var()
    qualifier = body.model.paths.qualifier(node.child_by_field_name("path"), body.env, body.reader)
    name = body.reader.name(name_node)
    body.reader.qualified(name_node, qualifier)
    if not isinstance(qualifier, Ty):
        for symbol in qualifier:
            found = body.model.names.member(symbol, name, VALUES)
            if found:
                body.note(name_node, *found)
                return value_type(body, found[0], turbofish)
        return Var()
    through = qualifier.bound if isinstance(qualifier, Qualified) else None
    base = qualifier.base if isinstance(qualifier, Qualified) else qualifier
    if isinstance(base, Nominal) and base.symbol.kind is Kind.ENUM and through is None:
        variant = base.symbol.members.get(name)
        if variant is not None and variant.kind is Kind.VARIANT:
            body.note(name_node, variant)
            return _constructor(body, variant, dict(zip(_params(base.symbol), base.args, strict=False)))
    pick = body.traits.value(base, name, body.env, through)
    if pick is None:
        return Var()
    body.note_pick(name_node, pick)
    return picked_type(body, pick, turbofish)


def picked_type(body: Body, pick: Pick, turbofish: Node | None) -> Ty:
    """The type of an associated item used as a value."""
    symbol = pick.symbol
    declared = body.model.declared
    if symbol.kind is not Kind.FUNCTION:
        return substitute(declared.type_of(symbol), pick.mapping)
    mapping: Mapping = {**pick.mapping, **generic_arguments(body, symbol, turbofish)}
    signature = declared.signature(symbol)
    if symbol.parent is not None:
        body.require(symbol.parent, mapping)
    body.require(symbol, mapping)
    params = (signature.receiver, *signature.params) if signature.receiver is not None else signature.params
    parts = [substitute(part, mapping) for part in (*params, signature.result)]
    return body.model.primitive("fn", *parts)


def generic_arguments(body: Body, symbol: Symbol, turbofish: Node | None) -> Mapping:
    """The type parameters of a function: those written, the rest as variables."""
    mapping = body.fresh(symbol)
    if turbofish is not None:
        args, _ = body.model.lowering.arguments(turbofish, symbol, body.env, body.reader)
        for generic, arg in zip(mapping, args, strict=False):
            mapping[generic] = arg
    return mapping


def value_type(body: Body, symbol: Symbol, turbofish: Node | None) -> Ty:
    """The type of an item used as a value."""
    declared = body.model.declared
    if symbol.kind is Kind.FUNCTION:
        mapping = generic_arguments(body, symbol, turbofish)
        signature = declared.signature(symbol)
        body.require(symbol, mapping)
        parts = [substitute(part, mapping) for part in (*signature.params, signature.result)]
        return body.model.primitive("fn", *parts)
    if symbol.kind in {Kind.CONST, Kind.STATIC}:
        return declared.type_of(symbol)
    if symbol.kind in {Kind.STRUCT, Kind.VARIANT}:
        owner = symbol.parent if symbol.kind is Kind.VARIANT and symbol.parent is not None else symbol
        return _constructor(body, symbol, generic_arguments(body, owner, turbofish))
    return Var()


def _constructor(body: Body, symbol: Symbol, mapping: Mapping) -> Ty:
    """The type of a struct or variant name as a value: itself, or a function from its fields."""
    owner = symbol.parent if symbol.kind is Kind.VARIANT and symbol.parent is not None else symbol
    made = Nominal(owner, tuple(mapping.get(param, UNKNOWN) for param in _params(owner)))
    if symbol.form != "tuple":
        return made
    fields = [
        substitute(body.model.declared.type_of(field), mapping)
        for field in symbol.children
        if field.kind is Kind.FIELD
    ]
    return body.model.primitive("fn", *fields, made)


@expression("generic_function", "generic_type_with_turbofish")
def _generic_function(body: Body, node: Node, _expected: Ty) -> Ty:
    function = node.child_by_field_name("function") or node.child_by_field_name("type")
    arguments = node.child_by_field_name("type_arguments")
    if function is None:
        return Var()
    if function.type in _PATHS:
        return scoped_value(body, function, arguments)
    found = body.model.names.lookup(body.env.scope, body.reader.name(function), VALUES)
    if not found:
        return Var()
    body.note(function, *found)
    return value_type(body, found[0], arguments)


def variant_of(body: Body, path: Node) -> Symbol | None:
    """The struct or variant a path names where one is built or taken apart; notes what it met."""
    if path.type in {"generic_type", "generic_type_with_turbofish"}:
        inner = path.child_by_field_name("type")
        arguments = path.child_by_field_name("type_arguments")
        symbol = variant_of(body, inner) if inner is not None else None
        body.model.lowering.arguments(arguments, symbol, body.env, body.reader)
        return symbol
    if path.type in _PATHS:
        return _scoped_variant(body, path)
    name = body.reader.name(path)
    if name == "Self":
        ty = body.env.self_ty
        if isinstance(ty, Nominal | Param):
            body.note(path, ty.symbol)
        return ty.symbol if isinstance(ty, Nominal) else None
    found = body.model.names.lookup(body.env.scope, name, TYPES) or body.model.names.lookup(
        body.env.scope, name, VALUES
    )
    body.note(path, *found)
    return _built(body, found[0]) if found else None


def _built(body: Body, symbol: Symbol) -> Symbol | None:
    if symbol.kind is Kind.TYPE_ALIAS:
        target = body.resolve(body.model.declared.type_of(symbol))
        return target.symbol if isinstance(target, Nominal) else None
    return symbol if symbol.kind in {Kind.STRUCT, Kind.VARIANT, Kind.UNION} else None


def _scoped_variant(body: Body, path: Node) -> Symbol | None:
    name_node = path.child_by_field_name("name")
    if name_node is None:
        return None
    qualifier = body.model.paths.qualifier(path.child_by_field_name("path"), body.env, body.reader)
    body.reader.qualified(name_node, qualifier)
    name = body.reader.name(name_node)
    if isinstance(qualifier, Nominal):
        variant = qualifier.symbol.members.get(name)
        if variant is not None and variant.kind is Kind.VARIANT:
            body.note(name_node, variant)
            return variant
        return None
    for symbol in qualifier if not isinstance(qualifier, Ty) else ():
        found = body.model.names.member(symbol, name, TYPES | VALUES)
        if found:
            body.note(name_node, *found)
            return _built(body, found[0])
    return None
