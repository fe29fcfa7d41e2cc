"""Implementations and selections."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.reference_server.structure import enclosing, implementations

_CODE = """
pub trait Speak { fn speak(&self) -> u8; fn twice(&self) -> u8 { self.speak() * 2 } }
pub struct Dog; pub struct Cat(u8);
impl Speak for Dog { fn speak(&self) -> u8 { 1 } }
impl Speak for Cat { fn speak(&self) -> u8 { self.0 } fn twice(&self) -> u8 { 4 } }
impl Cat { pub fn new() -> Self { Cat(1) } }
fn run(dog: &Dog) -> u8 { dog.speak() }
"""


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("trait ", ["Dog {", "Cat { fn speak"]),
        ("struct ", ["Dog {"]),
        ("pub struct Dog; pub struct ", ["Cat { fn speak", "Cat { pub"]),
        ("Speak { fn ", ["speak(&self) -> u8 { 1", "speak(&self) -> u8 { self"]),
        ("-> u8; fn ", ["twice(&self) -> u8 { 4"]),
        ("pub fn ", []),
    ],
)
def test_implementations_are_all_impls_and_no_others(
    snippet: Callable[[str], Any], before: str, expected: list[str]
) -> None:
    made = snippet(_CODE)
    file = next(iter(made.workspace.files.values()))
    offset = _CODE.index(before) + len(before)
    found = [place.start for place in implementations(made.resolver, file, offset)]
    assert [_CODE[start:].startswith(text) for start, text in zip(found, expected, strict=True)] == [
        True
    ] * len(expected)


def test_selections_grow_strictly_up_to_the_whole_text(snippet: Callable[[str], Any]) -> None:
    made = snippet(_CODE)
    file = next(iter(made.workspace.files.values()))
    for offset in range(len(_CODE) + 1):
        spans = enclosing(file, offset)
        assert spans[-1] == (0, len(file.data))
        assert all(start <= offset <= end for start, end in spans)
        pairs = pairwise(spans)
        assert all(b[0] <= a[0] and a[1] <= b[1] and a != b for a, b in pairs)
    start = _CODE.index("dog.speak")
    assert [_CODE[slice(*span)] for span in enclosing(file, start)][:2] == ["dog", "dog.speak"]


def test_impls_of_generated_traits_are_found_by_text_search_too(
    tmp_path: Path, connect: Callable[..., Any]
) -> None:
    codebase = generate_codebase(CodebaseSpec(seed=5, loc=2000))
    for path in codebase.paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(codebase.text(path), encoding="utf-8", newline="")
    client = connect(tmp_path)
    capabilities = client.initialize()["capabilities"]
    assert capabilities["implementationProvider"]
    assert capabilities["selectionRangeProvider"]
    client.wait_ready()
    asked = 0
    for path in codebase.paths:
        for number, line in enumerate(codebase.text(path).splitlines()):
            if not line.lstrip().startswith("pub trait "):
                continue
            column = line.index("trait ") + 6
            name = line[column:].split("<")[0].split(":")[0].split(" ")[0]
            uri = (tmp_path / path).as_uri()
            context = {"includeDeclaration": False}
            uses = client.at("references", uri, number, column, context=context)
            lines = {
                (use["uri"], use["range"]["start"]["line"])
                for use in uses
                if _is_impl(use, name, tmp_path, codebase)
            }
            answer = client.at("implementation", uri, number, column)
            assert {(one["uri"], one["range"]["start"]["line"]) for one in answer} == lines
            asked += 1
    assert asked


def _is_impl(use: Any, name: str, root: Path, codebase: Any) -> bool:
    path = use["uri"].removeprefix(f"{root.as_uri()}/")
    line = codebase.text(path).splitlines()[use["range"]["start"]["line"]]
    before, found, _ = line.partition(" for ")
    return bool(found) and line.startswith("impl") and name in before
