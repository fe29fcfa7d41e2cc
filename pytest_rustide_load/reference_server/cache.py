"""What files declare, kept on disk from one run to the next: a text read once need not be parsed again.

A file is known by the hash of its text, so that an entry can be old but never wrong. Every entry carries a
checksum: a damaged one is dropped and its file read anew. Texts are not kept. Must not know crates or what
names mean.
"""

from __future__ import annotations

import contextlib
import logging
import os
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from pytest_rustide_load.reference_server.symbols import ITEMS, Kind, Scope, Symbol, Use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_rustide_load.reference_server.source import SourceFile

_log = logging.getLogger(__name__)
# Raised whenever what `items.collect` makes of a text changes.
_HEAD = b"rustide-declarations 1\n"
_HASH_BYTES = 16
_LENGTH_BYTES = 4
_KINDS = list(Kind)
_NUMBER = {kind: number for number, kind in enumerate(_KINDS)}
_NONE = -1


class _Use(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    segments: tuple[str, ...]
    name: str
    public: bool


class _Scope(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    parent: int
    owner: int
    is_block: bool
    items: dict[str, list[int]]
    imports: dict[str, list[_Use]]
    globs: list[_Use]
    impls: list[int]


class _Symbol(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    kind: int
    name: str
    spans: tuple[int, int, int, int]
    home: int
    parent: int
    scope: int
    form: str
    public: bool
    generics: list[int]
    children: list[int]
    derives: tuple[str, ...]
    derived: dict[str, int]
    blocks: dict[int, int] | None


class _Declarations(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    signature: bytes
    scopes: list[_Scope]
    symbols: list[_Symbol]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Declarations)


class DeclarationCache:
    """The declarations of many files in one file on disk.

    `hits`, `misses` and `damaged` count files taken from it, files it did not know and lost entries.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.hits = self.misses = self.damaged = 0
        self._known = self._read()
        self._used: dict[bytes, bytes] = {}

    def take(self, file: SourceFile) -> bool:
        """Fills `file` as `items.collect` would, if its text is known."""
        text = _hash(file.data)
        payload = self._known.get(text)
        if payload is not None:
            try:
                _fill(file, _decoder.decode(payload))
            except (msgspec.DecodeError, IndexError):
                self.damaged += 1
            else:
                self.hits += 1
                self._used[text] = payload
                return True
        self.misses += 1
        return False

    def keep(self, file: SourceFile) -> None:
        """Remembers what was just collected of `file`, before anything is linked to it."""
        text = _hash(file.data)
        self._used[text] = _encoder.encode(_declarations(file))

    def write(self) -> None:
        """Puts on disk what was used or kept since the start, unless just that is there already.

        Where that fails a warning is all that happens: the next start is slower.
        """
        if self._used.keys() == self._known.keys() and not self.damaged:
            return
        parts = [_HEAD]
        for text, payload in self._used.items():
            entry = text + payload
            parts += (len(entry).to_bytes(_LENGTH_BYTES, "big"), _hash(entry), entry)
        beside = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(b"".join(parts))
            beside.replace(self.path)
        except OSError as error:
            _log.warning("the cache %s cannot be written: %s", self.path, error)
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
            return
        self._known = dict(self._used)

    def _read(self) -> dict[bytes, bytes]:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            _log.warning("the cache %s cannot be read: %s", self.path, error)
            return {}
        if not data.startswith(_HEAD):
            self.damaged += 1
            _log.warning("%s is no cache of this version; its files are read anew", self.path)
            return {}
        known: dict[bytes, bytes] = {}
        for entry in self._entries(data):
            known[entry[:_HASH_BYTES]] = entry[_HASH_BYTES:]
        if self.damaged:
            _log.warning(
                "the cache %s is damaged: %d entries are good, the other files are read anew",
                self.path,
                len(known),
            )
        return known

    def _entries(self, data: bytes) -> Iterator[bytes]:
        at = len(_HEAD)
        while at < len(data):
            start = at + _LENGTH_BYTES + _HASH_BYTES
            end = start + int.from_bytes(data[at : at + _LENGTH_BYTES], "big")
            entry = data[start:end]
            if end > len(data):
                self.damaged += 1
                return
            if _hash(entry) == data[at + _LENGTH_BYTES : start]:
                yield entry
            else:
                self.damaged += 1
            at = end


def _hash(data: bytes) -> bytes:
    return blake2b(data, digest_size=_HASH_BYTES).digest()


def _declarations(file: SourceFile) -> _Declarations:
    numbers = {symbol: number for number, symbol in enumerate(file.symbols)}
    scopes = _scopes(file)
    places = {scope: number for number, scope in enumerate(scopes)}

    def number(symbol: Symbol | None) -> int:
        return numbers[symbol] if symbol is not None else _NONE

    def place(scope: Scope | None) -> int:
        return places[scope] if scope is not None else _NONE

    def uses(entries: list[Use]) -> list[_Use]:
        return [_Use(use.segments, use.name, use.public) for use in entries]

    return _Declarations(
        file.signature,
        [
            _Scope(
                place(scope.parent),
                number(scope.owner),
                scope.is_block,
                {name: [numbers[one] for one in found] for name, found in scope.items.items()},
                {name: uses(found) for name, found in scope.imports.items()},
                uses(scope.globs),
                [numbers[one] for one in scope.impls],
            )
            for scope in scopes
        ],
        [
            _Symbol(
                _NUMBER[symbol.kind],
                symbol.name,
                (symbol.start, symbol.end, symbol.item_start, symbol.item_end),
                place(symbol.home),
                number(symbol.parent),
                place(symbol.scope),
                symbol.form,
                symbol.public,
                [numbers[one] for one in symbol.generics],
                [numbers[one] for one in symbol.children],
                symbol.derives,
                {name: numbers[one] for name, one in symbol.derived.items()},
                {at: places[scope] for at, scope in symbol.blocks.items()} if symbol.blocks else None,
            )
            for symbol in file.symbols
        ],
    )


def _scopes(file: SourceFile) -> list[Scope]:
    """All scopes of a file, each after the one it stands in."""
    found = {file.root: None}
    for symbol in file.symbols:
        for scope in (symbol.home, symbol.scope, *(symbol.blocks or {}).values()):
            chain = []
            at = scope
            while at is not None and at not in found:
                chain.append(at)
                at = at.parent
            found.update(dict.fromkeys(reversed(chain)))
    return list(found)


def _fill(file: SourceFile, known: _Declarations) -> None:
    scopes: list[Scope] = []
    for one in known.scopes:
        scopes.append(Scope(file, scopes[one.parent] if one.parent >= 0 else None, is_block=one.is_block))
    symbols = [
        Symbol(_KINDS[one.kind], one.name, file, one.spans[:2], one.spans[2:]) for one in known.symbols
    ]
    for symbol, row in zip(symbols, known.symbols, strict=True):
        symbol.home = scopes[row.home] if row.home >= 0 else None
        symbol.parent = symbols[row.parent] if row.parent >= 0 else None
        symbol.scope = scopes[row.scope] if row.scope >= 0 else None
        symbol.form, symbol.public, symbol.derives = row.form, row.public, row.derives
        symbol.generics = [symbols[number] for number in row.generics]
        for number in row.children:
            symbol.add(symbols[number])
        symbol.derived = {name: symbols[number] for name, number in row.derived.items()}
        if row.blocks is not None:
            symbol.blocks = {at: scopes[number] for at, number in row.blocks.items()}
    for scope, line in zip(scopes, known.scopes, strict=True):
        scope.owner = symbols[line.owner] if line.owner >= 0 else None
        scope.items = {name: [symbols[number] for number in found] for name, found in line.items.items()}
        scope.imports = {
            name: [Use(use.segments, use.name, scope, use.public) for use in found]
            for name, found in line.imports.items()
        }
        scope.globs = [Use(use.segments, use.name, scope, use.public) for use in line.globs]
        scope.impls = [symbols[number] for number in line.impls]
    file.root = scopes[0]
    file.symbols = symbols
    file.items = [symbol for symbol in symbols if symbol.kind in ITEMS]
    file.signature = known.signature
