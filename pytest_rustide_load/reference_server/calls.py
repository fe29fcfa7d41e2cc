"""Calls, method calls, field accesses, `?` and `.await`.

Must not know control flow or macros.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.body import FN_TRAITS, Body, expression
from pytest_rustide_load.reference_server.paths import generic_arguments
from pytest_rustide_load.reference_server.symbols import Kind, Symbol
from pytest_rustide_load.reference_server.syntax import named
from pytest_rustide_load.reference_server.ty import (
    Bound,
    Mapping,
    Nominal,
    Opaque,
    Param,
    Projection,
    Ty,
    Var,
    follow,
    substitute,
    unify,
)

if TYPE_CHECKING:
    from tree_sitter import Node


@expression("call_expression")
def _call(body: Body, node: Node, expected: Ty) -> Ty:
    function = node.child_by_field_name("function")
    arguments = node.child_by_field_name("arguments")
    if function is None:
        return Var()
    turbofish = None
    target = function
    if function.type == "generic_function":
        inner = function.child_by_field_name("function")
        if inner is not None and inner.type == "field_expression":
            target, turbofish = inner, function.child_by_field_name("type_arguments")
    if target.type == "field_expression":
        return _method_call(body, target, turbofish, arguments, expected)
    callee = body.known(body.expr(function))
    nodes = named(arguments) if arguments is not None else []
    params, result = _callable(body, callee, len(nodes))
    _hint_result(body, result, expected)
    _arguments(body, nodes, params)
    return result


def _hint_result(body: Body, result: Ty, expected: Ty) -> None:
    """Lets the wanted type say what the result's variables are, before the arguments are read."""
    wanted = body.resolve(expected)
    if type(wanted) is Nominal and type(follow(result)) is Nominal:
        known = follow(result)
        if isinstance(known, Nominal) and known.symbol is wanted.symbol:
            body.coerce(known, wanted)


def _callable(body: Body, callee: Ty, count: int) -> tuple[tuple[Ty, ...], Ty]:
    """The parameters and the result of something called."""
    for step in body.model.methods.derefs(callee, body.env):
        if type(step) is Nominal and step.symbol.name == "fn" and step.symbol.kind is Kind.PRIMITIVE:
            return step.args[:-1], step.args[-1]
        if type(step) in {Param, Opaque, Projection}:
            for bound in body.traits.bounds.of(step, body.env):
                if bound.trait.name in FN_TRAITS:
                    parts = follow(bound.args[0]) if bound.args else None
                    output = next((ty for name, ty in bound.bindings if name == "Output"), Var())
                    return parts.args if isinstance(parts, Nominal) else (), output
    if type(callee) is Var:
        params, result = tuple(Var() for _ in range(count)), Var()
        unify(callee, body.model.primitive("fn", *params, result))
        return params, result
    return (), Var()


def _arguments(body: Body, nodes: list[Node], params: tuple[Ty, ...]) -> None:
    """Reads arguments against parameters: closures last, since the others tell their types."""
    order = sorted(range(len(nodes)), key=lambda at: nodes[at].type == "closure_expression")
    for at in order:
        wanted = params[at] if at < len(params) else None
        if wanted is not None and nodes[at].type == "closure_expression":
            body.settle()
        hint = _closure_hint(body, wanted) if wanted is not None else None
        actual = body.expr(nodes[at], hint if hint is not None else wanted)
        if wanted is not None:
            body.coerce(actual, wanted)
            if isinstance(opaque := body.resolve(wanted), Opaque):
                body.pending.extend((actual, bound) for bound in opaque.bounds)


def _closure_hint(body: Body, wanted: Ty) -> Ty | None:
    """The function type that a parameter's Fn bound asks for, when its type is not known otherwise."""
    resolved = body.resolve(wanted)
    bounds: list[Bound] = []
    if type(resolved) is Var:
        bounds = [bound for ty, bound in body.pending if body.resolve(ty) is resolved]
    elif isinstance(resolved, Opaque):
        bounds = list(resolved.bounds)
    elif isinstance(resolved, Nominal) and resolved.symbol.name in {"Box", "&"} and resolved.args:
        return None
    return body.function_of(bounds)


