"""Paths in types, and what stands before `::` in any path.

Must not know other type syntax.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.model import Env, Reader
from pytest_rustide_load.reference_server.symbols import TYPES, Kind, Scope, Symbol
from pytest_rustide_load.reference_server.ty import (
    UNKNOWN,
    Bound,
    Mapping,
    Nominal,
    Opaque,
    Param,
    Projection,
    Qualified,
    Ty,
    substitute,
)

if TYPE_CHECKING:
    from tree_sitter import Node

    from pytest_rustide_load.reference_server.model import Model

_TYPE_SYMBOLS = frozenset({Kind.STRUCT, Kind.ENUM, Kind.UNION})


class TypePaths:
    """Reads paths as types."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def path_symbols(self, node: Node, env: Env, reader: Reader, space: int) -> tuple[Symbol, ...]:
        """What a path of plain names (no `Self`, no generics) means; each segment is told to the reader."""
        if node.type in {"scoped_identifier", "scoped_type_identifier"}:
            path, name = node.child_by_field_name("path"), node.child_by_field_name("name")
            if name is None:
                return ()
            if path is None:
                qualifiers = self.model.names.first(env.scope, "::", TYPES)
            elif path.type == "generic_type" and (inner := path.child_by_field_name("type")) is not None:
                qualifiers = self.path_symbols(inner, env, reader, TYPES)
            else:
                qualifiers = self.path_symbols(path, env, reader, TYPES)
            reader.qualified(name, qualifiers)
            for qualifier in qualifiers:
                found = self.model.names.member(qualifier, reader.name(name), space)
                if found:
                    reader.note(name, *found)
                    return found
            return ()
        name_text = reader.name(node)
        found = self.model.names.first(env.scope, name_text, space)
        if found:
            reader.note(node, *found)
        return found

    def path_type(self, node: Node, env: Env, reader: Reader) -> Ty:  # noqa: PLR0911  one return a case
        """The type a path names, generics included."""
        arguments_node = None
        if node.type in {"generic_type", "generic_type_with_turbofish"}:
            arguments_node = node.child_by_field_name("type_arguments")
            inner = node.child_by_field_name("type")
            if inner is None:
                return self.model.unknown(env)
            node = inner
        if node.type in {"scoped_type_identifier", "scoped_identifier"}:
            return self._scoped(node, arguments_node, env, reader)
        name = reader.name(node)
        if name == "_":
            return self.model.unknown(env)
        if name == "Self" and env.self_ty is not None:
            self._note_self(node, env.self_ty, reader)
            return env.self_ty
        generic = env.generics.get(name)
        if generic is not None and not self._shadowed(env, name):
            reader.note(node, generic)
            return Param(generic) if generic.kind is Kind.TYPE_PARAM else self.model.unknown(env)
        found = self.model.names.first(env.scope, name, TYPES)
        if not found:
            if arguments_node is not None:
                self.model.lowering.arguments(arguments_node, None, env, reader)
            return self.model.unknown(env)
        reader.note(node, *found)
        return self.nominal(found[0], arguments_node, env, reader)

    @staticmethod
    def _shadowed(env: Env, name: str) -> bool:
        scope: Scope | None = env.scope
        while scope is not None and scope.is_block:
            if any(symbol.namespaces & TYPES for symbol in scope.items.get(name, ())):
                return True
            scope = scope.parent
        return False

    @staticmethod
    def _note_self(node: Node, self_ty: Ty, reader: Reader) -> None:
        if isinstance(self_ty, Nominal | Param):
            reader.note(node, self_ty.symbol)

    def _scoped(self, node: Node, arguments_node: Node | None, env: Env, reader: Reader) -> Ty:
        path, name = node.child_by_field_name("path"), node.child_by_field_name("name")
        if name is None:
            return self.model.unknown(env)
        qualifier = self.qualifier(path, env, reader)
        return self._after(qualifier, name, arguments_node, env, reader)

    def _after(
        self,
        qualifier: Ty | tuple[Symbol, ...],
        name: Node,
        arguments_node: Node | None,
        env: Env,
        reader: Reader,
    ) -> Ty:
        """The type that `name` means after what stands before `::`."""
        reader.qualified(name, qualifier)
        text = reader.name(name)
        if isinstance(qualifier, Ty):
            bound = qualifier.bound if isinstance(qualifier, Qualified) else None
            base = qualifier.base if isinstance(qualifier, Qualified) else qualifier
            is_enum = isinstance(base, Nominal) and base.symbol.kind is Kind.ENUM
            if isinstance(base, Nominal) and is_enum and bound is None and text in base.symbol.members:
                reader.note(name, base.symbol.members[text])
                return base
            if bound is None:
                bound = self.model.traits.bounds.with_member(base, text, env)
            symbol = self.model.traits.associated(base, bound, text, env)
            self.model.lowering.arguments(arguments_node, symbol, env, reader)
            if symbol is not None:
                reader.note(name, symbol)
            return self.model.traits.project(Projection(base, bound, text), env)
        for symbol in qualifier:
            found = self.model.names.member(symbol, text, TYPES)
            if found:
                reader.note(name, *found)
                return self.nominal(found[0], arguments_node, env, reader)
        if arguments_node is not None:
            self.model.lowering.arguments(arguments_node, None, env, reader)
        return self.model.unknown(env)

    def qualifier(  # noqa: PLR0911  one return a case
        self, path: Node | None, env: Env, reader: Reader
    ) -> Ty | tuple[Symbol, ...]:
        """What stands before `::`: a type, or modules (also enums, which lead to their variants)."""
        if path is None:
            return self.model.names.first(env.scope, "::", TYPES)
        if path.type == "bracketed_type":
            return self._bracketed(path, env, reader)
        if path.type in {"generic_type", "generic_type_with_turbofish"}:
            return self.path_type(path, env, reader)
        if path.type in {"crate", "super", "self"}:
            found = self.model.names.first(env.scope, reader.text(path), TYPES)
            reader.note(path, *found)
            return found
        if path.type in {"identifier", "type_identifier"}:
            name = reader.name(path)
            if name == "Self" or name in env.generics:
                return self.path_type(path, env, reader)
            return self._typed(self.path_symbols(path, env, reader, TYPES), env, reader)
        return self._longer(path, env, reader)

    def _bracketed(self, path: Node, env: Env, reader: Reader) -> Ty:
        """`<T>` or `<T as Trait>` before `::`."""
        inner = path.named_children[0] if path.named_child_count else None
        if inner is None:
            return self.model.unknown(env)
        if inner.type != "qualified_type":
            return self.model.lowering.lower(inner, env, reader)
        base, alias = inner.child_by_field_name("type"), inner.child_by_field_name("alias")
        base_ty = self.model.unknown(env) if base is None else self.model.lowering.lower(base, env, reader)
        bound = self.model.lowering.bound(alias, env, reader) if alias is not None else None
        return Qualified(base_ty, bound) if bound is not None else base_ty

    def _longer(self, path: Node, env: Env, reader: Reader) -> Ty | tuple[Symbol, ...]:
        """A path of two or more segments before `::`."""
        inner_path, name_node = path.child_by_field_name("path"), path.child_by_field_name("name")
        outer = self.qualifier(inner_path, env, reader)
        if name_node is None:
            return ()
        if isinstance(outer, Ty):
            return self._after(outer, name_node, None, env, reader)
        reader.qualified(name_node, outer)
        for symbol in outer:
            found = self.model.names.member(symbol, reader.name(name_node), TYPES)
            if found:
                reader.note(name_node, *found)
                return self._typed(found, env, reader)
        return ()

    def _typed(self, found: tuple[Symbol, ...], env: Env, reader: Reader) -> Ty | tuple[Symbol, ...]:
        if found and found[0].kind in {Kind.STRUCT, Kind.ENUM, Kind.UNION, Kind.TYPE_ALIAS, Kind.PRIMITIVE}:
            return self.nominal(found[0], None, env, reader)
        if found and found[0].kind is Kind.TRAIT:
            return Qualified(self.model.unknown(env), Bound(found[0], self.fill(found[0], (), env)))
        return found

    def nominal(self, symbol: Symbol, arguments_node: Node | None, env: Env, reader: Reader) -> Ty:
        """The type a symbol of the type namespace stands for, with the arguments written after it."""
        args, _ = self.model.lowering.arguments(arguments_node, symbol, env, reader)
        if symbol.kind in _TYPE_SYMBOLS:
            return Nominal(symbol, self.fill(symbol, args, env))
        if symbol.kind is Kind.PRIMITIVE:
            return Nominal(symbol)
        if symbol.kind is Kind.TYPE_ALIAS:
            params = [generic for generic in symbol.generics if generic.kind is Kind.TYPE_PARAM]
            mapping: Mapping = dict(zip(params, self.fill(symbol, args, env), strict=False))
            return self.model.traits.project(substitute(self.model.declared.type_of(symbol), mapping), env)
        if symbol.kind is Kind.VARIANT and symbol.parent is not None:
            return Nominal(symbol.parent, self.fill(symbol.parent, args, env))
        if symbol.kind is Kind.TRAIT:
            return Opaque((Bound(symbol, self.fill(symbol, args, env)),))
        return self.model.unknown(env)

    def fill(self, symbol: Symbol, args: tuple[Ty, ...], env: Env) -> tuple[Ty, ...]:
        """As many arguments as the item has type parameters: defaults, then unknowns, for those missing."""
        params = [generic for generic in symbol.generics if generic.kind is Kind.TYPE_PARAM]
        if len(args) >= len(params):
            return args[: len(params)]
        filled = list(args)
        for param in params[len(args) :]:
            default = (
                self.model.declared.type_of(param) if not env.fresh or symbol.kind is Kind.TRAIT else None
            )
            if default is None or default is UNKNOWN:
                filled.append(self.model.unknown(env))
            else:
                filled.append(substitute(default, dict(zip(params, filled, strict=False))))
        return tuple(filled)
