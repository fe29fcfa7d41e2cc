"""Enums, the error type of a crate, and what they implement.

Knows nothing of files.
"""

from __future__ import annotations

from pytest_rustide_load.codebase.context import FileContext
from pytest_rustide_load.codebase.names import literal
from pytest_rustide_load.codebase.scope import TypeInfo
from pytest_rustide_load.codebase.symbols import SymbolKind

__all__ = ["write_enum", "write_error"]

_VARIANT_COUNTS = (2, 2, 2, 2, 3, 3, 3, 4, 5, 7)


def write_enum(context: FileContext) -> TypeInfo:
    """An enum, some of whose variants hold an integer; mostly with a method that matches on it."""
    bits = context.bits
    public = not bits.chance(30)
    symbol = context.declare(SymbolKind.ENUM, context.namer.type(), public=public)
    info = TypeInfo(symbol)
    context.doc(chance=70)
    derives = "Debug, Clone, Copy" + (", PartialEq, Eq" if bits.chance(60) else "")
    context.put(f"#[derive({derives})]")
    context.put(f"{'pub ' if public else ''}enum `+0` {{", symbol)
    for number in range(_VARIANT_COUNTS[bits.below(len(_VARIANT_COUNTS))]):
        variant = context.declare(SymbolKind.VARIANT, context.namer.variant(info.names), symbol)
        if bits.chance(18):
            context.doc(1, chance=100)
        if number and bits.chance(30):
            context.put("    `+0`(u64),", variant)
            info.tuples.append(variant)
        else:
            context.put("    `+0`,", variant)
            info.units.append(variant)
    context.put("}\n")
    if bits.chance(30):
        _write_weight(context, info, public=public)
    context.scope.enums.append(info)
    if public:
        context.exports.enums.append(info)
    return info


def _write_weight(context: FileContext, info: TypeInfo, *, public: bool) -> None:
    """A method with an arm for each variant."""
    bits = context.bits
    name = context.namer.method(info.names)
    method = context.declare(SymbolKind.METHOD, name, info.symbol, public=public)
    context.put("impl `0` {", info.symbol)
    context.put(f"    {'pub ' if public else ''}fn `+0`(&self`@g`) -> u64 {{", method)
    context.put("        match self {")
    for variant in info.units:
        number = context.text(str(bits.below(90)))
        context.put("            `0`::`1` => `2`,", info.symbol, variant, number)
    for variant in info.tuples:
        held = context.table.add(SymbolKind.LOCAL, "held")
        context.put("            `0`::`1`(`+2`) => *`2`,", info.symbol, variant, held)
    context.put("        }\n    }\n}\n")
    info.add_method("num0", method, public=public)


def write_error(context: FileContext, name: str) -> TypeInfo:
    """The error type of a crate: an enum with Display, Error and a conversion."""
    bits = context.bits
    symbol = context.declare(SymbolKind.ENUM, name)
    info = TypeInfo(symbol)
    context.doc(chance=100)
    context.put("#[derive(Debug, Clone, PartialEq, Eq)]\npub enum `+0` {", symbol)
    for number in range(3 + bits.below(4)):
        variant = context.declare(SymbolKind.VARIANT, context.namer.variant(info.names), symbol)
        context.doc(1, chance=50)
        if number == 1:
            context.put("    `+0`(u64),", variant)
            info.tuples.append(variant)
        else:
            context.put("    `+0`,", variant)
            info.units.append(variant)
    context.put("}\n")
    context.put(
        "impl fmt::Display for `0` {\n    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {\n"
        "        match self {",
        symbol,
    )
    for variant in info.units:
        context.put('            `0`::`1` => write!(f, "`2`"),', symbol, variant, context.text(literal(bits)))
    for variant in info.tuples:
        context.put(
            '            `0`::`1`(held) => write!(f, "`2` {}", held),',
            symbol,
            variant,
            context.text(literal(bits)),
        )
    context.put("        }\n    }\n}\n")
    context.put("impl std::error::Error for `0` {}\n", symbol)
    context.put(
        "impl From<std::num::ParseIntError> for `0` {\n"
        "    fn from(_: std::num::ParseIntError) -> `0=Self` {\n"
        "        `0`::`1`\n    }\n}\n",
        symbol,
        info.units[0],
    )
    context.scope.error = info
    context.exports.enums.append(info)
    return info
