"""What items declare: their environment, types of fields and constants, signatures of functions.

Remembered in the workspace's memo. Must not know bodies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.model import Env, Reader, node_of
from pytest_rustide_load.reference_server.symbols import Kind, Symbol
from pytest_rustide_load.reference_server.ty import (
    UNKNOWN,
    Bound,
    Nominal,
    Opaque,
    Param,
    Ty,
)

if TYPE_CHECKING:
    from tree_sitter import Node

    from pytest_rustide_load.reference_server.model import Model

_TYPE_SYMBOLS = frozenset({Kind.STRUCT, Kind.ENUM, Kind.UNION})


@dataclass(slots=True, frozen=True)
class Signature:
    """A function's parameters (without self), result, and its receiver's type (None for a plain function)."""

    params: tuple[Ty, ...]
    result: Ty
    receiver: Ty | None


class Declarations:
    """Declared types of one workspace's items."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def env(self, symbol: Symbol) -> Env:
        """The context inside an item."""
        memo = self.model.workspace.memo_of(symbol.file)
        key = ("env", symbol)
        if key not in memo:
            memo[key] = self._make_env(symbol)
        known: Env = memo[key]
        return known

    def _make_env(self, symbol: Symbol) -> Env:
        scope = symbol.home if symbol.home is not None else symbol.scope
        if scope is None:
            raise ValueError(f"{symbol.kind.value} {symbol.name} stands in no scope")
        parent = symbol.parent
        env = Env(scope)
        if parent is not None and parent.kind not in {Kind.MODULE, Kind.CRATE}:
            outer = self.env(parent)
            env = Env(scope, outer.owners, outer.generics, outer.self_ty)
        if symbol.generics:
            env.generics = {**env.generics, **{generic.name: generic for generic in symbol.generics}}
        env.owners = (symbol, *env.owners)
        if symbol.kind in _TYPE_SYMBOLS:
            env.self_ty = Nominal(symbol, self.own_params(symbol))
        elif symbol.kind is Kind.TRAIT:
            env.self_ty = Param(symbol)
        elif symbol.kind is Kind.IMPL:
            env.self_ty = UNKNOWN
            node = node_of(symbol)
            target = node.child_by_field_name("type") if node is not None else None
            if target is not None and symbol.file is not None:
                env.self_ty = self.model.lowering.lower(target, env, Reader(symbol.file.data))
        return env

    @staticmethod
    def own_params(symbol: Symbol) -> tuple[Ty, ...]:
        return tuple(Param(generic) for generic in symbol.generics if generic.kind is Kind.TYPE_PARAM)

    def type_of(self, symbol: Symbol) -> Ty:
        """The declared type of a field, constant, static, alias or associated type; the default of a type
        parameter. UNKNOWN where none is written."""
        memo = self.model.workspace.memo_of(symbol.file)
        key = ("type", symbol)
        if key not in memo:
            memo[key] = UNKNOWN
            node = node_of(symbol)
            tuple_field = symbol.kind is Kind.FIELD and symbol.name.isdigit()
            wanted = "default_type" if symbol.kind is Kind.TYPE_PARAM else "type"
            target = node if tuple_field or node is None else node.child_by_field_name(wanted)
            if target is not None and symbol.file is not None:
                inside = symbol.kind in {Kind.FIELD, Kind.TYPE_PARAM} and symbol.parent is not None
                owner = symbol.parent if inside and symbol.parent is not None else symbol
                memo[key] = self.model.lowering.lower(target, self.env(owner), Reader(symbol.file.data))
        known: Ty = memo[key]
        return known

    def signature(self, symbol: Symbol) -> Signature:
        """A function's types as declared."""
        memo = self.model.workspace.memo_of(symbol.file)
        key = ("signature", symbol)
        if key not in memo:
            memo[key] = self._signature(symbol)
        known: Signature = memo[key]
        return known

    def _signature(self, symbol: Symbol) -> Signature:
        node = node_of(symbol)
        if node is None or symbol.file is None:
            return Signature((), UNKNOWN, None)
        env, reader = self.env(symbol), Reader(symbol.file.data)
        parameters = node.child_by_field_name("parameters")
        receiver: Ty | None = None
        params: list[Ty] = []
        for child in parameters.named_children if parameters is not None else ():
            if child.type == "self_parameter":
                receiver = self.receiver(child, env, reader)
            elif child.type == "parameter":
                pattern = child.child_by_field_name("pattern")
                ty = self.model.lowering.field(child, "type", env, reader)
                if pattern is not None and pattern.type == "self":
                    receiver = ty
                else:
                    params.append(ty)
        result_node = node.child_by_field_name("return_type")
        result = (
            self.model.lowering.lower(result_node, env, reader)
            if result_node is not None
            else self.model.unit()
        )
        if any(
            child.type == "function_modifiers" and "async" in reader.text(child) for child in node.children
        ):
            future = self.model.library("future", "Future")
            result = Opaque((Bound(future, (), (("Output", result),)),)) if future is not None else UNKNOWN
        return Signature(tuple(params), result, receiver)

    def receiver(self, node: Node, env: Env, reader: Reader) -> Ty:
        """The type of a `self` parameter."""
        base = env.self_ty if env.self_ty is not None else UNKNOWN
        if any(child.type == "&" for child in node.children):
            self.model.lowering.lifetimes(node, env, reader)
            return self.model.primitive("&", base)
        return base
