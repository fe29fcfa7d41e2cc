"""Bytes over pipes: all of them, in order, without blocking, and one word about the end."""

from __future__ import annotations

import asyncio
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_rustide_load.backends import PipeTransport, transport


class Ends:
    """A transport and the server's ends of its pipes."""

    def __init__(self) -> None:
        self.server_read, write_fd = os.pipe()
        read_fd, self.server_write = os.pipe()
        self.transport = PipeTransport(write_fd, read_fd)
        self.received = bytearray()
        self.closed: list[str] = []

    def start(self) -> None:
        self.transport.start(self.received.extend, self.closed.append)

    def close(self) -> None:
        self.transport.abort()
        os.close(self.server_read)
        os.close(self.server_write)


async def turns() -> None:
    """As many of the loop as anything that is there already could take to be noticed."""
    for _ in range(10):
        await asyncio.sleep(0)


async def until(condition, timeout_s=10.0):
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.001)


def test_nothing_is_read_before_start_and_nothing_lost(run):
    async def main():
        ends = Ends()
        os.write(ends.server_write, b"early")
        await turns()
        assert ends.transport.received_bytes == 0
        ends.start()
        await until(lambda: ends.received == b"early")
        assert ends.transport.received_bytes == 5
        ends.close()

    run(main)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=200_000), max_size=8), st.integers(1, 100_000))
def test_whatever_is_written_arrives_in_order_at_any_pace_of_the_reader(messages, read_bytes):
    async def main():
        ends = Ends()
        ends.start()
        got = bytearray()
        expected = b"".join(messages)
        for message in messages:
            ends.transport.write(message)
        while len(got) < len(expected):
            assert len(got) + ends.transport.backlog_bytes() <= len(expected)
            got += os.read(ends.server_read, read_bytes)
            await asyncio.sleep(0)
        assert bytes(got) == expected
        assert ends.transport.backlog_bytes() == 0
        ends.close()

    asyncio.run(main())


def test_write_never_blocks_and_the_backlog_is_reported(run):
    async def main():
        ends = Ends()
        ends.start()
        ends.transport.write(bytes(1_000_000))
        # A pipe holds 64 KiB by default, never a million.
        assert 0 < ends.transport.backlog_bytes() < 1_000_000
        ends.close()
        assert ends.transport.backlog_bytes() == 0

    run(main)


def test_a_server_that_never_reads_is_given_up_with_the_reason(run, monkeypatch):
    monkeypatch.setattr(transport, "_MAX_BACKLOG_BYTES", 1 << 20)

    async def main():
        ends = Ends()
        ends.start()
        for _ in range(32):
            ends.transport.write(bytes(100_000))
        assert ends.closed == ["it stopped reading: more than 1 MiB were waiting for it"]
        assert ends.transport.backlog_bytes() == 0
        ends.close()

    run(main)


def test_the_end_is_told_once_after_the_last_byte(run):
    async def main():
        ends = Ends()
        ends.start()
        os.write(ends.server_write, b"last words")
        os.close(ends.server_write)
        await until(lambda: ends.closed)
        assert ends.received == b"last words"
        assert ends.closed == ["it closed its output"]
        ends.transport.close()
        ends.transport.close()
        ends.transport.write(b"anybody there?")
        await turns()
        assert len(ends.closed) == 1
        os.close(ends.server_read)

    run(main)


def test_a_failed_write_does_not_swallow_what_the_server_said_before(run):
    async def main():
        ends = Ends()
        os.write(ends.server_write, b"panicked")
        os.close(ends.server_read)
        os.close(ends.server_write)
        ends.start()
        ends.transport.write(b"hello")
        await until(lambda: ends.closed)
        assert ends.received == b"panicked"
        assert ends.closed == ["it closed its output"]
        ends.transport.close()

    run(main)


def test_a_server_that_closes_its_input_and_lives_on_is_noticed(run, monkeypatch):
    monkeypatch.setattr(transport, "_LAST_WORDS_S", 0.01)

    async def main():
        ends = Ends()
        ends.start()
        os.close(ends.server_read)
        ends.transport.write(b"hello")
        ends.transport.write(b"hello?")
        await until(lambda: ends.closed)
        assert ends.closed == ["writing to it failed: Broken pipe"]
        ends.transport.close()
        os.close(ends.server_write)

    run(main)


@pytest.mark.parametrize("how", ["close", "abort"])
def test_closing_it_ourselves_is_told_as_such(run, how):
    async def main():
        ends = Ends()
        ends.start()
        getattr(ends.transport, how)()
        assert ends.closed == ["closed by this side"]
        ends.close()
        assert len(ends.closed) == 1

    run(main)


def test_last_words_after_closing_are_dropped_and_do_not_break_the_server(run):
    async def main():
        ends = Ends()
        ends.start()
        ends.transport.close()
        assert os.read(ends.server_read, 1) == b""
        # More than the pipe holds: somebody must be reading.
        os.set_blocking(ends.server_write, False)
        sent = 0
        async with asyncio.timeout(10):
            while sent < 300_000:
                try:
                    sent += os.write(ends.server_write, bytes(10_000))
                except BlockingIOError:
                    await asyncio.sleep(0)
        assert ends.received == b""
        ends.transport.abort()
        with pytest.raises(BrokenPipeError):
            os.write(ends.server_write, b"x")
        ends.close()

    run(main)


def test_one_that_was_never_started_lets_go_of_both_pipes(run):
    async def main():
        ends = Ends()
        ends.transport.close()
        with pytest.raises(BrokenPipeError):
            os.write(ends.server_write, b"x")
        ends.start()
        assert ends.closed == ["closed by this side"]
        ends.close()

    run(main)


def test_it_starts_once(run):
    async def main():
        ends = Ends()
        ends.start()
        with pytest.raises(RuntimeError):
            ends.start()
        ends.close()

    run(main)
