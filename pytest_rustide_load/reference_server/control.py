"""Blocks, `let`, branches, loops, closures, `return`.

Must not know macros.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.body import Body, Frame, expression
from pytest_rustide_load.reference_server.symbols import Kind, Symbol
from pytest_rustide_load.reference_server.syntax import COMMENTS, ITEM_KINDS, has_token, in_order, named
from pytest_rustide_load.reference_server.ty import Bound, Nominal, Opaque, Projection, Ty, Var, follow, unify

if TYPE_CHECKING:
    from tree_sitter import Node


@expression("block", "unsafe_block", "const_block", "try_block", "gen_block")
def _block(body: Body, node: Node, expected: Ty) -> Ty:
    if node.type != "block":
        inner = node.child_by_field_name("body") or next(
            (child for child in node.named_children if child.type == "block"), None
        )
        return body.expr(inner, expected)
    label = _label(body, node)
    env, frame = body.env, Frame()
    blocks = body.item.blocks
    if blocks is not None:
        scope = blocks.get(node.start_byte + body.reader.shift - body.base)
        if scope is not None:
            frame.scope = scope
            body.env = env.within(scope)
    if label is not None:
        frame.names[label.name] = label
    body.frames.append(frame)
    result = _statements(body, node, expected)
    body.seen(node.end_byte - 1)
    body.frames.pop()
    body.env = env
    if label is not None:
        for name, ty in body.breaks:
            if name == label.name:
                result = ty
    return result


def _statements(body: Body, node: Node, expected: Ty) -> Ty:
    children = [child for child in node.children if child.type not in COMMENTS]
    last = len(children) - 1
    while last >= 0 and not children[last].is_named:
        last -= 1
    result: Ty | None = None
    diverges = False
    for at, child in enumerate(children):
        if not child.is_named or child.type in {"label", "attribute_item", "inner_attribute_item"}:
            continue
        if child.type in ITEM_KINDS:
            continue
        tail = at == last
        if child.type == "expression_statement":
            inner = child.named_children[0] if child.named_child_count else None
            ended = has_token(child, ";")
            ty = body.expr(inner, expected if tail and not ended else None)
            diverges = diverges or _never(ty)
            if tail and not ended:
                result = ty
        elif child.type == "let_declaration":
            _let(body, child)
        else:
            ty = body.expr(child, expected if tail else None)
            diverges = diverges or _never(ty)
            if tail:
                result = ty
    if result is not None:
        return result
    return body.model.primitive("!") if diverges else body.model.unit()


def _never(ty: Ty) -> bool:
    ty = follow(ty)
    return isinstance(ty, Nominal) and ty.symbol.name == "!"


@expression("async_block")
def _async(body: Body, node: Node, _expected: Ty) -> Ty:
    inner = next((child for child in node.named_children if child.type == "block"), None)
    body.returns.append(Var())
    ty = body.expr(inner)
    body.returns.pop()
    future = body.model.library("future", "Future")
    if future is None:
        return Var()
    return Opaque((Bound(future, (), (("Output", ty),)),))


def _let(body: Body, node: Node) -> None:
    type_node, value = node.child_by_field_name("type"), node.child_by_field_name("value")
    ty: Ty = Var()
    if type_node is not None:
        ty = body.model.lowering.lower(type_node, body.env, body.reader)
    if value is not None:
        actual = body.expr(value, ty if type_node is not None else None)
        if type_node is not None:
            body.coerce(actual, ty)
        else:
            ty = actual
    alternative = node.child_by_field_name("alternative")
    if alternative is not None:
        body.expr(alternative)
    body.pattern(node.child_by_field_name("pattern"), ty)


@expression("let_condition")
def _let_condition(body: Body, node: Node, _expected: Ty) -> Ty:
    ty = body.known(body.expr(node.child_by_field_name("value")))
    body.pattern(node.child_by_field_name("pattern"), ty)
    return body.model.primitive("bool")


@expression("let_chain")
def _let_chain(body: Body, node: Node, _expected: Ty) -> Ty:
    for child in named(node):
        body.expr(child)
    return body.model.primitive("bool")


@expression("if_expression")
def _if(body: Body, node: Node, expected: Ty) -> Ty:
    body.frames.append(Frame())
    body.expr(node.child_by_field_name("condition"))
    result = body.expr(node.child_by_field_name("consequence"), expected)
    body.frames.pop()
    alternative = node.child_by_field_name("alternative")
    if alternative is None:
        return body.model.unit()
    children = named(alternative)
    other = body.expr(children[0], expected if _never(result) else result) if children else Var()
    return _join(body, result, other)


def _join(body: Body, one: Ty, other: Ty) -> Ty:
    """The type of two branches together."""
    if _never(one):
        return other
    if not _never(other):
        body.coerce(other, one)
    return one


@expression("match_expression")
def _match(body: Body, node: Node, expected: Ty) -> Ty:
    subject = body.known(body.expr(node.child_by_field_name("value")))
    block = node.child_by_field_name("body")
    result: Ty = body.model.primitive("!")
    for arm in named(block) if block is not None else ():
        if arm.type != "match_arm":
            continue
        body.frames.append(Frame())
        pattern = arm.child_by_field_name("pattern")
        body.pattern(pattern, subject)
        condition = pattern.child_by_field_name("condition") if pattern is not None else None
        if condition is not None:
            body.expr(condition)
        ty = body.expr(arm.child_by_field_name("value"), expected if _never(result) else result)
        result = _join(body, result, ty)
        body.frames.pop()
    return result


@expression("while_expression")
def _while(body: Body, node: Node, _expected: Ty) -> Ty:
    body.frames.append(_loop_frame(body, node))
    body.expr(node.child_by_field_name("condition"))
    body.expr(node.child_by_field_name("body"))
    body.frames.pop()
    return body.model.unit()


@expression("for_expression")
def _for(body: Body, node: Node, _expected: Ty) -> Ty:
    ty = body.known(body.expr(node.child_by_field_name("value")))
    trait = body.model.library("iter", "IntoIterator")
    item: Ty = Var()
    if trait is not None:
        projected = body.traits.project(Projection(ty, Bound(trait), "Item"), body.env)
        item = Var() if isinstance(projected, Projection) and isinstance(body.resolve(ty), Var) else projected
    body.frames.append(_loop_frame(body, node))
    body.pattern(node.child_by_field_name("pattern"), item)
    body.expr(node.child_by_field_name("body"))
    body.frames.pop()
    return body.model.unit()


@expression("loop_expression")
def _loop(body: Body, node: Node, _expected: Ty) -> Ty:
    frame = _loop_frame(body, node)
    body.frames.append(frame)
    outer, body.breaks = body.breaks, []
    body.expr(node.child_by_field_name("body"))
    body.frames.pop()
    labels = {"", *frame.names}
    result: Ty = body.model.primitive("!")
    for label, ty in body.breaks:
        if label in labels:
            result = _join(body, result, ty)
        else:
            outer.append((label, ty))
    body.breaks = outer
    return result


def _loop_frame(body: Body, node: Node) -> Frame:
    label = _label(body, node)
    return Frame({label.name: label} if label is not None else {})


def _label(body: Body, node: Node) -> Symbol | None:
    for child in node.named_children:
        if child.type == "label":
            start = child.start_byte + body.reader.shift - body.base
            span = (start, start + child.end_byte - child.start_byte)
            symbol = Symbol(Kind.LABEL, body.reader.text(child), body.item.file, span, span, owner=body.item)
            body.result.uses[start] = (symbol,)
            return symbol
    return None


@expression("break_expression", "continue_expression")
def _break(body: Body, node: Node, _expected: Ty) -> Ty:
    label = ""
    ty: Ty = body.model.unit()
    for child in named(node):
        if child.type == "label":
            label = body.reader.text(child)
            for frame in reversed(body.frames):
                if label in frame.names:
                    body.note(child, frame.names[label])
                    break
        else:
            ty = body.expr(child)
    if node.type == "break_expression":
        body.breaks.append((label, ty))
    return body.model.primitive("!")


@expression("return_expression", "yield_expression")
def _return(body: Body, node: Node, _expected: Ty) -> Ty:
    wanted = body.returns[-1] if body.returns else Var()
    for child in named(node):
        body.coerce(body.expr(child, wanted), wanted)
    return body.model.primitive("!")


@expression("closure_expression")
def _closure(body: Body, node: Node, expected: Ty) -> Ty:
    hint = body.resolve(expected)
    if isinstance(hint, Opaque):
        hint = body.function_of(hint.bounds) or hint
    hinted = hint.args if isinstance(hint, Nominal) and hint.symbol.name == "fn" else ()
    body.frames.append(Frame())
    parameters = node.child_by_field_name("parameters")
    params: list[Ty] = []
    for at, child in enumerate(in_order(parameters) if parameters is not None else ()):
        wanted = hinted[at] if at < len(hinted) - 1 else Var()
        ty: Ty = body.resolve(wanted)
        target = child
        if child.type == "parameter":
            target = child.child_by_field_name("pattern") or child
            type_node = child.child_by_field_name("type")
            if type_node is not None:
                ty = body.model.lowering.lower(type_node, body.env, body.reader)
                unify(ty, wanted)
        body.pattern(target, ty)
        params.append(ty)
    return_node = node.child_by_field_name("return_type")
    result: Ty = hinted[-1] if hinted else Var()
    if return_node is not None:
        result = body.model.lowering.lower(return_node, body.env, body.reader)
    body.returns.append(result)
    inner = node.child_by_field_name("body")
    actual = body.expr(inner, result)
    body.returns.pop()
    body.frames.pop()
    if _never(actual):
        actual = result
    else:
        body.coerce(actual, result)
    known = body.resolve(result)
    return body.model.primitive("fn", *params, actual if isinstance(known, Var) else result)


@expression("expression_statement", "else_clause", "arguments", "ERROR")
def _statement(body: Body, node: Node, _expected: Ty) -> Ty:
    result: Ty = Var()
    for child in node.named_children:
        if child.type == "let_declaration":
            _let(body, child)
        else:
            result = body.expr(child)
    return result


@expression("let_declaration")
def _let_alone(body: Body, node: Node, _expected: Ty) -> Ty:
    _let(body, node)
    return body.model.unit()
