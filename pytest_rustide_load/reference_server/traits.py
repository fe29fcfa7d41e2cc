"""Impls and bounds: which traits a type has, what an associated type is, which method or item a name picks.

A small part of Rust's trait selection, enough for ordinary code. Must not know syntax beyond item headers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.bounds import Bounds
from pytest_rustide_load.reference_server.impls import Impl, ImplIndex
from pytest_rustide_load.reference_server.symbols import Kind, Symbol
from pytest_rustide_load.reference_server.ty import (
    Bound,
    Mapping,
    Nominal,
    Opaque,
    Param,
    Projection,
    Ty,
    Var,
    fits,
    follow,
    substitute,
    substitute_bound,
    undo,
    unify,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_rustide_load.reference_server.model import Env, Model

_DEPTH = 6
# Steps of projection and selection one item may take: far more than ordinary code needs, and an end for code
# whose bounds feed on one another.
_FUEL = 20_000
_FN_TRAITS = frozenset({"Fn", "FnMut", "FnOnce", "AsyncFn"})


@dataclass(slots=True)
class Pick:
    """A chosen associated function, constant or method: `mapping` gives the generics of what surrounds it."""

    symbol: Symbol
    mapping: Mapping
    self_ty: Ty


class Traits:
    """Trait selection over one workspace."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.bounds = Bounds(model)
        self._depth = 0
        self._fuel = _FUEL

    def refuel(self) -> None:
        """Called before each item: gives its reading new steps to take."""
        self._fuel = _FUEL

    def burn(self, steps: int = 1) -> bool:
        """Takes steps; False when there are none left."""
        self._fuel -= steps
        return self._fuel > 0

    @property
    def index(self) -> ImplIndex:
        """All impls; built once per revision."""
        memo = self.model.workspace.memo
        if "impls" not in memo:
            # Known before it is filled: the header of an impl may itself ask for impls.
            memo["impls"] = ImplIndex(self.model)
            memo["impls"].fill()
        index: ImplIndex = memo["impls"]
        return index

    # --- projection ------------------------------------------------------------------------------

    def resolve(self, ty: Ty, env: Env) -> Ty:
        """The type behind variables and projections, as far as known."""
        ty = follow(ty)
        return self.project(ty, env) if type(ty) is Projection else ty

    def deep(self, ty: Ty, env: Env, depth: int = 0) -> Ty:
        """A type with all its parts resolved."""
        ty = self.resolve(ty, env)
        if type(ty) is Nominal and ty.args and depth < _DEPTH:
            return Nominal(ty.symbol, tuple(self.deep(arg, env, depth + 1) for arg in ty.args))
        return ty

    def project(self, ty: Ty, env: Env) -> Ty:
        """A projection's type where an impl or a bound tells it; other types as they are."""
        ty = follow(ty)
        if type(ty) is not Projection or self._depth >= _DEPTH or not self.burn():
            return ty
        self._depth += 1
        try:
            return self._project(ty, env)
        finally:
            self._depth -= 1

    def _project(self, ty: Projection, env: Env) -> Ty:
        base = self.resolve(ty.base, env)
        if type(base) is Nominal:
            if base.symbol.name == "fn" and base.symbol.kind is Kind.PRIMITIVE and ty.name == "Output":
                return base.args[-1]
            found = self._impl_with(base, ty.bound, ty.name, env)
            if found is not None:
                impl, mapping = found
                return self.project(
                    substitute(self.model.declared.type_of(impl.symbol.members[ty.name]), mapping), env
                )
        elif type(base) in {Param, Opaque, Projection}:
            for bound in self.bounds.of(base, env):
                for name, bound_ty in bound.bindings:
                    if name == ty.name and (ty.bound is None or bound.trait is ty.bound.trait):
                        return self.project(bound_ty, env)
            if type(base) is not Nominal:
                found = self._impl_with(base, ty.bound, ty.name, env)
                if found is not None:
                    target = self.model.declared.type_of(found[0].symbol.members[ty.name])
                    return self.project(substitute(target, found[1]), env)
        return Projection(base, ty.bound, ty.name) if base is not ty.base else ty

    def _impl_with(self, base: Ty, bound: Bound | None, name: str, env: Env) -> tuple[Impl, Mapping] | None:
        chosen: Impl | None = None
        for impl, mapping in self._impls_of(base, bound.trait if bound is not None else None, env):
            member = impl.symbol.members.get(name)
            if member is None or member.kind is not Kind.ASSOC_TYPE or impl.bound is None:
                continue
            if bound is not None:
                own = substitute_bound(impl.bound, mapping)
                if not all(fits(one, other) for one, other in zip(own.args, bound.args, strict=False)):
                    continue
            if chosen is not None:
                # Which one is not known until the trait's arguments are.
                return None
            chosen = impl
            if bound is None or not bound.args or impl.symbol.file is self.model.workspace.library.file:
                break
        return self._taken(chosen, base, bound) if chosen is not None else None

    def _taken(self, impl: Impl, base: Ty, bound: Bound | None) -> tuple[Impl, Mapping]:
        """The impl with its generics bound for good."""
        mapping = impl.fresh()
        unify(substitute(impl.self_ty, mapping), base)
        if bound is not None and impl.bound is not None:
            self._agree(substitute_bound(impl.bound, mapping).args, bound.args)
        return impl, mapping

    def associated(self, base: Ty, bound: Bound | None, name: str, env: Env) -> Symbol | None:
        """The declaration that `base::name` names as a type: the trait's, where there is a trait."""
        base = self.resolve(base, env)
        if bound is not None:
            for one in self.bounds.with_supertraits(bound, base):
                if name in one.trait.members:
                    return one.trait.members[name]
        if type(base) is Nominal:
            owner = env.owners[-1] if env.owners else None
            found = self._impl_with(base, bound, name, env)
            if owner is not None and owner.kind is Kind.IMPL and name in owner.members:
                impl = self.index.of_symbol(owner)
                if impl is not None:
                    found = impl, {}
            if found is not None and found[0].bound is not None:
                return found[0].bound.trait.members.get(name, found[0].symbol.members[name])
            return None
        for one in self.bounds.of(base, env):
            if name in one.trait.members:
                return one.trait.members[name]
        return None

    # --- selection -------------------------------------------------------------------------------

    def _impls_of(self, ty: Ty, trait: Symbol | None, env: Env) -> Iterator[tuple[Impl, Mapping]]:
        """The impls that apply to a type, each with its generics as variables; what the match bound is free
        again after the step."""
        for impl in self.index.candidates(ty, trait):
            trail: list[Var] = []
            mapping = impl.fresh()
            try:
                if unify(substitute(impl.self_ty, mapping), ty, trail) and self._holds(impl, mapping, env):
                    yield impl, mapping
            finally:
                undo(trail)

    def _holds(self, impl: Impl, mapping: Mapping, env: Env) -> bool:
        """For an impl for every type, or every reference or box: whether its parameter's bounds hold."""
        own = impl.self_ty
        if isinstance(own, Nominal) and own.symbol.name in {"&", "Box"} and own.args:
            own = own.args[0]
        if not isinstance(own, Param):
            return True
        if self._depth >= _DEPTH:
            return False
        self._depth += 1
        try:
            return all(
                self.implements(substitute(left, mapping), bound.trait, env)
                for left, bound in self.bounds.predicates(impl.symbol)
                if isinstance(left, Param) and left.symbol is own.symbol
            )
        finally:
            self._depth -= 1

    def implements(self, ty: Ty, trait: Symbol, env: Env) -> bool:
        """Whether a type has a trait, its arguments aside."""
        ty = self.resolve(ty, env)
        if not self.burn():
            return False
        if type(ty) is Var or trait.name in {"Sized", "Send", "Sync", "Unpin"}:
            return type(ty) is not Var
        if type(ty) is Nominal:
            if trait.name in ty.symbol.derives:
                return True
        elif any(bound.trait is trait for bound in self.bounds.of(ty, env)):
            return True
        return any(True for _ in self._impls_of(ty, trait, env))

    def select(self, ty: Ty, bound: Bound, env: Env, depth: int = 0) -> bool:
        """Uses the fact that `ty: bound` to learn types: of the trait's arguments and of bindings.

        False while `ty` is not known well enough to say anything.
        """
        ty = self.resolve(ty, env)
        if type(ty) is Var or depth > _DEPTH:
            return depth > _DEPTH
        if bound.args:
            bound = Bound(bound.trait, tuple(self.deep(arg, env) for arg in bound.args), bound.bindings)
        if bound.trait.name in _FN_TRAITS:
            self._select_function(ty, bound, env)
            return True
        if type(ty) is not Nominal:
            for own in self.bounds.of(ty, env):
                if own.trait is bound.trait:
                    self._agree(own.args, bound.args)
                    break
            else:
                self._select_impl(ty, bound, env, depth)
        elif not self._select_impl(ty, bound, env, depth):
            return True
        for name, wanted in bound.bindings:
            unify(wanted, self.project(Projection(ty, bound, name), env))
        return True

    def _select_function(self, ty: Ty, bound: Bound, env: Env) -> None:
        result = next((wanted for name, wanted in bound.bindings if name == "Output"), None)
        params = follow(bound.args[0]) if bound.args else None
        wanted = params.args if isinstance(params, Nominal) else ()
        if type(ty) is Nominal and ty.symbol.name == "fn":
            self._agree(ty.args[:-1], wanted)
            if result is not None:
                unify(result, ty.args[-1])
        elif type(ty) is Nominal and ty.symbol.name in {"&", "Box", "Arc", "Rc"} and ty.args:
            self._select_function(self.resolve(ty.args[0], env), bound, env)
        elif type(ty) is not Nominal:
            for own in self.bounds.of(ty, env):
                if own.trait.name in _FN_TRAITS:
                    self._agree(own.args, bound.args)
                    for name, own_ty in own.bindings:
                        if name == "Output" and result is not None:
                            unify(result, own_ty)

    @staticmethod
    def _agree(left: tuple[Ty, ...], right: tuple[Ty, ...]) -> None:
        for one, other in zip(left, right, strict=False):
            unify(one, other)

    def _select_impl(self, ty: Ty, bound: Bound, env: Env, depth: int) -> bool:
        chosen: tuple[Impl, Bound] | None = None
        for impl, mapping in self._impls_of(ty, bound.trait, env):
            if impl.bound is None:
                continue
            own = substitute_bound(impl.bound, mapping)
            if all(fits(one, other) for one, other in zip(own.args, bound.args, strict=False)):
                if chosen is not None:
                    return True
                chosen = impl, own
        if chosen is None:
            return False
        impl = chosen[0]
        mapping = impl.fresh()
        unify(substitute(impl.self_ty, mapping), ty)
        if impl.bound is not None:
            self._agree(substitute_bound(impl.bound, mapping).args, bound.args)
        for left, predicate in self.bounds.predicates(impl.symbol):
            self.select(substitute(left, mapping), substitute_bound(predicate, mapping), env, depth + 1)
        return True

    # --- associated items ------------------------------------------------------------------------

    def value(self, base: Ty, name: str, env: Env, bound: Bound | None = None) -> Pick | None:
        """What `base::name` (or `<base as bound>::name`) means as a value."""
        base = self.resolve(base, env)
        if bound is not None:
            for one in self.bounds.with_supertraits(bound, base):
                if name in one.trait.members:
                    return self._from_trait(one, name, base, env)
            return None
        return self.inherent(base, name) or self.from_traits(base, name, env)

    def inherent(self, base: Ty, name: str) -> Pick | None:
        """The member `name` of the type's own impls."""
        if type(base) is not Nominal:
            return None
        for impl, symbol in self.index.inherent(base.symbol, name):
            mapping = impl.fresh()
            trail: list[Var] = []
            if unify(substitute(impl.self_ty, mapping), base, trail):
                return Pick(symbol, mapping, base)
            undo(trail)
        return None

    def from_traits(self, base: Ty, name: str, env: Env) -> Pick | None:
        """The member `name` of the traits the type has: by its bounds if it is generic, by impls else."""
        if type(base) is Var:
            return None
        if type(base) is not Nominal:
            for bound in self.bounds.of(base, env):
                if name in bound.trait.members:
                    return self._from_trait(bound, name, base, env)
        found: list[Symbol] = [
            trait for trait in self.index.traits_with(name) if self.implements(base, trait, env)
        ]
        if len(found) > 1:
            near = [trait for trait in found if self._in_scope(trait, env)]
            found = near or found
        if not found:
            return None
        return self._from_trait(Bound(found[0], self._fresh_args(found[0])), name, base, env)

    @staticmethod
    def _fresh_args(trait: Symbol) -> tuple[Ty, ...]:
        return tuple(Var() for generic in trait.generics if generic.kind is Kind.TYPE_PARAM)

    def _in_scope(self, trait: Symbol, env: Env) -> bool:
        if trait.file is not None and trait.file.is_library:
            return True
        names = self.model.names.lookup(env.scope, trait.name, 1)
        if trait in names:
            return True
        module = env.scope.module()
        return any(
            trait in self.model.names.imported(use) for uses in module.imports.values() for use in uses
        )

    def _from_trait(self, bound: Bound, name: str, base: Ty, env: Env) -> Pick:
        """The trait's member as this type has it: the impl's, where a matching impl has one."""
        trait = bound.trait
        declared = trait.members[name]
        params = [generic for generic in trait.generics if generic.kind is Kind.TYPE_PARAM]
        mapping: Mapping = {trait: base, **dict(zip(params, bound.args, strict=False))}
        if self.has_impl(base, trait, env):
            impl = self.only_impl(base, bound, env)
            if impl is not None:
                own = impl.fresh()
                unify(substitute(impl.self_ty, own), base)
                if impl.bound is not None:
                    self._agree(substitute_bound(impl.bound, own).args, bound.args)
                if name in impl.symbol.members:
                    return Pick(impl.symbol.members[name], own, base)
        return Pick(declared, mapping, base)

    def has_impl(self, base: Ty, trait: Symbol, env: Env) -> bool:
        """Whether a type has a trait, if it does, by an impl and not by a bound."""
        if type(base) is Nominal:
            return True
        return type(base) is Param and all(bound.trait is not trait for bound in self.bounds.of(base, env))

    def only_impl(self, base: Ty, bound: Bound, env: Env) -> Impl | None:
        """The impl of a trait for a type, if exactly one fits what is known."""
        chosen: Impl | None = None
        for impl, mapping in self._impls_of(base, bound.trait, env):
            if impl.bound is None:
                continue
            own = substitute_bound(impl.bound, mapping)
            if all(fits(one, other) for one, other in zip(own.args, bound.args, strict=False)):
                if chosen is not None:
                    return None
                chosen = impl
        return chosen
