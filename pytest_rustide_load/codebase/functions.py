"""Free functions of every shape: plain, fallible, generic, const, async and unsafe ones, and those of tests.

A shape says what a caller has to hand over and what it gets; `statements` calls them by it.
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_rustide_load.codebase.context import FileContext, body_lines
from pytest_rustide_load.codebase.scope import Function, Trait, TypeInfo
from pytest_rustide_load.codebase.symbols import SymbolKind

__all__ = ["trait_bound", "write_function", "write_test"]


@dataclass(frozen=True, slots=True)
class _Shape:
    """`head` has the function as argument 0 and its parameters, of these classes, from 1 on."""

    head: str
    parameters: tuple[str, ...]
    result: str


_SHAPES = {
    "num1": _Shape("fn `+0`(`@g``+1`: u64) -> u64 {", ("num",), "num"),
    "num2": _Shape("fn `+0`(`@g``+1`: u64, `+2`: u64) -> u64 {", ("num", "num"), "num"),
    "num3": _Shape(
        "fn `+0`(\n    `@g``+1`: u64,\n    `+2`: u64,\n    `+3`: u64,\n) -> u64 {",
        ("num", "num", "num"),
        "num",
    ),
    "unit1": _Shape("fn `+0`(`@g``+1`: u64) {", ("num",), "unit"),
    "opt1": _Shape("fn `+0`(`@g``+1`: u64) -> Option<u64> {", ("num",), "opt"),
    "res1": _Shape("fn `+0`(`@g``+1`: u64) -> Result<u64, `2`> {", ("num",), "res"),
    "flag1": _Shape("fn `+0`(`@g``+1`: u64) -> bool {", ("num",), "flag"),
    "text1": _Shape("fn `+0`(`@g``+1`: u64) -> String {", ("num",), "text"),
    "list1": _Shape("fn `+0`(`@g``+1`: u64) -> Vec<u64> {", ("num",), "list"),
    "slice1": _Shape("fn `+0`(`@g``+1`: &[u64]) -> u64 {", ("list",), "num"),
    "unsafe1": _Shape("unsafe fn `+0`(`@g``+1`: u64) -> u64 {", ("num",), "num"),
    "async1": _Shape("async fn `+0`(`@g``+1`: u64) -> u64 {", ("num",), "num"),
    "apply1": _Shape(
        "fn `+0`<F: Fn(u64) -> u64>(`@g``+1`: u64, `+2`: F) -> u64 {", ("num", "closure"), "num"
    ),
    "view1": _Shape(
        "fn `+0`<'a>(`@g``+1`: &'a [u64], `+2`: &'a str) -> &'a str {", ("list", "str"), "strref"
    ),
}
_DRAWN = (
    *["num1"] * 6, *["num2"] * 5, *["num3"] * 5, *["unit1"] * 7, *["opt1"] * 6, *["res1"] * 18,
    *["flag1"] * 5, *["text1"] * 4, *["list1"] * 4, *["slice1"] * 5, *["unsafe1"], *["async1"] * 2,
    *["apply1"] * 3, *["view1"] * 4, *["gen1"] * 6, *["const1"] * 2, *["obj1"] * 12, *["enum1"] * 5,
)  # fmt: skip
_GENERIC_HEADS = (
    "fn `+0`<T: `1`>(`@g``+2`: &T, `+3`: u64) -> u64 {",
    "fn `+0`<T>(`@g``+2`: &T, `+3`: u64) -> u64\nwhere\n    T: `1`,\n{",
    "fn `+0`(`@g``+2`: &impl `1`, `+3`: u64) -> u64 {",
)
_DYNAMIC_HEAD = "fn `+0`(`@g``+2`: &dyn `1`, `+3`: u64) -> u64 {"


def trait_bound(trait: Trait) -> TypeInfo:
    """What is known of a type of which only the trait is."""
    info = TypeInfo(trait.symbol)
    info.methods["num1"] = [*trait.required, *trait.provided]
    return info


def write_function(context: FileContext, most: int, *, helper: bool = False) -> None:
    """A function of at most about `most` lines; a helper of tests or examples is never public."""
    bits = context.bits
    shape = _DRAWN[bits.below(len(_DRAWN))]
    if shape == "gen1" and not context.scope.traits:
        shape = "num2"
    if shape == "res1" and context.scope.error is None:
        shape = "opt1"
    if shape in _TAKING and not (context.scope.enums if shape == "enum1" else context.scope.structs):
        shape = "num1"
    public = not helper and context.public()
    # A caller outside of the crate needs no private item to call it, but one of this file may.
    prefix = "pub " if public else ""
    context.doc(chance=70 if public else 35)
    if bits.chance(6):
        context.put("#[inline]")
    elif shape in ("num1", "opt1") and bits.chance(8):
        context.put("#[must_use]")
    name = context.namer.function(context.scope.names)
    symbol = context.declare(SymbolKind.FUNCTION, name, public=public)
    if shape == "const1":
        parameter = _local(context)
        context.put(f"{prefix}const fn `+0`(`@g``+1`: u64) -> u64 {{", symbol, parameter)
        context.put("    `0`.rotate_left(`1`) ^ 0x5bd1", parameter, context.text(str(bits.below(60) + 2)))
        takes = -1
    elif shape == "gen1":
        takes = _generic(context, prefix, symbol, most)
    elif shape in _TAKING:
        takes = _taking(context, shape, prefix, symbol, most)
        public = public and takes not in context.table.private
    else:
        _plain(context, _SHAPES[shape], prefix, symbol, most)
        takes = -1
    context.put("}\n")
    function = Function(symbol, shape, takes)
    context.scope.add_function(function)
    if public:
        context.exports.functions.append(function)


def _local(context: FileContext) -> int:
    return context.body.fresh()


def _plain(context: FileContext, shape: _Shape, prefix: str, symbol: int, most: int) -> None:
    body = context.body
    asynchronous = shape.head.startswith("async")
    body.begin(shape.result, asynchronous=asynchronous, maps=context.maps)
    parameters = []
    head = shape.head
    changed = context.bits.chance(40) and "`@g``+1`: u64" in head
    for number, kind in enumerate(shape.parameters):
        parameters.append(_local(context))
        body.variable(parameters[-1], "mnum" if changed and number == 0 else kind)
    if changed:
        head = head.replace("`@g`", "`@g`mut ", 1)
    extra = [context.scope.error.symbol] if shape.result == "res" and context.scope.error else []
    context.put(prefix + head, symbol, *parameters, *extra)
    body.write(1, body_lines(context.bits, most))


# Functions of one of the structs or enums in reach.
_TAKING = {
    "obj1": "fn `+0`(`@g``+2`: &`1`ARGUMENTS, `+3`: u64) -> u64 {",
    "enum1": "fn `+0`(`@g``+2`: `1`, `+3`: u64) -> u64 {",
}


def _taking(context: FileContext, shape: str, prefix: str, symbol: int, most: int) -> int:
    bits, body = context.bits, context.body
    infos = context.scope.enums if shape == "enum1" else context.scope.structs
    info = infos[len(infos) - 1 - bits.below(min(len(infos), 6))]
    body.begin("num", maps=context.maps)
    item, number = _local(context), _local(context)
    body.variable(item, "eobj" if shape == "enum1" else "obj", info)
    body.variable(number, "num")
    head = _TAKING[shape].replace("ARGUMENTS", info.arguments)
    context.put(prefix + head, symbol, info.symbol, item, number)
    body.write(1, body_lines(bits, most))
    return info.symbol


def _generic(context: FileContext, prefix: str, symbol: int, most: int) -> int:
    bits, body = context.bits, context.body
    traits = context.scope.traits
    trait = traits[bits.below(len(traits))]
    dynamic = trait.constant < 0 and trait.output < 0 and bits.chance(30)
    head = _DYNAMIC_HEAD if dynamic else _GENERIC_HEADS[bits.below(len(_GENERIC_HEADS))]
    body.begin("num", maps=context.maps)
    item, number = _local(context), _local(context)
    body.variable(item, "obj", trait_bound(trait))
    body.variable(number, "num")
    context.put(prefix + head, symbol, trait.symbol, item, number)
    body.write(1, body_lines(bits, most))
    return trait.symbol


def write_test(context: FileContext, most: int, taken: set[str], depth: int = 0) -> None:
    """A test function."""
    name = context.namer.test(taken)
    symbol = context.declare(SymbolKind.FUNCTION, name, public=False)
    body = context.body
    body.begin("assert", maps=context.maps)
    if context.bits.chance(6):
        context.put("#[ignore]", depth=depth)
    context.put("#[test]\nfn `+0`() {", symbol, depth=depth)
    first = _local(context)
    body.variable(first, "mnum")
    context.put(
        "let mut `+0` = `1`u64;", first, context.text(str(context.bits.below(200) + 3)), depth=depth + 1
    )
    body.write(depth + 1, max(2, body_lines(context.bits, most) - 1))
    context.put("}", depth=depth)
