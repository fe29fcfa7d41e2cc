"""Types as values, and unification.

A type is `Nominal` (structs, enums, primitives, references, tuples, functions…: a symbol and arguments), a
generic `Param`, an inference variable `Var`, a `Projection` (`<T as Trait>::Name`) or an `Opaque` (`impl` or
`dyn Trait`). Must not know syntax, scopes or impls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_rustide_load.reference_server.symbols import Symbol


class Ty:
    """Any type."""

    __slots__ = ()


class Nominal(Ty):
    __slots__ = ("args", "symbol")

    def __init__(self, symbol: Symbol, args: tuple[Ty, ...] = ()) -> None:
        self.symbol = symbol
        self.args = args


class Param(Ty):
    """A generic parameter, or a trait's `Self` (then `symbol` is the trait)."""

    __slots__ = ("symbol",)

    def __init__(self, symbol: Symbol) -> None:
        self.symbol = symbol


class Var(Ty):
    """Not known yet. `literal` is "int" or "float" for the type of an unsuffixed number."""

    __slots__ = ("bound", "literal")

    def __init__(self, literal: str = "") -> None:
        self.bound: Ty | None = None
        self.literal = literal


class Projection(Ty):
    """`<base as trait>::name`; without a trait it is `base::name`."""

    __slots__ = ("base", "bound", "name")

    def __init__(self, base: Ty, bound: Bound | None, name: str) -> None:
        self.base = base
        self.bound = bound
        self.name = name


class Opaque(Ty):
    """`impl A + B` or, if `dynamic`, `dyn A + B`."""

    __slots__ = ("bounds", "dynamic")

    def __init__(self, bounds: tuple[Bound, ...], *, dynamic: bool = False) -> None:
        self.bounds = bounds
        self.dynamic = dynamic


UNKNOWN = Opaque(())


class Bound:
    """`Trait<args, name = type>`. For Fn traits `args` is one tuple type and Output stands in `bindings`."""

    __slots__ = ("args", "bindings", "trait")

    def __init__(
        self, trait: Symbol, args: tuple[Ty, ...] = (), bindings: tuple[tuple[str, Ty], ...] = ()
    ) -> None:
        self.trait = trait
        self.args = args
        self.bindings = bindings


class Qualified(Ty):
    """`<base as Trait>`: a type seen through one trait. Lives only between a path's segments."""

    __slots__ = ("base", "bound")

    def __init__(self, base: Ty, bound: Bound) -> None:
        self.base = base
        self.bound = bound


UNKNOWN_TEXT = "_"
Mapping = dict["Symbol", Ty]


def follow(ty: Ty) -> Ty:
    """The type behind bound variables."""
    while type(ty) is Var and ty.bound is not None:
        ty = ty.bound
    return ty


def substitute(ty: Ty, mapping: Mapping) -> Ty:
    """`ty` with its parameters replaced."""
    if not mapping:
        return ty
    ty = follow(ty)
    if type(ty) is Param:
        return mapping.get(ty.symbol, ty)
    if type(ty) is Nominal:
        return Nominal(ty.symbol, tuple(substitute(arg, mapping) for arg in ty.args)) if ty.args else ty
    if type(ty) is Projection:
        bound = substitute_bound(ty.bound, mapping) if ty.bound is not None else None
        return Projection(substitute(ty.base, mapping), bound, ty.name)
    if type(ty) is Opaque:
        return Opaque(tuple(substitute_bound(bound, mapping) for bound in ty.bounds), dynamic=ty.dynamic)
    return ty


def substitute_bound(bound: Bound, mapping: Mapping) -> Bound:
    if not bound.args and not bound.bindings:
        return bound
    return Bound(
        bound.trait,
        tuple(substitute(arg, mapping) for arg in bound.args),
        tuple((name, substitute(ty, mapping)) for name, ty in bound.bindings),
    )


def unify(left: Ty, right: Ty, trail: list[Var] | None = None) -> bool:  # noqa: PLR0911  one return a case
    """Makes two types equal by binding variables, as far as it goes; False when they cannot be.

    Variables bound are put on `trail`, so that a trial can be undone (`undo`).
    """
    left, right = follow(left), follow(right)
    if left is right:
        return True
    if type(left) is Var:
        return _bind(left, right, trail)
    if type(right) is Var:
        return _bind(right, left, trail)
    if type(left) is Nominal and type(right) is Nominal:
        if left.symbol is not right.symbol or len(left.args) != len(right.args):
            return False
        good = True
        for one, other in zip(left.args, right.args, strict=True):
            good = unify(one, other, trail) and good
        return good
    if type(left) is Param and type(right) is Param:
        return left.symbol is right.symbol
    # An unresolved projection or opaque type is taken to fit.
    return type(left) in {Projection, Opaque} or type(right) in {Projection, Opaque}


def _bind(var: Var, ty: Ty, trail: list[Var] | None) -> bool:
    if type(ty) is Var:
        if var.literal and not ty.literal:
            var, ty = ty, var
        elif var.literal and ty.literal and var.literal != ty.literal:
            return False
    elif (var.literal and not _numeric(ty, var.literal)) or _occurs(var, ty):
        return False
    var.bound = ty
    if trail is not None:
        trail.append(var)
    return True


def _numeric(ty: Ty, literal: str) -> bool:
    if type(ty) is not Nominal:
        return type(ty) is not Param
    name = ty.symbol.name
    if literal == "float":
        return name in {"f32", "f64"}
    return not ty.args and name[:1] in {"i", "u"} and (name[1:].isdigit() or name[1:] == "size")


def _occurs(var: Var, ty: Ty) -> bool:
    if type(ty) is Nominal:
        return any(follow(arg) is var or _occurs(var, follow(arg)) for arg in ty.args)
    return type(ty) is Projection and (follow(ty.base) is var or _occurs(var, follow(ty.base)))


def undo(trail: Iterable[Var]) -> None:
    """Frees the variables of a trial."""
    for var in trail:
        var.bound = None


def fits(left: Ty, right: Ty) -> bool:
    """Whether two types could be equal; binds nothing."""
    trail: list[Var] = []
    good = unify(left, right, trail)
    undo(trail)
    return good


def same_shape(left: Ty, right: Ty) -> bool:
    """Whether two types are equal as far as they are known, binding nothing."""
    left, right = follow(left), follow(right)
    if type(left) is Nominal and type(right) is Nominal:
        return (
            left.symbol is right.symbol
            and len(left.args) == len(right.args)
            and all(same_shape(one, other) for one, other in zip(left.args, right.args, strict=True))
        )
    if type(left) is Param and type(right) is Param:
        return left.symbol is right.symbol
    return left is right
