"""Traits with required and default methods, and what implements them; implementations of standard traits.

Knows nothing of files.
"""

from __future__ import annotations

from functools import cache

from pytest_rustide_load.codebase.context import FileContext, body_lines
from pytest_rustide_load.codebase.functions import trait_bound
from pytest_rustide_load.codebase.names import literal
from pytest_rustide_load.codebase.scope import Trait, TypeInfo
from pytest_rustide_load.codebase.statements import entries
from pytest_rustide_load.codebase.symbols import SymbolKind

__all__ = ["write_standard_impl", "write_trait", "write_trait_impl"]


def write_trait(context: FileContext) -> Trait:
    """A trait of one to three required methods and up to two that have a body."""
    bits = context.bits
    public = not bits.chance(25)
    trait = Trait(context.declare(SymbolKind.TRAIT, context.namer.trait(), public=public))
    context.doc(chance=85)
    context.put(f"{'pub ' if public else ''}trait `+0` {{", trait.symbol)
    if bits.chance(35):
        trait.output = context.declare(SymbolKind.ASSOCIATED_TYPE, "Output", trait.symbol)
        context.doc(1, chance=40)
        context.put("    type `+0`;\n", trait.output)
    if bits.chance(30):
        trait.constant = context.declare(SymbolKind.CONST, "LIMIT", trait.symbol)
        context.put("    const `+0`: u64;\n", trait.constant)
    for _ in range(1 + (bits.below(6) > 3) + (bits.below(8) > 6)):
        method = context.declare(SymbolKind.TRAIT_METHOD, context.namer.trait_method(), trait.symbol)
        context.body.begin("num")
        context.doc(1, chance=60)
        context.put("    fn `+0`(&self, `@g``+1`: u64) -> u64;\n", method, context.body.fresh())
        trait.required.append(method)
    for _ in range(bits.below(3)):
        _write_default_method(context, trait)
    context.put("}\n")
    context.scope.traits.append(trait)
    if public:
        context.exports.traits.append(trait)
    return trait


def _write_default_method(context: FileContext, trait: Trait) -> None:
    method = context.declare(SymbolKind.TRAIT_METHOD, context.namer.trait_method(), trait.symbol)
    body = context.body
    body.begin("num", receiver=trait_bound(trait))
    parameter = body.fresh()
    body.variable(parameter, "num")
    context.doc(1, chance=40)
    context.put("    fn `+0`(&self, `@g``+1`: u64) -> u64 {", method, parameter)
    if trait.constant >= 0:
        limit = body.fresh()
        context.put("        let `+0` = Self::`1`;", limit, trait.constant)
        body.variable(limit, "num")
    body.write(2, body_lines(context.bits, 14))
    context.put("    }\n")
    trait.provided.append(method)


def write_trait_impl(context: FileContext, info: TypeInfo, trait: Trait) -> None:
    """`trait` for the struct or enum `info`, which must not have it yet."""
    table, body = context.table, context.body
    context.put("impl `0` for `1` {", trait.symbol, info.symbol)
    if trait.output >= 0:
        context.put("    type Output = u64;\n")
    if trait.constant >= 0:
        number = context.text(str(context.bits.below(4000) + 10))
        limit = table.add(SymbolKind.CONST, "LIMIT")
        table.implements[limit] = trait.constant
        context.put("    const `+0`: u64 = `1`;\n", limit, number)
    calls = []
    for number, required in enumerate(trait.required):
        method = table.add(SymbolKind.IMPL_METHOD, table.names[required], info.symbol)
        table.implements[method] = required
        body.begin("num", receiver=info, maps=context.maps)
        parameter = body.fresh()
        body.variable(parameter, "num")
        if number:
            context.put("")
        context.put("    fn `+0`(&self, `@g``+1`: u64) -> u64 {", method, parameter)
        body.write(2, body_lines(context.bits, 40))
        context.put("    }")
        calls.append(method)
    context.put("}\n")
    # A default method is called on the type as well, and is then the trait's.
    found = (info, trait, [*calls, *trait.provided])
    context.scope.implementations.append(found)
    context.exports.implementations.append((info.exported(), trait, found[2]))


# What a struct may implement: how it is written, and the class of the field it needs, which is argument 1.
_STANDARD = """
= num
impl fmt::Display for `0` {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`2` {}", self.`1`)
    }
}
= num
impl fmt::LowerHex for `0` {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.`1`, f)
    }
}
= num
impl From<`0`> for u64 {
    fn from(item: `0`) -> u64 {
        item.`1`
    }
}
= num
impl PartialEq<u64> for `0` {
    fn eq(&self, other: &u64) -> bool {
        self.`1` == *other
    }
}
= num
impl std::ops::AddAssign<u64> for `0` {
    fn add_assign(&mut self, other: u64) {
        self.`1` += other;
    }
}
= list
impl AsRef<[u64]> for `0` {
    fn as_ref(&self) -> &[u64] {
        &self.`1`
    }
}
= list
impl Extend<u64> for `0` {
    fn extend<I: IntoIterator<Item = u64>>(&mut self, iter: I) {
        self.`1`.extend(iter);
    }
}
= list
impl<'a> IntoIterator for &'a `0` {
    type Item = &'a u64;
    type IntoIter = std::slice::Iter<'a, u64>;

    fn into_iter(self) -> Self::IntoIter {
        self.`1`.iter()
    }
}
= list
impl std::ops::Index<usize> for `0` {
    type Output = u64;

    fn index(&self, index: usize) -> &u64 {
        &self.`1`[index]
    }
}
= text
impl AsRef<str> for `0` {
    fn as_ref(&self) -> &str {
        &self.`1`
    }
}
= label
impl fmt::Display for `0` {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.`1`)
    }
}
= new1
impl Default for `0` {
    fn default() -> `0=Self` {
        `0=Self`::`1`(`3`)
    }
}
= new1
impl From<u64> for `0` {
    fn from(value: u64) -> `0=Self` {
        `0`::`1`(value)
    }
}
= new1
impl FromIterator<u64> for `0` {
    fn from_iter<I: IntoIterator<Item = u64>>(iter: I) -> `0=Self` {
        `0=Self`::`1`(iter.into_iter().sum())
    }
}
"""


@cache
def _standard() -> tuple[tuple[str, str], ...]:
    return tuple((needed, f"{text}\n") for (needed,), text in entries(_STANDARD))


def write_standard_impl(context: FileContext, info: TypeInfo, done: set[str]) -> bool:
    """An implementation of a trait of the standard library that `info` lacks; `done` are the heads of those
    it has. False where what was drawn does not fit."""
    bits = context.bits
    needed, text = _standard()[bits.below(len(_standard()))]
    head = text.split(" {")[0].replace("<'a> ", " ")
    if needed == "new1":
        symbol = info.new if info.new_shape == "new1" else -1
    else:
        found = info.fields.get(needed)
        symbol = found[bits.below(len(found))] if found else -1
    if symbol < 0 or head in done or ("fmt::" in text and not context.formats):
        return False
    done.add(head)
    context.put(
        text, info.symbol, symbol, context.text(literal(bits)), context.text(str(bits.below(900) + 1))
    )
    return True
