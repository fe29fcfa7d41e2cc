"""Rename: the edits that give a symbol, or the module of a file, another name wherever it stands.

Shorthand fields are written out where only one of the two names they stand for changes. Must not know the
protocol.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server import syntax
from pytest_rustide_load.reference_server.resolve import Place
from pytest_rustide_load.reference_server.symbols import Kind, Symbol

if TYPE_CHECKING:
    from pytest_rustide_load.reference_server.resolve import Resolver
    from pytest_rustide_load.reference_server.source import SourceFile

_NAME = re.compile(r"(?:r#)?[^\W\d]\w*")
_MODIFIERS = re.compile(rb"(?:ref\s+)?(?:mut\s+)?\Z")
_FIXED = frozenset(
    {Kind.CRATE, Kind.MODULE, Kind.SELF_PARAM, Kind.PRIMITIVE, Kind.LABEL, Kind.USE, Kind.DERIVED}
    | {Kind.MACRO_CALL}
)


class CannotRename(Exception):
    """Why a name cannot be changed, or not to this one."""


def renamed_symbol(resolver: Resolver, file: SourceFile, offset: int) -> tuple[Symbol, Place]:
    """The symbol a rename at an offset is about, and the name's place there. Raises CannotRename.

    A shorthand's local goes before its field, a trait's item before those of its impls.
    """
    symbols = resolver.symbols_at(file, offset)
    symbol = next((one for one in symbols if one.kind is Kind.LOCAL), symbols[0] if symbols else None)
    if symbol is None:
        raise CannotRename("nothing here has a name")
    symbol = _of_trait(resolver, symbol)
    if symbol.kind in _FIXED or symbol.name.isdigit() or resolver.place(symbol) is None:
        raise CannotRename(f"a {symbol.kind.value} of this kind or place cannot be renamed")
    start = resolver.word_start(file, offset)
    end = start + len(symbol.name.encode())
    if file.data[start:end].decode("utf-8", "replace") != symbol.name:
        raise CannotRename("this is another name for what is meant")
    return symbol, Place(file, start, end)


def _of_trait(resolver: Resolver, symbol: Symbol) -> Symbol:
    parent = symbol.parent
    impl = resolver.model.traits.index.of_symbol(parent) if parent is not None else None
    if impl is None or impl.bound is None:
        return symbol
    return impl.bound.trait.members.get(symbol.name, symbol)


def rename_edits(resolver: Resolver, file: SourceFile, offset: int, new_name: str) -> list[tuple[Place, str]]:
    """(place, new text) of every edit, in order of files and text. Raises CannotRename."""
    symbol, _ = renamed_symbol(resolver, file, offset)
    plain = new_name.removeprefix("'") if symbol.kind is Kind.LIFETIME else new_name
    if not _NAME.fullmatch(plain) or plain in {*syntax.KEYWORDS, "_"}:
        raise CannotRename(f"{new_name!r} is no name")
    if symbol.kind is Kind.LIFETIME:
        new_name = f"'{plain}"
    declared = resolver.place(symbol)
    return _edits(resolver, symbol, [declared] if declared is not None else [], new_name)


def module_edits(resolver: Resolver, file: SourceFile, new_name: str) -> list[tuple[Place, str]]:
    """The same for the module whose file is about to be called `new_name`. Raises CannotRename."""
    module = file.root.owner
    if module is None or module.kind is not Kind.MODULE or module.file is None:
        raise CannotRename("this file is no module of another")
    if not _NAME.fullmatch(new_name) or new_name in {*syntax.KEYWORDS, "_"}:
        raise CannotRename(f"{new_name!r} is no name")
    # It is named where its parent declares it, not in its own file.
    return _edits(resolver, module, [Place(module.file, *module.name_span())], new_name)


def _edits(
    resolver: Resolver, symbol: Symbol, declared: list[Place], new_name: str
) -> list[tuple[Place, str]]:
    places = [*declared, *resolver.references(symbol, with_rebinding=True)]
    edits: dict[tuple[str, int], tuple[Place, str]] = {}
    for place in places:
        written = place.file.data[place.start : place.end].decode("utf-8", "replace")
        if written.removeprefix("r#") == symbol.name:
            made = _edit(resolver, symbol, place, written, new_name)
            edits[made[0].file.path, made[0].start] = made
    return [edits[key] for key in sorted(edits)]


def _edit(resolver: Resolver, symbol: Symbol, place: Place, written: str, new_name: str) -> tuple[Place, str]:
    kinds = {one.kind for one in resolver.symbols_at(place.file, place.start)}
    if not {Kind.FIELD, Kind.LOCAL} <= kinds:
        return place, new_name
    head = place.file.data[max(0, place.start - 20) : place.start]
    match = _MODIFIERS.search(head)
    modifiers = match.group() if match is not None else b""
    whole = Place(place.file, place.start - len(modifiers), place.end)
    field, local = (new_name, written) if symbol.kind is Kind.FIELD else (written, new_name)
    return whole, f"{field}: {modifiers.decode()}{local}"
