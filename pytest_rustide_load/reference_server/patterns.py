"""Patterns: what they bind, and to which part of the matched type.

Must not know expressions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.body import Body, pattern
from pytest_rustide_load.reference_server.paths import variant_of
from pytest_rustide_load.reference_server.symbols import VALUES, Kind, Symbol
from pytest_rustide_load.reference_server.syntax import in_order, named
from pytest_rustide_load.reference_server.ty import Mapping, Nominal, Ty, Var, substitute, unify

if TYPE_CHECKING:
    from tree_sitter import Node

_CONSTANTS = frozenset({Kind.CONST, Kind.STATIC, Kind.CONST_PARAM})


def _peel(body: Body, ty: Ty, by_reference: bool) -> tuple[Ty, bool]:
    """Looks through references, as patterns that are no references themselves do."""
    ty = body.resolve(ty)
    while type(ty) is Nominal and ty.symbol.kind is Kind.PRIMITIVE and ty.symbol.name == "&":
        ty, by_reference = body.resolve(ty.args[0]), True
    return ty, by_reference


def _bound(body: Body, ty: Ty, by_reference: bool) -> Ty:
    return body.model.primitive("&", ty) if by_reference else ty


@pattern("identifier")
def _identifier(body: Body, node: Node, ty: Ty, by_reference: bool) -> None:
    name = body.reader.name(node)
    for symbol in body.model.names.lookup(body.env.scope, name, VALUES):
        unit = symbol.kind in {Kind.VARIANT, Kind.STRUCT} and symbol.form == "unit"
        if unit or symbol.kind in _CONSTANTS:
            body.note(node, symbol)
            _meet(body, symbol, _peel(body, ty, by_reference)[0])
            return
    body.bind(node, _bound(body, ty, by_reference))


def _meet(body: Body, symbol: Symbol, ty: Ty) -> None:
    owner = symbol.parent if symbol.kind is Kind.VARIANT else symbol
    if owner is not None and owner.kind in {Kind.ENUM, Kind.STRUCT}:
        unify(Nominal(owner, tuple(body.fresh(owner).values())), ty)


@pattern("ref_pattern", "mut_pattern", "reference_pattern", "captured_pattern", "or_pattern", "match_pattern")
def _wrapped(body: Body, node: Node, ty: Ty, by_reference: bool) -> None:
    children = [child for child in named(node) if child.type != "mutable_specifier"]
    condition = node.child_by_field_name("condition")
    children = [child for child in children if child != condition]
    if node.type == "ref_pattern":
        by_reference = True
    elif node.type == "reference_pattern":
        resolved = body.resolve(ty)
        if by_reference:
            by_reference = False
        elif type(resolved) is Nominal and resolved.symbol.name == "&":
            ty = resolved.args[0]
        else:
            inner: Ty = Var()
            unify(body.model.primitive("&", inner), resolved)
            ty = inner
    elif node.type == "or_pattern":
        _alternatives(body, children, ty, by_reference)
        return
    for child in children:
        body.pattern(child, ty, by_reference)


def _alternatives(body: Body, children: list[Node], ty: Ty, by_reference: bool) -> None:
    """Later alternatives bind the same names as the first: uses of its locals, not new ones."""
    names = body.frames[-1].names
    before = dict(names)
    first: dict[str, Symbol] | None = None
    for child in children:
        names.clear()
        names.update(before)
        count = len(body.result.locals)
        body.pattern(child, ty, by_reference)
        new = body.result.locals[count:]
        if first is None:
            first = {symbol.name: symbol for symbol in new}
            continue
        for symbol in new:
            original = first.get(symbol.name)
            if original is None:
                first[symbol.name] = symbol
                continue
            unify(body.result.types[original], body.result.types.pop(symbol))
            body.result.locals.remove(symbol)
            body.result.rebound.add(symbol.start)
            at = body.result.uses[symbol.start]
            body.result.uses[symbol.start] = tuple(original if one is symbol else one for one in at)
    names.clear()
    names.update(before)
    names.update(first or {})


@pattern("tuple_pattern", "slice_pattern")
def _sequence(body: Body, node: Node, ty: Ty, by_reference: bool) -> None:
    ty, by_reference = _peel(body, ty, by_reference)
    children = in_order(node)
    if node.type == "slice_pattern":
        element = ty.args[0] if type(ty) is Nominal and ty.args else Var()
        for child in children:
            rest = child.type == "captured_pattern" and any(
                one.type == "remaining_field_pattern" for one in child.named_children
            )
            body.pattern(child, body.model.primitive("[]", element) if rest else element, by_reference)
        return
    if type(ty) is Var and not any(child.type == "remaining_field_pattern" for child in children):
        parts = body.model.primitive("()", *(Var() for _ in children))
        unify(ty, parts)
        ty = parts
    args = ty.args if type(ty) is Nominal and ty.symbol.name == "()" else ()
    _positions(body, children, list(args), by_reference)


def _positions(body: Body, children: list[Node], types: list[Ty], by_reference: bool) -> None:
    """Binds children in order; after `..` they count from the end."""
    rest = next((at for at, child in enumerate(children) if child.type == "remaining_field_pattern"), None)
    for at, child in enumerate(children):
        index = at if rest is None or at < rest else at - len(children) + len(types)
        body.pattern(child, types[index] if 0 <= index < len(types) else Var(), by_reference)


def _parts(body: Body, path: Node, ty: Ty) -> tuple[Symbol | None, Mapping]:
    """The struct or variant a pattern's path names, and the generics the matched type gives it."""
    symbol = variant_of(body, path)
    if symbol is None:
        return None, {}
    owner = symbol.parent if symbol.kind is Kind.VARIANT else symbol
    if owner is None:
        return symbol, {}
    mapping = body.fresh(owner)
    unify(Nominal(owner, tuple(mapping.values())), ty)
    return symbol, mapping


