"""Structs, their methods, and what they implement of the standard library.

Plain structs of integers, flags, lists, strings and other structs; generic ones; ones that borrow.
"""

from __future__ import annotations

from pytest_rustide_load.codebase.context import FileContext, body_lines
from pytest_rustide_load.codebase.names import Bits, literal
from pytest_rustide_load.codebase.scope import TypeInfo
from pytest_rustide_load.codebase.symbols import SymbolKind

__all__ = ["write_impl", "write_struct", "write_tuple_struct"]

_TYPES = {
    "num": "u64",
    "flag": "bool",
    "list": "Vec<u64>",
    "text": "String",
    "opt": "Option<u64>",
    "label": "&'static str",
}
_FIELD_KINDS = ("num",) * 10 + ("flag",) * 2 + ("list",) * 4 + ("text",) * 3 + ("opt",) * 2 + ("label",) * 5
_FIELD_COUNTS = (1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 4, 5, 6, 9)
_INITIAL = {
    "num": ("`0i`: `1`,", "`0i`: `2`,", "`0i`: `1`.wrapping_mul(`2`),"),
    "flag": ("`0i`: false,", "`0i`: `1` > `2`,", "`0i`: true,"),
    "list": ("`0i`: Vec::new(),", "`0i`: vec![`1`, `2`],", "`0i`: Vec::with_capacity(`2`),"),
    "text": ("`0i`: String::new(),", '`0i`: "`3`".to_string(),', "`0i`: `1`.to_string(),"),
    "opt": ("`0i`: None,", "`0i`: Some(`1`),", "`0i`: `1`.checked_sub(`2`),"),
    "label": ('`0i`: "`3`",', '`0i`: "",', '`0i`: "`3`",'),
}
_DERIVES = (
    "#[derive(Debug, Clone)]",
    "#[derive(Clone, Debug)]",
    "#[derive(Debug, Clone, PartialEq)]",
    "#[derive(Debug, Clone, PartialEq, Eq, Hash)]",
)
# Methods by shape: head, class of the parameter, class of the result. The receiver is `self`.
_METHODS = {
    "num1": ("fn `+0`(&self, `@g``+1`: u64) -> u64 {", "num", "num"),
    "num0": ("fn `+0`(&self`@g`) -> u64 {", "", "num"),
    "set1": ("fn `+0`(&mut self, `@g``+1`: u64) {", "num", "unit"),
    "flag1": ("fn `+0`(&self, `@g``+1`: u64) -> bool {", "num", "flag"),
    "opt1": ("fn `+0`(&self, `@g``+1`: u64) -> Option<u64> {", "num", "opt"),
    "res1": ("fn `+0`(&self, `@g``+1`: u64) -> Result<u64, `2`> {", "num", "res"),
    "peer1": ("fn `+0`(&self, `@g``+1`: &`2=Self`) -> u64 {", "obj", "num"),
    "list0": ("fn `+0`(&self`@g`) -> Vec<u64> {", "", "list"),
    "map1": ("fn `+0`<F>(&self, `@g``+1`: F) -> u64\nwhere\n    F: Fn(u64) -> u64,\n{", "closure", "num"),
}
_METHOD_SHAPES = (
    *["num1"] * 9, *["num0"] * 6, *["set1"] * 9, *["flag1"] * 4, *["opt1"] * 5, *["res1"] * 9, *["list0"] * 2,
    *["map1"] * 2, *["self1"] * 3, *["peer1"] * 4, *["text0"] * 4,
)  # fmt: skip
_METHOD_COUNTS = (1, 1, 1, 2, 2, 3, 3, 4, 6, 8)


