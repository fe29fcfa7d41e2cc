"""What a call of a macro of the workspace gives: the type of its rule's body with the arguments in place.

Only for what is needed to go on after the call; names inside a macro's body are told to nobody. Must not know
repetitions: what they give is left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server import syntax
from pytest_rustide_load.reference_server.body import Body, Frame
from pytest_rustide_load.reference_server.model import Reader, node_of
from pytest_rustide_load.reference_server.symbols import Kind, Symbol
from pytest_rustide_load.reference_server.ty import Ty, Var

if TYPE_CHECKING:
    from tree_sitter import Node

_MOST_NESTED = 4
# What an expansion costs of an item's fuel: macros that call themselves many times over come to an end.
_STEPS = 20
_PARAMETER = re.compile(r"\$(\w+)\s*:\s*\w+")
_REPETITION = re.compile(r"\$\(")
_USE = re.compile(r"\$(\w+)")
_PREFIX = "fn f(){("


def result_of(body: Body, macro: Symbol, arguments: list[Ty]) -> Ty:
    """The type of an expression that calls `macro`; unknown where its rules are not so plain."""
    if body.nested >= _MOST_NESTED or not body.traits.burn(_STEPS):
        return Var()
    rule = _rule(macro, len(arguments))
    if rule is None:
        return Var()
    parameters, text = rule
    # A block of a macro's own braces is the body: `=> {{ ... }}` has a block inside.
    data = (_PREFIX + text + ")}").encode()
    expression = syntax.parse(data).root_node.descendant_for_byte_range(len(_PREFIX), len(data) - 3)
    while expression is not None and expression.type != "parenthesized_expression":
        expression = expression.parent
    if expression is None or expression.has_error:
        return Var()
    inner = Body(body.model, body.item, data, body.env)
    inner.reader = Reader(data)
    # No offset of the text made here is one of the item's.
    inner.base = -(1 << 40)
    inner.nested = body.nested + 1
    inner.returns = list(body.returns)
    inner.frames = [*body.frames, Frame()]
    inner.result.types = dict(body.result.types)
    for name, ty in zip(parameters, arguments, strict=True):
        local = Symbol(Kind.LOCAL, f"__{name}", body.item.file, (0, 0), (0, 0), owner=body.item)
        inner.frames[-1].names[local.name] = local
        inner.result.types[local] = ty
    ty = inner.expr(expression)
    inner.settle()
    return inner.resolve(ty)


def _rule(macro: Symbol, count: int) -> tuple[list[str], str] | None:
    """The parameters and the body of the first rule with so many parameters and no repetition."""
    node = node_of(macro)
    if node is None or macro.file is None:
        return None
    for child in node.named_children:
        left, right = child.child_by_field_name("left"), child.child_by_field_name("right")
        if child.type != "macro_rule" or left is None or right is None:
            continue
        pattern, body = _text(macro, left), _text(macro, right)[1:-1]
        parameters = _PARAMETER.findall(pattern)
        if len(parameters) == count and not _REPETITION.search(pattern) and not _REPETITION.search(body):
            return parameters, _USE.sub(lambda use: _name(use[1]), body)
    return None


def _name(parameter: str) -> str:
    return parameter if parameter == "crate" else f"__{parameter}"


def _text(macro: Symbol, node: Node) -> str:
    data = macro.file.data if macro.file is not None else b""
    return data[node.start_byte : node.end_byte].decode("utf-8", "replace")
