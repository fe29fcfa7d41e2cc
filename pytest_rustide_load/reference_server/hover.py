"""Hover: signature and documentation of what stands at an offset, as Markdown.

Must not know the protocol's messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.members import derived_from
from pytest_rustide_load.reference_server.show import container_text, documentation, signature_text, type_text
from pytest_rustide_load.reference_server.symbols import Kind, Symbol
from pytest_rustide_load.reference_server.ty import UNKNOWN_TEXT

if TYPE_CHECKING:
    from pytest_rustide_load.reference_server.resolve import Resolver
    from pytest_rustide_load.reference_server.source import SourceFile

_LOCALS = frozenset({Kind.LOCAL, Kind.SELF_PARAM})


def hover_text(resolver: Resolver, file: SourceFile, offset: int) -> tuple[str, int, int] | None:
    """(Markdown, start, end of the word), None where there is nothing to say."""
    start = resolver.word_start(file, offset)
    symbols = resolver.symbols_at(file, offset)
    if not symbols:
        return None
    end = start + _word_size(file, start)
    return "\n\n---\n\n".join(_one(resolver, symbol) for symbol in symbols), start, end


def _word_size(file: SourceFile, start: int) -> int:
    end = start
    while end < len(file.data) and (
        file.data[end : end + 1].isalnum() or file.data[end] in b"_#'" or file.data[end] > 127
    ):
        end += 1
    return end - start


def _one(resolver: Resolver, symbol: Symbol) -> str:
    if symbol.kind in _LOCALS:
        return f"```rust\n{_local(resolver, symbol)}\n```"
    if symbol.kind is Kind.DERIVED:
        symbol = derived_from(resolver.model, symbol) or symbol
    blocks = []
    container = container_text(resolver.model, symbol)
    if container and symbol.kind not in {
        Kind.CRATE,
        Kind.TYPE_PARAM,
        Kind.CONST_PARAM,
        Kind.LIFETIME,
        Kind.LABEL,
    }:
        blocks.append(f"```rust\n{container}\n```")
    blocks.append(f"```rust\n{signature_text(symbol)}\n```")
    docs = documentation(symbol)
    if docs:
        blocks.append(f"---\n\n{docs}")
    return "\n\n".join(blocks)


def _local(resolver: Resolver, symbol: Symbol) -> str:
    ty = UNKNOWN_TEXT
    if symbol.owner is not None:
        found = resolver.analyser.analyse(symbol.owner).types.get(symbol)
        if found is not None:
            env = resolver.model.declared.env(symbol.owner)
            ty = type_text(resolver.model.traits.deep(found, env))
    if symbol.kind is Kind.SELF_PARAM:
        return f"self: {ty}"
    return f"let {symbol.name}: {ty}"
