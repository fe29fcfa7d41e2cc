"""What is known of generic types: bounds of parameters, where clauses, supertraits, associated types' bounds.

Must not know impls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.model import Env, Reader, node_of
from pytest_rustide_load.reference_server.symbols import Kind, Symbol
from pytest_rustide_load.reference_server.ty import (
    Bound,
    Mapping,
    Opaque,
    Param,
    Projection,
    Ty,
    follow,
    same_shape,
    substitute_bound,
)

if TYPE_CHECKING:
    from tree_sitter import Node

    from pytest_rustide_load.reference_server.model import Model

Predicates = list[tuple[Ty, Bound]]


class Bounds:
    """Bounds as declared, remembered in the workspace's memo."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def predicates(self, owner: Symbol) -> Predicates:
        """What an item's generics and where clause demand; for a trait also `Self: Trait`."""
        memo = self.model.workspace.memo_of(owner.file)
        key = ("predicates", owner)
        if key not in memo:
            memo[key] = []
            memo[key] = self._predicates(owner)
        known: Predicates = memo[key]
        return known

    def _predicates(self, owner: Symbol) -> Predicates:
        found: Predicates = []
        env = self.model.declared.env(owner)
        node = node_of(owner)
        if owner.kind is Kind.TRAIT:
            found.append((Param(owner), Bound(owner, self.model.declared.own_params(owner))))
        if node is None or owner.file is None:
            return found
        reader = Reader(owner.file.data)
        if owner.kind is Kind.TRAIT:
            self._add(found, Param(owner), node.child_by_field_name("bounds"), env, reader)
        for generic in owner.generics:
            if generic.kind is Kind.TYPE_PARAM:
                parameter = node_of(generic)
                bounds = parameter.child_by_field_name("bounds") if parameter is not None else None
                self._add(found, Param(generic), bounds, env, reader)
        for child in node.named_children:
            if child.type == "where_clause":
                for predicate in child.named_children:
                    left = predicate.child_by_field_name("left")
                    if left is not None and left.type != "lifetime":
                        ty = self.model.lowering.lower(left, env, reader)
                        self._add(found, ty, predicate.child_by_field_name("bounds"), env, reader)
        return found

    def _add(self, found: Predicates, ty: Ty, bounds: Node | None, env: Env, reader: Reader) -> None:
        for child in bounds.named_children if bounds is not None else ():
            bound = self.model.lowering.bound(child, env, reader)
            if bound is not None:
                found.append((ty, bound))

    def of(self, ty: Ty, env: Env) -> list[Bound]:
        """The bounds of a parameter, projection or opaque type where `env` holds, supertraits included."""
        ty = follow(ty)
        if not self.model.traits.burn():
            return []
        direct: list[Bound] = []
        if isinstance(ty, Opaque):
            direct.extend(ty.bounds)
        elif isinstance(ty, Param | Projection):
            owners = env.owners
            if isinstance(ty, Param):
                home = ty.symbol if ty.symbol.kind is Kind.TRAIT else ty.symbol.parent
                if home is not None and home not in owners:
                    owners = (*owners, home)
            for owner in owners:
                direct.extend(bound for left, bound in self.predicates(owner) if same_type(left, ty))
        if isinstance(ty, Projection):
            direct.extend(self._declared(ty, env))
        found: list[Bound] = []
        for bound in direct:
            for one in self.with_supertraits(bound, ty):
                if not any(one.trait is other.trait and one.bindings == other.bindings for other in found):
                    found.append(one)
        return found

    def with_member(self, ty: Ty, name: str, env: Env) -> Bound | None:
        """The bound of a generic type whose trait declares `name`."""
        if not isinstance(ty, Param | Projection | Opaque):
            return None
        return next((bound for bound in self.of(ty, env) if name in bound.trait.members), None)

    def _declared(self, ty: Projection, env: Env) -> list[Bound]:
        """The bounds in `type Name: Bounds;` of the trait a projection goes through."""
        traits = [ty.bound] if ty.bound is not None else self.of(ty.base, env)
        for through in traits:
            member = through.trait.members.get(ty.name)
            if member is not None and member.kind is Kind.ASSOC_TYPE:
                return [
                    substitute_bound(bound, self._mapping(through, ty.base))
                    for bound in self.of_member(member)
                ]
        return []

    def of_member(self, member: Symbol) -> list[Bound]:
        """The bounds written on a trait's associated type."""
        memo = self.model.workspace.memo_of(member.file)
        key = ("member bounds", member)
        if key not in memo:
            memo[key] = []
            node = node_of(member)
            bounds = node.child_by_field_name("bounds") if node is not None else None
            if bounds is not None and member.file is not None:
                env, reader = self.model.declared.env(member), Reader(member.file.data)
                memo[key] = list(self.model.lowering.bounds_below(bounds, env, reader))
        known: list[Bound] = memo[key]
        return known

    def _mapping(self, bound: Bound, self_ty: Ty) -> Mapping:
        params = [generic for generic in bound.trait.generics if generic.kind is Kind.TYPE_PARAM]
        return {bound.trait: self_ty, **dict(zip(params, bound.args, strict=False))}

    def with_supertraits(
        self, bound: Bound, self_ty: Ty, seen: frozenset[Symbol] = frozenset()
    ) -> list[Bound]:
        """A bound and all that follow from its trait's own bounds."""
        if bound.trait in seen:
            return []
        found = [bound]
        mapping = self._mapping(bound, self_ty)
        for left, upper in self.predicates(bound.trait):
            if isinstance(left, Param) and left.symbol is bound.trait and upper.trait is not bound.trait:
                above = substitute_bound(upper, mapping)
                found.extend(self.with_supertraits(above, self_ty, seen | {bound.trait}))
        return found


def same_type(left: Ty, right: Ty) -> bool:
    """Whether two generic types are the same one."""
    left, right = follow(left), follow(right)
    if isinstance(left, Projection) and isinstance(right, Projection):
        return left.name == right.name and same_type(left.base, right.base)
    return same_shape(left, right)
