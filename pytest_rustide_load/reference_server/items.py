"""The items of one file: a walk over the tree that declares symbols in scopes.

Bodies are entered only where they hold items of their own. This module must not resolve names; what
a path or type means is asked elsewhere.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.symbols import ITEMS, Kind, Scope, Symbol, Use
from pytest_rustide_load.reference_server.syntax import COMMENTS, ITEM_KINDS, plain_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from pytest_rustide_load.reference_server.source import SourceFile

_INNER_ITEM = re.compile(rb"\b(?:fn|struct|enum|use|const|static|impl|trait|mod|type|union|macro_rules)\b")
_DERIVE = re.compile(rb"derive\s*\(([^)]*)\)")
_WORD = re.compile(rb"\w+")
# The method that a derive of a trait of the standard library writes.
DERIVED_METHODS = {
    "Clone": "clone",
    "Debug": "fmt",
    "Default": "default",
    "Hash": "hash",
    "Ord": "cmp",
    "PartialEq": "eq",
    "PartialOrd": "partial_cmp",
}


def collect(file: SourceFile) -> None:
    """Fills `file.root`, `file.symbols` (in order of declaration), `file.items` and `file.signature`, a hash.

    Two texts of a file with equal signatures declare the same things in the same order with the same
    headers, so that what was learned from outside about one holds for the other.
    """
    walk = _Walk(file)
    walk.container(file.tree.root_node, walk.root, None)
    file.root = walk.root
    file.symbols = walk.symbols
    file.items = [symbol for symbol in walk.symbols if symbol.kind in ITEMS]
    file.signature = blake2b(repr(walk.signature).encode(), digest_size=16).digest()


class _Walk:
    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.data = file.data
        self.root = Scope(file, None)
        self.symbols: list[Symbol] = []
        self.signature: list[object] = []

    def text(self, node: Node) -> str:
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def container(self, node: Node, scope: Scope, parent: Symbol | None) -> None:
        attributes: list[Node] = []
        for child in node.named_children:
            kind = child.type
            if kind == "attribute_item":
                attributes.append(child)
                continue
            handler = _HANDLERS.get(kind)
            if handler is not None:
                symbol = handler(self, child, scope, parent)
                if symbol is not None and attributes:
                    self.attributes(symbol, attributes)
            elif kind == "ERROR":
                self.container(child, scope, parent)
            if kind not in COMMENTS:
                attributes = []

    def attributes(self, symbol: Symbol, nodes: list[Node]) -> None:
        if symbol.kind is Kind.MACRO:
            symbol.public = any(
                b"macro_export" in self.data[node.start_byte : node.end_byte] for node in nodes
            )
            self.signature.append(symbol.public)
        if symbol.kind is Kind.MODULE and any(
            b"macro_use" in self.data[node.start_byte : node.end_byte] for node in nodes
        ):
            symbol.form = "macro_use"
            self.signature.append(symbol.form)
        for node in nodes:
            for match in _DERIVE.finditer(self.data, node.start_byte, node.end_byte):
                for word in _WORD.finditer(self.data, *match.span(1)):
                    self.derive(symbol, word.group().decode(), word.span())
        if symbol.derives:
            self.signature.append(symbol.derives)

    def derive(self, symbol: Symbol, trait: str, span: tuple[int, int]) -> None:
        symbol.derives = (*symbol.derives, trait)
        method = DERIVED_METHODS.get(trait)
        if method is not None:
            made = Symbol(Kind.DERIVED, method, self.file, span, span, home=symbol.home, parent=symbol)
            symbol.derived[trait] = made
            self.symbols.append(made)

    def new(
        self, kind: Kind, name_node: Node | None, item: Node, scope: Scope, parent: Symbol | None
    ) -> Symbol:
        if name_node is None:
            name, name_range = "", (item.start_byte, item.start_byte)
        else:
            name = plain_name(self.text(name_node))
            name_range = (name_node.start_byte, name_node.end_byte)
        symbol = Symbol(
            kind,
            name,
            self.file,
            name_range,
            (item.start_byte, item.end_byte),
            home=scope,
            parent=parent,
        )
        first = item.children[0] if item.child_count else None
        symbol.public = first is not None and first.type == "visibility_modifier"
        self.symbols.append(symbol)
        return symbol

    def sign(self, symbol: Symbol, item: Node, stop: Node | None) -> None:
        end = stop.start_byte if stop is not None else item.end_byte
        self.signature.append((symbol.kind.value, symbol.name, self.data[item.start_byte : end]))

    def generics(self, symbol: Symbol, item: Node, scope: Scope) -> None:
        parameters = item.child_by_field_name("type_parameters")
        if parameters is None:
            return
        for node in parameters.named_children:
            kind = _GENERICS.get(node.type)
            name = node.child_by_field_name("name") if kind is not None else None
            if kind is None or name is None:
                continue
            generic = self.new(kind, name, node, scope, symbol)
            symbol.generics.append(generic)

    def fields(self, owner: Symbol, body: Node | None, scope: Scope) -> None:
        owner.form = "unit"
        if body is None:
            return
        if body.type == "field_declaration_list":
            owner.form = "record"
            for node in body.named_children:
                name = node.child_by_field_name("name") if node.type == "field_declaration" else None
                if name is not None:
                    owner.add(self.new(Kind.FIELD, name, node, scope, owner))
        elif body.type == "ordered_field_declaration_list":
            owner.form = "tuple"
            for number, node in enumerate(body.children_by_field_name("type")):
                field = self.new(Kind.FIELD, node, node, scope, owner)
                field.name = str(number)
                owner.add(field)


def _struct(walk: _Walk, node: Node, scope: Scope, parent: Symbol | None) -> Symbol | None:
    kind = {"struct_item": Kind.STRUCT, "union_item": Kind.UNION}[node.type]
    symbol = walk.new(kind, node.child_by_field_name("name"), node, scope, parent)
    walk.sign(symbol, node, None)
    walk.generics(symbol, node, scope)
    walk.fields(symbol, node.child_by_field_name("body"), scope)
    scope.declare(symbol)
    return symbol


def _enum(walk: _Walk, node: Node, scope: Scope, parent: Symbol | None) -> Symbol | None:
    symbol = walk.new(Kind.ENUM, node.child_by_field_name("name"), node, scope, parent)
    walk.sign(symbol, node, None)
    walk.generics(symbol, node, scope)
    body = node.child_by_field_name("body")
    for child in body.named_children if body is not None else ():
        if child.type == "enum_variant":
            variant = walk.new(Kind.VARIANT, child.child_by_field_name("name"), child, scope, symbol)
            walk.fields(variant, child.child_by_field_name("body"), scope)
            symbol.add(variant)
    scope.declare(symbol)
    return symbol


def _function(walk: _Walk, node: Node, scope: Scope, parent: Symbol | None) -> Symbol | None:
    symbol = walk.new(Kind.FUNCTION, node.child_by_field_name("name"), node, scope, parent)
    body = node.child_by_field_name("body")
    walk.sign(symbol, node, body)
    walk.generics(symbol, node, scope)
    if parent is not None and parent.kind in {Kind.IMPL, Kind.TRAIT}:
        parent.add(symbol)
    else:
        scope.declare(symbol)
    if body is not None and _INNER_ITEM.search(walk.data, body.start_byte, body.end_byte):
        found: dict[int, Scope] = {}
        _blocks(walk, body, scope, symbol, found)
        symbol.blocks = found or None
    return symbol


def _blocks(walk: _Walk, node: Node, scope: Scope, function: Symbol, found: dict[int, Scope]) -> None:
    """Finds the blocks of a body that declare items, each a scope of its own."""
    inner = scope
    if node.type == "block" and any(child.type in ITEM_KINDS for child in node.named_children):
        inner = Scope(walk.file, scope, is_block=True)
        found[node.start_byte - function.item_start] = inner
        walk.signature.append("block")
        walk.container(node, inner, None)
        walk.signature.append("end")
    for child in node.named_children:
        if child.named_child_count and child.type not in ITEM_KINDS and child.type != "token_tree":
            _blocks(walk, child, inner, function, found)


def _impl(walk: _Walk, node: Node, scope: Scope, parent: Symbol | None) -> Symbol | None:
    symbol = _with_items(walk, walk.new(Kind.IMPL, None, node, scope, parent), node, scope)
    scope.impls.append(symbol)
    return symbol


def _trait(walk: _Walk, node: Node, scope: Scope, parent: Symbol | None) -> Symbol | None:
    named = walk.new(Kind.TRAIT, node.child_by_field_name("name"), node, scope, parent)
    symbol = _with_items(walk, named, node, scope)
    scope.declare(symbol)
    return symbol


def _with_items(walk: _Walk, symbol: Symbol, node: Node, scope: Scope) -> Symbol:
    """`symbol` with its signature, its generics and the items in its braces."""
    body = node.child_by_field_name("body")
    walk.sign(symbol, node, body)
    walk.generics(symbol, node, scope)
    if body is not None:
        walk.container(body, scope, symbol)
    walk.signature.append("end")
    return symbol


def _valued(kind: Kind) -> Callable[[_Walk, Node, Scope, Symbol | None], Symbol | None]:
    def declare(walk: _Walk, node: Node, scope: Scope, parent: Symbol | None) -> Symbol | None:
        symbol = walk.new(kind, node.child_by_field_name("name"), node, scope, parent)
        walk.sign(symbol, node, node.child_by_field_name("value"))
        _declare(symbol, scope, parent)
        return symbol

    return declare


def _alias(walk: _Walk, node: Node, scope: Scope, parent: Symbol | None) -> Symbol | None:
    associated = parent is not None and parent.kind in {Kind.IMPL, Kind.TRAIT}
    kind = Kind.ASSOC_TYPE if associated else Kind.TYPE_ALIAS
    symbol = walk.new(kind, node.child_by_field_name("name"), node, scope, parent)
    walk.sign(symbol, node, None)
    walk.generics(symbol, node, scope)
    _declare(symbol, scope, parent)
    return symbol


def _declare(symbol: Symbol, scope: Scope, parent: Symbol | None) -> None:
    if parent is not None and parent.kind in {Kind.IMPL, Kind.TRAIT}:
        parent.add(symbol)
    elif symbol.name != "_":
        scope.declare(symbol)


def _module(walk: _Walk, node: Node, scope: Scope, parent: Symbol | None) -> Symbol | None:
    symbol = walk.new(Kind.MODULE, node.child_by_field_name("name"), node, scope, parent)
    body = node.child_by_field_name("body")
    walk.sign(symbol, node, body)
    if body is not None:
        inner = Scope(walk.file, scope)
        inner.owner = symbol
        symbol.scope = inner
        walk.container(body, inner, None)
        walk.signature.append("end")
    scope.declare(symbol)
    return symbol


def _macro(walk: _Walk, node: Node, scope: Scope, parent: Symbol | None) -> Symbol | None:
    symbol = walk.new(Kind.MACRO, node.child_by_field_name("name"), node, scope, parent)
    walk.signature.append((symbol.kind.value, symbol.name))
    scope.declare(symbol)
    return symbol


def _macro_call(walk: _Walk, node: Node, scope: Scope, parent: Symbol | None) -> Symbol | None:
    call = node.named_children[0] if node.type == "expression_statement" and node.named_children else node
    if call.type != "macro_invocation":
        return None
    symbol = walk.new(Kind.MACRO_CALL, None, call, scope, parent)
    walk.sign(symbol, call, None)
    return symbol


def _extern_crate(walk: _Walk, node: Node, scope: Scope, parent: Symbol | None) -> Symbol | None:
    symbol = walk.new(Kind.USE, None, node, scope, parent)
    walk.sign(symbol, node, None)
    name = node.child_by_field_name("name")
    if name is not None:
        alias = node.child_by_field_name("alias") or name
        use = Use(("::", plain_name(walk.text(name))), plain_name(walk.text(alias)), scope, symbol.public)
        scope.imports.setdefault(use.name, []).append(use)
    return symbol


def _use(walk: _Walk, node: Node, scope: Scope, parent: Symbol | None) -> Symbol | None:
    symbol = walk.new(Kind.USE, None, node, scope, parent)
    walk.sign(symbol, node, None)
    argument = node.child_by_field_name("argument")
    if argument is not None:
        for segments, name in use_leaves(walk.text, argument, ()):
            use = Use(segments, name, scope, symbol.public)
            if name:
                scope.imports.setdefault(name, []).append(use)
            else:
                scope.globs.append(use)
    return symbol


def use_leaves(  # noqa: PLR0911  one return a case
    text: Callable[[Node], str], node: Node, prefix: tuple[str, ...]
) -> list[tuple[tuple[str, ...], str]]:
    """(segments, local name) of each leaf below a use tree; the name is "" for a glob."""
    kind = node.type
    if kind == "use_list":
        return [leaf for child in node.named_children for leaf in use_leaves(text, child, prefix)]
    if kind == "scoped_use_list":
        path = node.child_by_field_name("path")
        inner = prefix + (path_segments(text, path) if path is not None else ("::",))
        leaves = node.child_by_field_name("list")
        return use_leaves(text, leaves, inner) if leaves is not None else []
    if kind == "use_wildcard":
        child = node.named_children[0] if node.named_child_count else None
        return [(prefix + (path_segments(text, child) if child is not None else ()), "")]
    if kind == "use_as_clause":
        path, alias = node.child_by_field_name("path"), node.child_by_field_name("alias")
        if path is None or alias is None:
            return []
        segments = prefix + path_segments(text, path)
        return [(_without_self(segments), plain_name(text(alias)))]
    if kind in {"identifier", "scoped_identifier", "self", "crate", "super"}:
        segments = _without_self(prefix + path_segments(text, node))
        return [(segments, segments[-1])] if segments else []
    return []


def _without_self(segments: tuple[str, ...]) -> tuple[str, ...]:
    return segments[:-1] if len(segments) > 1 and segments[-1] == "self" else segments


def path_segments(text: Callable[[Node], str], node: Node) -> tuple[str, ...]:
    """The names of a path; a leading `::` is its own first segment."""
    if node.type == "scoped_identifier":
        path, name = node.child_by_field_name("path"), node.child_by_field_name("name")
        head = path_segments(text, path) if path is not None else ("::",)
        return (*head, plain_name(text(name))) if name is not None else head
    return (plain_name(text(node)),)


def _foreign(walk: _Walk, node: Node, scope: Scope, parent: Symbol | None) -> Symbol | None:
    body = node.child_by_field_name("body")
    if body is not None:
        walk.container(body, scope, parent)
    return None


_GENERICS = {
    "type_parameter": Kind.TYPE_PARAM,
    "const_parameter": Kind.CONST_PARAM,
    "lifetime_parameter": Kind.LIFETIME,
}
_HANDLERS: dict[str, Callable[[_Walk, Node, Scope, Symbol | None], Symbol | None]] = {
    "struct_item": _struct,
    "union_item": _struct,
    "enum_item": _enum,
    "function_item": _function,
    "function_signature_item": _function,
    "impl_item": _impl,
    "trait_item": _trait,
    "const_item": _valued(Kind.CONST),
    "static_item": _valued(Kind.STATIC),
    "type_item": _alias,
    "associated_type": _alias,
    "mod_item": _module,
    "macro_definition": _macro,
    "extern_crate_declaration": _extern_crate,
    "use_declaration": _use,
    "foreign_mod_item": _foreign,
    "macro_invocation": _macro_call,
    "expression_statement": _macro_call,
}