@pattern("tuple_struct_pattern")
def _tuple_struct(body: Body, node: Node, ty: Ty, by_reference: bool) -> None:
    path = node.child_by_field_name("type")
    if path is None:
        return
    ty, by_reference = _peel(body, ty, by_reference)
    symbol, mapping = _parts(body, path, ty)
    types: list[Ty] = []
    if symbol is not None:
        types = [
            substitute(body.model.declared.type_of(field), mapping)
            for field in symbol.children
            if field.kind is Kind.FIELD
        ]
    _positions(body, [child for child in in_order(node) if child != path], types, by_reference)


@pattern("struct_pattern")
def _struct(body: Body, node: Node, ty: Ty, by_reference: bool) -> None:
    path = node.child_by_field_name("type")
    if path is None:
        return
    ty, by_reference = _peel(body, ty, by_reference)
    symbol, mapping = _parts(body, path, ty)
    for child in named(node):
        if child.type != "field_pattern":
            continue
        name = child.child_by_field_name("name")
        if name is None:
            continue
        field = symbol.members.get(body.reader.name(name)) if symbol is not None else None
        field_ty = substitute(body.model.declared.type_of(field), mapping) if field is not None else Var()
        inner = child.child_by_field_name("pattern")
        if inner is not None:
            if field is not None:
                body.note(name, field)
            body.pattern(inner, field_ty, by_reference)
            continue
        by_ref = by_reference or any(one.type == "ref" for one in child.children)
        local = body.bind(name, _bound(body, field_ty, by_ref))
        if field is not None:
            body.note(name, local, field)


@pattern("scoped_identifier", "generic_pattern", "const_block")
def _path(body: Body, node: Node, ty: Ty, by_reference: bool) -> None:
    found = body.expr(node)
    unify(found, _peel(body, ty, by_reference)[0])


@pattern("range_pattern")
def _range(body: Body, node: Node, ty: Ty, by_reference: bool) -> None:
    for child in named(node):
        unify(body.expr(child), _peel(body, ty, by_reference)[0])


@pattern(
    "integer_literal",
    "float_literal",
    "negative_literal",
    "char_literal",
    "boolean_literal",
    "string_literal",
)
def _literal(body: Body, node: Node, ty: Ty, by_reference: bool) -> None:
    unify(body.expr(node), _peel(body, ty, by_reference)[0])


@pattern("macro_invocation")
def _macro(body: Body, node: Node, ty: Ty, by_reference: bool) -> None:
    unify(body.expr(node), _peel(body, ty, by_reference)[0])
