"""Generic structs and structs that borrow, in a few designs that real code is full of.

Knows nothing of files.
"""

from __future__ import annotations

from pytest_rustide_load.codebase.context import FileContext, body_lines
from pytest_rustide_load.codebase.scope import TypeInfo
from pytest_rustide_load.codebase.symbols import SymbolKind

__all__ = ["write_borrowing_struct", "write_generic_struct"]


def write_generic_struct(context: FileContext) -> None:
    """A container of `T`: pushes, looks at the first, counts; with two impls of its own."""
    bits = context.bits
    public = not bits.chance(30)
    symbol = context.declare(SymbolKind.STRUCT, context.namer.type(), public=public)
    info = TypeInfo(symbol, arguments="<u64>")
    items = context.declare(SymbolKind.FIELD, context.namer.field(info.names), symbol, public=False)
    count = context.declare(SymbolKind.FIELD, context.namer.field(info.names), symbol)
    info.names.add("new")
    prefix = "pub " if public else ""
    new = context.declare(SymbolKind.ASSOCIATED_FUNCTION, "new", symbol, public=public)
    push = context.declare(SymbolKind.METHOD, context.namer.method(info.names), symbol, public=public)
    size = context.declare(SymbolKind.METHOD, context.namer.method(info.names), symbol, public=public)
    context.body.begin("num")
    item, more = context.body.fresh(), context.body.fresh()
    context.doc(chance=80)
    context.put(
        f"#[derive(Debug, Clone)]\n{prefix}struct `+0`<T> {{\n    `+1`: Vec<T>,\n    pub `+2`: u64,\n}}\n",
        symbol, items, count,
    )  # fmt: skip
    context.put(
        f"impl<T> `0`<T> {{\n    {prefix}fn `+1`(`@g``+2`: T) -> `0=Self` {{\n"
        "        `0=Self` {\n            `3i`: vec![`2`],\n            `4i`: 1,\n        }\n    }\n",
        symbol, new, item, items, count,
    )  # fmt: skip
    context.put(
        f"    {prefix}fn `+0`(&mut self, `@g``+1`: T) {{\n        self.`2`.push(`1`);\n        self.`3` += 1;\n    }}\n\n"
        f"    {prefix}fn `+4`(&self) -> u64 {{\n        self.`2`.len() as u64\n    }}\n}}\n",
        push, more, items, count, size,
    )  # fmt: skip
    if bits.chance(50):
        context.put(
            "impl<T> Extend<T> for `0`<T> {\n    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {\n"
            "        for item in iter {\n            self.`1`(item);\n        }\n    }\n}\n",
            symbol, push,
        )  # fmt: skip
    if bits.chance(60):
        context.put(
            "impl<T> AsRef<[T]> for `0`<T> {\n    fn as_ref(&self) -> &[T] {\n        &self.`1`\n    }\n}\n",
            symbol, items,
        )  # fmt: skip
    if bits.chance(40):
        context.put(
            "impl<T: Default> Default for `0`<T> {\n    fn default() -> `0=Self` {\n"
            "        `0=Self`::`1`(T::default())\n    }\n}\n",
            symbol, new,
        )  # fmt: skip
    info.set_new(new, "new1", public=public)
    info.add_field("num", count, public=True)
    info.add_method("set1", push, public=public)
    info.add_method("num0", size, public=public)
    context.scope.structs.append(info)
    if public:
        context.exports.structs.append(info)


def write_borrowing_struct(context: FileContext) -> None:
    """A view of a slice that remembers where it stands, an iterator as often as not."""
    bits, body = context.bits, context.body
    public = not bits.chance(40)
    symbol = context.declare(SymbolKind.STRUCT, context.namer.type(), public=public)
    info = TypeInfo(symbol, arguments="<'_>")
    items = context.declare(SymbolKind.FIELD, context.namer.field(info.names), symbol, public=False)
    position = context.declare(SymbolKind.FIELD, context.namer.field(info.names), symbol, public=False)
    label = context.declare(SymbolKind.FIELD, context.namer.field(info.names), symbol, public=False)
    info.names.add("new")
    new = context.declare(SymbolKind.ASSOCIATED_FUNCTION, "new", symbol, public=public)
    rest = context.declare(SymbolKind.METHOD, context.namer.method(info.names), symbol, public=public)
    named = context.declare(SymbolKind.METHOD, context.namer.method(info.names), symbol, public=public)
    prefix = "pub " if public else ""
    context.doc(chance=70)
    context.put(
        f"#[derive(Debug, Clone)]\n{prefix}struct `+0`<'a> {{\n    `+1`: &'a [u64],\n    `+2`: usize,\n    `+3`: &'a str,\n}}\n",
        symbol, items, position, label,
    )  # fmt: skip
    body.begin("num")
    list_, text = body.fresh(), body.fresh()
    context.put(
        f"impl<'a> `0`<'a> {{\n    {prefix}fn `+1`(`@g``+2`: &'a [u64], `+3`: &'a str) -> `0=Self` {{\n        `0` {{\n"
        "            `4i`: `2`,\n            `5i`: 0,\n            `6i`: `3`,\n        }\n    }\n",
        symbol, new, list_, text, items, position, label,
    )  # fmt: skip
    context.put(
        f"    {prefix}fn `+0`(&self) -> &'a [u64] {{\n        &self.`1`[self.`2`..]\n    }}\n\n"
        f"    {prefix}fn `+3`(&self) -> &'a str {{\n        self.`4`\n    }}",
        rest, items, position, named, label,
    )  # fmt: skip
    if bits.chance(50):
        _write_longer_method(context, info, items, prefix, public=public)
    context.put("}\n")
    if bits.chance(55):
        context.put(
            "impl<'a> Iterator for `0`<'a> {\n    type Item = &'a u64;\n\n    fn next(&mut self) -> Option<`0=Self`::Item> {\n"
            "        let item = self.`1`.get(self.`2`)?;\n        self.`2` += 1;\n        Some(item)\n    }\n}\n",
            symbol, items, position,
        )  # fmt: skip


def _write_longer_method(
    context: FileContext, info: TypeInfo, items: int, prefix: str, *, public: bool
) -> None:
    body = context.body
    method = context.declare(SymbolKind.METHOD, context.namer.method(info.names), info.symbol, public=public)
    receiver = TypeInfo(info.symbol, fields={"list": [items]})
    body.begin("num", receiver=receiver, maps=context.maps)
    parameter = body.fresh()
    body.variable(parameter, "num")
    context.put(f"\n    {prefix}fn `+0`(&self, `@g``+1`: u64) -> u64 {{", method, parameter)
    body.write(2, body_lines(context.bits, 30))
    context.put("    }")
