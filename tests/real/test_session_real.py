"""The session and readiness with a real rust-analyzer on a crate of two files."""

from __future__ import annotations

import asyncio
import os

import msgspec
import pytest

from pytest_rustide_load.backends import parse_backend_choice, resolve_launcher
from pytest_rustide_load.engine import RealClock, Session, new_event_loop, wait_until_ready
from pytest_rustide_load.lsp.documents import DocumentBuffer, Edit, Position
from pytest_rustide_load.lsp.messages import CONTENT_MODIFIED, REQUEST_CANCELLED, encode

pytestmark = pytest.mark.real_backend

MANIFEST = '[package]\nname = "tiny"\nversion = "0.1.0"\nedition = "2021"\n'
# The crab is four bytes in UTF-8 and two units in UTF-16, and stands before what is asked about.
LIB = 'mod other;\npub fn call() -> &\'static str { let _ = "\U0001f980é"; other::answer() }\n'
OTHER = 'pub fn answer() -> &\'static str { "42" }\n'


def with_rust_analyzer(root, work, **options):
    """Run `work(session, buffer)` when it is ready, `buffer` being the open src/lib.rs."""
    (root / "src").mkdir()
    (root / "Cargo.toml").write_text(MANIFEST)
    (root / "src" / "lib.rs").write_text(LIB)
    (root / "src" / "other.rs").write_text(OTHER)
    uri = (root / "src" / "lib.rs").as_uri()

    async def canary(session):
        buffer = DocumentBuffer(uri, LIB, encoding=session.position_encoding)
        found = await session.request("textDocument/definition", at(buffer, "answer"), timeout_s=20)
        return "" if found else "empty"

    async def run():
        launcher = resolve_launcher(parse_backend_choice("rust-analyzer"), environ=os.environ)
        process = await launcher.launch(root)
        clock = RealClock()
        try:
            session = Session(process.transport(), clock, settings=process.info.settings, **options)
            await session.initialize(root, initialization_options=process.info.settings)
            readiness = await wait_until_ready(session, clock, canary=canary, timeout_s=120)
            buffer = DocumentBuffer(uri, LIB, encoding=session.position_encoding)
            session.notify("textDocument/didOpen", buffer.did_open())
            await work(session, buffer, readiness)
            await session.shutdown()
            await process.stop(grace_s=20)
            assert process.exit_code == 0
        finally:
            await process.stop(grace_s=0)

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(run())


def at(buffer, needle):
    """A position in the middle of the first `needle`."""
    place = buffer.position(buffer.text.index(needle) + 1)
    position = {"line": place.line, "character": place.column}
    return {"textDocument": {"uri": buffer.uri}, "position": position}


@pytest.mark.parametrize("encodings", [("utf-8", "utf-16"), ("utf-16",)])
def test_definitions_are_found_through_edits_in_either_encoding(encodings, tmp_path):
    async def work(session, buffer, readiness):
        assert session.position_encoding == encodings[0]
        assert readiness.quiescent_ns is not None
        assert readiness.first_response_ns <= readiness.right_ns <= readiness.ready_ns
        assert readiness.quiescent_ns <= readiness.ready_ns
        # A warning is what it says where cargo has no registry to look the library's own crates up in.
        assert readiness.health in ("ok", "warning")
        start = buffer.position(buffer.text.index("other::"))
        moved = Position(start.line + 1, start.column)
        edits = [
            Edit(Position(0, 0), Position(0, 0), "// \U0001f980\n"),
            Edit(moved, moved, "let _é = 1; "),
        ]
        session.notify("textDocument/didChange", buffer.change(edits))
        found = await session.request("textDocument/definition", at(buffer, "answer"), timeout_s=20)
        (place,) = found
        assert place["targetUri"].endswith("/src/other.rs")
        assert place["targetSelectionRange"]["start"] == {"line": 0, "character": 7}
        theirs = await session.request("rust-analyzer/viewFileText", {"uri": buffer.uri}, timeout_s=20)
        assert theirs == buffer.text

    with_rust_analyzer(tmp_path, work, position_encodings=encodings)


def test_everything_it_asks_is_answered_and_a_cancelled_request_ends(tmp_path):
    refreshed = []

    async def work(session, buffer, _readiness):
        replies = []
        done = asyncio.Event()

        def on_reply(reply):
            replies.append(reply)
            done.set()

        session.notify("textDocument/didChange", buffer.change([Edit(buffer.end(), buffer.end(), "// x\n")]))
        session.cancel(session.send("textDocument/completion", encode(at(buffer, "answer")), on_reply))
        await asyncio.wait_for(done.wait(), 20)
        (reply,) = replies
        assert reply.error is None or reply.error.code in (REQUEST_CANCELLED, CONTENT_MODIFIED)
        assert session.in_flight() == 0
        answer = await session.request("textDocument/hover", at(buffer, "answer"), timeout_s=20)
        assert "pub fn answer" in msgspec.json.encode(answer).decode()
        counters = session.counters
        assert counters.server_requests > 0
        strays = (counters.duplicate_replies, counters.unknown_replies, counters.late_replies)
        assert (*strays, counters.malformed_messages, counters.protocol_errors) == (0, 0, 0, 0, 0)

    with_rust_analyzer(tmp_path, work, on_refresh=refreshed.append)
    assert "workspace/inlayHint/refresh" in refreshed
