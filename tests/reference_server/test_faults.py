"""Faults happen when asked for, and only then."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from pytest_rustide_load.reference_server.__main__ import main
from pytest_rustide_load.reference_server.faults import (
    CRASH_STATUS,
    DELAYED,
    FAULT_HELP,
    FAULT_KINDS,
    parse_faults,
)
from pytest_rustide_load.workload.operations import OPERATIONS

Connect = Callable[..., Any]


def test_help_tells_every_fault(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "slow:OPERATION=15% (of the time it takes anyway)" in told


@pytest.fixture
def uri(tmp_path: Path) -> str:
    (tmp_path / "lib.rs").write_text("pub fn f() {}\n")
    return (tmp_path / "lib.rs").as_uri()


def _ready(connect: Connect, tmp_path: Path, *faults: str) -> Any:
    client = connect(tmp_path, arguments=tuple(part for fault in faults for part in ("--fault", fault)))
    client.initialize()
    client.wait_ready()
    return client


@pytest.mark.parametrize(
    "text",
    [
        "",
        "latency",
        "latency:hover=5",
        "slow:hover=5ms",
        "leak=fast",
        "crash-after=-1",
        "staler",
        "stale=1",
        "wrong:hover",
        "slow",
    ],
)
def test_an_unknown_fault_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no fault"):
        parse_faults([text])


def test_an_operation_is_called_as_in_a_load_test_and_a_misspelled_one_refused() -> None:
    asked = [one for one in OPERATIONS.values() if one.answered and one.name != "startup"]
    endings = {one.name: one.method.rsplit("/", 1)[-1].lower() for one in asked}
    assert {**endings, "move_file": "willrenamefiles"} == DELAYED
    by_method = parse_faults(["latency:textDocument/documentSymbol=1s", "slow:workspace_symbols=5%"])
    assert (by_method.delays_s, by_method.slow_ratios) == ({"documentsymbol": 1.0}, {"symbol": 0.05})
    with pytest.raises(ValueError, match="'latency:hovr=1s' is of no request; known are completion"):
        parse_faults(["latency:hovr=1s"])


def test_every_kind_stands_in_the_help_and_on_the_page_of_the_backend() -> None:
    page = Path(__file__).parents[2] / "docs" / "embedded-backend.md"
    rows = re.findall(
        r"^\| `([a-z-]+)[^|]*` \|", page.read_text(encoding="utf-8").partition("## Faults")[2], re.M
    )
    assert sorted(rows) == sorted(FAULT_KINDS)
    assert all(kind in FAULT_HELP for kind in FAULT_KINDS)


def test_faults_are_read_as_written() -> None:
    faults = parse_faults(
        [
            "latency:hover=50ms",
            "slow:document_symbols=15%",
            "latency:document_symbols=1.5s",
            "leak=2MB/s",
            "crash-after=3",
        ]
    )
    assert faults.delays_s == {"hover": 0.05, "documentsymbol": 1.5}
    assert faults.slow_ratios == {"documentsymbol": 0.15}
    assert faults.leak_bytes_per_s == 2_000_000
    assert faults.crash_after == 3
    assert not faults.stale


def test_a_delayed_operation_takes_that_long_and_others_do_not(
    connect: Connect, tmp_path: Path, uri: str
) -> None:
    client = _ready(connect, tmp_path, "latency:hover=300ms")
    start = time.perf_counter()
    client.at("hover", uri, 0, 7)
    assert time.perf_counter() - start >= 0.3
    asked = [client.send("textDocument/documentSymbol", {"textDocument": {"uri": uri}}) for _ in range(20)]
    start = time.perf_counter()
    for identity in asked:
        client.reply(identity)
    assert time.perf_counter() - start < 20 * 0.3


def test_a_slow_operation_takes_longer_by_a_share_and_holds_up_nobody(
    connect: Connect, tmp_path: Path, uri: str
) -> None:
    client = _ready(connect, tmp_path, "latency:hover=200ms", "slow:hover=300%")
    start = time.perf_counter()
    params = {"textDocument": {"uri": uri}}
    hover = client.send("textDocument/hover", {**params, "position": {"line": 0, "character": 7}})
    symbols = client.send("textDocument/documentSymbol", params)
    client.reply(symbols)
    # It was worked on while the hover was held back, and so answered before.
    assert hover not in client.replies
    client.reply(hover)
    assert time.perf_counter() - start >= 0.8


def test_it_crashes_after_so_many_requests(connect: Connect, tmp_path: Path, uri: str) -> None:
    client = _ready(connect, tmp_path, "crash-after=3")
    client.at("hover", uri, 0, 7)
    client.at("hover", uri, 0, 7)
    client.send("shutdown", None)
    assert not client.pump()
    assert client.wait_exit() == CRASH_STATUS


def test_a_leak_takes_memory(connect: Connect, tmp_path: Path, uri: str) -> None:
    client = _ready(connect, tmp_path, "leak=200MB/s")
    process = psutil.Process(client.process.pid)
    before = process.memory_info().rss
    deadline = time.monotonic() + 20
    while process.memory_info().rss < before + 50_000_000 and time.monotonic() < deadline:
        client.at("hover", uri, 0, 7)
    assert process.memory_info().rss >= before + 50_000_000


def test_stale_answers_are_those_of_the_version_before(connect: Connect, tmp_path: Path, uri: str) -> None:
    client = _ready(connect, tmp_path, "stale")
    client.open(uri, "fn a() {}\n")
    texts = []
    for version in (2, 3):
        params = {
            "textDocument": {"uri": uri, "version": version},
            "contentChanges": [{"text": f"{version}"}],
        }
        client.notify("textDocument/didChange", params)
        texts.append(client.request("rust-analyzer/viewFileText", {"uri": uri}))
    assert texts == ["fn a() {}\n", "2"]


def test_wrong_definitions_are_a_line_off_and_other_answers_right(
    connect: Connect, tmp_path: Path, uri: str
) -> None:
    client = _ready(connect, tmp_path, "wrong:definition")
    (found,) = client.at("definition", uri, 0, 7)
    assert {end["line"] for end in found["range"].values()} == {1}
    (mark,) = client.at("documentHighlight", uri, 0, 7)
    assert mark["range"]["start"]["line"] == 0


def test_every_second_edit_is_lost_if_so_asked(connect: Connect, tmp_path: Path, uri: str) -> None:
    client = _ready(connect, tmp_path, "lost-edit=2")
    client.open(uri, "")
    for version, letter in enumerate("abcd", 2):
        change = {
            "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
            "text": letter,
        }
        client.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]},
        )
    assert client.request("rust-analyzer/viewFileText", {"uri": uri}) == "ca"


def test_every_third_definition_is_wrong_if_so_asked(connect: Connect, tmp_path: Path, uri: str) -> None:
    client = _ready(connect, tmp_path, "wrong:definition=3")
    lines = [client.at("definition", uri, 0, 7)[0]["range"]["start"]["line"] for _ in range(6)]
    assert lines == [0, 0, 1, 0, 0, 1]
