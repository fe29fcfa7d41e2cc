"""The outline of the standard library: shipped declarations, read once per process and never changed.

Must not know any workspace.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

from pytest_rustide_load.reference_server.items import collect
from pytest_rustide_load.reference_server.source import SourceFile
from pytest_rustide_load.reference_server.symbols import Kind, Scope, Symbol

_INTEGERS = ("i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize")
_FLOATS = ("f32", "f64")
_BUILT_IN = ("bool", "char", "str", "&", "*", "[]", "[;]", "()", "fn", "!")
CRATE_NAMES = ("std", "core", "alloc")


@dataclass(slots=True, frozen=True)
class Library:
    """Its file and root scope, the crate's symbol, the primitive types."""

    file: SourceFile
    scope: Scope
    crate: Symbol
    primitives: dict[str, Symbol]


@cache
def library() -> Library:
    """The one library of this process."""
    file = SourceFile("", "std.rs", _text())
    file.is_library = True
    collect(file)
    crate = Symbol(Kind.CRATE, "std", file, (0, 0), (0, 0))
    crate.scope = file.root
    file.root.owner = crate
    names = (*_INTEGERS, *_FLOATS, *_BUILT_IN)
    primitives = {name: Symbol(Kind.PRIMITIVE, name, None, (0, 0), (0, 0)) for name in names}
    return Library(file, file.root, crate, primitives)


def _text() -> bytes:
    stubs = resources.files("pytest_rustide_load.reference_server") / "stubs"
    text = (stubs / "std.rs").read_text(encoding="utf-8")
    for template, names in (("int.rs", _INTEGERS), ("float.rs", _FLOATS)):
        pattern = (stubs / template).read_text(encoding="utf-8")
        text += "".join(pattern.replace("NUMBER", name) for name in names)
    return text.encode()
