"""An agent's end of its pipe."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from typing import Any

from pytest_rustide_load.agents.link import Link
from pytest_rustide_load.agents.messages import Done, decode_from_agent


class Channel:
    """What an execnet channel is to a link, without a process at its other end."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def setcallback(self, callback: Any, endmarker: Any) -> None:
        pass

    def send(self, data: bytes) -> None:
        self.sent.append(data)


class Watched(deque[Any]):
    """Looks at the link whenever a message is taken out."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link
        self.busy: list[bool] = []

    def popleft(self) -> Any:
        message = super().popleft()
        self.busy.append(self._link.is_busy)
        return message


def test_what_is_about_to_be_sent_is_waited_for():
    """An agent that ended in that moment took its result along."""
    channel = Channel()

    async def run() -> Watched:
        # Nobody ends the process because nobody says anything to it.
        link = Link(channel, lambda: 0, silence_s=math.inf)
        watched = link._outgoing = Watched(link)
        link.attach(lambda _reason: None)
        link.send(Done(b"result"))
        await link.sent()
        return watched

    watched = asyncio.run(run())
    assert watched.busy == [True]
    assert [decode_from_agent(data) for data in channel.sent] == [Done(b"result")]
