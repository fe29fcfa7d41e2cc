"""From type syntax to types, and from item headers to signatures.

Every name met is told to the reader. Must not know bodies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.model import Env, Reader
from pytest_rustide_load.reference_server.symbols import TYPES, VALUES, Kind, Symbol
from pytest_rustide_load.reference_server.ty import (
    UNKNOWN,
    Bound,
    Nominal,
    Opaque,
    Ty,
    Var,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from pytest_rustide_load.reference_server.model import Model

_NAMED_TYPES = frozenset(
    {"type_identifier", "scoped_type_identifier", "generic_type", "identifier", "scoped_identifier"}
)
_DYNAMIC = frozenset({"dynamic_type", "abstract_type"})
_TYPE_SYMBOLS = frozenset({Kind.STRUCT, Kind.ENUM, Kind.UNION})


class Lowering:
    """Reads types."""

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

    def lower(self, node: Node, env: Env, reader: Reader) -> Ty:
        """The type a type node means."""
        kind = node.type
        if kind in _NAMED_TYPES:
            return self.model.paths.path_type(node, env, reader)
        handler = self._handlers.get(kind)
        if handler is not None:
            return handler(node, env, reader)
        for child in node.named_children:
            self.lower(child, env, reader)
        return Var() if env.fresh else UNKNOWN

    def _primitive(self, node: Node, _env: Env, reader: Reader) -> Ty:
        symbol = self.model.workspace.library.primitives.get(reader.text(node))
        return Nominal(symbol) if symbol is not None else UNKNOWN

    def field(self, node: Node, name: str, env: Env, reader: Reader) -> Ty:
        child = node.child_by_field_name(name)
        return self.lower(child, env, reader) if child is not None else self.model.unknown(env)

    def _reference(self, node: Node, env: Env, reader: Reader) -> Ty:
        self.lifetimes(node, env, reader)
        return self.model.primitive("&", self.field(node, "type", env, reader))

    def _pointer(self, node: Node, env: Env, reader: Reader) -> Ty:
        return self.model.primitive("*", self.field(node, "type", env, reader))

    def _tuple(self, node: Node, env: Env, reader: Reader) -> Ty:
        return self.model.primitive("()", *(self.lower(child, env, reader) for child in node.named_children))

    def _array(self, node: Node, env: Env, reader: Reader) -> Ty:
        element = self.field(node, "element", env, reader)
        length = node.child_by_field_name("length")
        if length is None:
            return self.model.primitive("[]", element)
        self.const(length, env, reader)
        return self.model.primitive("[;]", element)

    def _bracketed(self, node: Node, env: Env, reader: Reader) -> Ty:
        inner = node.named_children[0] if node.named_child_count else None
        return self.lower(inner, env, reader) if inner is not None else self.model.unknown(env)

    def _ranked(self, node: Node, env: Env, reader: Reader) -> Ty:
        inner = node.child_by_field_name("type")
        bound = self.bound(inner, env, reader) if inner is not None else None
        return Opaque((bound,)) if bound is not None else self.model.unknown(env)

    def _dynamic(self, node: Node, env: Env, reader: Reader) -> Ty:
        trait = node.child_by_field_name("trait")
        if trait is None:
            return self.model.unknown(env)
        return Opaque(self.bounds_below(trait, env, reader), dynamic=node.type == "dynamic_type")

    def _bounded(self, node: Node, env: Env, reader: Reader) -> Ty:
        return Opaque(self.bounds_below(node, env, reader), dynamic=_is_dynamic(node))

    def bounds_below(self, node: Node, env: Env, reader: Reader) -> tuple[Bound, ...]:
        """The trait bounds of `A + B + 'a`."""
        if node.type in {"bounded_type", "tuple_type", "trait_bounds"}:
            return tuple(
                bound for child in node.named_children for bound in self.bounds_below(child, env, reader)
            )
        if node.type in _DYNAMIC:
            trait = node.child_by_field_name("trait")
            return self.bounds_below(trait, env, reader) if trait is not None else ()
        bound = self.bound(node, env, reader)
        return (bound,) if bound is not None else ()

    def _function(self, node: Node, env: Env, reader: Reader) -> Ty:
        if node.child_by_field_name("trait") is not None:
            bound = self.bound(node, env, reader)
            return Opaque((bound,)) if bound is not None else self.model.unknown(env)
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

    def bound(self, node: Node, env: Env, reader: Reader) -> Bound | None:  # noqa: PLR0911  one return a case
        """A trait bound: `Trait<A, Name = B>`, `Fn(A) -> B`, `for<'a> …`, `?Sized`; None for a lifetime."""
        kind = node.type
        if kind == "lifetime":
            self.lifetime(node, env, reader)
            return None
        if kind in {"higher_ranked_trait_bound", "removed_trait_bound"}:
            inner = node.child_by_field_name("type") or (
                node.named_children[-1] if node.named_children else None
            )
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
        return Bound(trait, self.model.paths.fill(trait, args, env), bindings)

    def _trait(self, node: Node, env: Env, reader: Reader) -> Symbol | None:
        for symbol in self.model.paths.path_symbols(node, env, reader, TYPES):
            if symbol.kind is Kind.TRAIT:
                return symbol
        return None

    def arguments(
        self, node: Node | None, symbol: Symbol | None, env: Env, reader: Reader
    ) -> tuple[tuple[Ty, ...], tuple[tuple[str, Ty], ...]]:
        """The types and the associated-type bindings of `<…>`; constants and lifetimes are only read."""
        if node is None:
            return (), ()
        generics = (
            [one for one in symbol.generics if one.kind is not Kind.LIFETIME] if symbol is not None else []
        )
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
                    bindings.append((reader.name(name), self.field(child, "type", env, reader)))
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
                base := self.model.paths.qualifier(node.child_by_field_name("path"), env, reader), Ty
            ):
                member = node.child_by_field_name("name")
                pick = self.model.traits.value(base, reader.name(member), env) if member is not None else None
                if pick is not None and member is not None:
                    reader.note(member, pick.symbol)
            else:
                self.model.paths.path_symbols(node, env, reader, VALUES)
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


def _is_dynamic(node: Node) -> bool:
    """Whether bounds begin with `dyn`."""
    while node.type == "bounded_type" and node.named_children:
        node = node.named_children[0]
    return node.type == "dynamic_type"
