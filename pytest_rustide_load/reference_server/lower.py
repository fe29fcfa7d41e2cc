"""From type syntax to types, and from item headers to signatures.

Every name met is told to the reader. Must not know bodies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.model import Env, Reader, node_of
from pytest_rustide_load.reference_server.symbols import TYPES, VALUES, Kind, Scope, Symbol
from pytest_rustide_load.reference_server.ty import (
    Bound,
    Mapping,
    Nominal,
    Opaque,
    Param,
    Projection,
    Ty,
    Var,
    substitute,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from pytest_rustide_load.reference_server.model import Model

UNKNOWN = Opaque(())
_NAMED_TYPES = frozenset({"type_identifier", "scoped_type_identifier", "generic_type", "identifier", "scoped_identifier"})
_DYNAMIC = frozenset({"dynamic_type", "abstract_type"})
_TYPE_SYMBOLS = frozenset({Kind.STRUCT, Kind.ENUM, Kind.UNION})


@dataclass(slots=True, frozen=True)
class Signature:
    """A function's parameters (without self), result, and its receiver's type (None for a plain function)."""

    params: tuple[Ty, ...]
    result: Ty
    receiver: Ty | None


class Lowering:
    """Reads types. Results for items are remembered in the workspace's memo."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._handlers: dict[str, Callable[[Node, Env, Reader], Ty]] = {
            "primitive_type": self._primitive,
            "reference_type": self._reference,
            "pointer_type": self._pointer,
            "tuple_type": self._tuple,
            "unit_type": lambda *_: self.model.unit(),
            "array_type": self._array,
            "function_type": self._function,
            "never_type": lambda *_: self.model.primitive("!"),
            "dynamic_type": self._dynamic,
            "abstract_type": self._dynamic,
            "bounded_type": self._bounded,
            "bracketed_type": self._bracketed,
            "higher_ranked_trait_bound": self._ranked,
        }

    # --- environments --------------------------------------------------------------------------

    def env(self, symbol: Symbol) -> Env:
        """The context inside an item."""
        memo = self.model.workspace.memo
        key = ("env", symbol)
        if key not in memo:
            memo[key] = self._make_env(symbol)
        known: Env = memo[key]
        return known

    def _make_env(self, symbol: Symbol) -> Env:
        assert symbol.home is not None or symbol.scope is not None
        scope = symbol.home if symbol.home is not None else symbol.scope
        assert scope is not None
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
                env.self_ty = self.lower(target, env, Reader(symbol.file.data))
        return env

    @staticmethod
    def own_params(symbol: Symbol) -> tuple[Ty, ...]:
        return tuple(Param(generic) for generic in symbol.generics if generic.kind is Kind.TYPE_PARAM)

    # --- types ---------------------------------------------------------------------------------

    def lower(self, node: Node, env: Env, reader: Reader) -> Ty:
        """The type a type node means."""
        kind = node.type
        if kind in _NAMED_TYPES:
            return self.path_type(node, env, reader)
        handler = self._handlers.get(kind)
        if handler is not None:
            return handler(node, env, reader)
        for child in node.named_children:
            self.lower(child, env, reader)
        return Var() if env.fresh else UNKNOWN

    def _unknown(self, env: Env) -> Ty:
        return Var() if env.fresh else UNKNOWN

    def _primitive(self, node: Node, _env: Env, reader: Reader) -> Ty:
        symbol = self.model.workspace.primitives.get(reader.text(node))
        return Nominal(symbol) if symbol is not None else UNKNOWN

    def _field(self, node: Node, name: str, env: Env, reader: Reader) -> Ty:
        child = node.child_by_field_name(name)
        return self.lower(child, env, reader) if child is not None else self._unknown(env)

    def _reference(self, node: Node, env: Env, reader: Reader) -> Ty:
        self.lifetimes(node, env, reader)
        return self.model.primitive("&", self._field(node, "type", env, reader))

    def _pointer(self, node: Node, env: Env, reader: Reader) -> Ty:
        return self.model.primitive("*", self._field(node, "type", env, reader))

    def _tuple(self, node: Node, env: Env, reader: Reader) -> Ty:
        return self.model.primitive("()", *(self.lower(child, env, reader) for child in node.named_children))

    def _array(self, node: Node, env: Env, reader: Reader) -> Ty:
        element = self._field(node, "element", env, reader)
        length = node.child_by_field_name("length")
        if length is None:
            return self.model.primitive("[]", element)
        self.const(length, env, reader)
        return self.model.primitive("[;]", element)

    def _bracketed(self, node: Node, env: Env, reader: Reader) -> Ty:
        inner = node.named_children[0] if node.named_child_count else None
        return self.lower(inner, env, reader) if inner is not None else self._unknown(env)

    def _ranked(self, node: Node, env: Env, reader: Reader) -> Ty:
        inner = node.child_by_field_name("type")
        bound = self.bound(inner, env, reader) if inner is not None else None
        return Opaque((bound,)) if bound is not None else self._unknown(env)

    def _dynamic(self, node: Node, env: Env, reader: Reader) -> Ty:
        trait = node.child_by_field_name("trait")
        if trait is None:
            return self._unknown(env)
        return Opaque(self.bounds_below(trait, env, reader))

    def _bounded(self, node: Node, env: Env, reader: Reader) -> Ty:
        if any(child.type in _DYNAMIC for child in node.named_children):
            bounds: tuple[Bound, ...] = ()
            for child in node.named_children:
                target = child.child_by_field_name("trait") if child.type in _DYNAMIC else child
                if target is not None:
                    bounds += self.bounds_below(target, env, reader)
            return Opaque(bounds)
        return Opaque(self.bounds_below(node, env, reader))

    def bounds_below(self, node: Node, env: Env, reader: Reader) -> tuple[Bound, ...]:
        """The trait bounds of `A + B + 'a`."""
        if node.type in {"bounded_type", "tuple_type", "trait_bounds"}:
            return tuple(
                bound for child in node.named_children for bound in self.bounds_below(child, env, reader)
            )
        bound = self.bound(node, env, reader)
        return (bound,) if bound is not None else ()

    def _function(self, node: Node, env: Env, reader: Reader) -> Ty:
        if node.child_by_field_name("trait") is not None:
            bound = self.bound(node, env, reader)
            return Opaque((bound,)) if bound is not None else self._unknown(env)
        params, result = self._function_parts(node, env, reader)
        return self.model.primitive("fn", *params, result)

    def _function_parts(self, node: Node, env: Env, reader: Reader) -> tuple[tuple[Ty, ...], Ty]:
        parameters = node.child_by_field_name("parameters")
        params: list[Ty] = []
        for child in parameters.named_children if parameters is not None else ():
            named = child.child_by_field_name("type") if child.type == "parameter" else child
            if named is not None and child.type not in {"line_comment", "block_comment"}:
                params.append(self.lower(named, env, reader))
        result = node.child_by_field_name("return_type")
        return tuple(params), self.lower(result, env, reader) if result is not None else self.model.unit()

    def bound(self, node: Node, env: Env, reader: Reader) -> Bound | None:
        """A trait bound: `Trait<A, Name = B>`, `Fn(A) -> B`, `for<'a> …`, `?Sized`; None for a lifetime."""
        kind = node.type
        if kind == "lifetime":
            self.lifetime(node, env, reader)
            return None
        if kind in {"higher_ranked_trait_bound", "removed_trait_bound"}:
            inner = node.child_by_field_name("type") or (node.named_children[-1] if node.named_children else None)
            return self.bound(inner, env, reader) if inner is not None else None
        if kind == "function_type":
            trait_node = node.child_by_field_name("trait")
            if trait_node is None:
                return None
            params, result = self._function_parts(node, env, reader)
            trait = self._trait(trait_node, env, reader)
            arguments = (self.model.primitive("()", *params),)
            return Bound(trait, arguments, (("Output", result),)) if trait is not None else None
        arguments_node = None
        if kind == "generic_type":
            arguments_node = node.child_by_field_name("type_arguments")
            inner = node.child_by_field_name("type")
            if inner is None:
                return None
            node = inner
        trait = self._trait(node, env, reader) if node.type in _NAMED_TYPES else None
        if trait is None:
            if arguments_node is not None:
                self.arguments(arguments_node, None, env, reader)
            return None
        args, bindings = self.arguments(arguments_node, trait, env, reader)
        return Bound(trait, self._fill(trait, args, env), bindings)

    def _trait(self, node: Node, env: Env, reader: Reader) -> Symbol | None:
        for symbol in self.path_symbols(node, env, reader, TYPES):
            if symbol.kind is Kind.TRAIT:
                return symbol
        return None

    # --- paths ---------------------------------------------------------------------------------

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

    def path_type(self, node: Node, env: Env, reader: Reader) -> Ty:
        """The type a path names, generics included."""
        arguments_node = None
        if node.type in {"generic_type", "generic_type_with_turbofish"}:
            arguments_node = node.child_by_field_name("type_arguments")
            inner = node.child_by_field_name("type")
            if inner is None:
                return self._unknown(env)
            node = inner
        if node.type in {"scoped_type_identifier", "scoped_identifier"}:
            return self._scoped(node, arguments_node, env, reader)
        name = reader.name(node)
        if name == "_":
            return self._unknown(env)
        if name == "Self" and env.self_ty is not None:
            self._note_self(node, env.self_ty, reader)
            return env.self_ty
        generic = env.generics.get(name)
        if generic is not None and not self._shadowed(env, name):
            reader.note(node, generic)
            return Param(generic) if generic.kind is Kind.TYPE_PARAM else self._unknown(env)
        found = self.model.names.first(env.scope, name, TYPES)
        if not found:
            if arguments_node is not None:
                self.arguments(arguments_node, None, env, reader)
            return self._unknown(env)
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
            return self._unknown(env)
        qualifier = self.qualifier(path, env, reader)
        reader.qualified(name, qualifier)
        text = reader.name(name)
        if isinstance(qualifier, Ty):
            bound = qualifier.bounds[0] if isinstance(qualifier, _Qualified) else None
            base = qualifier.base if isinstance(qualifier, _Qualified) else qualifier
            is_enum = isinstance(base, Nominal) and base.symbol.kind is Kind.ENUM
            if isinstance(base, Nominal) and is_enum and bound is None and text in base.symbol.members:
                reader.note(name, base.symbol.members[text])
                return base
            if bound is None:
                bound = self.model.traits.bounds.with_member(base, text, env)
            symbol = self.model.traits.associated(base, bound, text, env)
            if symbol is not None:
                reader.note(name, symbol)
            return self.model.traits.project(Projection(base, bound, text), env)
        for symbol in qualifier:
            found = self.model.names.member(symbol, text, TYPES)
            if found:
                reader.note(name, *found)
                return self.nominal(found[0], arguments_node, env, reader)
        if arguments_node is not None:
            self.arguments(arguments_node, None, env, reader)
        return self._unknown(env)

    def qualifier(self, path: Node | None, env: Env, reader: Reader) -> Ty | tuple[Symbol, ...]:
        """What stands before `::`: a type, or modules (also enums, which lead to their variants)."""
        if path is None:
            return self.model.names.first(env.scope, "::", TYPES)
        if path.type == "bracketed_type":
            inner = path.named_children[0] if path.named_child_count else None
            if inner is not None and inner.type == "qualified_type":
                base, alias = inner.child_by_field_name("type"), inner.child_by_field_name("alias")
                base_ty = self.lower(base, env, reader) if base is not None else self._unknown(env)
                bound = self.bound(alias, env, reader) if alias is not None else None
                return _Qualified(base_ty, bound) if bound is not None else base_ty
            return self.lower(inner, env, reader) if inner is not None else self._unknown(env)
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
        inner_path, name_node = path.child_by_field_name("path"), path.child_by_field_name("name")
        outer = self.qualifier(inner_path, env, reader)
        if isinstance(outer, Ty):
            return self._scoped(path, None, env, reader)
        if name_node is None:
            return ()
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
            return _Qualified(self._unknown(env), Bound(found[0], self._fill(found[0], (), env)))
        return found

    def nominal(self, symbol: Symbol, arguments_node: Node | None, env: Env, reader: Reader) -> Ty:
        """The type a symbol of the type namespace stands for, with the arguments written after it."""
        args, _ = self.arguments(arguments_node, symbol, env, reader)
        if symbol.kind in _TYPE_SYMBOLS:
            return Nominal(symbol, self._fill(symbol, args, env))
        if symbol.kind is Kind.PRIMITIVE:
            return Nominal(symbol)
        if symbol.kind is Kind.TYPE_ALIAS:
            params = [generic for generic in symbol.generics if generic.kind is Kind.TYPE_PARAM]
            mapping: Mapping = dict(zip(params, self._fill(symbol, args, env), strict=False))
            return self.model.traits.project(substitute(self.type_of(symbol), mapping), env)
        if symbol.kind is Kind.VARIANT and symbol.parent is not None:
            return Nominal(symbol.parent, self._fill(symbol.parent, args, env))
        if symbol.kind is Kind.TRAIT:
            return Opaque((Bound(symbol, self._fill(symbol, args, env)),))
        return self._unknown(env)

    def _fill(self, symbol: Symbol, args: tuple[Ty, ...], env: Env) -> tuple[Ty, ...]:
        """As many arguments as the item has type parameters: defaults, then unknowns, for those missing."""
        params = [generic for generic in symbol.generics if generic.kind is Kind.TYPE_PARAM]
        if len(args) >= len(params):
            return args[: len(params)]
        filled = list(args)
        for param in params[len(args) :]:
            default = self.type_of(param) if not env.fresh or symbol.kind is Kind.TRAIT else None
            if default is None or default is UNKNOWN:
                filled.append(self._unknown(env))
            else:
                filled.append(substitute(default, dict(zip(params, filled, strict=False))))
        return tuple(filled)

    def arguments(
        self, node: Node | None, symbol: Symbol | None, env: Env, reader: Reader
    ) -> tuple[tuple[Ty, ...], tuple[tuple[str, Ty], ...]]:
        """The types and the associated-type bindings of `<…>`; constants and lifetimes are only read."""
        if node is None:
            return (), ()
        generics = [one for one in symbol.generics if one.kind is not Kind.LIFETIME] if symbol is not None else []
        args: list[Ty] = []
        bindings: list[tuple[str, Ty]] = []
        position = 0
        for child in node.named_children:
            if child.type == "lifetime":
                self.lifetime(child, env, reader)
            elif child.type == "type_binding":
                name = child.child_by_field_name("name")
                if name is not None:
                    if symbol is not None and (member := symbol.members.get(reader.name(name))) is not None:
                        reader.note(name, member)
                    bindings.append((reader.name(name), self._field(child, "type", env, reader)))
            elif position < len(generics) and generics[position].kind is Kind.CONST_PARAM:
                self.const(child, env, reader)
                position += 1
            elif child.type not in {"line_comment", "block_comment"}:
                args.append(self.lower(child, env, reader))
                position += 1
        return tuple(args), tuple(bindings)

    def const(self, node: Node, env: Env, reader: Reader) -> None:
        """Reads the names in a constant expression of a type."""
        if node.type in {"identifier", "type_identifier", "scoped_identifier", "scoped_type_identifier"}:
            name = reader.name(node)
            if name in env.generics:
                reader.note(node, env.generics[name])
            elif node.type.startswith("scoped") and isinstance(
                base := self.qualifier(node.child_by_field_name("path"), env, reader), Ty
            ):
                member = node.child_by_field_name("name")
                pick = self.model.traits.value(base, reader.name(member), env) if member is not None else None
                if pick is not None and member is not None:
                    reader.note(member, pick.symbol)
            else:
                self.path_symbols(node, env, reader, VALUES)
            return
        for child in node.named_children:
            self.const(child, env, reader)

    def lifetimes(self, node: Node, env: Env, reader: Reader) -> None:
        for child in node.named_children:
            if child.type == "lifetime":
                self.lifetime(child, env, reader)

    def lifetime(self, node: Node, env: Env, reader: Reader) -> None:
        generic = env.generics.get(reader.text(node))
        if generic is not None:
            reader.note(node, generic)

    # --- what items declare ----------------------------------------------------------------------

    def type_of(self, symbol: Symbol) -> Ty:
        """The declared type of a field, constant, static, alias or associated type; the default of a type
        parameter. UNKNOWN where none is written."""
        memo = self.model.workspace.memo
        key = ("type", symbol)
        if key not in memo:
            memo[key] = UNKNOWN
            node = node_of(symbol)
            tuple_field = symbol.kind is Kind.FIELD and symbol.name.isdigit()
            wanted = "default_type" if symbol.kind is Kind.TYPE_PARAM else "type"
            target = node if tuple_field or node is None else node.child_by_field_name(wanted)
            if target is not None and symbol.file is not None:
                owner = symbol.parent if symbol.kind in {Kind.FIELD, Kind.TYPE_PARAM} else symbol
                assert owner is not None
                memo[key] = self.lower(target, self.env(owner), Reader(symbol.file.data))
        known: Ty = memo[key]
        return known

    def signature(self, symbol: Symbol) -> Signature:
        """A function's types as declared."""
        memo = self.model.workspace.memo
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
                ty = self._field(child, "type", env, reader)
                if pattern is not None and pattern.type == "self":
                    receiver = ty
                else:
                    params.append(ty)
        result_node = node.child_by_field_name("return_type")
        result = self.lower(result_node, env, reader) if result_node is not None else self.model.unit()
        if any(child.type == "function_modifiers" and "async" in reader.text(child) for child in node.children):
            future = self.model.library("future", "Future")
            result = Opaque((Bound(future, (), (("Output", result),)),)) if future is not None else UNKNOWN
        return Signature(tuple(params), result, receiver)

    def receiver(self, node: Node, env: Env, reader: Reader) -> Ty:
        """The type of a `self` parameter."""
        base = env.self_ty if env.self_ty is not None else UNKNOWN
        if any(child.type == "&" for child in node.children):
            self.lifetimes(node, env, reader)
            return self.model.primitive("&", base)
        return base


class _Qualified(Ty):
    """`<base as Trait>`: a type seen through one trait. Lives only between a path's segments."""

    __slots__ = ("base", "bounds")

    def __init__(self, base: Ty, bound: Bound) -> None:
        self.base = base
        self.bounds = (bound,)
