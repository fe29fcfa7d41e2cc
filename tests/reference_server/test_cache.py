"""The cache on disk: what comes from it is what reading gives, and damage costs time, never truth."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.reference_server.cache import DeclarationCache
from pytest_rustide_load.reference_server.items import collect
from pytest_rustide_load.reference_server.resolve import Resolver
from pytest_rustide_load.reference_server.source import SourceFile
from pytest_rustide_load.reference_server.symbols import Scope, Symbol
from pytest_rustide_load.reference_server.workspace import Workspace
from pytest_rustide_load.workspaces import materialise

Connect = Callable[..., Any]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cached") / "workspace"
    materialise(generate_codebase(CodebaseSpec(seed=11, loc=3_000, crates=3)), root)
    return root


def _load(root: Path, cache: DeclarationCache | None = None) -> Workspace:
    workspace = Workspace(cache)
    for _ in workspace.load(root):
        pass
    return workspace


def _meanings(workspace: Workspace) -> list[tuple[str, int, list[tuple[str, int]]]]:
    """What every name of every item means, by place."""
    resolver = Resolver(workspace)
    return [
        (path, item.item_start + offset, [(one.name, one.start) for one in symbols])
        for path, file in sorted(workspace.files.items())
        for item in file.items
        for offset, symbols in sorted(resolver.analyser.analyse(item).uses.items())
    ]


def _shape(file: SourceFile) -> object:
    """All that is known of a file's declarations, with numbers in place of references."""
    number = {symbol: place for place, symbol in enumerate(file.symbols)}
    scopes: dict[Scope, int] = {}

    def scope_of(scope: Scope | None) -> int | None:
        if scope is None:
            return None
        if scope not in scopes:
            scopes[scope] = len(scopes)
            details.append(
                (
                    scope_of(scope.parent),
                    scope.is_block,
                    number.get(scope.owner) if scope.owner else None,
                    {name: [number[one] for one in found] for name, found in scope.items.items()},
                    {
                        name: [(u.segments, u.name, u.public) for u in found]
                        for name, found in scope.imports.items()
                    },
                    [(u.segments, u.name, u.public, u.scope is scope) for u in scope.globs],
                    [number[one] for one in scope.impls],
                )
            )
        return scopes[scope]

    details: list[object] = []
    root = scope_of(file.root)

    def row(symbol: Symbol) -> object:
        return (
            symbol.kind,
            symbol.name,
            symbol.name_span(),
            symbol.item_span(),
            scope_of(symbol.home),
            number.get(symbol.parent) if symbol.parent else None,
            symbol.form,
            symbol.public,
            scope_of(symbol.scope),
            [number[one] for one in symbol.generics],
            [number[one] for one in symbol.children],
            {name: number[one] for name, one in symbol.members.items()},
            symbol.derives,
            {name: number[one] for name, one in symbol.derived.items()},
            {at: scope_of(one) for at, one in (symbol.blocks or {}).items()},
        )

    rows = [row(symbol) for symbol in file.symbols]
    return root, rows, details, [number[item] for item in file.items], file.signature


_PIECES = [
    "pub fn f<T: Clone>(x: T) -> T { x }\n",
    "#[derive(Clone, Debug)]\npub struct S<'a, const N: usize> { pub a: &'a [u8; N], b: u32 }\n",
    "struct T(u8, pub String);\n",
    "pub enum E { A, B(u8), C { d: u32 } }\n",
    "impl E { const K: u8 = 1; type X = u8; fn m(&self) { fn inner() {} struct In; { fn deep() {} } } }\n",
    "pub mod inner { pub use super::*; use std::{fmt, io::{self, Read as R}}; pub trait Q { fn q(); } }\n",
    "#[macro_use]\nmod x { macro_rules! m { () => {} } }\n",
    "extern crate core as c;\nunion U { a: u8 }\nstatic A: u8 = 0;\ntype L = u8;\n",
    "fn broken( {\n",
    "thing! { a b }\n",
    "impl\n",
]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=8))
def test_what_comes_back_is_what_was_collected(pieces: list[str]) -> None:
    data = "".join(pieces).encode()
    collected, kept = SourceFile("u", "/a.rs", data), SourceFile("u", "/a.rs", data)
    collect(collected)
    cache = DeclarationCache(Path("/nowhere/at/all"))
    cache.keep(collected)
    again = DeclarationCache(Path("/nowhere/at/all"))
    again._known = dict(cache._used)
    assert again.take(kept)
    assert _shape(kept) == _shape(collected)


