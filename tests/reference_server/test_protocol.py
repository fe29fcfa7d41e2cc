"""The server as a process: life cycle, errors, cancellation, encodings, order of edits and answers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Connect = Callable[..., Any]

_CODE = """//! A crate.
/// Größe — 𝄞.
pub struct Größe { pub maß: u32 }
pub fn f(g: &Größe) -> u32 { /* 𝄞 */ g.maß + "𝄞𝄞".len() as u32 + g.maß }
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n')
    (tmp_path / "src" / "lib.rs").write_text(_CODE, encoding="utf-8")
    return tmp_path


def _uri(project: Path) -> str:
    return (project / "src" / "lib.rs").as_uri()


def _column(line: str, index: int, encoding: str) -> int:
    return len(line[:index].encode("utf-8" if encoding == "utf-8" else "utf-16-le")) // (
        1 if encoding == "utf-8" else 2
    )


def test_version_prints_name_and_version_and_ends() -> None:
    command = [sys.executable, "-m", "pytest_rustide_load.reference_server", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    name, version = done.stdout.split()
    assert name == "rustide-reference-server"
    assert version[0].isdigit()


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (("utf-16", "utf-8"), "utf-8"),
        (("utf-8",), "utf-8"),
        (("utf-16",), "utf-16"),
        (("utf-32",), "utf-16"),
        (None, "utf-16"),
    ],
)
def test_utf8_is_preferred_when_offered(
    offered: tuple[str, ...] | None, chosen: str, connect: Connect, project: Path
) -> None:
    client = connect(project, encodings=offered)
    assert client.initialize()["capabilities"]["positionEncoding"] == chosen


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_positions_are_right_on_non_ascii_text(encoding: str, connect: Connect, project: Path) -> None:
    client = connect(project, encodings=(encoding,))
    client.initialize()
    client.wait_ready()
    lines = _CODE.split("\n")
    use = lines[3].rindex("maß")
    declared = _column(lines[2], lines[2].index("maß"), encoding)
    found = client.at("definition", _uri(project), 3, _column(lines[3], use, encoding))
    assert [one["range"]["start"] for one in found] == [{"line": 2, "character": declared}]
    assert found[0]["range"]["end"]["character"] == declared + _column("maß", 3, encoding)
    context = {"includeDeclaration": False}
    uses = client.at("references", _uri(project), 2, declared, context=context)
    expected = [_column(lines[3], at, encoding) for at in (lines[3].index("maß"), use)]
    assert [one["range"]["start"]["character"] for one in uses] == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_incremental_edits_after_non_ascii_text_land_where_they_should(
    encoding: str, connect: Connect, project: Path
) -> None:
    client = connect(project, encodings=(encoding,))
    client.initialize()
    uri, line = _uri(project), _CODE.split("\n")[3]
    client.open(uri, _CODE)
    start = _column(line, line.index('"𝄞') + 2, encoding)
    end = start + _column("𝄞", 1, encoding)
    change = {
        "range": {"start": {"line": 3, "character": start}, "end": {"line": 3, "character": end}},
        "text": "€\né",
    }
    client.notify(
        "textDocument/didChange", {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [change]}
    )
    assert client.request("rust-analyzer/viewFileText", {"uri": uri}) == _CODE.replace('"𝄞𝄞"', '"𝄞€\né"')


def test_shutdown_then_exit_ends_with_status_0(connect: Connect, project: Path) -> None:
    client = connect(project)
    client.initialize()
    assert client.request("shutdown", None) is None
    assert client.reply(client.send("textDocument/hover", {}))["error"]["code"] == -32600
    client.notify("exit", None)
    assert client.wait_exit() == 0


def test_exit_without_shutdown_ends_with_status_1(connect: Connect, project: Path) -> None:
    client = connect(project)
    client.initialize()
    client.notify("exit", None)
    assert client.wait_exit() == 1


def test_the_server_ends_when_its_input_is_closed(connect: Connect, project: Path) -> None:
    client = connect(project)
    client.initialize()
    client.process.stdin.close()
    assert client.wait_exit() == 1


