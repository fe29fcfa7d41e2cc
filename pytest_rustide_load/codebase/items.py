"""What the generator has declared so far, so that later code can use it.

Symbols are numbers of the oracle.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Const", "Enum", "Function", "Module", "Struct"]


@dataclass(frozen=True, slots=True)
class Const:
    symbol: int


@dataclass(frozen=True, slots=True)
class Enum:
    symbol: int
    variants: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A free function from `parameters` integers to an integer."""

    symbol: int
    parameters: int


@dataclass(slots=True)
class Struct:
    """`fields` are pairs of a symbol and the struct that is its type, None for an integer. Methods take
    `&self` and an integer and give an integer; the constructor takes an integer."""

    symbol: int
    constructor: int = -1
    fields: list[tuple[int, Struct | None]] = field(default_factory=list)
    methods: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Module:
    """A module and its public items; also serves as a scope: the items in reach of a piece of code."""

    crate: str
    name: str
    structs: list[Struct] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    enums: list[Enum] = field(default_factory=list)
    consts: list[Const] = field(default_factory=list)