def test_a_second_start_reads_nothing_anew_and_knows_the_same(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "folder" / "cache"
    first = DeclarationCache(path)
    workspace = _load(root, first)
    assert (first.hits, first.misses) == (0, len(workspace.files))
    second = DeclarationCache(path)
    again = _load(root, second)
    assert (second.hits, second.misses, second.damaged) == (len(workspace.files), 0, 0)
    assert _meanings(again) == _meanings(_load(root))


def test_no_text_of_a_file_is_in_the_cache(root: Path, tmp_path: Path) -> None:
    _load(root, DeclarationCache(tmp_path / "cache"))
    kept = (tmp_path / "cache").read_bytes()
    lines = {
        line.strip()
        for path in root.rglob("*.rs")
        for line in path.read_bytes().splitlines()
        if len(line.strip()) > 30
    }
    assert len(lines) > 500
    assert not [line for line in lines if line in kept]


def test_any_damage_is_noticed_and_what_is_known_stays_right(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "cache"
    _load(root, DeclarationCache(path))
    whole, expected = path.read_bytes(), _meanings(_load(root))
    random_numbers = random.Random(5)
    for attempt in range(12):
        data = bytearray(whole)
        if attempt % 3 == 0:
            del data[random_numbers.randrange(len(data)) :]
        elif attempt % 3 == 1:
            data[random_numbers.randrange(len(data))] ^= 1 << random_numbers.randrange(8)
        else:
            start = random_numbers.randrange(len(data))
            data[start : start + 200] = random_numbers.randbytes(200)
        path.write_bytes(data)
        cache = DeclarationCache(path)
        workspace = _load(root, cache)
        assert cache.damaged or (attempt % 3 == 0 and cache.misses)
        assert cache.hits + cache.misses == len(workspace.files)
        assert _meanings(workspace) == expected
        mended = DeclarationCache(path)
        assert not mended.damaged
        assert _load(root, mended) is not None
        assert mended.misses == 0


def test_a_changed_file_alone_is_read_anew(root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "workspace"
    materialise(generate_codebase(CodebaseSpec(seed=11, loc=3_000, crates=3)), copy)
    _load(copy, DeclarationCache(tmp_path / "cache"))
    changed = next(copy.rglob("lib.rs"))
    changed.write_text(changed.read_text() + "\npub fn added_since() {}\n")
    cache = DeclarationCache(tmp_path / "cache")
    workspace = _load(copy, cache)
    assert cache.misses == 1
    assert "added_since" in workspace.files[str(changed)].root.items
    assert _meanings(workspace) == _meanings(_load(copy))


def test_a_cache_that_cannot_be_written_is_only_a_warning(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    workspace = _load(root, DeclarationCache(tmp_path / "file" / "cache"))
    assert workspace.files
    assert "cannot be written" in caplog.text


def test_a_server_started_again_answers_from_its_cache(connect: Connect, root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"

    def start() -> str:
        client = connect(root, arguments=("--cache", str(folder)))
        client.initialize()
        client.wait_ready()
        found: list[Any] = client.request("workspace/symbol", {"query": "a"})
        client.request("shutdown", None)
        client.notify("exit", None)
        client.wait_exit()
        return sorted((one["name"], str(one["location"])) for one in found).__repr__()

    first = start()
    [kept] = folder.iterdir()
    data = bytearray(kept.read_bytes())
    assert start() == first
    assert kept.read_bytes() == data
    data[len(data) // 2] ^= 0xFF
    kept.write_bytes(data)
    assert start() == first
    assert kept.read_bytes() != data
