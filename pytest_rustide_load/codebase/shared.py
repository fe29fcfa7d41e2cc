"""The shared component: one type of the lowest crate that many files use, as a team's common code is.

Knows nothing of files.
"""

from __future__ import annotations

from pytest_rustide_load.codebase.context import FileContext
from pytest_rustide_load.codebase.scope import Function, TypeInfo
from pytest_rustide_load.codebase.symbols import SymbolKind

__all__ = ["use_shared_component", "write_shared_component"]


def write_shared_component(context: FileContext) -> TypeInfo:
    """A public struct with a field, a constructor and two methods that every user of it calls."""
    table = context.table
    symbol = context.declare(SymbolKind.STRUCT, context.namer.type())
    info = TypeInfo(symbol)
    info.names.add("new")
    total = context.declare(SymbolKind.FIELD, context.namer.field(info.names), symbol)
    new = context.declare(SymbolKind.ASSOCIATED_FUNCTION, "new", symbol)
    weigh = context.declare(SymbolKind.METHOD, context.namer.method(info.names), symbol)
    merge = context.declare(SymbolKind.METHOD, context.namer.method(info.names), symbol)
    seed, amount, other = (table.add(SymbolKind.LOCAL, name) for name in ("seed", "amount", "other"))
    context.doc(chance=100)
    context.put("#[derive(Debug, Clone)]\npub struct `+0` {\n    pub `+1`: u64,\n}\n", symbol, total)
    context.put(
        "impl `0` {\n    /// Creates one from a seed.\n    pub fn `+1`(`+2`: u64) -> `0=Self` {\n"
        "        `0=Self` { `3i`: `2` }\n    }\n",
        symbol, new, seed, total,
    )  # fmt: skip
    context.put(
        "    pub fn `+0`(&self, `@g``+1`: u64) -> u64 {\n        self.`2`.rotate_left(7) ^ `1`\n    }\n\n"
        "    pub fn `+3`(&mut self, `@g``+4`: u64) {\n        self.`2` += `4`;\n    }\n}\n",
        weigh, amount, total, merge, other,
    )  # fmt: skip
    info.set_new(new, "new1", public=True)
    info.add_field("num", total, public=True)
    info.add_method("num1", weigh, public=True)
    info.add_method("set1", merge, public=True)
    context.scope.structs.append(info)
    context.exports.structs.append(info)
    return info


def use_shared_component(context: FileContext, info: TypeInfo) -> None:
    """A function that builds one and asks it."""
    seen = info.exported()
    name = context.namer.function(context.scope.names)
    symbol = context.declare(SymbolKind.FUNCTION, name, public=False)
    body = context.body
    body.begin("num")
    seed, item = body.fresh(), body.fresh()
    context.doc(chance=40)
    context.put(
        "fn `+0`(`@g``+1`: u64) -> u64 {\n    let mut `+2` = `3`::`4`(`1`);\n    `2`.`5`(`1`);\n"
        "    `2`.`6`(`1`) + `2`.`7`\n}\n",
        symbol, seed, item, seen.symbol, seen.new, seen.methods["set1"][0], seen.methods["num1"][0],
        seen.fields["num"][0],
    )  # fmt: skip
    context.scope.add_function(Function(symbol, "num1"))