def _method_call(
    body: Body, target: Node, turbofish: Node | None, arguments: Node | None, expected: Ty
) -> Ty:
    name_node = target.child_by_field_name("field")
    receiver = body.known(body.expr(target.child_by_field_name("value")))
    nodes = named(arguments) if arguments is not None else []
    if name_node is None:
        _arguments(body, nodes, ())
        return Var()
    _note_receiver(body, name_node, receiver)
    name = body.reader.name(name_node)
    pick = body.model.methods.method(receiver, name, body.env)
    if pick is None:
        body.model.lowering.arguments(turbofish, None, body.env, body.reader)
        _arguments(body, nodes, ())
        return Var()
    body.note_pick(name_node, pick)
    symbol = pick.symbol
    mapping: Mapping = {**pick.mapping, **generic_arguments(body, symbol, turbofish)}
    signature = body.model.declared.signature(symbol)
    if signature.receiver is not None and symbol.parent is not None:
        own = substitute(signature.receiver, mapping)
        _meet_receiver(body, own, pick.self_ty)
    if symbol.parent is not None:
        body.require(symbol.parent, mapping)
    body.require(symbol, mapping)
    result = body.traits.project(substitute(signature.result, mapping), body.env)
    _hint_result(body, result, expected)
    _arguments(body, nodes, tuple(substitute(param, mapping) for param in signature.params))
    body.note_blanket(name_node, pick, result)
    body.settle()
    return body.resolve(result)


def _meet_receiver(body: Body, own: Ty, base: Ty) -> None:
    own = body.resolve(own)
    if isinstance(own, Nominal) and own.symbol.name == "&":
        own = own.args[0]
    unify(own, base)


def _note_receiver(body: Body, name_node: Node, receiver: Ty) -> None:
    if body.probe is not None:
        body.result.receivers[name_node.start_byte + body.reader.shift - body.base] = receiver


@expression("field_expression")
def _field(body: Body, node: Node, _expected: Ty) -> Ty:
    name_node = node.child_by_field_name("field")
    receiver = body.known(body.expr(node.child_by_field_name("value")))
    if name_node is None:
        return Var()
    _note_receiver(body, name_node, receiver)
    name = body.reader.name(name_node)
    found = field_of(body, receiver, name)
    if found is None:
        return Var()
    field, ty = found
    if field is not None:
        body.note(name_node, field)
    return ty


def field_of(body: Body, receiver: Ty, name: str) -> tuple[Symbol | None, Ty] | None:
    """The field a name picks (None for a tuple's) and its type."""
    for step in body.model.methods.derefs(receiver, body.env):
        if not isinstance(step, Nominal):
            continue
        if step.symbol.name == "()" and step.symbol.kind is Kind.PRIMITIVE:
            if name.isdigit() and int(name) < len(step.args):
                return None, step.args[int(name)]
            continue
        field = step.symbol.members.get(name)
        if field is not None and field.kind is Kind.FIELD:
            params = [one for one in step.symbol.generics if one.kind is Kind.TYPE_PARAM]
            mapping: Mapping = dict(zip(params, step.args, strict=False))
            return field, body.resolve(substitute(body.model.declared.type_of(field), mapping))
    return None


@expression("try_expression")
def _try(body: Body, node: Node, _expected: Ty) -> Ty:
    children = named(node)
    ty = body.known(body.expr(children[0])) if children else Var()
    if isinstance(ty, Nominal) and ty.symbol.name in {"Result", "Option"} and ty.args:
        return body.resolve(ty.args[0])
    return Var()


@expression("await_expression")
def _await(body: Body, node: Node, _expected: Ty) -> Ty:
    children = named(node)
    ty = body.known(body.expr(children[0])) if children else Var()
    future = body.model.library("future", "Future")
    if future is None:
        return Var()
    result = body.traits.project(Projection(ty, Bound(future), "Output"), body.env)
    return Var() if isinstance(result, Projection) else result