def write_struct(context: FileContext) -> TypeInfo:
    """A struct with named fields and its constructor."""
    bits = context.bits
    public = not bits.chance(30)
    symbol = context.declare(SymbolKind.STRUCT, context.namer.type(), public=public)
    info = TypeInfo(symbol)
    kinds = [
        _draw_field(context, first=number == 0)
        for number in range(_FIELD_COUNTS[bits.below(len(_FIELD_COUNTS))])
    ]
    context.doc(chance=75 if public else 40)
    # What another struct derives is its own affair; all derive these two.
    nested = any(inner is not None for _, inner in kinds)
    context.put(_DERIVES[bits.below(2 if nested else len(_DERIVES))])
    context.put(f"{'pub ' if public else ''}struct `+0` {{", symbol)
    fields = [(_write_field(context, info, kind, inner), kind, inner) for kind, inner in kinds]
    context.put("}\n")
    context.put("impl `0` {", symbol)
    _write_constructor(context, info, fields, public=public)
    for _ in range(_METHOD_COUNTS[bits.below(len(_METHOD_COUNTS))] - 1):
        context.put("")
        write_method(context, info, 60)
    context.put("}\n")
    context.scope.structs.append(info)
    if public:
        context.exports.structs.append(info)
    return info


def _draw_field(context: FileContext, *, first: bool) -> tuple[str, TypeInfo | None]:
    """The class of a field, and the struct that is its type."""
    bits = context.bits
    candidates = [one for one in context.scope.structs[-8:] if one.new_shape == "new1" and not one.arguments]
    if candidates and bits.chance(14):
        return "obj", candidates[bits.below(len(candidates))]
    return "num" if first and bits.chance(75) else _FIELD_KINDS[bits.below(len(_FIELD_KINDS))], None


def _write_field(context: FileContext, info: TypeInfo, kind: str, inner: TypeInfo | None) -> int:
    public = context.bits.chance(55)
    name = context.namer.field(info.names)
    symbol = context.declare(SymbolKind.FIELD, name, info.symbol, public=public)
    if context.bits.chance(14):
        context.doc(1, chance=100)
    visible = "pub " if public else ""
    if inner is not None:
        context.put(f"    {visible}`+0`: `1`,", symbol, inner.symbol)
        info.add_object(symbol, inner, public=public)
    else:
        context.put(f"    {visible}`+0`: {_TYPES[kind]},", symbol)
        info.add_field(kind, symbol, public=public)
    return symbol


def _write_constructor(
    context: FileContext, info: TypeInfo, fields: list[tuple[int, str, TypeInfo | None]], *, public: bool
) -> None:
    bits = context.bits
    info.names.add("new")
    named = bits.chance(15)
    shape = "new2" if named else "new1"
    symbol = context.declare(SymbolKind.ASSOCIATED_FUNCTION, "new", info.symbol, public=public)
    context.body.begin("num")
    seed = context.body.fresh()
    if bits.chance(35):
        context.doc(1, chance=100)
    head = f"    {'pub ' if public else ''}fn `+0`(`@g``+1`: u64"
    if named:
        label = context.body.fresh()
        context.put(head + ", `+2`: &str) -> `3=Self` {", symbol, seed, label, info.symbol)
        context.put("        debug_assert!(!`0`.is_empty());", label)
    else:
        context.put(head + ") -> `2=Self` {", symbol, seed, info.symbol)
    context.put("        `0=Self` {", info.symbol)
    for field, kind, inner in fields:
        if inner is not None:
            context.put("            `0i`: `1`::`2`(`3`),", field, inner.symbol, inner.new, seed)
            continue
        number, phrase = context.text(str(bits.below(90) + 2)), context.text(literal(bits))
        context.put("            " + _INITIAL[kind][bits.below(3)], field, seed, number, phrase)
    context.put("        }\n    }")
    info.set_new(symbol, shape, public=public)


