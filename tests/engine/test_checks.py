"""Answers judged: made from what the oracle says, bent in one place each, in either encoding, after edits."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine.checks import AnswerCounts, Asked, Checker
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.lsp.documents import DocumentBuffer, Edit, Position
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.workload.edits import EditStream

ROOT = Path("/w")
CODEBASE = generate_codebase(CodebaseSpec(seed=2, loc=2_000, crates=2))
ORACLE = CODEBASE.oracle
OK, EMPTY, WRONG = Outcome.OK, Outcome.EMPTY, Outcome.WRONG
ENCODINGS = ("utf-8", "utf-16")


def word(place) -> str:
    line = CODEBASE.text(place.path).split("\n")[place.line].encode()
    return line[place.column : place.column + place.length].decode()


def landmark(*, kind: str | None = None, uses: int = 2, path: str | None = None):
    """The first with so many uses, all by its name, and itself not in an import."""
    return next(
        mark
        for mark in ORACLE.landmarks(kind=kind, path=path)
        if len(ORACLE.references(mark)) >= uses
        and "use " not in CODEBASE.text(mark.path).split("\n")[mark.line]
        and all(word(place) == word(mark) for place in (*ORACLE.references(mark), *ORACLE.definition(mark)))
    )


MARK = landmark(kind="function_call")


class Server:
    """Knows every answer, for the text of its documents, which hear of edits when `hears`."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.encoding = encoding
        self.documents = {
            path: OpenDocument(path, ROOT, CODEBASE.text(path), encoding=encoding)
            for path in CODEBASE.rust_paths
        }
        self.counts = AnswerCounts()
        self.checker = Checker(CODEBASE, ROOT, encoding, self.documents, counts=self.counts)
        self.heard: dict[str, int] = {}

    def edit(self, path: str, edits, *, settled: bool = True, hears: bool = True) -> None:
        self.documents[path].edit(edits, settled=settled)
        if hears:
            self.heard[path] = self.documents[path].edits

    def edits(self) -> dict[str, int]:
        return {path: document.edits for path, document in self.documents.items() if document.edits}

    def position(self, path: str, line: int, column: int) -> dict[str, int]:
        now = self.documents[path].now(line, self.checker.column(path, line, column), self.heard.get(path, 0))
        return {"line": now.line, "character": now.column}

    def span(self, place) -> dict:
        start = self.position(place.path, place.line, place.column)
        return {"start": start, "end": {**start, "character": start["character"] + 1}}

    def location(self, place) -> dict:
        return {"uri": (ROOT / place.path).as_uri(), "range": self.span(place)}

    def link(self, place) -> dict:
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
        return {
            "targetUri": (ROOT / place.path).as_uri(),
            "targetRange": whole,
            "targetSelectionRange": self.span(place),
        }

    def everywhere(self, mark) -> list:
        return [*ORACLE.definition(mark), *ORACLE.references(mark)]

    def rename(self, mark) -> dict:
        changes: dict[str, list] = {}
        for place in self.everywhere(mark):
            edit = {"range": self.span(place), "newText": "other"}
            changes.setdefault((ROOT / place.path).as_uri(), []).append(edit)
        return {"changes": changes}

    def outline(self, path: str) -> list[dict]:
        lines = CODEBASE.text(path).split("\n")
        found = []
        for symbol in ORACLE.document_symbols(path):
            column = len(lines[symbol.line][: lines[symbol.line].index(symbol.name)].encode())
            place = self.position(path, symbol.line, column)
            span = {"start": place, "end": place}
            found.append({"name": symbol.name, "kind": symbol.kind, "range": span, "selectionRange": span})
        return found

    def tokens(self, path: str) -> dict:
        starts = [self.position(path, mark.line, mark.column) for mark in ORACLE.landmarks(path=path)]
        data, line, column = [], 0, 0
        for at in starts:
            lines = at["line"] - line
            data += [lines, at["character"] - (0 if lines else column), 1, 0, 0]
            line, column = at["line"], at["character"]
        return {"data": data}

    def judge(self, operation, result, *, mark=MARK, path=None, **more) -> tuple[Outcome, str]:
        path = path or (mark.path if mark else CODEBASE.rust_paths[0])
        raw = None if result is None else msgspec.Raw(msgspec.json.encode(result))
        asked = Asked(operation, mark, path, more.pop("edits", self.edits()), **more)
        return self.checker.judge(asked, raw)