def test_the_server_ends_when_the_client_process_is_gone(connect: Connect, project: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    client = connect(project)
    client.initialize(process_id=parent.pid)
    parent.communicate(b"\n", timeout=30)
    assert client.wait_exit() == 1


def test_requests_before_initialize_are_refused(connect: Connect, project: Path) -> None:
    client = connect(project)
    assert client.reply(client.send("textDocument/hover", {}))["error"]["code"] == -32002


def test_a_second_initialize_is_refused(connect: Connect, project: Path) -> None:
    client = connect(project)
    client.initialize()
    assert client.reply(client.send("initialize", {"capabilities": {}, "processId": None, "rootUri": None}))[
        "error"
    ]


def test_malformed_input_is_answered_and_does_no_harm(connect: Connect, project: Path) -> None:
    client = connect(project)
    client.initialize()
    client.wait_ready()
    client.raw(b"Content-Length: 9\r\n\r\n{not json")
    client.raw(b"Content-Length: 2\r\n\r\n[]")
    position = {"textDocument": {"uri": _uri(project)}, "position": {"line": 10**6, "character": 10**9}}
    assert client.request("textDocument/definition", position) == []
    position["position"] = {"line": -1, "character": 0}
    assert client.reply(client.send("textDocument/definition", position))["error"]["code"] == -32602
    for params in (
        {},
        {"textDocument": 3},
        [],
        None,
        {"textDocument": {"uri": _uri(project)}, "position": "x"},
    ):
        assert client.reply(client.send("textDocument/hover", params))["error"]["code"] in {-32602, -32600}
    assert client.reply(client.send("no/such/method", {}))["error"]["code"] == -32601
    client.notify("no/such/notification", {})
    client.notify("textDocument/didChange", {"wrong": 1})
    client.write({"id": 99, "method": 7})
    assert client.reply(99)["error"]["code"] == -32600
    assert client.at("hover", _uri(project), 3, 8) is not None
    assert client.replies.pop(None)["error"]["code"] in {-32700, -32600}


@pytest.mark.parametrize(
    "length", [b"2x", b"999999999999", b"9" * 5000], ids=["no number", "too large", "no number of Python's"]
)
def test_what_is_no_frame_ends_the_connection(connect: Connect, project: Path, length: bytes) -> None:
    client = connect(project)
    client.initialize()
    client.raw(b"Content-Length: " + length + b"\r\n\r\n")
    assert client.wait_exit() == 1


def test_an_unknown_file_gives_empty_answers(connect: Connect, project: Path) -> None:
    client = connect(project)
    client.initialize()
    client.wait_ready()
    for uri in ("file:///nowhere/x.rs", "untitled:one", "", "file:///\x00"):
        assert client.at("definition", uri, 0, 0) == []
        assert client.at("hover", uri, 0, 0) is None
        assert client.at("completion", uri, 0, 0)["items"] == []
        document = {"textDocument": {"uri": uri}}
        assert client.request("textDocument/documentSymbol", document) == []
        assert client.request("textDocument/semanticTokens/full", document)["data"] == []


def test_status_is_false_while_indexing_and_true_after(connect: Connect, project: Path) -> None:
    client = connect(project)
    client.initialize()
    client.wait_ready()
    assert client.statuses() == [False, True]


def test_code_that_is_nested_too_deeply_keeps_nobody_waiting(connect: Connect, project: Path) -> None:
    chain = " + ".join(["1"] * 20_000)
    (project / "src" / "deep.rs").write_text(f"pub fn deep() -> i32 {{ {chain} }}\npub fn flat() {{}}\n")
    client = connect(project)
    client.initialize()
    client.wait_ready()
    assert len(client.request("workspace/symbol", {"query": "flat"})) == 1


def test_items_that_are_nested_too_deeply_are_told(connect: Connect, project: Path) -> None:
    modules = "".join(f"mod m{number} {{ " for number in range(25_000))
    (project / "src" / "deep.rs").write_text(modules + "}" * 25_000)
    client = connect(project)
    client.initialize()
    client.wait_ready()
    told = client.notifications[-1]["params"]
    assert told["health"] == "error"
    assert "nested too deeply" in told["message"]


def test_status_is_not_sent_unless_asked_for(connect: Connect, project: Path) -> None:
    client = connect(project)
    client.initialize(status=False)
    client.request("workspace/symbol", {"query": "f"})
    assert client.statuses() == []


def test_initialize_is_answered_before_a_big_workspace_is_read(connect: Connect, project: Path) -> None:
    for number in range(300):
        (project / "src" / f"m{number}.rs").write_text("pub fn f() { let x = 1; x; }\n" * 100)
    client = connect(project)
    client.initialize()
    assert client.statuses() == []
    client.wait_ready()
    assert len(client.request("workspace/symbol", {"query": "f"})) == 128


def test_a_cancelled_request_is_answered_with_the_cancelled_error(connect: Connect, project: Path) -> None:
    client = connect(project)
    client.initialize()
    client.wait_ready()

    def frame(message: dict[str, Any]) -> bytes:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)

    document = {"textDocument": {"uri": _uri(project)}}
    burst = [
        {"id": 500 + n, "method": "textDocument/semanticTokens/full", "params": document} for n in range(40)
    ]
    cancel = {"method": "$/cancelRequest", "params": {"id": 539}}
    client.raw(b"".join(map(frame, [*burst, cancel, {"method": "$/cancelRequest", "params": {"id": 12345}}])))
    answers = [client.reply(500 + n) for n in range(40)]
    assert "result" in answers[0]
    assert answers[39]["error"]["code"] == -32800


