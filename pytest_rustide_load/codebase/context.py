"""What a writer of items works with: one file, its scope, and where its symbols go.

Holds things together; decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_rustide_load.codebase.blocks import FileWriter, compile_block
from pytest_rustide_load.codebase.bodies import Body
from pytest_rustide_load.codebase.names import Bits, Namer, sentence
from pytest_rustide_load.codebase.scope import Exports, FileScope
from pytest_rustide_load.codebase.symbols import SymbolKind, SymbolTable

__all__ = ["FileContext", "body_lines", "function_lines"]

# Quantiles of the lengths of functions in real code, which are log-normal.
_FUNCTION_LINES = (
    3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 7,
    8, 8, 8, 9, 9, 9, 9, 10, 10, 10, 11, 11, 11, 12, 12, 12, 13, 13, 14, 14, 14, 15, 15, 16, 16, 17, 17, 18,
    19, 19, 20, 20, 21, 22, 23, 24, 24, 25, 26, 27, 28, 29, 31, 32, 33, 35, 36, 38, 40, 42, 44, 47, 50, 53,
    56, 60, 65, 71, 77, 86, 96, 111, 133, 172, 175,
)  # fmt: skip


def function_lines(bits: Bits, most: int) -> int:
    """How many lines a function takes, from its head to its closing brace; not above `most`."""
    drawn = _FUNCTION_LINES[bits.below(100)]
    return max(3, min(drawn, most))


def body_lines(bits: Bits, most: int) -> int:
    """The same without the head and the brace."""
    return function_lines(bits, most) - 2


@dataclass(slots=True)
class FileContext:
    """`module` is the symbol of the file's module, -1 for a file that is not one; `names` are those of its
    functions and constants."""

    table: SymbolTable
    namer: Namer
    bits: Bits
    out: FileWriter
    scope: FileScope
    exports: Exports
    body: Body
    module: int
    formats: bool = False
    maps: bool = False
    private_chance: int = 50
    consts: set[str] = field(default_factory=set)

    def put(self, text: str, *symbols: int, depth: int = 0) -> None:
        block = compile_block(text, depth)
        self.out.put(block, *symbols[: block.arguments])

    def text(self, content: str) -> int:
        return self.table.text(content)

    def declare(self, kind: SymbolKind, name: str, owner: int = -1, *, public: bool = True) -> int:
        """A new symbol, of the module unless `owner` is another."""
        symbol = self.table.add(kind, name, self.module if owner < 0 else owner)
        if not public:
            self.table.private.add(symbol)
        return symbol

    def doc(self, depth: int = 0, *, chance: int = 60) -> None:
        """A line or more of documentation, mostly."""
        if not self.bits.chance(chance):
            if depth == 0:
                self.put("`@i`// `@c``0`", self.text(sentence(self.bits))) if self.bits.chance(12) else None
            return
        self.put(
            "`@i``@l`/// `@c``0`" if depth == 0 else "`@l`/// `@c``0`",
            self.text(sentence(self.bits)),
            depth=depth,
        )
        if self.bits.chance(60):
            self.put("///\n/// `@c``0`", self.text(sentence(self.bits)), depth=depth)
            for _ in range(self.bits.below(4)):
                self.put("/// `@c``0`", self.text(sentence(self.bits)), depth=depth)

    def public(self) -> bool:
        return not self.bits.chance(self.private_chance)