def insert(line: int, text: str = "// note\n") -> list[Edit]:
    return [Edit(Position(line, 0), Position(line, 0), text)]


def answers(server: Server, mark) -> dict[str, object]:
    """The right one of every operation at `mark` whose answer is known."""
    path = mark.path
    signature = "\n".join(ORACLE.hover(mark))
    in_file = [place for place in server.everywhere(mark) if place.path == path]
    here = server.span(mark)
    return {
        "definition": [server.link(place) for place in ORACLE.definition(mark)],
        "references": [server.location(place) for place in ORACLE.references(mark)],
        "document_highlight": [{"range": server.span(place)} for place in in_file],
        "rename": server.rename(mark),
        "prepare_rename": {"range": here, "placeholder": word(mark)},
        "prepare_call_hierarchy": [
            {"name": word(mark), "kind": 12, **server.location(place), "selectionRange": server.span(place)}
            for place in ORACLE.definition(mark)
        ],
        "hover": {"contents": {"kind": "markdown", "value": f"```rust\n{signature}\n```"}},
        "selection_range": [{"range": here, "parent": {"range": here}}],
        "document_symbols": server.outline(path),
        "semantic_tokens": server.tokens(path),
    }


KNOWN = tuple(answers(Server(), MARK))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("operation", KNOWN)
def test_the_right_answer_is_right(operation, encoding):
    server = Server(encoding)
    assert server.judge(operation, answers(server, MARK)[operation]) == (OK, "")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_landmark_has_its_definition(encoding):
    server = Server(encoding)
    for mark in ORACLE.landmarks():
        result = [server.link(place) for place in ORACLE.definition(mark)]
        assert server.judge("definition", result, mark=mark)[0] == OK


@pytest.mark.parametrize(("encoding", "units"), [("utf-8", 13), ("utf-16", 10)])
def test_columns_count_the_units_of_the_session(encoding, units):
    server = Server(encoding)
    (place,) = ORACLE.definition(MARK)
    right = server.link(place)
    server.edit(place.path, insert(place.line, "/* é\U0001d11e */ "))
    assert server.judge("definition", [right])[0] == WRONG
    right["targetSelectionRange"]["start"]["character"] += units
    assert server.judge("definition", [right])[0] == OK


def test_columns_of_text_that_is_not_ascii_are_those_of_the_encoding():
    text = "fn a() {}\nfn b() { /* é\U0001d11e */ a() }\n"
    foreign = ForeignCodebase({"Cargo.toml": "[package]\nname='a'", "src/lib.rs": text})
    (mark,) = foreign.oracle.landmarks(path="src/lib.rs")
    columns = {
        encoding: Checker(foreign, ROOT, encoding, {}).column(mark.path, 1, mark.column)
        for encoding in ("utf-8", "utf-16", "utf-32")
    }
    assert columns == {"utf-8": 22, "utf-16": 19, "utf-32": 18}


def bent(operation: str, right: object) -> object:
    """The same answer with one place off."""
    bent = msgspec.json.decode(msgspec.json.encode(right))
    if operation == "hover":
        bent["contents"]["value"] = "```rust\nfn something_else()\n```"
    elif operation == "rename":
        next(iter(bent["changes"].values()))[0]["range"]["start"]["line"] += 7
    elif operation == "semantic_tokens":
        bent["data"][0] += 7
    elif operation == "prepare_rename":
        bent["range"]["start"]["character"] += 1
    elif operation in ("selection_range", "document_highlight"):
        bent[0]["range"]["start"]["line"] += 7
    elif operation == "definition":
        bent[0]["targetSelectionRange"]["start"]["line"] += 7
    elif operation == "references":
        bent[0]["range"]["start"]["line"] += 7
    else:
        bent[0]["selectionRange"]["start"]["line"] += 7
    return bent


@pytest.mark.parametrize("operation", KNOWN)
def test_an_answer_with_one_place_off_is_wrong_and_says_where(operation):
    server = Server()
    outcome, why = server.judge(operation, bent(operation, answers(server, MARK)[operation]))
    assert outcome == WRONG
    assert why.startswith(f"{operation} at {MARK.path}:{MARK.line + 1}:{MARK.column + 1}: ")
    # Places, but never the text of the code.
    assert word(MARK) not in why.replace(MARK.path, "")


