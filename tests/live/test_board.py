"""What a viewer is told who comes while a run goes on, after it, and in the next one."""

from __future__ import annotations

import asyncio
import contextlib
import json

import msgspec
import pytest

from pytest_rustide_load.live.app import _stream
from pytest_rustide_load.live.board import Board
from pytest_rustide_load.report.live import LiveHealth, LiveState, idle_state


def state(scenario: str, elapsed_s: float) -> LiveState:
    idle = idle_state()
    return msgspec.structs.replace(
        idle,
        performance=msgspec.structs.replace(idle.performance, scenario=scenario, elapsed_s=elapsed_s),
        health=LiveHealth(status="running", scenario=scenario, phase="measuring", active_alerts=()),
    )


def see(board: Board, *seen: LiveState) -> None:
    """A run of which just this is seen, and its end."""
    coming = iter(seen)
    board.begin(lambda: next(coming))
    for _ in seen:
        board._step()
    board.end()


def told(board: Board) -> list[tuple[str, float]]:
    """What a viewer who comes now is told at once."""

    async def first() -> list[bytes]:
        states = board.states()
        try:
            return await anext(states)
        finally:
            await states.aclose()

    found = [json.loads(one)["performance"] for one in asyncio.run(first())]
    return [(one["scenario"], one["elapsed_s"]) for one in found]


def test_who_comes_while_a_run_goes_on_is_told_each_state_once():
    board = Board()
    see(board, state("first", 1.0), state("first", 2.0))
    assert told(board) == [("first", 1.0), ("first", 2.0)]


def test_who_comes_after_a_run_sees_it_and_that_it_is_over():
    board = Board()
    see(board, state("first", 1.0), state("first", 2.0))
    board._step()
    board._step()
    assert told(board) == [("first", 1.0), ("first", 2.0), ("", 0.0)]


@pytest.mark.parametrize("pause", [True, False], ids=["after a pause", "at once"])
def test_who_comes_in_the_next_run_is_told_of_that_one_alone(pause):
    board = Board()
    see(board, state("first", 1.0), state("first", 2.0))
    if pause:
        board._step()
    see(board, state("second", 1.5), state("second", 2.5))
    assert told(board) == [("second", 1.5), ("second", 2.5)]


def test_a_viewer_who_leaves_is_forgotten_and_leaves_no_error():
    board = Board()

    async def visit() -> bool:
        stream = _stream(board)
        assert await anext(stream)
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        assert len(board._viewers) == 1
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting
        return waiting.cancelled()

    assert asyncio.run(visit())
    assert not board._viewers
