"""Readiness on virtual time: scripts of statuses and answers, and when they make a server ready."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pytest_rustide_load.engine import RequestFailed, Session, wait_until_ready
from pytest_rustide_load.errors import Crashed, NotReady
from pytest_rustide_load.lsp.framing import frame
from pytest_rustide_load.testing import FakeBackend, VirtualClock, run_virtually

BUSY, QUIESCENT = False, True


class NamedBackend(FakeBackend):
    """A fake backend that says its name."""

    name = ""

    def send(self, message):
        if "capabilities" in (message.get("result") or {}):
            message["result"]["serverInfo"] = {"name": self.name}
        super().send(message)


def ready(statuses, answer, *, name="", crash_at_s=None, progress=(), shown=None, **options):
    """Run readiness on a backend that reports `statuses`, pairs of a time and BUSY or QUIESCENT.

    `answer(at_s)` is what the canary says when asked at that time; an Exception is raised.
    """

    async def work():
        backend = NamedBackend(crash_at_s=crash_at_s)
        session = Session(backend, VirtualClock())
        if name:
            backend.name = name
            await session.initialize(Path("/w"))
        loop = asyncio.get_running_loop()
        asked = []
        for at_s, quiescent in statuses:
            params = {"quiescent": quiescent, "health": "warning", "message": f"since {at_s}"}
            loop.call_at(at_s, backend.send, {"method": "experimental/serverStatus", "params": params})
        for at_s, value in progress:
            loop.call_at(at_s, backend.send, {"method": "$/progress", "params": {"token": 1, "value": value}})

        async def canary(_session):
            asked.append(loop.time())
            said = answer(loop.time())
            if isinstance(said, Exception):
                raise said
            return said

        options.setdefault("timeout_s", 10.0)
        on_status = None if shown is None else shown.append
        result = await wait_until_ready(
            session, VirtualClock(), canary=canary, on_status=on_status, **options
        )
        return result, asked

    return run_virtually(work())


def s(value_ns):
    return value_ns / 1e9


def test_quiescence_before_the_first_load_is_not_readiness():
    result, _ = ready([(0.1, QUIESCENT), (0.2, BUSY), (4.0, QUIESCENT)], lambda _: "")
    assert 4.3 <= s(result.ready_ns) <= 4.35
    assert s(result.quiescent_ns) == pytest.approx(4.0)
    assert (result.health, result.message) == ("warning", "since 4.0")


def test_a_status_that_flaps_back_is_waited_out():
    result, _ = ready([(0.1, BUSY), (1.0, QUIESCENT), (1.2, BUSY), (3.0, QUIESCENT)], lambda _: "")
    assert 3.3 <= s(result.ready_ns) <= 3.35
    assert s(result.quiescent_ns) == pytest.approx(3.0)


def test_a_status_said_again_does_not_start_the_wait_again():
    result, _ = ready([(0.1, BUSY), (1.0, QUIESCENT), (1.2, QUIESCENT)], lambda _: "")
    assert 1.3 <= s(result.ready_ns) <= 1.35
    assert s(result.quiescent_ns) == pytest.approx(1.0)


@pytest.mark.parametrize("at_s", [3.0, 3.1, 3.2, 3.3, 3.4])
def test_however_long_it_was_busy_it_is_asked_as_soon_as_it_is_settled(at_s):
    result, _ = ready([(0.1, BUSY), (at_s, QUIESCENT)], lambda now_s: "" if now_s > at_s else "empty")
    assert s(result.ready_ns) == pytest.approx(at_s + 0.3, abs=0.03)


def test_first_response_first_right_answer_and_quiescence_are_three_times():
    result, asked = ready([(0.1, BUSY), (2.0, QUIESCENT)], lambda at_s: "" if at_s > 0.8 else "empty")
    assert s(result.first_response_ns) == 0
    assert 0.8 < s(result.right_ns) < 1.4
    assert s(result.quiescent_ns) == pytest.approx(2.0)
    assert 2.3 <= s(result.ready_ns) <= 2.35
    # Rightly answered, the canary rests until it is time to ask for the last time.
    assert [at_s for at_s in asked if at_s > 1.4] == [pytest.approx(2.3, abs=0.05)]


def test_a_quiescent_server_with_a_wrong_answer_is_not_ready():
    result, _ = ready([(0.1, BUSY), (1.0, QUIESCENT)], lambda at_s: "" if at_s > 4.0 else "empty")
    assert 4.0 < s(result.ready_ns) <= 4.6


def test_work_that_begins_while_the_answer_is_on_its_way_is_waited_out():
    async def work():
        backend = FakeBackend()
        session = Session(backend, VirtualClock())
        loop = asyncio.get_running_loop()
        for at_s, quiescent in [(0.0, BUSY), (0.1, QUIESCENT), (0.6, BUSY), (2.0, QUIESCENT)]:
            params = {"quiescent": quiescent}
            loop.call_at(at_s, backend.send, {"method": "experimental/serverStatus", "params": params})

        async def slow(_session):
            await asyncio.sleep(0.4)
            return ""

        return await wait_until_ready(session, VirtualClock(), canary=slow, timeout_s=10)

    assert run_virtually(work()).ready_ns >= 2.3e9


def test_a_server_without_a_status_is_ready_when_its_answer_is_right():
    result, asked = ready([], lambda at_s: "" if at_s > 2 else RequestFailed("definition", -32801, "changed"))
    assert result.quiescent_ns is None
    assert 2 < s(result.ready_ns) < 2.6
    assert len(asked) < 20


def test_no_status_within_half_a_second_means_none_except_for_servers_known_to_report():
    result, _ = ready([(1.5, BUSY), (3.0, QUIESCENT)], lambda _: "")
    assert s(result.ready_ns) == pytest.approx(0.5, abs=0.05)
    result, _ = ready([(1.5, BUSY), (3.0, QUIESCENT)], lambda _: "", name="rust-analyzer")
    assert s(result.ready_ns) == pytest.approx(3.3, abs=0.05)
    result, _ = ready([(1.5, BUSY), (3.0, QUIESCENT)], lambda _: "", expect_status=True)
    assert s(result.ready_ns) == pytest.approx(3.3, abs=0.05)
    result, _ = ready([(0.0, BUSY)], lambda _: "", expect_status=False)
    assert s(result.ready_ns) < 0.1


def test_a_server_that_has_nothing_to_load_is_ready_after_a_while():
    result, _ = ready([(0.1, QUIESCENT)], lambda _: "")
    assert s(result.ready_ns) == pytest.approx(5.1, abs=0.05)


def test_who_never_gets_ready_is_reported_with_all_that_was_seen_last():
    with pytest.raises(NotReady) as caught:
        ready(
            [(0.1, BUSY)],
            lambda _: "the answer was empty",
            timeout_s=2,
            progress=[(0.2, {"kind": "begin", "title": "Indexing"})],
        )
    assert str(caught.value) == (
        "not ready within 2 s: its last status was busy, health warning: since 0.1; "
        "it was last seen at 'Indexing'; the answer was empty"
    )
    with pytest.raises(NotReady, match=r"within 2 s: it sent no status; definition: error -5: no"):
        ready([], lambda _: RequestFailed("definition", -5, "no"), timeout_s=2)


def test_a_canary_that_is_never_answered_does_not_outlast_the_time_out():
    async def work():
        session = Session(FakeBackend(service_s=lambda _method, _number: None), VirtualClock())

        async def canary(session):
            return str(await session.request("definition", {}, timeout_s=1_000))

        with pytest.raises(NotReady, match="not ready within 3 s: it sent no status; no answer within"):
            await wait_until_ready(session, VirtualClock(), canary=canary, timeout_s=3)
        assert asyncio.get_running_loop().time() == pytest.approx(3, abs=0.1)

    run_virtually(work())


def test_a_server_that_ends_meanwhile_has_crashed():
    with pytest.raises(Crashed, match="ended while it was getting ready: it crashed"):
        ready([(0.1, BUSY)], lambda _: "empty", crash_at_s=0.5)


def test_what_it_does_is_shown_and_odd_reports_are_passed_over():
    shown = []
    odd = [None, {"title": 5}, {"kind": "report"}, {"message": "3/7 crates"}]
    ready(
        [(0.1, BUSY), (0.5, QUIESCENT)], lambda _: "", progress=[(0.2, value) for value in odd], shown=shown
    )
    assert set(shown) == {"3/7 crates"}


def test_a_step_is_shown_with_what_it_is_a_step_of():
    shown, values = [], [{"kind": "begin", "title": "Indexing"}, {"kind": "report", "message": "3/7 (core)"}]
    values += [{"kind": "end", "message": "done"}, {"kind": "report", "message": "late"}]
    told = [(0.1 + number / 10, value) for number, value in enumerate(values)]
    ready([(0.1, BUSY), (0.6, QUIESCENT)], lambda _: "", progress=told, shown=shown)
    assert list(dict.fromkeys(shown)) == ["Indexing", "Indexing: 3/7 (core)", "done", "late"]


def test_nothing_listens_to_statuses_any_more_once_it_is_ready():
    async def work():
        backend = FakeBackend()
        session = Session(backend, VirtualClock())

        async def canary(_session):
            return ""

        await wait_until_ready(session, VirtualClock(), canary=canary, timeout_s=10)
        # Not UTF-8, nor anything that could be decoded: nobody looks at it.
        raw = b'{"method":"experimental/serverStatus","params":"\xff"}'
        assert not any(session._handlers.values())
        backend._on_bytes(frame(raw))
        assert session.counters.notifications == 1

    run_virtually(work())


def test_statuses_of_another_shape_are_no_statuses():
    async def work():
        backend = FakeBackend()
        session = Session(backend, VirtualClock())
        loop = asyncio.get_running_loop()
        for number, params in enumerate([None, [], {"quiescent": "yes"}, {"quiescent": 0}]):
            message = {"method": "experimental/serverStatus", "params": params}
            loop.call_at(0.1 * number, backend.send, message)
        not_utf8 = frame(b'{"method":"experimental/serverStatus","params":{"message":"\xff"}}')
        loop.call_at(0.2, lambda: backend._on_bytes(not_utf8))

        async def canary(_session):
            return ""

        return await wait_until_ready(session, VirtualClock(), canary=canary, timeout_s=10)

    assert run_virtually(work()).quiescent_ns is None


def test_a_server_that_says_it_is_ready_and_is_never_right_is_not_waited_for_to_the_end():
    ails = "its last status was quiescent, health warning: since 1.0"
    with pytest.raises(NotReady, match=f"not right once in 15 s since: a line too low; {ails}"):
        ready([(0.1, BUSY), (1.0, QUIESCENT)], lambda _: "a line too low", timeout_s=180)
    result, _ = ready(
        [(0.1, BUSY), (1.0, QUIESCENT)], lambda at_s: "" if at_s > 14 else "not yet", timeout_s=180
    )
    assert s(result.ready_ns) < 15


def test_new_work_makes_a_server_that_was_wrong_worth_waiting_for():
    result, _ = ready(
        [(0.1, BUSY), (1.0, QUIESCENT), (12.0, BUSY), (13.0, QUIESCENT)],
        lambda at_s: "" if at_s > 25 else "not yet",
        timeout_s=180,
    )
    assert 25 < s(result.ready_ns) < 27


def test_a_server_that_was_never_busy_may_be_wrong_until_the_time_is_over():
    with pytest.raises(NotReady, match="not ready within 60 s"):
        ready([(0.1, QUIESCENT)], lambda _: "empty", timeout_s=60)