@pytest.mark.parametrize("operation", ["definition", "references", "document_highlight", "rename"])
def test_a_place_too_many_or_too_few_is_wrong(operation):
    server = Server()
    right = answers(server, MARK)[operation]
    elsewhere = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    if operation == "rename":
        uri = (ROOT / MARK.path).as_uri()
        changes = right["changes"]
        more = {**changes, uri: [*changes[uri], {"range": elsewhere, "newText": "x"}]}
        assert server.judge(operation, {"changes": more})[0] == WRONG
        assert server.judge(operation, {"changes": {**changes, uri: changes[uri][1:]}})[0] == WRONG
        return
    one = {"uri": (ROOT / MARK.path).as_uri(), "range": elsewhere}
    assert "1 not expected" in server.judge(operation, [*right, one])[1]
    if len(right) > 1:
        assert "1 missing" in server.judge(operation, right[1:])[1]


@pytest.mark.parametrize(
    ("operation", "outcome"),
    [
        ("definition", EMPTY),
        ("references", EMPTY),
        ("hover", EMPTY),
        ("completion", EMPTY),
        ("document_symbols", EMPTY),
        ("rename", EMPTY),
        # A function's name can be renamed, and has calls.
        ("prepare_rename", EMPTY),
        ("prepare_call_hierarchy", EMPTY),
        ("semantic_tokens", EMPTY),
        ("formatting", OK),
        ("code_lens", OK),
        ("code_action", OK),
        ("signature_help", OK),
        ("inlay_hints", OK),
    ],
)
@pytest.mark.parametrize("nothing", [None, []])
def test_nothing_is_empty_where_something_is_due(operation, outcome, nothing):
    assert Server().judge(operation, nothing) == (outcome, "")


@pytest.mark.parametrize(
    ("operation", "result", "outcome"),
    [
        ("completion", {"isIncomplete": True, "items": []}, EMPTY),
        ("signature_help", {"signatures": []}, OK),
        ("semantic_tokens", {"data": []}, EMPTY),
        ("hover", {"contents": ""}, EMPTY),
        ("rename", {"changes": {}}, EMPTY),
        ("prepare_rename", {"defaultBehavior": True}, OK),
    ],
)
def test_an_answer_that_says_nothing_is_empty_too(operation, result, outcome):
    assert Server().judge(operation, result) == (outcome, "")


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ("definition", "text"),
        ("definition", {"what": 1}),
        ("references", [{"uri": 3}]),
        ("document_symbols", [{"label": "x"}]),
        ("completion", {"items": 3}),
        ("rename", {"changes": []}),
        ("prepare_rename", {"what": 1}),
        ("prepare_call_hierarchy", [{"name": "x"}]),
        ("selection_range", [{"parent": None}]),
        ("semantic_tokens", {"data": [1, 2, 3]}),
        ("semantic_tokens", {"what": 1}),
        ("semantic_tokens_delta", {"edits": 3}),
        ("folding_range", [{"startLine": 1}]),
        ("inlay_hints", [{"label": "x"}]),
        ("code_lens", [{}]),
        ("code_action", [{}]),
        ("pull_diagnostics", {"items": []}),
        ("formatting", [{"range": {"start": {"line": 1, "character": 2}}}]),
        ("completion_resolve", {"detail": "x"}),
        ("incoming_calls", [{}]),
        ("type_definition", 7),
    ],
)
def test_an_answer_of_another_shape_is_wrong(operation, result):
    outcome, why = Server().judge(operation, result)
    assert outcome == WRONG
    assert "wrong shape" in why or " place" in why


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ("semantic_tokens_delta", {"edits": [{"start": 0, "deleteCount": 5}]}),
        ("folding_range", [{"startLine": 1, "endLine": 2, "kind": "comment"}]),
        ("inlay_hints", [{"position": {"line": 1, "character": 2}, "label": [{"value": ": u8"}]}]),
        (
            "code_lens",
            [{"range": {"start": {"line": 1, "character": 2}, "end": {"line": 1, "character": 3}}}],
        ),
        ("code_action", [{"title": "Inline", "kind": "refactor"}]),
        ("pull_diagnostics", {"kind": "full", "items": []}),
        ("pull_diagnostics", {"kind": "unchanged", "resultId": "1"}),
        ("completion_resolve", {"label": "push", "detail": "fn"}),
        ("incoming_calls", [{"fromRanges": []}]),
        ("no_operation_of_ours", {"anything": 1}),
    ],
)
def test_an_answer_of_the_right_shape_is_right_where_no_more_is_known(operation, result):
    assert Server().judge(operation, result) == (OK, "")


