"""What a piece of code may name: the items in reach of a file, and the variables of a function.

Symbols are numbers of the symbol table.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Exports", "FileScope", "Function", "Macro", "Trait", "TypeInfo"]


@dataclass(slots=True)
class TypeInfo:
    """A struct or enum, or what a type parameter is bound by.

    `fields` are by the class of their type (num, list, text, flag), `objects` those that are other structs;
    `methods` are by shape. `outside` is the same type as other files see it: public members only.
    """

    symbol: int
    fields: dict[str, list[int]] = field(default_factory=dict)
    objects: list[tuple[int, TypeInfo]] = field(default_factory=list)
    methods: dict[str, list[int]] = field(default_factory=dict)
    new: int = -1
    new_shape: str = ""
    # For an enum: variants without and with one integer.
    units: list[int] = field(default_factory=list)
    tuples: list[int] = field(default_factory=list)
    # In code after the name: the arguments of a generic type.
    arguments: str = ""
    names: set[str] = field(default_factory=set)
    outside: TypeInfo | None = None

    def add_field(self, kind: str, symbol: int, *, public: bool) -> None:
        self.fields.setdefault(kind, []).append(symbol)
        if public:
            self._seen().fields.setdefault(kind, []).append(symbol)

    def add_object(self, symbol: int, info: TypeInfo, *, public: bool) -> None:
        self.objects.append((symbol, info))
        if public:
            self._seen().objects.append((symbol, info.exported()))

    def add_method(self, shape: str, symbol: int, *, public: bool) -> None:
        self.methods.setdefault(shape, []).append(symbol)
        if public:
            self._seen().methods.setdefault(shape, []).append(symbol)

    def set_new(self, symbol: int, shape: str, *, public: bool) -> None:
        self.new, self.new_shape = symbol, shape
        if public:
            self._seen().new, self._seen().new_shape = symbol, shape

    def exported(self) -> TypeInfo:
        """The type as other files see it."""
        return self._seen()

    def _seen(self) -> TypeInfo:
        if self.outside is None:
            self.outside = TypeInfo(
                self.symbol, arguments=self.arguments, units=self.units, tuples=self.tuples
            )
            self.outside.outside = self.outside
        return self.outside


@dataclass(frozen=True, slots=True)
class Function:
    """A free function; `takes` is the type of its first parameter where that is a struct or an enum, and the
    bound of its type parameter where it has one."""

    symbol: int
    shape: str
    takes: int = -1


@dataclass(slots=True)
class Trait:
    """`methods` are (&self, u64) -> u64, required ones first; `implementers` pairs of a type and, for each of
    `methods`, the symbol that a call on the type resolves to."""

    symbol: int
    required: list[int] = field(default_factory=list)
    provided: list[int] = field(default_factory=list)
    constant: int = -1
    output: int = -1


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro of the file, from `arguments` expressions to an integer."""

    symbol: int
    arguments: int


@dataclass(slots=True)
class Exports:
    """The public items of a module that others may import, and the way there: symbols of the modules from
    the crate's root down. `reexported` are those the crate's root names as well. `number` counts modules."""

    number: int
    crate: int
    path: tuple[int, ...]
    reexported: set[int] = field(default_factory=set)
    structs: list[TypeInfo] = field(default_factory=list)
    enums: list[TypeInfo] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    consts: list[int] = field(default_factory=list)
    traits: list[Trait] = field(default_factory=list)
    # (type, trait, symbol its calls resolve to) of what implements a trait
    implementations: list[tuple[TypeInfo, Trait, list[int]]] = field(default_factory=list)


@dataclass(slots=True)
class FileScope:
    """What a file can name without a path, imported or its own."""

    structs: list[TypeInfo] = field(default_factory=list)
    enums: list[TypeInfo] = field(default_factory=list)
    functions: dict[str, list[Function]] = field(default_factory=dict)
    consts: list[int] = field(default_factory=list)
    traits: list[Trait] = field(default_factory=list)
    implementations: list[tuple[TypeInfo, Trait, list[int]]] = field(default_factory=list)
    macros: list[Macro] = field(default_factory=list)
    error: TypeInfo | None = None
    # Names of values and of macros in use; types are unique in the whole codebase.
    names: set[str] = field(default_factory=set)

    def add_function(self, function: Function) -> None:
        self.functions.setdefault(function.shape, []).append(function)
