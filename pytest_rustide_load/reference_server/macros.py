"""Macro calls in bodies: their arguments are read as the expressions they nearly always are.

The arguments of the standard formatting macros, of `vec!`, `matches!` and of macros of the workspace are
parsed again as Rust in place. Must not know how expressions are typed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server import syntax
from pytest_rustide_load.reference_server.body import Body, Frame, expression
from pytest_rustide_load.reference_server.expansion import result_of
from pytest_rustide_load.reference_server.model import Reader
from pytest_rustide_load.reference_server.symbols import MACROS, Kind
from pytest_rustide_load.reference_server.ty import Nominal, Ty, Var, unify

if TYPE_CHECKING:
    from tree_sitter import Node

_STRINGS = frozenset({"format", "concat", "stringify", "line", "file", "env", "include_str"})
_DIVERGING = frozenset({"panic", "unreachable", "todo", "unimplemented"})
_PRINTING = frozenset(
    {"print", "println", "eprint", "eprintln", "assert", "assert_eq", "assert_ne", "debug_assert"}
    | {"debug_assert_eq", "debug_assert_ne"}
)
_FORMATTING = _STRINGS | _DIVERGING | _PRINTING | {"write", "writeln", "format_args"}
_CAPTURE = re.compile(rb"\{([A-Za-z_]\w*)(?:[:}])")
_PREFIX = b"fn f(){g("
_ARRAY_PREFIX = b"fn f(){["
_MATCHES_PREFIX = b"fn f(){match "


@expression("macro_invocation")
def _invocation(body: Body, node: Node, expected: Ty) -> Ty:
    name_node = node.child_by_field_name("macro")
    tokens = next((child for child in node.named_children if child.type == "token_tree"), None)
    if name_node is None:
        return Var()
    found = body.model.paths.path_symbols(name_node, body.env, body.reader, MACROS)
    last = name_node.child_by_field_name("name") or name_node
    name = body.reader.name(last)
    if tokens is None:
        return Var()
    own = bool(found) and found[0].file is not None and not found[0].file.is_library
    if name == "vec" and not own:
        return _vec(body, tokens, expected)
    if name == "matches" and not own:
        _matches(body, tokens)
        return body.model.primitive("bool")
    types = _arguments(body, tokens, assertion=name.endswith(("_eq", "_ne")))
    if name in _FORMATTING and not own:
        _captures(body, tokens)
    return _result(body, name, types) if not own else result_of(body, found[0], types)


def _result(body: Body, name: str, types: list[Ty]) -> Ty:  # noqa: PLR0911  one return a case
    if name == "format":
        symbol = body.model.library("string", "String")
        return Nominal(symbol) if symbol is not None else Var()
    if name in _STRINGS:
        return body.model.primitive("&", body.model.primitive("str"))
    if name in _DIVERGING:
        return body.model.primitive("!")
    if name in _PRINTING:
        return body.model.unit()
    if name in {"write", "writeln"}:
        symbol = body.model.library("result", "Result")
        return Nominal(symbol, (body.model.unit(), Var())) if symbol is not None else Var()
    if name == "dbg" and types:
        return types[0]
    return Var()


def _reparse(body: Body, tokens: Node, prefix: bytes, suffix: bytes) -> tuple[Node, Reader] | None:
    """The tokens between the delimiters as Rust between `prefix` and `suffix`, and a reader for them."""
    start, stop = tokens.start_byte + body.reader.shift + 1, tokens.end_byte + body.reader.shift - 1
    if stop <= start:
        return None
    tree = syntax.parse(prefix + body.reader.data[start:stop] + suffix)
    return tree.root_node, body.reader.moved(start - len(prefix))


def _first(node: Node, kind: str) -> Node | None:
    if node.type == kind:
        return node
    for child in node.named_children:
        found = _first(child, kind)
        if found is not None:
            return found
    return None


def _arguments(body: Body, tokens: Node, *, assertion: bool = False) -> list[Ty]:
    parsed = _reparse(body, tokens, _PREFIX, b");}")
    if parsed is None:
        return []
    root, reader = parsed
    arguments = _first(root, "arguments")
    if arguments is None:
        return []
    outer, body.reader = body.reader, reader
    types: list[Ty] = []
    try:
        for child in syntax.named(arguments):
            if child.type == "assignment_expression":
                # A named formatting argument: the left side is no expression.
                types.append(body.expr(child.child_by_field_name("right")))
            elif assertion and len(types) == 1:
                types.append(body.expr(child, types[0]))
            else:
                types.append(body.expr(child))
    finally:
        body.reader = outer
    return types


def _vec(body: Body, tokens: Node, expected: Ty) -> Ty:
    symbol = body.model.library("vec", "Vec")
    if symbol is None:
        return Var()
    element: Ty = Var()
    made = Nominal(symbol, (element,))
    body.coerce(made, expected)
    parsed = _reparse(body, tokens, _ARRAY_PREFIX, b"];}")
    if parsed is None:
        return made
    root, reader = parsed
    array = _first(root, "array_expression")
    if array is None:
        return made
    outer, body.reader = body.reader, reader
    try:
        ty = body.expr(array, body.model.primitive("[;]", element))
    finally:
        body.reader = outer
    if isinstance(ty, Nominal) and ty.args:
        unify(ty.args[0], element)
    return made


def _matches(body: Body, tokens: Node) -> None:
    """`matches!(value, pattern if guard)` as the match it is."""
    start, stop = tokens.start_byte + body.reader.shift + 1, tokens.end_byte + body.reader.shift - 1
    at = _top_level_comma(body.reader.data, start, stop)
    if at is None:
        return
    value_end = at - start
    text = body.reader.data[start:stop].rstrip().removesuffix(b",")
    # One comma becomes " {": the pattern is one byte further in the parsed text than in the file.
    tree = syntax.parse(_MATCHES_PREFIX + text[:value_end] + b"{" + text[value_end + 1 :] + b"=>(),}}")
    match = _first(tree.root_node, "match_expression")
    if match is None:
        return
    outer = body.reader
    body.reader = outer.moved(start - len(_MATCHES_PREFIX))
    try:
        with_arms = Frame()
        body.frames.append(with_arms)
        body.expr(match)
        body.frames.pop()
    finally:
        body.reader = outer


def _top_level_comma(data: bytes, start: int, stop: int) -> int | None:
    depth = 0
    for at in range(start, stop):
        byte = data[at]
        if byte in b"([{":
            depth += 1
        elif byte in b")]}":
            depth -= 1
        elif byte == 0x2C and depth == 0:
            return at
    return None


def _captures(body: Body, tokens: Node) -> None:
    """The names in braces of a format string are uses of locals and constants."""
    literal = next((child for child in tokens.named_children if child.type == "string_literal"), None)
    if literal is None:
        return
    start = literal.start_byte + body.reader.shift
    data = body.reader.data[start : literal.end_byte + body.reader.shift]
    for match in _CAPTURE.finditer(data):
        if match.start() and data[match.start() - 1 : match.start()] == b"{":
            continue
        name = match.group(1).decode()
        local = body.local(name)
        at = start + match.start(1) - body.base
        if local is not None:
            body.result.uses[at] = (local,)
            continue
        found = body.model.names.lookup(body.env.scope, name, 2)
        if found and found[0].kind in {Kind.CONST, Kind.STATIC}:
            body.result.uses[at] = found[:1]
