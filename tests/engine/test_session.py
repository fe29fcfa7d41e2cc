"""The session: replies to whoever asked, questions answered, and nothing a server sends raises."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.engine import RequestFailed, Session
from pytest_rustide_load.engine.server_requests import ServerRequests, setting
from pytest_rustide_load.engine.session import CLOSED
from pytest_rustide_load.errors import Crashed, NotReady
from pytest_rustide_load.lsp.framing import frame
from pytest_rustide_load.testing import FakeBackend, VirtualClock, run_virtually

SETTINGS = {"cargo": {"sysroot": None, "features": ["a"]}, "checkOnSave": False}


class Wire:
    """A transport that keeps what is written and delivers what a test says."""

    def start(self, on_bytes, on_closed):
        self.deliver, self.end = on_bytes, on_closed
        self.sent = []
        self.closed = False

    def write(self, data):
        self.sent.append(msgspec.json.decode(data.partition(b"\r\n\r\n")[2]))

    def backlog_bytes(self):
        return 0

    def close(self):
        self.closed = True

    def message(self, **content):
        self.deliver(frame(msgspec.json.encode({"jsonrpc": "2.0", **content})))


def session_on_wire(**options):
    wire = Wire()
    return Session(wire, FixedClock(), **options), wire


class FixedClock:
    def now_ns(self):
        return 1

    async def sleep_until(self, when_ns):
        await asyncio.sleep(0)


def test_replies_reach_whoever_asked_in_any_order():
    session, wire = session_on_wire()
    got = {}
    ids = [session.send("a", b"{}", lambda reply, n=n: got.setdefault(n, reply)) for n in range(3)]
    wire.message(id=ids[2], result=2)
    wire.message(id=ids[0], error={"code": -1, "message": "no"})
    wire.message(id=ids[1], result=None)
    assert msgspec.json.decode(got[2].result) == 2
    assert got[0].error.code == -1
    assert bytes(got[1].result) == b"null"
    assert session.in_flight() == 0


def test_second_late_and_stray_replies_are_told_apart():
    session, wire = session_on_wire()
    first = session.send("a", b"{}", lambda _: None)
    second = session.send("b", b"{}", lambda _: pytest.fail("it was given up"))
    wire.message(id=first, result=1)
    wire.message(id=first, result=1)
    session.forget(second)
    wire.message(id=second, result=1)
    wire.message(id=999, result=1)
    wire.message(id=None, result=1)
    wire.message(id="x", result=1)
    counters = session.counters
    assert (counters.replies, counters.duplicate_replies, counters.late_replies) == (1, 1, 1)
    assert counters.unknown_replies == 3


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'"text"',
        b"\xff\xfe",
        b'{"id": {}}',
        b'{"method": 5}',
        b'{"id": 1.5, "result": 1}',
        b'{"id": 1, "result": nul}',
        b'{"id": 1, "result": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_is_no_message_is_counted_and_the_session_goes_on(body):
    session, wire = session_on_wire()
    got = []
    request = session.send("a", b"{}", got.append)
    wire.deliver(frame(body))
    assert session.counters.malformed_messages == 1
    wire.message(id=request, result=1)
    assert len(got) == 1


def test_a_broken_stream_closes_the_session_and_everybody_is_told():
    session, wire = session_on_wire()
    got, reasons = [], []
    session.on_closed(reasons.append)
    session.send("a", b"{}", got.append)
    wire.deliver(b"\x00 this is no header")
    assert got[0].error is CLOSED
    assert session.closed
    assert wire.closed
    assert session.counters.protocol_errors == 1
    assert "protocol error" in reasons[0]
    session.send("b", b"{}", got.append)
    assert got[1].error is CLOSED
    assert session.in_flight() == 0
    session.on_closed(reasons.append)
    assert len(reasons) == 2


@pytest.mark.parametrize("error", [{"message": "no code"}, {"code": "x"}, "text", 5, {"code": 1.5}, []])
def test_an_error_without_a_code_or_of_any_shape_is_an_error(error):
    session, wire = session_on_wire()
    got = []
    wire.message(id=session.send("a", b"{}", got.append), error=error)
    assert got[0].error.code is None
    assert got[0].error is not CLOSED
    assert got[0].result is None
    assert session.in_flight() == 0


def test_a_reply_with_both_a_result_and_an_error_is_an_error():
    session, wire = session_on_wire()
    got = []
    wire.message(id=session.send("a", b"{}", got.append), result=1, error={"code": 3, "message": "no"})
    assert (got[0].result, got[0].error.code) == (None, 3)


def test_who_stops_listening_leaves_the_others_listening():
    session, wire = session_on_wire()
    heard = []
    stop = session.on_notification("a", lambda params, at_ns: heard.append(("first", at_ns)))
    session.on_notification("a", lambda params, at_ns: heard.append(("second", bytes(params))))
    wire.message(method="a", params=5)
    stop()
    wire.message(method="a")
    assert heard == [("first", 1), ("second", b"5"), ("second", b"null")]


def test_methods_without_parameters_are_sent_without():
    session, wire = session_on_wire()
    session.send("shutdown", b"", lambda _: None)
    session.notify("exit", b"")
    assert wire.sent == [
        {"jsonrpc": "2.0", "id": 1, "method": "shutdown"},
        {"jsonrpc": "2.0", "method": "exit"},
    ]


def test_every_frame_of_a_chunk_has_the_time_of_its_arrival():
    session, wire = session_on_wire()
    done = []
    for _ in range(3):
        session.send("a", b"{}", lambda reply: done.append(reply.done_ns))
    replies = [msgspec.json.encode({"id": number, "result": None}) for number in (1, 2, 3)]
    wire.deliver(b"".join(map(frame, replies)))
    assert done == [1, 1, 1]
    assert session.counters.bytes_in == sum(len(frame(reply)) for reply in replies)


def test_a_body_beyond_the_limit_ends_the_session():
    session, wire = session_on_wire(max_body_bytes=100)
    got = []
    session.send("a", b"{}", got.append)
    wire.deliver(b"Content-Length: 101\r\n\r\n")
    assert got[0].error is CLOSED
    assert "101 bytes" in session.close_reason


def test_log_messages_are_counted_among_the_notifications():
    session, wire = session_on_wire()
    wire.message(method="window/logMessage", params={"type": 3, "message": "x"})
    wire.message(method="telemetry/event", params=None)
    assert (session.counters.log_messages, session.counters.notifications) == (1, 2)


def test_an_edit_of_the_servers_is_made_where_somebody_makes_it():
    _, wire = session_on_wire(on_apply_edit=lambda params: b"changes" in bytes(params))
    wire.message(id=1, method="workspace/applyEdit", params={"edit": {"changes": {}}})
    wire.message(id=2, method="workspace/applyEdit", params={"edit": {}})
    assert [sent["result"]["applied"] for sent in wire.sent] == [True, False]


@pytest.mark.parametrize(
    ("method", "params", "result"),
    [
        ("client/registerCapability", {"registrations": []}, None),
        ("window/workDoneProgress/create", {"token": 1}, None),
        ("workspace/semanticTokens/refresh", None, None),
        ("workspace/applyEdit", {"edit": {}}, {"applied": False, "failureReason": "not asked for"}),
        (
            "workspace/configuration",
            {
                "items": [
                    {"section": "rust-analyzer.cargo.features"},
                    {"section": "checkOnSave"},
                    {"section": "no.such"},
                ]
            },
            [["a"], False, None],
        ),
        ("workspace/configuration", {"items": [{"section": "rust-analyzer"}]}, [SETTINGS]),
    ],
)
def test_every_request_of_the_server_is_answered(method, params, result):
    session, wire = session_on_wire(settings=SETTINGS)
    wire.message(id=77, method=method, params=params)
    assert wire.sent == [{"jsonrpc": "2.0", "id": 77, "result": result}]
    assert session.counters.server_requests == 1


def test_unknown_requests_are_refused_and_refreshes_reported():
    refreshed = []
    _, wire = session_on_wire(on_refresh=refreshed.append)
    wire.message(id="x", method="no/such", params={})
    wire.message(id=2, method="workspace/inlayHint/refresh")
    assert wire.sent[0]["error"]["code"] == -32601
    assert refreshed == ["workspace/inlayHint/refresh"]


@pytest.mark.parametrize(
    "params", [b"[]", b"null", b'{"items":5}', b'{"items":["\xff"]}', b'{"items":[%b{}]}' % (b"{}," * 1000)]
)
def test_ill_shaped_configuration_requests_are_answered_with_an_error(params):
    body = ServerRequests().answer(1, "workspace/configuration", msgspec.Raw(params))
    assert msgspec.json.decode(body)["error"]["code"] == -32602


def test_settings_are_found_by_dotted_path_or_not_at_all():
    assert setting(SETTINGS, "cargo.sysroot") is None
    assert setting(SETTINGS, "cargo.features") == ["a"]
    assert setting(SETTINGS, "") == SETTINGS
    assert setting(SETTINGS, "cargo.features.a") is None


def test_asking_and_waiting_ends_with_the_answer_the_error_or_the_time_out():
    async def work():
        backend = FakeBackend(
            service_s=lambda method, _: None if method == "never" else 0.5,
            answer=lambda method, _: ValueError(-5) if method == "bad" else {"x": 1},
        )
        session = Session(backend, VirtualClock())
        assert await session.request("good", {}, timeout_s=1) == {"x": 1}
        with pytest.raises(RequestFailed) as failed:
            await session.request("bad", {}, timeout_s=1)
        assert failed.value.code == -5
        with pytest.raises(TimeoutError, match="no answer to never within 2 s"):
            await session.request("never", {}, timeout_s=2)
        assert session.in_flight() == 0
        backend.crash_at_s = None
        asyncio.get_running_loop().call_later(0.1, backend.crash)
        with pytest.raises(Crashed):
            await session.request("good", {}, timeout_s=1)

    run_virtually(work())


@pytest.mark.parametrize(
    "result",
    [None, [], {"capabilities": 5}, {"capabilities": {"positionEncoding": "utf-7"}}, {"serverInfo": {}}],
)
def test_an_initialize_that_makes_no_sense_is_refused(result):
    async def work():
        wire = Wire()
        session = Session(wire, VirtualClock())
        asyncio.get_running_loop().call_soon(lambda: wire.message(id=1, result=result))
        with pytest.raises(NotReady):
            await session.initialize(Path("/w"), timeout_s=1)

    run_virtually(work())


def test_the_open_folder_is_told_to_a_server_that_asks():
    async def work():
        wire = Wire()
        session = Session(wire, VirtualClock())
        result = {"capabilities": {}, "serverInfo": "no object"}
        asyncio.get_running_loop().call_soon(lambda: wire.message(id=1, result=result))
        info = await session.initialize(Path("/w"), timeout_s=1)
        assert (info.name, info.position_encoding) == ("", "utf-16")
        wire.message(id=7, method="workspace/workspaceFolders")
        assert wire.sent[-1]["result"] == [{"uri": "file:///w", "name": "w"}]

    run_virtually(work())


def test_a_result_that_cannot_be_decoded_is_a_failed_request():
    async def work():
        wire = Wire()
        session = Session(wire, VirtualClock())
        body = frame(b'{"id":1,"result":"\xff\xfe"}')
        asyncio.get_running_loop().call_soon(lambda: wire.deliver(body))
        with pytest.raises(RequestFailed, match="cannot be decoded"):
            await session.request("a", None, timeout_s=1)

    run_virtually(work())


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.just(2**80)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
methods = st.sampled_from(
    ["workspace/configuration", "workspace/applyEdit", "window/logMessage", "$/progress", "x/y", "\u0000", ""]
)
messages = st.fixed_dictionaries(
    {},
    optional={
        "id": st.integers(0, 4) | json_values,
        "method": methods | json_values,
        "params": st.fixed_dictionaries({"items": json_values}) | json_values,
        "result": json_values,
        "error": st.fixed_dictionaries({}, optional={"code": json_values, "message": json_values})
        | json_values,
    },
)
bodies = (
    messages.map(msgspec.json.encode)
    | messages.map(lambda message: msgspec.json.encode(message).replace(b'"', b'"\xff', 9))
    | json_values.map(msgspec.json.encode)
    | st.binary(max_size=30)
)


@given(st.lists(bodies, max_size=12))
def test_whatever_arrives_nothing_raises_and_everybody_hears_once(arrived):
    session, wire = session_on_wire(settings=SETTINGS)
    heard = []
    for number in range(3):
        session.send("a", b"{}", lambda reply, number=number: heard.append(number))
    for body in arrived:
        wire.deliver(frame(body))
    counters = session.counters
    told_apart = (
        counters.replies + counters.duplicate_replies + counters.late_replies + counters.unknown_replies
    )
    others = counters.malformed_messages + counters.notifications + counters.server_requests
    assert told_apart + others == len(arrived)
    assert len(heard) == counters.replies
    assert len(wire.sent) == 3 + counters.server_requests
    wire.end("over")
    assert sorted(heard) == [0, 1, 2]
    assert session.in_flight() == 0
