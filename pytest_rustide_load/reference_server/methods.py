"""Which method a call picks, and what a type dereferences to on the way.

Must not know bodies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.symbols import Kind
from pytest_rustide_load.reference_server.ty import Bound, Nominal, Opaque, Projection, Ty, Var

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_rustide_load.reference_server.model import Env, Model
    from pytest_rustide_load.reference_server.traits import Pick


class Methods:
    """Method lookup over one workspace."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def derefs(self, ty: Ty, env: Env) -> Iterator[Ty]:
        """The type and what it dereferences to, step by step; an array ends as a slice."""
        for _ in range(10):
            ty = self.model.traits.resolve(ty, env)
            yield ty
            if type(ty) is Nominal and ty.symbol.kind is Kind.PRIMITIVE and ty.symbol.name in {"&", "*"}:
                ty = ty.args[0]
                continue
            deref = self.model.library("ops", "Deref")
            if type(ty) is Nominal and ty.symbol.name == "[;]":
                yield self.model.primitive("[]", ty.args[0])
                return
            if deref is None or type(ty) in {Var, Opaque} or not self.model.traits.implements(ty, deref, env):
                return
            inner = self.model.traits.project(Projection(ty, Bound(deref), "Target"), env)
            if type(inner) is Projection:
                return
            ty = inner

    def method(self, receiver: Ty, name: str, env: Env) -> Pick | None:
        """The method a call picks, in Rust's order: by value before by reference, own impls before traits."""
        for step in self.derefs(receiver, env):
            inner = step
            if type(step) is Nominal and step.symbol.name == "&" and step.symbol.kind is Kind.PRIMITIVE:
                inner = self.model.traits.resolve(step.args[0], env)
            for base, by_reference in ((step, False), (inner, True), (step, True)):
                if by_reference and base is step and inner is step and base is not inner:
                    continue
                pick = self._probe(base, name, by_reference, env)
                if pick is not None:
                    return pick
        return None

    def _probe(self, base: Ty, name: str, by_reference: bool, env: Env) -> Pick | None:
        for pick in (self.model.traits.inherent(base, name), self.model.traits.from_traits(base, name, env)):
            if pick is None or pick.symbol.kind is not Kind.FUNCTION:
                continue
            receiver = self.model.declared.signature(pick.symbol).receiver
            if receiver is None:
                continue
            referenced = isinstance(receiver, Nominal) and receiver.symbol.kind is Kind.PRIMITIVE
            if (referenced and isinstance(receiver, Nominal) and receiver.symbol.name == "&") == by_reference:
                return pick
        return None
