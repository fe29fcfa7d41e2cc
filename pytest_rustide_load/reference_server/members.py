"""What a type offers: fields and methods after a dot, associated items after `::`.

Must not know where it is asked from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.show import type_text
from pytest_rustide_load.reference_server.symbols import Kind, Symbol
from pytest_rustide_load.reference_server.ty import Mapping, Nominal, Qualified, Ty, Var, fits, substitute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_rustide_load.reference_server.model import Env, Model


def members_of(model: Model, receiver: Ty, env: Env) -> list[tuple[Symbol, str]]:
    """Fields with their types and methods, those of the type itself before those it dereferences to."""
    found: dict[str, tuple[Symbol, str]] = {}
    for step in model.methods.derefs(receiver, env):
        if isinstance(step, Nominal):
            params = [one for one in step.symbol.generics if one.kind is Kind.TYPE_PARAM]
            mapping: Mapping = dict(zip(params, step.args, strict=False))
            for field in step.symbol.children:
                if field.kind is Kind.FIELD:
                    ty = substitute(model.declared.type_of(field), mapping)
                    found.setdefault(field.name, (field, type_text(ty)))
        for symbol in _functions(model, step, env):
            if symbol.kind is Kind.FUNCTION and model.declared.signature(symbol).receiver is not None:
                found.setdefault(symbol.name, (symbol, ""))
    return list(found.values())


def associated_of(model: Model, ty: Ty, env: Env) -> list[Symbol]:
    """Variants, associated functions, constants and types of a type, or of a trait as `<_ as Trait>`."""
    found: dict[str, Symbol] = {}
    base = model.traits.resolve(ty.base if isinstance(ty, Qualified) else ty, env)
    if isinstance(ty, Qualified):
        for one in model.traits.bounds.with_supertraits(ty.bound, base):
            found.update({name: member for name, member in one.trait.members.items() if name not in found})
    if isinstance(base, Nominal):
        for member in base.symbol.children:
            if member.kind is Kind.VARIANT:
                found.setdefault(member.name, member)
    for symbol in _functions(model, base, env):
        found.setdefault(symbol.name, symbol)
    return list(found.values())


def _functions(model: Model, ty: Ty, env: Env) -> Iterator[Symbol]:
    """The associated items of a type's own impls, then of its traits."""
    index = model.traits.index
    if isinstance(ty, Nominal):
        for impl in index.of_type(ty.symbol):
            if not fits(substitute(impl.self_ty, impl.fresh()), ty):
                continue
            if impl.bound is None:
                yield from impl.symbol.children
            elif model.traits.implements(ty, impl.bound.trait, env):
                yield from impl.symbol.children
                yield from impl.bound.trait.children
        for name in ty.symbol.derives:
            yield from _derived(model, name)
    elif not isinstance(ty, Var):
        for bound in model.traits.bounds.of(ty, env):
            yield from bound.trait.children
    for trait in index.blanket_traits():
        if model.traits.implements(ty, trait, env):
            yield from trait.children


def _derived(model: Model, name: str) -> list[Symbol]:
    for module in ("clone", "cmp", "default", "hash", "fmt"):
        trait = model.library(module, name)
        if trait is not None:
            return trait.children
    return []


def derived_from(model: Model, symbol: Symbol) -> Symbol | None:
    """The trait's declaration of a derived method."""
    traits = symbol.parent.derived if symbol.parent is not None else {}
    trait = next((name for name, derived in traits.items() if derived is symbol), "")
    return next((child for child in _derived(model, trait) if child.name == symbol.name), None)
