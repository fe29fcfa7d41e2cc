"""What is typed: at the right places, in single changes, whole after each burst, and the same for a seed."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_rust

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.codebase.places import EditSite
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.lsp.documents import Position
from pytest_rustide_load.workload.edits import ACTIONS, EditMix, EditStream, Typed
from pytest_rustide_load.workload.notes import PLACES, is_whole

CODEBASE = generate_codebase(CodebaseSpec(seed=4, loc=2_000, crates=2))
RUST = tree_sitter.Parser(tree_sitter.Language(tree_sitter_rust.language()))
PLAYED = 1_500


def open_files(count: int = 6) -> tuple[str, ...]:
    """Those with the most kinds of sites."""
    paths = CODEBASE.rust_paths
    kinds = {path: len({site.kind for site in CODEBASE.oracle.edit_sites(path)}) for path in paths}
    return tuple(sorted(paths, key=lambda path: (-kinds[path], path))[:count])


class Desk:
    """One user's documents, and the stream of edits made in them."""

    def __init__(
        self, *, seed: int = 1, user: int = 0, encoding: str = "utf-8", mix: EditMix | None = None
    ) -> None:
        self.encoding = encoding
        paths = (*open_files(), "Cargo.toml")
        self.documents = {
            path: OpenDocument(path, Path("/w"), CODEBASE.text(path), encoding=encoding) for path in paths
        }
        sites = {path: CODEBASE.oracle.edit_sites(path) for path in open_files()}
        sites["Cargo.toml"] = (EditSite("Cargo.toml", 0),)
        macro = next(site for site in sites[open_files()[0]] if site.kind == "signature")
        # Not every generated file has a macro: a signature takes the same as one.
        sites[macro.path] = tuple(
            EditSite(site.path, site.line, site.column, "macro") if site == macro else site
            for site in sites[macro.path]
        )
        self.stream = EditStream(sites, seed=seed, user=user, mix=mix, encoding=encoding)

    def column(self, path: str, line: int, column: int) -> int:
        prefix = CODEBASE.text(path).split("\n")[line].encode()[:column].decode()
        return len(prefix.encode()) if self.encoding == "utf-8" else len(prefix.encode("utf-16-le")) // 2

    def locate(self, path: str, line: int, column: int) -> Position | None:
        return self.documents[path].now(line, self.column(path, line, column))

    def step(self) -> Typed:
        typed = self.stream.next(self.locate)
        assert typed is not None
        self.documents[typed.path].edit(typed.edits, settled=typed.settled)
        return typed


def is_valid(text: str) -> bool:
    return not RUST.parse(text.encode()).root_node.has_error


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_every_landmark_stays_where_it_is_said_to_be(encoding):
    desk = Desk(encoding=encoding)
    for number in range(PLAYED):
        typed = desk.step()
        if number % 50:
            continue
        document = desk.documents[typed.path]
        lines = document.text.split("\n")
        original = CODEBASE.text(typed.path).split("\n")
        for mark in CODEBASE.oracle.landmarks(path=typed.path):
            name = original[mark.line].encode()[mark.column : mark.column + mark.length].decode()
            now = document.now(mark.line, desk.column(mark.path, mark.line, mark.column))
            line = lines[now.line].encode(encoding.replace("16", "16-le"))
            unit = 2 if encoding == "utf-16" else 1
            rest = line[now.column * unit :].decode(encoding.replace("16", "16-le"))
            assert rest.startswith(name)


@pytest.mark.parametrize("seed", range(3))
def test_a_settled_document_is_valid_rust_and_every_burst_ends_in_one(seed):
    desk = Desk(seed=seed)
    assert all(is_valid(document.text) for path, document in desk.documents.items() if path.endswith(".rs"))
    broken = 0
    for _ in range(PLAYED):
        typed = desk.step()
        document = desk.documents[typed.path]
        assert document.settled == typed.settled
        if typed.path.endswith(".rs"):
            if typed.settled:
                assert is_valid(document.text)
            else:
                broken += not is_valid(document.text)
        else:
            assert not typed.path.endswith(".toml") or typed.settled
        if desk.stream.settled:
            assert typed.settled
    # Most of what is said to be broken is.
    assert broken > PLAYED // 5


def test_all_actions_and_places_come_and_look_as_they_are_called():
    desk = Desk(seed=3)
    actions, places, bursts = Counter(), Counter(), Counter()
    for _ in range(6_000):
        typed = desk.step()
        actions[typed.action] += 1
        places[typed.place] += 1
        bursts[typed.action] += typed.begins
        if typed.action == "typing":
            (edit,) = typed.edits
            assert len(edit.text.strip(" ") or edit.text) <= 1 or typed.character == "\n"
            assert edit.start == edit.end
            assert typed.character
        elif typed.action == "paste":
            (edit,) = typed.edits
            assert len(edit.text) >= 50
            assert len("\n".join(line.strip() for line in edit.text.split("\n"))) <= 520
            assert edit.start == edit.end
        elif typed.action == "multi_cursor":
            assert 2 <= len(typed.edits) <= 4
            starts = [edit.start for edit in typed.edits]
            assert starts == sorted(starts, reverse=True)
        elif typed.action == "deletion":
            (edit,) = typed.edits
            assert not edit.text
    assert set(actions) == set(ACTIONS)
    assert set(places) == set(PLACES)
    assert bursts["typing"] > bursts["paste"] > 0


