"""Generic structs and structs that borrow, in a few designs that real code is full of.

Knows nothing of files.
"""

from __future__ import annotations

from pytest_rustide_load.codebase.context import FileContext, body_lines
from pytest_rustide_load.codebase.scope import TypeInfo
from pytest_rustide_load.codebase.symbols import SymbolKind

__all__ = ["write_borrowing_struct", "write_generic_struct"]

# PUB stands for `pub ` or nothing.
_CONTAINER = """\
#[derive(Debug, Clone)]
PUBstruct `+0`<T> {
    `+1`: Vec<T>,
    pub `+2`: u64,
}
"""
_CONTAINER_NEW = """\
impl<T> `0`<T> {
    PUBfn `+1`(`@g``+2`: T) -> `0=Self` {
        `0=Self` {
            `3i`: vec![`2`],
            `4i`: 1,
        }
    }
"""
_CONTAINER_METHODS = """\
    PUBfn `+0`(&mut self, `@g``+1`: T) {
        self.`2`.push(`1`);
        self.`3` += 1;
    }

    PUBfn `+4`(&self) -> u64 {
        self.`2`.len() as u64
    }
}
"""
_CONTAINER_EXTEND = """\
impl<T> Extend<T> for `0`<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        for item in iter {
            self.`1`(item);
        }
    }
}
"""
_CONTAINER_AS_REF = """\
impl<T> AsRef<[T]> for `0`<T> {
    fn as_ref(&self) -> &[T] {
        &self.`1`
    }
}
"""
_CONTAINER_DEFAULT = """\
impl<T: Default> Default for `0`<T> {
    fn default() -> `0=Self` {
        `0=Self`::`1`(T::default())
    }
}
"""
_VIEW = """\
#[derive(Debug, Clone)]
PUBstruct `+0`<'a> {
    `+1`: &'a [u64],
    `+2`: usize,
    `+3`: &'a str,
}
"""
_VIEW_NEW = """\
impl<'a> `0`<'a> {
    PUBfn `+1`(`@g``+2`: &'a [u64], `+3`: &'a str) -> `0=Self` {
        `0` {
            `4i`: `2`,
            `5i`: 0,
            `6i`: `3`,
        }
    }
"""
_VIEW_METHODS = """\
    PUBfn `+0`(&self) -> &'a [u64] {
        &self.`1`[self.`2`..]
    }

    PUBfn `+3`(&self) -> &'a str {
        self.`4`
    }"""
_VIEW_ITERATOR = """\
impl<'a> Iterator for `0`<'a> {
    type Item = &'a u64;

    fn next(&mut self) -> Option<`0=Self`::Item> {
        let item = self.`1`.get(self.`2`)?;
        self.`2` += 1;
        Some(item)
    }
}
"""


def write_generic_struct(context: FileContext) -> None:
    """A container of `T`: pushes, counts, and what it implements."""
    bits, body = context.bits, context.body
    public = not bits.chance(30)
    prefix = "pub " if public else ""
    symbol = context.declare(SymbolKind.STRUCT, context.namer.type(), public=public)
    info = TypeInfo(symbol, arguments="<u64>")
    items = context.declare(SymbolKind.FIELD, context.namer.field(info.names), symbol, public=False)
    count = context.declare(SymbolKind.FIELD, context.namer.field(info.names), symbol)
    info.names.add("new")
    new = context.declare(SymbolKind.ASSOCIATED_FUNCTION, "new", symbol, public=public)
    push = context.declare(SymbolKind.METHOD, context.namer.method(info.names), symbol, public=public)
    size = context.declare(SymbolKind.METHOD, context.namer.method(info.names), symbol, public=public)
    body.begin("num")
    item, more = body.fresh(), body.fresh()
    context.doc(chance=80)
    context.put(_CONTAINER.replace("PUB", prefix), symbol, items, count)
    context.put(_CONTAINER_NEW.replace("PUB", prefix), symbol, new, item, items, count)
    context.put(_CONTAINER_METHODS.replace("PUB", prefix), push, more, items, count, size)
    if bits.chance(50):
        context.put(_CONTAINER_EXTEND, symbol, push)
    if bits.chance(60):
        context.put(_CONTAINER_AS_REF, symbol, items)
    if bits.chance(40):
        context.put(_CONTAINER_DEFAULT, symbol, new)
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
    prefix = "pub " if public else ""
    symbol = context.declare(SymbolKind.STRUCT, context.namer.type(), public=public)
    info = TypeInfo(symbol, arguments="<'_>")
    items = context.declare(SymbolKind.FIELD, context.namer.field(info.names), symbol, public=False)
    position = context.declare(SymbolKind.FIELD, context.namer.field(info.names), symbol, public=False)
    label = context.declare(SymbolKind.FIELD, context.namer.field(info.names), symbol, public=False)
    info.names.add("new")
    new = context.declare(SymbolKind.ASSOCIATED_FUNCTION, "new", symbol, public=public)
    rest = context.declare(SymbolKind.METHOD, context.namer.method(info.names), symbol, public=public)
    named = context.declare(SymbolKind.METHOD, context.namer.method(info.names), symbol, public=public)
    context.doc(chance=70)
    context.put(_VIEW.replace("PUB", prefix), symbol, items, position, label)
    body.begin("num")
    slice_, text = body.fresh(), body.fresh()
    context.put(_VIEW_NEW.replace("PUB", prefix), symbol, new, slice_, text, items, position, label)
    context.put(_VIEW_METHODS.replace("PUB", prefix), rest, items, position, named, label)
    if bits.chance(50):
        _write_longer_method(context, info, items, public=public)
    context.put("}\n")
    if bits.chance(55):
        context.put(_VIEW_ITERATOR, symbol, items, position)


def _write_longer_method(context: FileContext, info: TypeInfo, items: int, *, public: bool) -> None:
    body = context.body
    method = context.declare(SymbolKind.METHOD, context.namer.method(info.names), info.symbol, public=public)
    receiver = TypeInfo(info.symbol, fields={"list": [items]})
    body.begin("num", receiver=receiver, maps=context.maps)
    parameter = body.fresh()
    body.variable(parameter, "num")
    prefix = "pub " if public else ""
    context.put(f"\n    {prefix}fn `+0`(&self, `@g``+1`: u64) -> u64 {{", method, parameter)
    body.write(2, body_lines(context.bits, 30))
    context.put("    }")
