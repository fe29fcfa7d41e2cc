"""What the right answers are: every symbol's definition, uses, signature and members.

Filled while the code is written, symbol by symbol, so nothing is ever searched for in the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pytest_rustide_load.codebase.places import DocumentSymbol, EditSite, Landmark, Location

__all__ = ["Oracle", "OracleBuilder", "Symbol"]


@dataclass(slots=True)
class Symbol:
    """`hover` are texts a right hover contains. `owner` is the type whose member it is, for symbols
    that are accessed with a dot; such a type knows its `fields` and `methods`."""

    name: str
    hover: tuple[str, ...]
    owner: int | None = None
    declaration: Location | None = None
    uses: list[Location] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)


class OracleBuilder:
    """Collects what is declared and used; `finish` makes the oracle."""

    def __init__(self) -> None:
        self.symbols: list[Symbol] = []
        self.landmarks: list[Landmark] = []
        self.outlines: dict[str, list[DocumentSymbol]] = {}
        self.sites: dict[str, list[EditSite]] = {}

    def symbol(self, name: str, *hover: str) -> int:
        """A new symbol that is not declared yet; returns its number."""
        self.symbols.append(Symbol(name, hover))
        return len(self.symbols) - 1

    def field(self, owner: int, name: str, *hover: str) -> int:
        """A new field of the type `owner`."""
        self.symbols.append(Symbol(name, hover, owner))
        self.symbols[owner].fields.append(name)
        return len(self.symbols) - 1

    def method(self, owner: int, name: str, *hover: str) -> int:
        """A new method of the type `owner`."""
        self.symbols.append(Symbol(name, hover, owner))
        self.symbols[owner].methods.append(name)
        return len(self.symbols) - 1

    def finish(self) -> Oracle:
        return Oracle(self)


class Oracle:
    """The right answers about one codebase."""

    def __init__(self, built: OracleBuilder) -> None:
        self._symbols = built.symbols
        self._outlines = built.outlines
        self._sites = built.sites
        self._by_path: dict[str, list[Landmark]] = {}
        for landmark in built.landmarks:
            self._by_path.setdefault(landmark.path, []).append(landmark)
        self._all = tuple(landmark for path in sorted(self._by_path) for landmark in self._by_path[path])

    @property
    def symbol_count(self) -> int:
        return len(self._symbols)

    def landmarks(self, *, kind: str | None = None, path: str | None = None) -> Sequence[Landmark]:
        """The uses of symbols, by file and place; of one kind or in one file where asked for."""
        found: Sequence[Landmark] = self._all if path is None else self._by_path.get(path, [])
        return found if kind is None else [landmark for landmark in found if landmark.kind == kind]

    def askable(self, operation: str, path: str) -> Sequence[Landmark]:
        """The landmarks of a file at which `operation` makes sense: all of them, but for completion only
        those of members, after a value."""
        found = self.landmarks(path=path)
        if operation != "completion":
            return found
        return [landmark for landmark in found if self.completions(landmark)]

    def declaration(self, landmark: Landmark) -> Location:
        """The name of the symbol where it is declared."""
        place = self._symbols[landmark.symbol].declaration
        if place is None:
            raise ValueError(f"symbol {landmark.symbol} has no declaration")
        return place

    def definition(self, landmark: Landmark) -> tuple[Location, ...]:
        """The places `textDocument/definition` must name, all of them and no other."""
        return (self.declaration(landmark),)

    def references(self, landmark: Landmark) -> tuple[Location, ...]:
        """All uses of the symbol without its declaration, sorted."""
        return tuple(sorted(self._symbols[landmark.symbol].uses))

    def hover(self, landmark: Landmark) -> tuple[str, ...]:
        """Texts a right hover contains."""
        return self._symbols[landmark.symbol].hover

    def completions(self, landmark: Landmark) -> tuple[str, ...]:
        """Names that must be offered when completing where the landmark begins; empty where it is not the
        member of a value. Where a call follows, only methods must be: a field cannot be meant."""
        owner = self._symbols[landmark.symbol].owner
        if owner is None or landmark.kind not in ("field", "method_call"):
            return ()
        fields = self._symbols[owner].fields if landmark.kind == "field" else []
        return (*fields, *self._symbols[owner].methods)

    def document_symbols(self, path: str) -> tuple[DocumentSymbol, ...]:
        """The outline of a file, in the order of the text."""
        return tuple(self._outlines.get(path, ()))

    def workspace_symbols(self, name: str) -> tuple[Location, ...]:
        """Where the items called `name` are declared."""
        return tuple(
            sorted(
                symbol.declaration
                for symbol in self._symbols
                if symbol.name == name and symbol.declaration is not None
            )
        )

    def edit_sites(self, path: str) -> tuple[EditSite, ...]:
        """Lines before which a line of comment may be inserted."""
        return tuple(self._sites.get(path, ()))
