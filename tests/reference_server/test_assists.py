"""Calls, types, hints, signatures and actions: what the rarer methods say of a piece of code."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.reference_server.actions import actions_at
from pytest_rustide_load.reference_server.hierarchy import (
    function_at,
    incoming_calls,
    outgoing_calls,
    type_definitions,
)
from pytest_rustide_load.reference_server.hints import implementation_counts, signature_at, type_hints
from pytest_rustide_load.reference_server.semantic import semantic_tokens
from pytest_rustide_load.workspaces import materialise

Make = Callable[[str], Any]

_CALLS = """
trait Go { fn go(&self); }
struct A;
impl Go for A { fn go(&self) { leaf(); } }
impl A { fn both(&self) { self.go(); leaf(); leaf(); generic::<Vec<u8>>(vec![]); } }
fn leaf() {}
fn generic<T>(t: T) { leaf(); let f = leaf; }
fn outer() { fn inner() { leaf() } inner(); A.both(); A::go(&A); }
"""


@pytest.fixture
def calls(snippet: Make) -> Any:
    made = snippet(_CALLS)
    [file] = made.workspace.files.values()

    def names(at: bytes, ask: Callable[..., Any]) -> dict[str, int]:
        function = function_at(made.resolver, file, file.data.index(at) + 3)
        assert function is not None
        return {symbol.name: len(places) for symbol, places in ask(made.resolver, function)}

    return names


def test_incoming_calls_are_those_with_arguments_by_their_function(calls: Any) -> None:
    assert calls(b"fn leaf", incoming_calls) == {"go": 1, "both": 2, "generic": 1, "inner": 1}
    assert calls(b"fn generic", incoming_calls) == {"both": 1}
    assert calls(b"fn inner", incoming_calls) == {"outer": 1}
    assert calls(b"fn outer", incoming_calls) == {}


def test_a_trait_function_is_called_through_its_impls_too(calls: Any) -> None:
    assert calls(b"fn go(&self);", incoming_calls) == {"both": 1, "outer": 1}


def test_outgoing_calls_are_the_functions_own(calls: Any) -> None:
    assert calls(b"fn both", outgoing_calls) == {"go": 1, "leaf": 2, "generic": 1}
    assert calls(b"fn outer", outgoing_calls) == {"inner": 1, "both": 1, "go": 1}
    assert calls(b"fn generic", outgoing_calls) == {"leaf": 1}


def test_every_call_comes_in_where_it_goes_out(tmp_path: Path, snippet: Make) -> None:
    made = snippet("fn none() {}")
    codebase = generate_codebase(CodebaseSpec(seed=5, loc=2_000, crates=2))
    materialise(codebase, tmp_path / "workspace")
    for _ in made.workspace.load(tmp_path / "workspace"):
        pass
    resolver = made.resolver
    functions = [
        symbol
        for file in made.workspace.files.values()
        for symbol in file.symbols
        if symbol.kind.value == "function" and resolver.place(symbol) is not None
    ]
    out = {
        (caller, called, place.start)
        for caller in functions
        for called, places in outgoing_calls(resolver, caller)
        for place in places
    }
    into = {
        (caller, called, place.start)
        for called in functions
        for caller, places in incoming_calls(resolver, called)
        for place in places
        if called is not caller
    }
    assert len(out) > 50
    # Through a trait's function the calls of its impls come in as well.
    assert out <= into
    assert all(
        called.parent is not None and called.parent.kind.value == "trait" for _, called, _ in into - out
    )


@pytest.mark.parametrize(
    "code",
    [
        "struct /*def*/A; fn f() { let a = A; drop($0a); }",
        "struct /*def*/A; struct B { a: Vec<A> } fn f(b: &B) { drop(&b.$0a); }",
        "struct /*def*/A; fn f(a: Option<&A>) { if let Some($0a) = a {} }",
        "enum /*def*/E { X, Y } fn f() { let _ = E::$0X; }",
        "struct /*def*/A; fn make() -> A { A } fn f() { $0make(); }",
        "struct A; fn f() { let $0n = 1u8; }",
        "struct /*def*/A; type T = A; fn f(t: $0T) {}",
        "struct /*def*/A; impl A { fn me(&self) { drop($0self); } }",
    ],
)
def test_the_type_of_a_name_is_found(code: str, snippet: Make) -> None:
    made = snippet(code)
    found = [(place.file.path, place.start) for place in type_definitions(made.resolver, *made.at)]
    assert found == made.marks["def"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("let a = 1u8;", ["a: u8"]),
        ("let a: u8 = 1;", []),
        ("let (a, mut b) = (1i64, true);", ["a: i64", "b: bool"]),
        ("let (a, b): (i64, bool) = (1, true);", []),
        ("for n in [1u16] {}", ["n: u16"]),
        ('if let Some(x) = Some("t") {}', ["x: &str"]),
        ("vec![1u8].iter().for_each(|n| ());", ["n: &u8"]),
        ("vec![1u8].iter().for_each(|n: &u8| ());", []),
        ("let a = nothing_known();", []),
    ],
)
def test_hints_tell_types_that_are_written_nowhere(body: str, expected: list[str], snippet: Make) -> None:
    made = snippet(f"fn f(p: u8) {{ {body} }}")
    [file] = made.workspace.files.values()
    found = [
        f"{re.findall(rb'[a-z]+', file.data[:end])[-1].decode()}: {text}"
        for end, text in type_hints(made.resolver, file, 0, len(file.data))
    ]
    assert sorted(found) == sorted(expected)


def test_hints_are_given_for_the_lines_asked_about_only(snippet: Make) -> None:
    made = snippet("fn f() { let a = 1u8; }\nfn g() { let b = 2u8; }\n")
    [file] = made.workspace.files.values()
    middle = file.data.index(b"fn g")
    assert len(list(type_hints(made.resolver, file, 0, middle))) == 1
    assert len(list(type_hints(made.resolver, file, 0, len(file.data)))) == 2


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("add($0)", ("fn add(x: u8, y: &str) -> u8", 0)),
        ('add(1$0, "")', ("fn add(x: u8, y: &str) -> u8", 0)),
        ('add(1, $0"")', ("fn add(x: u8, y: &str) -> u8", 1)),
        ('add(id::<u8>($0 1), "")', ("fn id<T>(t: T) -> T", 0)),
        ("S.set(true, $0 1)", ("fn set(&self, on: bool, n: u8)", 1)),
        ("self::add(1, add($0))", ("fn add(x: u8, y: &str) -> u8", 0)),
        ('$0 add(1, "")', None),
        ("unknown($0)", None),
    ],
)
def test_a_call_shows_its_signature(call: str, expected: Any, snippet: Make) -> None:
    made = snippet(
        "struct S; impl S { fn set(&self, on: bool, n: u8) {} }\n"
        "fn add(x: u8, y: &str) -> u8 { 1 } fn id<T>(t: T) -> T { t }\n"
        f"fn f() {{ {call}; }}\n"
    )
    found = signature_at(made.resolver, *made.at)
    assert (None if found is None else (found.label, found.active)) == expected
    if found is not None and found.label.startswith("fn add"):
        assert found.parameters == ("x: u8", "y: &str")


def _done(made: Any) -> dict[str, str]:
    file, offset = made.at
    return {
        action.title: (
            file.data[: action.offset] + action.text.encode() + file.data[action.offset :]
        ).decode()
        for action in actions_at(made.resolver, file, offset)
    }


def test_actions_do_what_their_titles_say(snippet: Make) -> None:
    assert _done(snippet("fn f() { let $0a = 1u8; }")) == {
        "Insert explicit type `u8`": "fn f() { let a: u8 = 1u8; }"
    }
    assert _done(snippet("mod m {\n    struct $0A;\n}")) == {
        "Change visibility to pub(crate)": "mod m {\n    pub(crate) struct A;\n}",
        "Add `#[derive(Debug)]`": "mod m {\n    #[derive(Debug)]\n    struct A;\n}",
    }


@pytest.mark.parametrize(
    "code",
    [
        "fn f() { let $0a: u8 = 1; }",
        "fn f() { let a = 1u8; drop($0a); }",
        "#[derive(Debug)] pub struct $0A;",
        "trait T { fn g(); } struct S; impl T for S { fn $0g() {} }",
        "pub trait T { fn $0g(); }",
        "fn f() { fn $0g() {} }",
    ],
)
def test_no_action_is_offered_where_none_makes_sense(code: str, snippet: Make) -> None:
    assert _done(snippet(code)) == {}


def test_lenses_count_the_impls(snippet: Make) -> None:
    made = snippet("struct A; struct B; trait T {} impl T for A {} impl A {} impl T for B {}")
    [file] = made.workspace.files.values()
    counts = {symbol.name: count for symbol, count in implementation_counts(made.resolver, file)}
    assert counts == {"A": 2, "B": 1, "T": 2}


def test_tokens_of_a_range_are_those_of_the_whole_there(snippet: Make) -> None:
    made = snippet("fn f() { let a = 1u8; }\n/* long\ncomment */\nfn g(x: u8) { f(); }\nstruct S;\n")
    [file] = made.workspace.files.values()

    def absolute(data: list[int]) -> set[tuple[int, ...]]:
        line = column = 0
        found = set()
        for at in range(0, len(data), 5):
            column = data[at + 1] + (0 if data[at] else column)
            line += data[at]
            found.add((line, column, *data[at + 2 : at + 5]))
        return found

    whole = absolute(semantic_tokens(made.resolver, file, "utf-8"))
    start, stop = file.data.index(b"fn g"), file.data.index(b"struct")
    part = absolute(semantic_tokens(made.resolver, file, "utf-8", (start, stop)))
    assert part == {token for token in whole if token[0] == 3}


def test_all_of_it_over_the_wire(connect: Callable[..., Any], tmp_path: Path) -> None:
    text = (
        "/// Adds.\npub fn add(x: u8, y: u8) -> u8 { x + y }\n"
        "pub struct Sum(u8);\nimpl Sum { pub fn new() -> Sum { let n = add(1, 2); Sum(n) } }\n"
    )
    (tmp_path / "lib.rs").write_text(text)
    uri = (tmp_path / "lib.rs").as_uri()
    client = connect(tmp_path)
    offered = client.initialize()["capabilities"]
    client.wait_ready()
    for name in (
        "callHierarchyProvider",
        "typeDefinitionProvider",
        "signatureHelpProvider",
        "codeLensProvider",
    ):
        assert offered[name]
    assert offered["completionProvider"]["resolveProvider"]
    assert offered["semanticTokensProvider"]["range"]
    document = {"textDocument": {"uri": uri}}
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 4, "character": 0}}

    [item] = client.at("prepareCallHierarchy", uri, 1, 8)
    [caller] = client.request("callHierarchy/incomingCalls", {"item": item})
    assert caller["from"]["name"] == "new"
    [called] = client.request("callHierarchy/outgoingCalls", {"item": caller["from"]})
    assert called["to"]["selectionRange"] == item["selectionRange"]
    [declared] = client.at("typeDefinition", uri, 3, text.splitlines()[3].index("new"))
    assert declared["range"]["start"]["line"] == 2
    help_shown = client.at("signatureHelp", uri, 3, text.splitlines()[3].index("1, 2") + 3)
    assert (help_shown["signatures"][0]["label"], help_shown["activeParameter"]) == (
        "pub fn add(x: u8, y: u8) -> u8",
        1,
    )
    [hint] = client.request("textDocument/inlayHint", {**document, "range": whole})
    assert hint["label"] == ": u8"
    [lens] = client.request("textDocument/codeLens", document)
    assert lens["command"]["title"] == "1 implementation"
    here = {"start": {"line": 2, "character": 12}, "end": {"line": 2, "character": 12}}
    asked = {**document, "range": here, "context": {"diagnostics": []}}
    [action] = client.request("textDocument/codeAction", asked)
    [edit] = action["edit"]["changes"][uri]
    assert edit["newText"] == "#[derive(Debug)]\n"
    assert (
        client.request(
            "textDocument/codeAction", {**asked, "context": {"diagnostics": [], "only": ["source"]}}
        )
        == []
    )
    items = client.at("completion", uri, 3, text.splitlines()[3].index("add(") + 2)["items"]
    offered_item = next(one for one in items if one["label"] == "add")
    resolved = client.request("completionItem/resolve", offered_item)
    assert resolved["documentation"]["value"] == "Adds."
    assert resolved["detail"] == "pub fn add(x: u8, y: u8) -> u8"

    messy = (tmp_path / "messy.rs").as_uri()
    client.open(messy, "fn f() {\n a();\n b();\n}\n")
    third = {"start": {"line": 2, "character": 0}, "end": {"line": 2, "character": 4}}
    asked = {"textDocument": {"uri": messy}, "options": {"tabSize": 4, "insertSpaces": True}}
    [edit] = client.request("textDocument/rangeFormatting", {**asked, "range": third})
    assert edit["range"]["start"]["line"] == 2
    edits = client.request("textDocument/formatting", asked)
    assert {edit["range"]["start"]["line"] for edit in edits} == {1, 2}
