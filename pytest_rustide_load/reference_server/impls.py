"""The index of all impls: by the type they are for, by the trait they give, by the names they hold.

Must not know selection; it only lists candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.model import Reader, node_of
from pytest_rustide_load.reference_server.symbols import Kind, Symbol
from pytest_rustide_load.reference_server.ty import Bound, Mapping, Nominal, Param, Ty, Var, follow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_rustide_load.reference_server.model import Model
    from pytest_rustide_load.reference_server.source import SourceFile


@dataclass(slots=True, frozen=True, eq=False)
class Impl:
    """An impl block: the type it is for and, unless inherent, the trait with its arguments."""

    symbol: Symbol
    self_ty: Ty
    bound: Bound | None

    def fresh(self) -> Mapping:
        """Its type parameters as new variables."""
        return {generic: Var() for generic in self.symbol.generics if generic.kind is Kind.TYPE_PARAM}


class ImplIndex:
    """All impls of a workspace and its standard library, in order of files and text."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._inherent: dict[tuple[Symbol, str], list[tuple[Impl, Symbol]]] = {}
        self._by_head: dict[Symbol, list[Impl]] = {}
        self._by_trait: dict[tuple[Symbol, Symbol], list[Impl]] = {}
        self._blanket: dict[Symbol, list[Impl]] = {}
        self._traits: dict[str, list[Symbol]] = {}
        self._of: dict[Symbol, Impl] = {}

    def fill(self) -> None:
        """Reads every impl's header."""
        for file in self.model.workspace.all_files():
            self._read(file)

    def _read(self, file: SourceFile) -> None:
        for symbol in file.symbols:
            if symbol.kind is Kind.IMPL:
                impl = self._impl(symbol)
                if impl is not None:
                    self._add(symbol, impl)
            elif symbol.kind is Kind.TRAIT:
                for name in symbol.members:
                    self._traits.setdefault(name, []).append(symbol)

    def _impl(self, symbol: Symbol) -> Impl | None:
        memo = self.model.workspace.memo_of(symbol.file)
        key = ("impl", symbol)
        if key not in memo:
            memo[key] = self._lowered(symbol)
        known: Impl | None = memo[key]
        return known

    def _lowered(self, symbol: Symbol) -> Impl | None:
        env = self.model.declared.env(symbol)
        node = node_of(symbol)
        if node is None or env.self_ty is None or symbol.file is None:
            return None
        trait = node.child_by_field_name("trait")
        bound = self.model.lowering.bound(trait, env, Reader(symbol.file.data)) if trait is not None else None
        return Impl(symbol, env.self_ty, bound) if trait is None or bound is not None else None

    def _add(self, symbol: Symbol, impl: Impl) -> None:
        self._of[symbol] = impl
        self_ty, bound = impl.self_ty, impl.bound
        if isinstance(self_ty, Nominal):
            self._by_head.setdefault(self_ty.symbol, []).append(impl)
            if bound is None:
                for name, member in symbol.members.items():
                    self._inherent.setdefault((self_ty.symbol, name), []).append((impl, member))
            else:
                self._by_trait.setdefault((bound.trait, self_ty.symbol), []).append(impl)
        elif isinstance(self_ty, Param) and bound is not None:
            self._blanket.setdefault(bound.trait, []).append(impl)

    def of_symbol(self, symbol: Symbol) -> Impl | None:
        return self._of.get(symbol)

    def of_type(self, head: Symbol) -> Sequence[Impl]:
        """All impls written for a type."""
        return self._by_head.get(head, ())

    def of_trait(self, trait: Symbol) -> list[Impl]:
        """All impls of a trait."""
        return [impl for impl in self._of.values() if impl.bound is not None and impl.bound.trait is trait]

    def inherent(self, head: Symbol, name: str) -> Sequence[tuple[Impl, Symbol]]:
        return self._inherent.get((head, name), ())

    def traits_with(self, name: str) -> Sequence[Symbol]:
        """The traits that declare a member of this name."""
        return self._traits.get(name, ())

    def candidates(self, ty: Ty, trait: Symbol | None) -> list[Impl]:
        """The impls that could give a type a trait (any trait for None): those for it, then blanket ones."""
        ty = follow(ty)
        if trait is None:
            if isinstance(ty, Nominal):
                found = [impl for impl in self._by_head.get(ty.symbol, ()) if impl.bound is not None]
            else:
                found = []
            return found + [impl for impls in self._blanket.values() for impl in impls]
        own = self._by_trait.get((trait, ty.symbol), ()) if isinstance(ty, Nominal) else ()
        return [*own, *self._blanket.get(trait, ())]

    def blanket_traits(self) -> list[Symbol]:
        """The traits that some impl gives to every type that has others."""
        return list(self._blanket)