# What no server should say; the URIs are none that can be taken apart.
ODD = (None, True, -1, 2**70, 0.5, "", "file://[w", "http://\u2100/x", "file:///%ff%00", [], {}, [[]], [None])
BENDABLE = (*KNOWN, "completion", "folding_range", "semantic_tokens_delta", "code_action", "pull_diagnostics")
EDITED = Server()
EDITED.edit(MARK.path, insert(0))


def odd_somewhere(value: object, steps: list[int], odd: object) -> object:
    """`value` with something `odd` in the place that the steps lead to."""
    if not steps or not isinstance(value, list | dict) or not value:
        return odd
    keys = list(value) if isinstance(value, dict) else range(len(value))
    key = keys[steps[0] % len(keys)]
    bent = dict(value) if isinstance(value, dict) else list(value)
    bent[key] = odd_somewhere(value[key], steps[1:], odd)
    return bent


@given(st.sampled_from(BENDABLE), st.lists(st.integers(0, 99), max_size=6), st.sampled_from(ODD))
def test_whatever_stands_in_an_answer_it_is_judged_and_raises_nothing(operation, steps, odd):
    right = answers(EDITED, MARK).get(operation, [{"label": "x", "range": {}, "items": [{}], "data": [1]}])
    outcome, why = EDITED.judge(operation, odd_somewhere(right, steps, odd))
    assert outcome in (OK, EMPTY, WRONG, Outcome.CONTENT_MODIFIED)
    assert why or outcome != WRONG


def test_what_nests_without_end_is_wrong_and_raises_nothing():
    server = Server()
    deep = msgspec.Raw(b'[{"name":"x","children":' * 50_000 + b"[]" + b"}]" * 50_000)
    assert server.checker.judge(Asked("document_symbols", None, MARK.path), deep)[0] == WRONG


@pytest.mark.parametrize("extra", [0, 1])
def test_completions_must_offer_every_member_and_may_offer_more(extra):
    server = Server()
    mark = next(mark for mark in ORACLE.landmarks() if len(ORACLE.completions(mark)) > 1)
    labels = [f"{name}(…)" for name in ORACLE.completions(mark)][1 - extra :]
    items = [{"label": label} for label in [*labels, "dbg!"]]
    outcome = OK if extra else WRONG
    assert server.judge("completion", {"isIncomplete": False, "items": items}, mark=mark)[0] == outcome


def test_a_search_must_find_the_items_of_that_name():
    server = Server()
    mark = MARK
    (place,) = ORACLE.definition(mark)
    found = [{"name": word(place), "kind": 23, "location": server.location(place)}]
    more = {"path": mark.path, "query": word(place)}
    assert server.judge("workspace_symbols", found, mark=None, **more)[0] == OK
    found[0]["location"]["range"]["start"]["line"] += 1
    assert server.judge("workspace_symbols", found, mark=None, **more)[0] == WRONG


def test_a_type_is_renamed_but_where_it_is_called_self():
    server = Server()
    marks = [
        mark
        for mark in ORACLE.landmarks(kind="type_use")
        if any(word(place) == "Self" for place in ORACLE.references(mark))
        and "use " not in CODEBASE.text(mark.path).split("\n")[mark.line]
    ]
    mark = next(mark for mark in marks if word(mark) != "Self")
    changes: dict[str, list] = {}
    for place in server.everywhere(mark):
        if word(place) == word(mark):
            edit = {"range": server.span(place), "newText": "Other"}
            changes.setdefault((ROOT / place.path).as_uri(), []).append(edit)
    assert server.judge("rename", {"changes": changes}, mark=mark) == (OK, "")
    document_changes = [
        {"textDocument": {"uri": uri, "version": None}, "edits": edits} for uri, edits in changes.items()
    ]
    assert server.judge("rename", {"documentChanges": document_changes}, mark=mark) == (OK, "")
    assert server.judge("rename", server.rename(mark), mark=mark)[0] == WRONG