def test_what_was_typed_and_deleted_leaves_the_text_as_it_was():
    desk = Desk(mix=EditMix(actions={"typing": 1, "paste": 1, "undo": 2, "redo": 1, "multi_cursor": 1}))
    for _ in range(800):
        desk.step()
    while not desk.stream.settled:
        desk.step()
    desk.stream._mix = EditMix(actions={"deletion": 1})
    while desk.stream._filled:
        desk.step()
    assert {path: document.text for path, document in desk.documents.items()} == {
        path: CODEBASE.text(path) for path in desk.documents
    }


def test_documents_stay_about_as_long_as_they_were():
    desk = Desk(mix=EditMix(actions={"paste": 1}))
    for _ in range(3_000):
        desk.step()
    assert len(desk.stream._filled) <= 64
    grown = sum(len(document.text) - len(CODEBASE.text(path)) for path, document in desk.documents.items())
    assert 0 < grown <= 65 * 700


def test_the_same_seed_and_user_type_the_same_and_others_something_else():
    def typed(**who: int) -> list[Typed]:
        desk = Desk(**who)
        return [desk.step() for _ in range(300)]

    first = typed(seed=9, user=2)
    assert first == typed(seed=9, user=2)
    assert first != typed(seed=9, user=3)
    assert first != typed(seed=8, user=2)


def test_names_are_used_once():
    desk = Desk(seed=2, mix=EditMix(actions={"typing": 1}, places={"item": 1}))
    names = Counter()
    for _ in range(2_000):
        typed = desk.step()
        if desk.stream.settled and typed.action == "typing":
            line = desk.documents[typed.path].text.split("\n")[typed.edits[0].start.line]
            names[line.replace("(", ":").split(":")[0].split()[1]] += 1
    assert len(names) > 20
    assert set(names.values()) == {1}


def test_only_places_of_some_weight_are_edited():
    desk = Desk(mix=EditMix(places={"signature": 1.0}))
    assert {desk.step().place for _ in range(500)} == {"signature"}


def test_without_places_there_is_nothing_to_do():
    stream = EditStream({"src/lib.rs": ()}, seed=1, user=0)
    assert stream.next(lambda *_: Position(0, 0)) is None
    assert stream.settled


def test_a_place_that_is_gone_is_given_up():
    stream = EditStream({"src/lib.rs": [EditSite("src/lib.rs", 3)]}, seed=1, user=0)
    assert stream.next(lambda *_: Position(3, 0)) is not None
    assert stream.next(lambda *_: None) is None
    assert stream.next(lambda *_: Position(3, 0)) is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"actions": {"dictation": 1}}, "dictation"),
        ({"places": {"heading": 1}}, "heading"),
        ({"actions": {"typing": -1}}, "negative"),
        ({"places": {"body": 0}}, "all zero"),
        ({"stay_ratio": 1.5}, "stay_ratio"),
    ],
)
def test_a_mix_that_is_none_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        EditMix(**fields)


@pytest.mark.parametrize(
    ("place", "inline", "text", "whole"),
    [
        ("comment", False, "/", False),
        ("comment", False, "// a", True),
        ("comment", True, "a /", True),
        ("body", False, "let _a = 1", False),
        ("body", False, "let _a = 1;", True),
        ("item", False, "fn _a() {", False),
        ("item", False, "fn _a() {}", True),
        ("signature", True, "/*/", False),
        ("signature", True, "/**/", True),
        ("macro", True, "  ", True),
        ("cargo_toml", False, "# a\n", True),
        ("cargo_toml", False, "a", False),
    ],
)
def test_a_text_is_whole_when_the_compiler_would_take_it(place, inline, text, whole):
    assert is_whole(place, text, inline=inline) is whole


def test_the_stream_is_the_same_on_every_machine():
    kinds = ("line", "comment", "statement", "item", "signature", "macro")
    sites = {"src/lib.rs": [EditSite("src/lib.rs", line, 4, kinds[line % 6]) for line in range(60)]}
    stream = EditStream(sites, seed=11, user=1, encoding="utf-16")
    said = hashlib.sha256()
    for _ in range(1_000):
        typed = stream.next(lambda _path, line, column: Position(1_000 + line, 5_000 + column))
        edits = [(edit.start.line, edit.start.column, edit.end.column, edit.text) for edit in typed.edits]
        said.update(repr((typed.action, typed.place, edits, typed.settled)).encode())
    assert said.hexdigest()[:16] == "bea1416acf3308f2"