def write_method(context: FileContext, info: TypeInfo, most: int) -> None:
    """One method of `info`, inside of an impl of it."""
    bits, body = context.bits, context.body
    shape = _METHOD_SHAPES[bits.below(len(_METHOD_SHAPES))]
    if shape == "res1" and context.scope.error is None:
        shape = "opt1"
    if shape in ("text0", "self1") and not info.fields.get("text" if shape == "text0" else "num"):
        shape = "num0"
    public = context.public()
    name = context.namer.method(info.names) if bits.chance(80) else _common_name(info, shape, context)
    symbol = context.declare(SymbolKind.METHOD, name, info.symbol, public=public)
    if bits.chance(45 if public else 20):
        context.doc(1, chance=100)
    if bits.chance(5):
        context.put("    #[inline]")
    prefix = "    pub " if public else "    "
    if shape == "text0":
        context.put(prefix + "fn `+0`(&self`@g`) -> &str {", symbol)
        context.put("        &self.`0`\n    }", _of(bits, info.fields["text"]))
    elif shape == "self1":
        body.begin("num")
        parameter = body.fresh()
        context.put(prefix + "fn `+0`(&self, `@g``+1`: u64) -> `2=Self` {", symbol, parameter, info.symbol)
        changed = _of(bits, info.fields["num"])
        context.put("        `2=Self` {\n            `0i`: `1`,", changed, parameter, info.symbol)
        context.put("            ..self.clone()\n        }\n    }")
    else:
        _write_body(context, info, shape, prefix=prefix, symbol=symbol, most=most)
    info.add_method(shape, symbol, public=public)


def _write_body(
    context: FileContext, info: TypeInfo, shape: str, *, prefix: str, symbol: int, most: int
) -> None:
    head, parameter, result = _METHODS[shape]
    body = context.body
    body.begin(result, receiver=info, mutable=shape == "set1", maps=context.maps)
    arguments = [symbol]
    if parameter:
        arguments.append(body.fresh())
        body.variable(arguments[-1], parameter, info if parameter == "obj" else None)
    if parameter == "obj":
        arguments.append(info.symbol)
    if result == "res" and context.scope.error is not None:
        arguments.append(context.scope.error.symbol)
    first, *others = head.split("\n")
    lines = [prefix + first, *("    " + line for line in others)]
    context.put("\n".join(lines), *arguments)
    body.write(2, body_lines(context.bits, most))
    context.put("    }")


def _of(bits: Bits, symbols: list[int]) -> int:
    return symbols[bits.below(len(symbols))]


_COMMON = {
    "num1": ("get",),
    "num0": ("len",),
    "set1": ("push", "update", "reset"),
    "flag1": ("contains",),
    "opt1": ("get", "lookup"),
    "text0": ("name",),
    "list0": ("items",),
}


def _common_name(info: TypeInfo, shape: str, context: FileContext) -> str:
    """One of the names that half of all types use."""
    for name in _COMMON.get(shape, ()):
        if name not in info.names:
            info.names.add(name)
            return name
    return context.namer.method(info.names)


def write_impl(context: FileContext, info: TypeInfo, most: int) -> None:
    """One more inherent impl, of a method or two."""
    context.put("impl `0` {", info.symbol)
    write_method(context, info, most)
    if context.bits.chance(40):
        context.put("")
        write_method(context, info, most)
    context.put("}\n")


def write_tuple_struct(context: FileContext) -> None:
    """A struct of one unnamed integer, or of none, as types for identifiers and markers are written."""
    bits = context.bits
    public = not bits.chance(40)
    symbol = context.declare(SymbolKind.STRUCT, context.namer.type(), public=public)
    prefix = "pub " if public else ""
    context.doc(chance=50)
    if bits.chance(40):
        context.put("#[derive(Debug, Clone, Copy, Default)]")
        context.put(f"{prefix}struct `+0`;\n", symbol)
        return
    context.put("#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]")
    context.put(f"{prefix}struct `+0`(pub u64);\n", symbol)
    if bits.chance(80):
        context.put(
            "impl From<u64> for `0` {\n    fn from(value: u64) -> `0=Self` {\n        `0`(value)\n    }\n}\n",
            symbol,
        )