def test_answers_are_those_of_the_version_before_the_request(connect: Connect, project: Path) -> None:
    client = connect(project)
    client.initialize()
    client.wait_ready()
    uri = _uri(project)
    client.open(uri, "fn a() {}\n")
    ids = []
    for version in range(2, 30):
        change = {
            "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
            "text": "\n",
        }
        document = {"uri": uri, "version": version}
        client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        ids.append(client.send("textDocument/documentSymbol", {"textDocument": {"uri": uri}}))
    lines = [client.reply(identity)["result"][0]["selectionRange"]["start"]["line"] for identity in ids]
    assert lines == list(range(1, 29))


def test_a_closed_document_is_the_file_on_disk_again(connect: Connect, project: Path) -> None:
    client = connect(project)
    client.initialize()
    client.wait_ready()
    uri = _uri(project)
    client.open(uri, "fn other() {}\n")
    assert client.request("workspace/symbol", {"query": "other"}) != []
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert client.request("workspace/symbol", {"query": "other"}) == []
    assert client.request("workspace/symbol", {"query": "Größe"}) != []


def test_files_changed_on_disk_are_read_when_told(connect: Connect, project: Path) -> None:
    client = connect(project)
    client.initialize()
    client.wait_ready()
    added = project / "src" / "part.rs"
    added.write_text("pub fn fresh() {}\n")
    library = project / "src" / "lib.rs"
    library.write_text("mod part;\nfn f() { part::fresh(); }\n")
    changes = [{"uri": added.as_uri(), "type": 1}, {"uri": library.as_uri(), "type": 2}]
    client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    found = client.at("definition", library.as_uri(), 1, 17)
    assert [one["uri"] for one in found] == [added.as_uri()]
    added.unlink()
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": added.as_uri(), "type": 3}]})
    assert client.at("definition", library.as_uri(), 1, 17) == []


def test_stderr_stays_silent_in_ordinary_work(connect: Connect, project: Path) -> None:
    client = connect(project)
    client.initialize()
    client.wait_ready()
    client.at("hover", _uri(project), 3, 8)
    client.reply(client.send("textDocument/hover", {}))
    client.request("shutdown", None)
    client.notify("exit", None)
    client.wait_exit()
    assert client.process.stderr.read() == b""


def test_tokens_come_as_a_delta_to_the_last_answer(connect: Connect, project: Path) -> None:
    client = connect(project)
    capabilities = client.initialize()["capabilities"]
    assert capabilities["semanticTokensProvider"]["full"] == {"delta": True}
    client.wait_ready()
    document = {"textDocument": {"uri": _uri(project)}}
    first = client.request("textDocument/semanticTokens/full", document)
    delta = "textDocument/semanticTokens/full/delta"
    second = client.request(delta, {**document, "previousResultId": first["resultId"]})
    assert second["edits"] == []
    client.open(_uri(project), "fn only() {}\n")
    third = client.request(delta, {**document, "previousResultId": second["resultId"]})
    data = first["data"]
    for edit in third["edits"]:
        data[edit["start"] : edit["start"] + edit["deleteCount"]] = edit["data"]
    assert data == client.request("textDocument/semanticTokens/full", document)["data"]
    stale = client.request(delta, {**document, "previousResultId": "nonsense"})
    assert stale["data"] == data


def test_a_rename_comes_as_edits_by_file_and_a_bad_name_as_an_error(connect: Connect, project: Path) -> None:
    client = connect(project)
    client.initialize()
    client.wait_ready()
    edit = client.at("rename", _uri(project), 3, 7, newName="g")
    assert [one["newText"] for one in edit["changes"][_uri(project)]] == ["g"]
    position = {"textDocument": {"uri": _uri(project)}, "position": {"line": 3, "character": 7}}
    assert (
        client.reply(client.send("textDocument/rename", {**position, "newName": "1"}))["error"]["code"]
        == -32803
    )
    assert client.request("textDocument/prepareRename", position)["placeholder"] == "f"


def test_a_file_that_will_be_renamed_brings_the_edits_of_its_module(connect: Connect, project: Path) -> None:
    (project / "src/one.rs").write_text("pub fn g() {}\n")
    (project / "src/main.rs").write_text("mod one;\nfn main() { one::g(); }\n")
    client = connect(project)
    operations = client.initialize()["capabilities"]["workspace"]["fileOperations"]
    assert operations["willRename"]["filters"]
    client.wait_ready()
    old, two, far = ((project / path).as_uri() for path in ("src/one.rs", "src/two.rs", "src/deep/two.rs"))

    def asked(new: str) -> Any:
        return client.request("workspace/willRenameFiles", {"files": [{"oldUri": old, "newUri": new}]})

    [changes] = asked(two)["changes"].values()
    assert [(one["newText"], one["range"]["start"]["line"]) for one in changes] == [("two", 0), ("two", 1)]
    # To another directory it would be another module: that is nobody's rename.
    assert asked(far) is None
