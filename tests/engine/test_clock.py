"""The event loop: more connections than `select` has room for, and timers finer than a millisecond."""

from __future__ import annotations

import asyncio
import os
import resource

import pytest

from pytest_rustide_load.engine import new_event_loop

MANY = 1_100


@pytest.fixture
def many_allowed():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * MANY + 100:
        pytest.skip(f"a process may have {hard} descriptors only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * MANY + 100), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_descriptors_beyond_those_of_select_are_heard(many_allowed):
    heard: list[int] = []
    pipes: list[tuple[int, int]] = []

    async def listen() -> None:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        # The loop's own are the first.
        pipes.extend(os.pipe() for _ in range(MANY))

        def readable(fd: int) -> None:
            heard.append(os.read(fd, 1)[0])
            if len(heard) == 2:
                done.set_result(None)

        for read_fd, _ in pipes:
            loop.add_reader(read_fd, readable, read_fd)
        os.write(pipes[-1][1], b"z")
        os.write(pipes[0][1], b"a")
        await asyncio.wait_for(done, 10)
        for read_fd, _ in pipes:
            loop.remove_reader(read_fd)
        for fd in (fd for ends in pipes for fd in ends):
            os.close(fd)

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(listen())
    assert pipes[-1][0] > 1_024
    assert sorted(heard) == [ord("a"), ord("z")]


def test_a_timer_is_not_rounded_up_to_a_whole_millisecond():
    async def shortest() -> float:
        loop = asyncio.get_running_loop()
        took = []
        for _ in range(200):
            began = loop.time()
            await asyncio.sleep(0.0002)
            took.append(loop.time() - began)
        return min(took)

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        # Whatever else the machine does, one of two hundred is on time.
        assert runner.run(shortest()) < 0.001
