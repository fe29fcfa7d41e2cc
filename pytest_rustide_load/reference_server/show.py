"""Symbols and types as text for people: signatures, documentation, type names.

Must not know the protocol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.model import node_of
from pytest_rustide_load.reference_server.symbols import Kind, Symbol
from pytest_rustide_load.reference_server.ty import Bound, Nominal, Opaque, Param, Projection, Ty, Var, follow

if TYPE_CHECKING:
    from tree_sitter import Node

    from pytest_rustide_load.reference_server.model import Model

_WITH_BODY = frozenset({Kind.FUNCTION, Kind.TRAIT, Kind.IMPL, Kind.MODULE})
_FN_TRAITS = frozenset({"Fn", "FnMut", "FnOnce"})
_CONTAINERS = frozenset({Kind.IMPL, Kind.TRAIT, Kind.ENUM, Kind.STRUCT})


def type_text(ty: Ty) -> str:  # noqa: PLR0911  one return a case
    """A type as Rust writes it; `_` for what is not known."""
    ty = follow(ty)
    if isinstance(ty, Nominal):
        return _nominal_text(ty)
    if isinstance(ty, Param):
        return "Self" if ty.symbol.kind is Kind.TRAIT else ty.symbol.name
    if isinstance(ty, Projection):
        if ty.bound is not None and not isinstance(follow(ty.base), Param):
            return f"<{type_text(ty.base)} as {_bound_text(ty.bound)}>::{ty.name}"
        return f"{type_text(ty.base)}::{ty.name}"
    if isinstance(ty, Opaque) and ty.bounds:
        return ("dyn " if ty.dynamic else "impl ") + " + ".join(_bound_text(bound) for bound in ty.bounds)
    if isinstance(ty, Var) and ty.literal:
        return "i32" if ty.literal == "int" else "f64"
    return "_"


def _nominal_text(ty: Nominal) -> str:
    name = ty.symbol.name
    args = [type_text(arg) for arg in ty.args]
    if name == "Seq" and ty.symbol.file is not None and ty.symbol.file.is_library:
        return f"impl Iterator<Item = {args[0]}>"
    if ty.symbol.kind is not Kind.PRIMITIVE:
        return f"{name}<{', '.join(args)}>" if args else name
    if name == "fn":
        result = "" if args[-1] == "()" else f" -> {args[-1]}"
        return f"fn({', '.join(args[:-1])}){result}"
    if name == "()":
        return f"({args[0]},)" if len(args) == 1 else f"({', '.join(args)})"
    shapes = {"&": "&{}", "*": "*const {}", "[]": "[{}]", "[;]": "[{}; _]"}
    return shapes[name].format(args[0]) if name in shapes else name


def _bound_text(bound: Bound) -> str:
    if bound.trait.name in _FN_TRAITS and bound.args:
        params = follow(bound.args[0])
        result = next((type_text(ty) for name, ty in bound.bindings if name == "Output"), "()")
        inside = ", ".join(map(type_text, params.args)) if isinstance(params, Nominal) else "_"
        return f"{bound.trait.name}({inside})" + (f" -> {result}" if result != "()" else "")
    parts = [type_text(arg) for arg in bound.args] + [
        f"{name} = {type_text(ty)}" for name, ty in bound.bindings
    ]
    return f"{bound.trait.name}<{', '.join(parts)}>" if parts else bound.trait.name


def signature_text(symbol: Symbol) -> str:
    """The declaration as it stands in the source, without its body."""
    if symbol.kind is Kind.CRATE:
        return f"extern crate {symbol.name}"
    if symbol.file is None:
        return f"{symbol.kind.value} {symbol.name}"
    node = node_of(symbol)
    start, end = symbol.item_span()
    if symbol.kind is Kind.MACRO:
        return f"macro_rules! {symbol.name}"
    if symbol.kind in _WITH_BODY and node is not None:
        body = node.child_by_field_name("body")
        end = body.start_byte if body is not None else end
    if symbol.kind in {Kind.CONST, Kind.STATIC} and end - start > 400 and node is not None:
        value = node.child_by_field_name("value")
        end = value.start_byte if value is not None else end
    text = symbol.file.data[start:end].decode("utf-8", "replace").strip().rstrip(";,").rstrip()
    return _dedent(text)


def _dedent(text: str) -> str:
    """The lines after the first without the indentation they share."""
    lines = text.split("\n")
    margins = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    margin = min(margins, default=0)
    return "\n".join([lines[0], *(line[margin:] for line in lines[1:])])


def documentation(symbol: Symbol) -> str:
    """The text of the doc comments above a declaration; for a file's module those at its head."""
    if symbol.kind in {Kind.MODULE, Kind.CRATE} and symbol.scope is not None and symbol.scope.owner is symbol:
        inner = _inner_docs(symbol)
        if inner:
            return inner
    node = node_of(symbol)
    lines: list[str] = []
    at = node.prev_sibling if node is not None else None
    while (
        at is not None
        and symbol.file is not None
        and at.type in {"line_comment", "attribute_item", "block_comment"}
    ):
        if at.type != "attribute_item":
            text = _doc_line(symbol.file.data, at, "outer")
            if text is None:
                break
            lines.append(text)
        at = at.prev_sibling
    return "\n".join(reversed(lines)).strip()


def _doc_line(data: bytes, node: Node, which: str) -> str | None:
    if node.child_by_field_name(which) is None:
        return None
    doc = node.child_by_field_name("doc")
    if doc is None:
        return ""
    text = data[doc.start_byte : doc.end_byte].decode("utf-8", "replace").rstrip()
    if node.type == "block_comment":
        return "\n".join(line.strip().removeprefix("*").strip() for line in text.split("\n")).strip()
    return text.removeprefix(" ")


def _inner_docs(symbol: Symbol) -> str:
    scope = symbol.scope
    if scope is None or (scope.file is symbol.file and symbol.kind is not Kind.CRATE):
        return ""
    lines = []
    for child in scope.file.tree.root_node.named_children:
        text = _doc_line(scope.file.data, child, "inner") if child.type.endswith("comment") else None
        if text is None:
            break
        lines.append(text)
    return "\n".join(lines).strip()


def container_text(model: Model, symbol: Symbol) -> str:
    """The path of what a symbol stands in: `crate::module::Type`."""
    parts: list[str] = []
    parent = symbol.parent
    while parent is not None and parent.kind in _CONTAINERS:
        if parent.kind is Kind.IMPL:
            ty = model.declared.env(parent).self_ty
            parts.append(type_text(ty).split("<", 1)[0] if ty is not None else "_")
        else:
            parts.append(parent.name)
        parent = parent.parent
    scope = symbol.home.module() if symbol.home is not None else None
    while scope is not None and scope.owner is not None:
        parts.append(scope.owner.name)
        scope = scope.parent.module() if scope.parent is not None else None
    return "::".join(reversed(parts))