def test_what_nobody_knows_is_not_judged():
    foreign = ForeignCodebase(
        {"Cargo.toml": "[package]\nname='a'", "src/lib.rs": "fn a() {}\nfn b() { a() }\n"}
    )
    checker = Checker(foreign, ROOT, "utf-8", {})
    (mark,) = foreign.oracle.landmarks(path="src/lib.rs")
    place = {"start": {"line": 7, "character": 7}, "end": {"line": 7, "character": 8}}
    there = msgspec.Raw(msgspec.json.encode([{"uri": "file:///w/src/lib.rs", "range": place}]))
    for operation in ("definition", "references", "document_highlight"):
        assert checker.check(operation, mark, mark.path, {}, there) == (OK, "")
    assert (
        checker.check("semantic_tokens", None, mark.path, {}, msgspec.Raw(b'{"data":[9,9,1,0,0]}'))[0] == OK
    )
    assert checker.check("definition", mark, mark.path, {}, None)[0] == EMPTY


# -- through edits


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(ENCODINGS), st.integers(1, 60))
def test_answers_are_right_at_the_text_they_were_asked_at_however_it_was_edited(seed, encoding, count):
    server = Server(encoding)
    sites = {path: ORACLE.edit_sites(path) for path in (MARK.path, ORACLE.definition(MARK)[0].path)}
    stream = EditStream(sites, seed=seed, user=0, encoding=encoding)

    def step() -> None:
        typed = stream.next(
            lambda path, line, column: server.documents[path].now(
                line, server.checker.column(path, line, column)
            )
        )
        server.edit(typed.path, typed.edits, settled=typed.settled)

    for _ in range(count):
        step()
    while not stream.settled:
        step()
    asked_at = server.edits()
    right = answers(server, MARK)
    wrong = {operation: bent(operation, answer) for operation, answer in right.items()}
    for _ in range(10):
        step()
    for operation in KNOWN:
        assert server.judge(operation, right[operation], edits=asked_at) == (OK, "")
        assert server.judge(operation, wrong[operation], edits=asked_at)[0] == WRONG
    assert server.counts.unjudged == 0


@pytest.mark.parametrize("operation", [one for one in KNOWN if one != "hover"])
def test_an_answer_for_an_older_text_is_wrong_and_stale(operation):
    server = Server()
    for path in {place.path for place in server.everywhere(MARK)} | {MARK.path}:
        server.edit(path, insert(0), hears=False)
    old = answers(server, MARK)[operation]
    assert server.judge(operation, old)[0] == WRONG
    # A selection says too little to tell.
    assert server.counts.stale == (operation != "selection_range")
    assert server.judge(operation, bent(operation, old))[0] == WRONG
    assert server.counts.stale == (operation != "selection_range")


@pytest.mark.parametrize("operation", [one for one in KNOWN if one != "hover"])
def test_an_answer_for_what_the_server_heard_meanwhile_is_right(operation):
    server = Server()
    asked_at = server.edits()
    for path in {place.path for place in server.everywhere(MARK)} | {MARK.path}:
        server.edit(path, insert(0))
    newer = answers(server, MARK)[operation]
    assert server.judge(operation, newer, edits=asked_at)[0] == WRONG
    meanwhile = {"edits": asked_at, "edits_on_arrival": server.edits()}
    assert server.judge(operation, newer, **meanwhile) == (OK, "")
    assert server.counts.stale == 0


@pytest.mark.parametrize("operation", ["completion", "definition", "hover"])
def test_an_answer_about_what_stands_at_that_line_now_is_overtaken_and_not_wrong(operation):
    """rust-analyzer asks itself again when an edit overtakes a completion, with the line and column of
    before: it completes what stands there then."""
    mark = next(mark for mark in ORACLE.landmarks() if len(ORACLE.completions(mark)) > 1)
    elsewhere = {
        "completion": {"items": [{"label": "let"}, {"label": "if"}]},
        "definition": [{"uri": (ROOT / mark.path).as_uri(), "range": Server().span(mark)}],
        "hover": {"contents": "another"},
    }[operation]
    server = Server()
    server.edit(mark.path, insert(0))
    asked_at = server.edits()
    # An edit somewhere else, or below, moves nothing that was asked about.
    server.edit(next(path for path in CODEBASE.rust_paths if path != mark.path), insert(0))
    below = server.documents[mark.path].now(mark.line, 0).line + 1
    server.edit(mark.path, insert(below))
    meanwhile = {"mark": mark, "edits": asked_at, "edits_on_arrival": server.edits()}
    assert server.judge(operation, elsewhere, **meanwhile)[0] == WRONG
    server.edit(mark.path, insert(0))
    meanwhile["edits_on_arrival"] = server.edits()
    assert server.judge(operation, elsewhere, **meanwhile) == (Outcome.CONTENT_MODIFIED, "")
    # An answer that makes no sense anywhere stays one, and what is right stays right.
    assert server.judge(operation, 5, **meanwhile)[0] in (WRONG, EMPTY)
    items = [{"label": name} for name in ORACLE.completions(mark)]
    assert server.judge("completion", {"items": items}, **meanwhile) == (OK, "")
    # Asked after the last edit, nothing has moved since.
    assert server.judge(operation, elsewhere, mark=mark, edits=server.edits())[0] == WRONG


