"""Whatever stands at the top level of a file, in the proportions of real code.

Knows nothing of where files lie and what they import.
"""

from __future__ import annotations

from pytest_rustide_load.codebase.context import FileContext
from pytest_rustide_load.codebase.enums import write_enum
from pytest_rustide_load.codebase.functions import write_function, write_test
from pytest_rustide_load.codebase.generics import write_borrowing_struct, write_generic_struct
from pytest_rustide_load.codebase.names import literal
from pytest_rustide_load.codebase.scope import Macro, TypeInfo
from pytest_rustide_load.codebase.structs import write_impl, write_struct, write_tuple_struct
from pytest_rustide_load.codebase.symbols import SymbolKind
from pytest_rustide_load.codebase.traits import write_standard_impl, write_trait, write_trait_impl

__all__ = ["write_items", "write_test_items", "write_tests_module"]

# How often each kind of item is drawn.
_ITEMS = (
    *["function"] * 40, *["struct"] * 11, *["generic"] * 4, *["borrowing"] * 5, *["tuple"] * 6, *["enum"] * 7,
    *["trait"] * 4, *["const"] * 14, *["macro"] * 3, *["alias"] * 2, *["static"] * 2,
)  # fmt: skip
# A struct and what belongs to it takes about so many lines; near the end of a file there is no room for one.
_ROOM = {"struct": 60, "generic": 45, "borrowing": 40, "trait": 40, "enum": 25, "macro": 12}


def write_items(context: FileContext, last_line: int) -> None:
    """Items until about `last_line`."""
    bits, out = context.bits, context.out
    while out.line < last_line - 3:
        left = last_line - out.line
        kind = _ITEMS[bits.below(len(_ITEMS))]
        if _ROOM.get(kind, 0) > left:
            kind = "function" if left > 7 else "const"
        if kind == "function":
            write_function(context, left - 4)
        elif kind == "struct":
            _struct_and_impls(context, last_line)
        else:
            _WRITERS[kind](context)


def _struct_and_impls(context: FileContext, last_line: int) -> None:
    bits = context.bits
    info = write_struct(context)
    done: set[str] = set()
    implemented: set[int] = set()
    for _ in range((3, 4, 4, 5, 6, 7)[bits.below(6)]):
        left = last_line - context.out.line
        if left < 20:
            return
        if bits.chance(5):
            write_impl(context, info, min(40, left - 6))
        elif context.scope.traits and bits.chance(35):
            trait = context.scope.traits[bits.below(len(context.scope.traits))]
            if trait.symbol not in implemented:
                implemented.add(trait.symbol)
                write_trait_impl(context, info, trait)
        else:
            write_standard_impl(context, info, done)


def _const(context: FileContext) -> None:
    bits = context.bits
    public = bits.chance(40)
    symbol = context.declare(SymbolKind.CONST, context.namer.const(context.scope.names), public=public)
    context.doc(chance=40)
    prefix = "pub " if public else ""
    if bits.chance(30):
        context.put(f'{prefix}const `+0`: &str = "`1`";\n', symbol, context.text(literal(bits)))
        return
    context.put(f"{prefix}const `+0`: u64 = `1`;\n", symbol, context.text(str(bits.below(9000) + 2)))
    context.scope.consts.append(symbol)
    if public:
        context.exports.consts.append(symbol)


def _static(context: FileContext) -> None:
    symbol = context.declare(SymbolKind.STATIC, context.namer.const(context.scope.names), public=False)
    context.doc(chance=50)
    context.put("static `+0`: u64 = `1`;\n", symbol, context.text(str(context.bits.below(9000) + 2)))
    context.scope.consts.append(symbol)


def _alias(context: FileContext) -> None:
    if not context.scope.structs:
        return
    info: TypeInfo = context.scope.structs[context.bits.below(len(context.scope.structs))]
    if info.arguments.startswith("<'"):
        return
    symbol = context.declare(SymbolKind.TYPE_ALIAS, context.namer.type(), public=False)
    context.put(f"type `+0` = Vec<`1`{info.arguments}>;\n", symbol, info.symbol)


_MACROS = {
    1: """\
macro_rules! `+0` {
    ($value:expr) => {{
        let inner = `@m`$value;
        inner ^ (inner >> `1`)
    }};
}
""",
    2: """\
macro_rules! `+0` {
    ($left:expr, $right:expr) => {
        $left.wrapping_add(`@m`$right).rotate_left(`1`)
    };
}
""",
}


def _macro(context: FileContext) -> None:
    bits = context.bits
    symbol = context.declare(SymbolKind.MACRO, context.namer.function(context.scope.names), public=False)
    context.doc(chance=30)
    number = context.text(str(bits.below(60) + 2))
    arguments = 2 if bits.chance(50) else 1
    context.put(_MACROS[arguments], symbol, number)
    context.scope.macros.append(Macro(symbol, arguments))


_WRITERS = {
    "generic": write_generic_struct,
    "borrowing": write_borrowing_struct,
    "tuple": write_tuple_struct,
    "enum": write_enum,
    "trait": write_trait,
    "const": _const,
    "static": _static,
    "alias": _alias,
    "macro": _macro,
}


def write_tests_module(context: FileContext, last_line: int) -> None:
    """The unit tests of a module, in it."""
    module = context.declare(SymbolKind.MODULE, "tests", public=False)
    outer = context.module
    context.put("#[cfg(test)]\nmod `+0` {\n    use `1=super`::*;", module, outer)
    taken: set[str] = set()
    context.module = module
    while context.out.line < last_line - 4 or not taken:
        context.put("")
        write_test(context, min(30, max(5, last_line - context.out.line - 2)), taken, depth=1)
    context.module = outer
    context.put("}")


def write_test_items(context: FileContext, last_line: int) -> None:
    """Tests, and a helper now and then, until about `last_line`."""
    bits, out = context.bits, context.out
    taken: set[str] = set()
    while out.line < last_line - 3 or not taken:
        left = last_line - out.line
        if left > 20 and bits.chance(30):
            write_function(context, min(left - 4, 40), helper=True)
        elif left > 12 and bits.chance(8):
            _const(context)
        elif left > 30 and bits.chance(8):
            write_struct(context)
        else:
            write_test(context, max(5, left - 1), taken)
            context.put("")
