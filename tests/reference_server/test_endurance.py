"""Code nobody writes by hand: it is read without a crash, and soon."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.reference_server.completion import completions
from pytest_rustide_load.reference_server.diagnostics import diagnostics
from pytest_rustide_load.reference_server.formatting import format_edits
from pytest_rustide_load.reference_server.hover import hover_text
from pytest_rustide_load.reference_server.outline import document_symbols, folding_ranges
from pytest_rustide_load.reference_server.resolve import Resolver
from pytest_rustide_load.reference_server.semantic import semantic_tokens
from pytest_rustide_load.reference_server.workspace import Workspace

_DEEP = 60
_ODD = {
    "nested types": "fn f(x: " + "Vec<" * _DEEP + "u8" + ">" * _DEEP + ") {}",
    "nested closures": "fn f() { " + "|a| " * _DEEP + "1 }",
    "long projections": "trait T { type A: T; } fn f<X: T>() where "
    + ", ".join("X" + "::A" * depth + ": T" for depth in range(1, 25))
    + " {}",
    "an impl that depends on itself": "trait A { type B; fn f(&self) -> Self::B; } struct S;"
    " impl A for S where S: A { type B = <S as A>::B; } fn g(s: S) { s.f().f(); }",
    "an impl for another impl's type": "trait A { type B; } struct S; impl A for S { type B = S; }"
    " impl <S as A>::B { fn f(&self) {} } fn g(s: S) { s.f(); }",
    "aliases in a circle": "type A = B; type B = A; fn f(a: A) { a.x; }",
    "an alias that grows": "type A<T> = A<Vec<T>>; fn f(a: A<u8>) { a.x; }",
    "a type that dereferences to itself": "struct S; impl std::ops::Deref for S { type Target = S; }"
    " fn f(s: S) { s.nope(); s.x; }",
    "traits above one another": "trait A: B {} trait B: A {} fn f<T: A>(t: T) { t.x(); }",
    "imports in a circle": "use self::a::x as x; mod a { pub use super::x; } fn f() { x(); }",
    "a vector in itself": "fn f() { let mut v = Vec::new(); v.push(v); v[0].y; }",
    "an option of itself": "fn f() { let mut o = None; o = Some(o); o.unwrap().z; }",
    "a mark at the start": "\ufefffn f() {}",
    "a null": "fn f() { \0 }",
    "nothing": "",
}


def _all(resolver: Resolver, file: Any, offset: int) -> None:
    completions(resolver, file, offset)
    hover_text(resolver, file, offset)
    for symbol in resolver.symbols_at(file, offset):
        resolver.references(symbol)
    semantic_tokens(resolver, file, "utf-16")
    document_symbols(file, "utf-16")
    format_edits(file, "utf-16")
    diagnostics(file, "utf-16")
    folding_ranges(file)


@pytest.mark.parametrize("code", list(_ODD.values()), ids=list(_ODD))
def test_odd_code_is_read(code: str, snippet: Callable[[str], Any]) -> None:
    made = snippet(code)
    file = next(iter(made.workspace.files.values()))
    _all(made.resolver, file, len(file.data) // 2)


_PIECES = [
    b"",
    b"{",
    b"}",
    b"(",
    b")",
    b"::",
    b".",
    b"x",
    b"fn ",
    b"impl ",
    b"<",
    b">",
    b'"',
    b"|",
    b"let ",
    b"'a",
]


@pytest.mark.parametrize("seed", range(3))
def test_broken_code_is_read(seed: int) -> None:
    codebase = generate_codebase(CodebaseSpec(seed=seed, loc=400))
    workspace = Workspace()
    workspace.roots.append(Path("/nowhere"))
    for path in codebase.rust_paths:
        workspace.put(f"/nowhere/{path}", codebase.text(path).encode())
    workspace.relink()
    resolver = Resolver(workspace)
    chance = random.Random(seed)
    files = list(workspace.files.values())
    for _ in range(60):
        file = chance.choice(files)
        start = chance.randrange(len(file.data) + 1)
        stop = min(len(file.data), start + chance.choice([0, 0, 1, 3, 20]))
        file.splice(start, stop, chance.choice(_PIECES))
        workspace.refresh(file)
        _all(resolver, file, min(start, len(file.data)))