@pytest.mark.parametrize("since", [1, 200, 3_000])
def test_a_slow_server_may_answer_for_any_of_the_last_edits(since):
    server = Server()
    place = ORACLE.definition(MARK)[0]
    server.edit(place.path, insert(0))
    asked_at = server.edits()
    for _ in range(since):
        server.edit(place.path, insert(0))
    newest = answers(server, MARK)["definition"]
    meanwhile = {"edits": asked_at, "edits_on_arrival": server.edits()}
    assert server.judge("definition", newest, **meanwhile) == (OK, "")


def test_an_answer_that_disagrees_while_a_document_is_broken_is_not_judged():
    server = Server()
    wrong = bent("references", answers(server, MARK)["references"])
    other = next(path for path in CODEBASE.rust_paths if path != MARK.path)
    server.edit(other, insert(0, "let"), settled=False)
    broken = server.edits()
    assert server.judge("references", wrong) == (OK, "")
    assert server.judge("references", None) == (EMPTY, "")
    assert server.counts.unjudged == 1
    assert server.judge("workspace_symbols", None) == (OK, "")
    assert server.counts.unjudged == 2
    server.edit(other, [Edit(Position(0, 0), Position(0, 3), "")])
    whole = server.edits()
    assert server.judge("references", wrong)[0] == WRONG
    # Broken when asked, broken when answered, or whole at both and broken between.
    assert server.judge("references", wrong, edits=broken, edits_on_arrival=whole)[0] == OK
    assert server.judge("references", wrong, edits={}, edits_on_arrival=broken)[0] == OK
    assert server.judge("references", wrong, edits={}, edits_on_arrival=whole)[0] == OK
    assert server.counts.unjudged == 5
    # Nonsense is nonsense at any time.
    assert server.judge("references", "text", edits=broken)[0] == WRONG


def test_a_stale_answer_before_that_to_an_earlier_question_is_out_of_order():
    server = Server()
    stale, right = answers(server, MARK)["references"], None
    for path in {place.path for place in server.everywhere(MARK)} | {MARK.path}:
        server.edit(path, insert(0))
    right = answers(server, MARK)["references"]
    server.judge("references", right, number=1)
    server.judge("references", stale, number=3)
    assert server.counts.out_of_order == 0
    server.judge("references", right, number=4)
    server.judge("references", right, number=2, path="elsewhere.rs")
    server.judge("hover", answers(server, MARK)["hover"], number=2)
    assert server.counts.out_of_order == 0
    server.judge("references", right, number=2)
    server.judge("references", right, number=0)
    assert (server.counts.stale, server.counts.out_of_order) == (1, 1)


def test_what_was_asked_too_long_ago_is_not_judged():
    server = Server()
    server.edit(MARK.path, insert(0, "x"))
    asked_at = server.edits()
    for _ in range(5_000):
        server.edit(MARK.path, [Edit(Position(0, 0), Position(0, 0), "y")])
    server.edit(MARK.path, [Edit(Position(0, 0), Position(0, 5_001), "")])
    old = DocumentBuffer("", server.documents[MARK.path].text, encoding="utf-8")
    assert old.text == CODEBASE.text(MARK.path)
    wrong = bent("references", answers(server, MARK)["references"])
    assert server.judge("references", wrong, edits=asked_at) == (OK, "")
    assert server.counts.unjudged == 1


def test_every_judged_answer_is_counted():
    server = Server()
    for result in (None, "text", answers(server, MARK)["definition"]):
        server.judge("definition", result)
    assert server.counts == AnswerCounts(judged=3)
