"""Bodies of functions: statements of the catalogue, filled with what is in reach.

A body is as long as it is asked to be, to within a few lines, and its value is of the class asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_rustide_load.codebase.blocks import FileWriter, compile_block
from pytest_rustide_load.codebase.names import Bits, comment, literal, local_name
from pytest_rustide_load.codebase.pieces import Piece
from pytest_rustide_load.codebase.scope import FileScope, TypeInfo
from pytest_rustide_load.codebase.statements import fallbacks, opening, results, statements
from pytest_rustide_load.codebase.symbols import SymbolKind, SymbolTable

__all__ = ["Body"]

_TRIES = 10
_MAX_DEPTH = 5
# Classes a variable belongs to besides its own.
_ALSO = {"mnum": "num", "mobj": "obj", "mlist": "list", "mstring": "string"}
# What may not be changed inside of a loop or a condition: the loop may be walking it.
_HELD = ("mlist", "mobj", "mstring", "map")
_COMMENT = "`@s`// `@c``0`"


class Body:
    """Writes one body at a time: `begin`, `variable` for each parameter, `write`."""

    def __init__(self, table: SymbolTable, bits: Bits, out: FileWriter, scope: FileScope) -> None:
        self._table = table
        self._bits = bits
        self._out = out
        self._scope = scope
        self._maps = False
        self.begin("unit")

    def begin(
        self,
        result: str,
        *,
        receiver: TypeInfo | None = None,
        mutable: bool = False,
        asynchronous: bool = False,
        maps: bool = False,
    ) -> None:
        """A function of this result, in a method of `receiver`, which it may change if `mutable`."""
        self._result = result
        self._receiver = receiver
        self._mutable = mutable
        self._nested = 0
        self._vars: dict[str, list[int]] = {}
        self._info: dict[int, TypeInfo] = {}
        self._pair: dict[int, tuple[int, list[int]]] = {}
        self.taken: set[str] = set()
        self._choices = statements(result, asynchronous=asynchronous, maps=maps)

    def fresh(self) -> int:
        """A new local symbol that is in no class yet."""
        return self._table.add(SymbolKind.LOCAL, local_name(self._bits, self.taken, self._scope.names))

    def variable(self, symbol: int, kind: str, info: TypeInfo | None = None) -> None:
        """`symbol` is a variable of class `kind` from here on, of type `info` where it is an object."""
        self._vars.setdefault(kind, []).append(symbol)
        also = _ALSO.get(kind)
        if also is not None:
            self._vars.setdefault(also, []).append(symbol)
        if info is not None:
            self._info[symbol] = info

    def write(self, depth: int, lines: int) -> None:
        """The body in about `lines` lines, its value included."""
        if lines > 4 and "mnum" not in self._vars:
            self._put(opening(), depth, 0)
            lines -= 1
        if lines > 1:
            self._statements(depth, lines - 1)
        self._end(depth)

    # -- statements

    def _statements(self, depth: int, lines: int) -> None:
        bits, out = self._bits, self._out
        end = out.line + lines
        first = out.line
        while out.line < end:
            left = end - out.line
            drawn = bits.below(100)
            if drawn < 7 and left > 1:
                out.put(compile_block(_COMMENT, depth), self._table.text(comment(bits)))
                left -= 1
            elif drawn < 14 and left > 2 and out.line > first:
                out.put(compile_block(""))
                left -= 1
            self._statement(depth, left)

    def _statement(self, depth: int, left: int) -> None:
        choices = self._choices
        for _ in range(_TRIES):
            piece = choices[self._bits.below(len(choices))]
            if piece.lines + len(piece.nested) > left + 1 or (piece.nested and depth >= _MAX_DEPTH):
                continue
            if self._put(piece, depth, left - piece.lines):
                return
        *changing, last = fallbacks()
        if not self._put(changing[self._bits.below(len(changing))], depth, 0):
            self._put(last, depth, 0)

    def _end(self, depth: int) -> None:
        choices = results(self._result)
        if self._result == "unit" and self._bits.chance(30):
            return
        for _ in range(_TRIES):
            if self._put(choices[self._bits.below(len(choices))], depth, 0):
                return
        # Of every result but none at all the first needs nothing that could be out of reach.
        self._put(choices[0], depth, 0)

    def _put(self, piece: Piece, depth: int, room: int) -> bool:
        """Write `piece` if everything it needs is in reach."""
        symbols = [-1] * piece.arguments
        for binder in piece.binders:
            pick = _PICKS.get(binder.kind)
            found = pick(self, symbols[binder.of]) if pick else self._pick_function(binder.kind)
            if found < 0:
                return False
            symbols[binder.index] = found
        inside = []
        for new in piece.declared:
            symbol = symbols[new.index] = self.fresh()
            info = self._info.get(symbols[new.of]) if new.of >= 0 else None
            if new.inside:
                inside.append((symbol, new.kind, info))
            elif info is not None:
                self._info[symbol] = info
        chunks = piece.chunks
        self._out.put(chunks[0].at(depth), *[symbols[argument] for argument in chunks[0].arguments])
        for deeper, chunk in zip(piece.nested, chunks[1:], strict=True):
            self._inside(depth + deeper, room // len(piece.nested), inside)
            self._out.put(chunk.at(depth), *[symbols[argument] for argument in chunk.arguments])
        for new in piece.declared:
            if not new.inside and new.kind != "_":
                self.variable(symbols[new.index], new.kind)
        return True

    def _inside(self, depth: int, room: int, variables: list[tuple[int, str, TypeInfo | None]]) -> None:
        """Statements in braces: what they declare is forgotten after them."""
        outer = self._vars
        self._vars = {kind: list(symbols) for kind, symbols in outer.items() if kind not in _HELD}
        for symbol, kind, info in variables:
            self.variable(symbol, kind, info)
        self._nested += 1
        most = (1, 1, 2, 2, 3, 4, 6, 9, 14)[self._bits.below(9)]
        self._statements(depth, max(1, min(room, most)))
        self._nested -= 1
        self._vars = outer

    # -- what a gap may hold; -1 for nothing

    def _recent(self, kind: str) -> int:
        found = self._vars.get(kind)
        if not found:
            return -1
        size = len(found)
        return found[size - 1 - self._bits.below(size if size < 7 else 7)]

    def _of(self, sequence: Sequence[int] | None) -> int:
        return sequence[self._bits.below(len(sequence))] if sequence else -1

    def _pick_function(self, kind: str) -> int:
        functions = self._scope.functions.get(kind.removeprefix("fn."))
        return functions[self._bits.below(len(functions))].symbol if functions else -1

    def _num_or_const(self, _of: int) -> int:
        consts = self._scope.consts
        if consts and self._bits.chance(55):
            return consts[self._bits.below(len(consts))]
        return self._number(_of)

    def _num(self, _of: int) -> int:
        found = self._recent("num")
        # With its type: methods may follow.
        return found if found >= 0 else self._table.text(f"{self._bits.below(240) + 3}u64")

    def _number(self, _of: int) -> int:
        return self._table.text(str(self._bits.below(240) + 3))

    def _small(self, _of: int) -> int:
        return self._table.text(str(self._bits.below(8) + 2))

    def _phrase(self, _of: int) -> int:
        return self._table.text(literal(self._bits))

    def _type(self, infos: Sequence[TypeInfo]) -> int:
        if not infos:
            return -1
        # Near things are used more than far ones.
        size = len(infos)
        info = infos[size - 1 - self._bits.below(size if self._bits.chance(50) else min(size, 6))]
        self._info[info.symbol] = info
        return info.symbol

    def _type_of(self, of: int) -> int:
        info = self._info[of]
        self._info[info.symbol] = info
        return info.symbol

    def _struct(self, _of: int) -> int:
        return self._type(self._scope.structs)

    def _enum(self, _of: int) -> int:
        return self._type(self._scope.enums)

    def _error(self, _of: int) -> int:
        error = self._scope.error
        if error is None:
            return -1
        self._info[error.symbol] = error
        return error.symbol

    def _implementing_type(self, _of: int) -> int:
        pairs = self._scope.implementations
        if not pairs:
            return -1
        info, trait, methods = pairs[self._bits.below(len(pairs))]
        self._info[info.symbol] = info
        self._pair[info.symbol] = (trait.symbol, methods)
        return info.symbol

    def _generic_function(self, of: int) -> int:
        trait = self._pair[of][0]
        return self._of([one.symbol for one in self._scope.functions.get("gen1", ()) if one.takes == trait])

    def _function_of(self, of: int, shape: str) -> int:
        """A function that takes what `of` is."""
        known = self._info[of].symbol
        return self._of([one.symbol for one in self._scope.functions.get(shape, ()) if one.takes == known])

    def _implementing_object(self, _of: int) -> int:
        objects = self._vars.get("obj")
        if not objects:
            return -1
        for symbol in reversed(objects):
            known = self._info[symbol].symbol
            for info, trait, methods in self._scope.implementations:
                if info.symbol == known:
                    self._pair[symbol] = (trait.symbol, methods)
                    return symbol
        return -1

    def _trait_method(self, of: int) -> int:
        return self._of(self._pair[of][1])

    def _new(self, of: int, shape: str) -> int:
        info = self._info[of]
        return info.new if info.new_shape == shape else -1

    def _unit(self, of: int, nth: int) -> int:
        """Variants of their own for a first and a second gap."""
        units = self._info[of].units
        if nth >= len(units):
            return -1
        half = len(units) // 2
        return (
            units[self._bits.below(half or 1)]
            if nth == 0
            else units[half + self._bits.below(len(units) - half)]
        )

    def _own(self, kind: str, *, change: bool = False) -> int:
        if self._receiver is None or (change and not self._mutable):
            return -1
        if change and self._nested and kind != "num":
            return -1
        return self._of(self._receiver.fields.get(kind))

    def _own_method(self, shape: str, *, change: bool = False) -> int:
        if self._receiver is None or (change and (not self._mutable or self._nested)):
            return -1
        return self._of(self._receiver.methods.get(shape))

    def _own_object(self, _of: int) -> int:
        if self._receiver is None or not self._receiver.objects:
            return -1
        symbol, info = self._receiver.objects[self._bits.below(len(self._receiver.objects))]
        self._info[symbol] = info
        return symbol


_Pick = Callable[[Body, int], int]
_VARIABLES = (
    *("mnum", "idx", "flag", "str", "string", "mstring", "list", "mlist", "opt", "map", "closure"),
    *("obj", "mobj", "objs", "eobj"),
)


def _picks_variable(kind: str) -> _Pick:
    return lambda body, _of: body._recent(kind)


def _picks_own(kind: str, *, change: bool) -> _Pick:
    return lambda body, _of: body._own(kind, change=change)


def _picks_field(kind: str) -> _Pick:
    return lambda body, of: body._of(body._info[of].fields.get(kind))


def _picks_method(shape: str) -> _Pick:
    return lambda body, of: body._of(body._info[of].methods.get(shape))


def _picks() -> dict[str, _Pick]:
    """How each class of gap is filled: of the body, and of what the gap belongs to."""
    picks: dict[str, _Pick] = {
        "num": Body._num,
        "knum": Body._num_or_const,
        "lit": Body._number,
        "lit1": Body._small,
        "txt": Body._phrase,
        "struct": Body._struct,
        "enum": Body._enum,
        "error": Body._error,
        "impltype": Body._implementing_type,
        "implobj": Body._implementing_object,
        "gen": Body._generic_function,
        "trait": Body._trait_method,
        "obj1": lambda body, of: body._function_of(of, "obj1"),
        "enum1": lambda body, of: body._function_of(of, "enum1"),
        "type": Body._type_of,
        "new1": lambda body, of: body._new(of, "new1"),
        "new2": lambda body, of: body._new(of, "new2"),
        "unit0": lambda body, of: body._unit(of, 0),
        "unit1": lambda body, of: body._unit(of, 1),
        "tuple0": lambda body, of: body._of(body._info[of].tuples),
        "self.fobj": Body._own_object,
        "self.num1": lambda body, _of: body._own_method("num1"),
        "self.res1": lambda body, _of: body._own_method("res1"),
        "self.wset1": lambda body, _of: body._own_method("set1", change=True),
        "macro1": lambda body, _of: body._of(
            [one.symbol for one in body._scope.macros if one.arguments == 1]
        ),
        "macro2": lambda body, _of: body._of(
            [one.symbol for one in body._scope.macros if one.arguments == 2]
        ),
    }
    for kind in _VARIABLES:
        picks[kind] = _picks_variable(kind)
    for kind in ("num", "flag", "list"):
        picks[f"self.f{kind}"] = _picks_own(kind, change=False)
        picks[f"self.w{kind}"] = _picks_own(kind, change=True)
        picks[f"f{kind}"] = _picks_field(kind)
    for shape in (
        "num1",
        "num0",
        "set1",
        "flag1",
        "opt1",
        "map1",
        "peer1",
        "self1",
        "text0",
        "list0",
        "res1",
    ):
        picks[shape] = _picks_method(shape)
    return picks


_PICKS = _picks()
