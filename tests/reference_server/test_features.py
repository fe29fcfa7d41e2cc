"""Completion, hover, outlines, tokens, diagnostics: what users see of the same knowledge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_rustide_load.reference_server.completion import completions
from pytest_rustide_load.reference_server.diagnostics import diagnostics
from pytest_rustide_load.reference_server.hover import hover_text
from pytest_rustide_load.reference_server.outline import (
    document_symbols,
    folding_ranges,
    is_subsequence,
    workspace_symbols,
)
from pytest_rustide_load.reference_server.semantic import LEGEND_TYPES, semantic_tokens, token_edits

Make = Callable[[str], Any]

_CODE = """
use std::fmt;
/// A shop.
///
/// It sells.
#[derive(Debug, Clone)]
pub struct Shop { pub name: String, stock: Vec<Ware> }
pub struct Ware { price: u64 }
pub trait Priced {
    const TAX: u64;
    fn price(&self) -> u64;
    /** Twice. */ fn double(&self) -> u64 { self.price() * 2 }
}
impl Priced for Ware { const TAX: u64 = 1; fn price(&self) -> u64 { self.price } }
pub enum Kind { Big, Small(u8), Odd { n: u8 } }
impl Shop {
    pub const MAX: usize = 3;
    pub fn open(name: &str) -> Self { todo!() }
    pub fn first(&self) -> Option<&Ware> { None }
}
pub mod depot { pub fn fetch() {} pub struct Box2; fn secret() {} }
fn run(shop: &Shop, count: u8) {
    let cheap = shop.first();
BODY
}
"""


def _labels(make: Make, body: str) -> list[str]:
    made = make(_CODE.replace("BODY", body))
    return [item["label"] for item in completions(made.resolver, *made.at)]


@pytest.mark.parametrize(
    ("body", "offered", "withheld"),
    [
        ("shop.$0", ["name", "stock", "open_is_no_method", "first", "clone"], ["open", "price", "MAX"]),
        ("shop.$0name;", ["name", "first"], ["open"]),
        ("shop.fi$0", ["first"], ["name", "stock"]),
        ("shop.$0\n    let next = 1;", ["name", "first"], []),
        ("shop.$0\n    shop.first();", ["name", "first"], []),
        ("if let Some(w) = cheap { w.$0 }", ["price", "double"], ["name", "TAX"]),
        ("shop.stock.iter().map(|w| w.$0)", ["price", "double"], ["name"]),
        ('println!("{}", shop.$0);', ["name", "first"], []),
        ("shop.stock.$0", ["len", "push", "iter"], ["name"]),
        ("Shop::$0", ["open", "MAX", "first"], ["name"]),
        ("Kind::$0", ["Big", "Small", "Odd"], ["open"]),
        ("let k: depot::$0", ["Box2"], ["run"]),
        ("crate::$0", ["Shop", "depot", "run", "Kind"], []),
        ("Ware::$0", ["price", "double", "TAX"], ["open"]),
        (
            "$0",
            ["shop", "count", "cheap", "Shop", "run", "depot", "fmt", "let", "Some", "Vec", "u8"],
            ["price"],
        ),
        ("{ let late = 1; } $0 let after = 1;", ["cheap"], ["late"]),
        ("ch$0", ["cheap"], ["shop"]),
        ("let f = |inner: u8| { $0 };", ["inner", "cheap"], []),
    ],
)
def test_completion_offers_what_fits(
    body: str, offered: list[str], withheld: list[str], snippet: Make
) -> None:
    labels = _labels(snippet, body)
    assert [name for name in offered if name not in labels and name != "open_is_no_method"] == []
    assert [name for name in withheld if name in labels] == []
    assert len(labels) == len(set(labels))


def test_completion_in_a_use_declaration_offers_the_modules_items(snippet: Make) -> None:
    made = snippet("use crate::depot::$0;\npub mod depot { pub fn fetch() {} pub struct Crate2; }\n")
    labels = [item["label"] for item in completions(made.resolver, *made.at)]
    assert labels == ["fetch", "Crate2"]


def test_completion_in_an_empty_file_offers_keywords(snippet: Make) -> None:
    made = snippet("$0")
    assert "fn" in [item["label"] for item in completions(made.resolver, *made.at)]


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (
            '$0Shop::open("");',
            ["pub struct Shop { pub name: String, stock: Vec<Ware> }", "A shop.\n\nIt sells.", "demo"],
        ),
        ('Shop::$0open("");', ["pub fn open(name: &str) -> Self", "demo::Shop"]),
        ("shop.$0name;", ["pub name: String", "demo::Shop"]),
        ("$0cheap;", ["let cheap: Option<&Ware>"]),
        ("cheap.unwrap().$0double();", ["fn double(&self) -> u64", "Twice.", "demo::Priced"]),
        ("$0depot::fetch();", ["pub mod depot"]),
        ("Shop::$0MAX;", ["pub const MAX: usize = 3"]),
        ("Kind::$0Small(1);", ["Small(u8)"]),
        ("for (i, w) in shop.stock.iter().enumerate() { $0w; }", ["let w: &Ware"]),
    ],
)
def test_hover_shows_signature_and_documentation(body: str, parts: list[str], snippet: Make) -> None:
    made = snippet(_CODE.replace("BODY", body))
    found = hover_text(made.resolver, *made.at)
    assert found is not None
    assert [part for part in parts if part not in found[0]] == []
    assert made.at[0].data[found[1] : found[2]].isalnum()


def test_hover_on_nothing_is_nothing(snippet: Make) -> None:
    made = snippet("fn f() { $0 }")
    assert hover_text(made.resolver, *made.at) is None


def test_document_symbols_are_a_tree_in_the_order_of_the_text(snippet: Make) -> None:
    made = snippet(_CODE.replace("BODY", "$0"))

    def names(entries: list[dict[str, Any]]) -> list[Any]:
        return [(one["name"], one["kind"], names(one["children"])) for one in entries]

    tree = {name: (kind, inner) for name, kind, inner in names(document_symbols(made.at[0], "utf-8"))}
    assert list(tree) == [
        "Shop",
        "Ware",
        "Priced",
        "impl Priced for Ware",
        "Kind",
        "impl Shop",
        "depot",
        "run",
    ]
    assert tree["Shop"] == (23, [("name", 8, []), ("stock", 8, [])])
    assert [(name, kind) for name, kind, _ in tree["impl Shop"][1]] == [
        ("MAX", 14),
        ("open", 12),
        ("first", 6),
    ]
    assert [(name, kind) for name, kind, _ in tree["Kind"][1]] == [("Big", 22), ("Small", 22), ("Odd", 22)]


def test_workspace_symbols_put_the_best_match_first(snippet: Make) -> None:
    made = snippet("fn reshop() {} fn shop() {} struct Shop; fn shopping() {} fn s_h_o_p() {} fn x() {}")
    names = [symbol.name for symbol in workspace_symbols(made.workspace, "Shop")]
    assert names == ["Shop", "shop", "shopping", "reshop", "s_h_o_p"]
    assert is_subsequence("sp", "shop")
    assert not is_subsequence("ps", "shop")


def test_semantic_tokens_tell_names_by_their_meaning(snippet: Make) -> None:
    made = snippet('struct A { n: u8 }\nfn f(a: A) -> u8 { // é\n    "é"; a.n }$0\n')
    file = made.at[0]
    data = semantic_tokens(made.resolver, file, "utf-8")
    lines, line, column, found = file.data.decode().split("\n"), 0, 0, []
    for at in range(0, len(data), 5):
        line, column = line + data[at], data[at + 1] + (column if data[at] == 0 else 0)
        text = lines[line].encode()[column : column + data[at + 2]].decode()
        found.append((text, LEGEND_TYPES[data[at + 3]], data[at + 4]))
    assert found == [
        ("struct", "keyword", 0),
        ("A", "struct", 1),
        ("n", "property", 1),
        ("u8", "type", 0),
        ("fn", "keyword", 0),
        ("f", "function", 1),
        ("a", "variable", 1),
        ("A", "struct", 0),
        ("u8", "type", 0),
        ("// é", "comment", 0),
        ('"é"', "string", 0),
        ("a", "variable", 0),
        ("n", "property", 0),
    ]


def test_diagnostics_are_the_syntax_errors(snippet: Make) -> None:
    good = snippet("fn f() {}$0")
    assert diagnostics(good.at[0], "utf-8") == []
    good.at[0].replace(b"fn f() { let = 1; }\nfn g( {}\n")
    found = diagnostics(good.at[0], "utf-8")
    assert {one["range"]["start"]["line"] for one in found} == {0, 1}
    assert {one["severity"] for one in found} == {1}


def test_folding_covers_bodies_and_comments(snippet: Make) -> None:
    made = snippet("fn f() {\n    if a {\n        b();\n    }\n}\n/*\n x\n*/\n$0")
    assert folding_ranges(made.at[0]) == [
        {"startLine": 0, "endLine": 3},
        {"startLine": 1, "endLine": 2},
        {"startLine": 5, "endLine": 7, "kind": "comment"},
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([], []),
        ([1, 2, 3], [1, 2, 3]),
        ([1, 2, 3], [1, 9, 3]),
        ([], [1]),
        ([1], []),
        ([1, 1], [1]),
        ([1, 2], [1, 1, 2]),
    ],
)
def test_token_edits_turn_the_old_list_into_the_new(old: list[int], new: list[int]) -> None:
    result = list(old)
    for edit in token_edits(old, new):
        start, count, data = edit["start"], edit["deleteCount"], edit["data"]
        assert isinstance(start, int)
        assert isinstance(count, int)
        assert isinstance(data, list)
        result[start : start + count] = data
    assert result == new
