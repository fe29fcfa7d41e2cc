"""The controller's side: agents that are started, kept in step, heard and, where they fall silent, given up.

Messages arrive on a thread for each agent, which calls `on_report` and `on_chunk` directly: an agent that
sends faster than they return waits, in the end, for its pipe. Knows nothing of what the agents work on.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import execnet

from pytest_rustide_load.agents.bootstrap import MISSING, agent_source, how_to_install, make_gateways
from pytest_rustide_load.agents.clocks import Offset, Reading, estimate_offset
from pytest_rustide_load.agents.messages import (
    SILENCE_S,
    Chunk,
    Done,
    Failed,
    FromAgent,
    FromController,
    Hello,
    Job,
    Ping,
    Pong,
    Ready,
    Report,
    Start,
    Status,
    Stop,
    decode_from_agent,
    encode,
)
from pytest_rustide_load.agents.spec import AgentSpec
from pytest_rustide_load.errors import AgentError

if TYPE_CHECKING:
    from execnet import Gateway

__all__ = ["Agent", "Fleet"]

_PING_S = 1.0
_HANDSHAKE_PINGS = 16
_HANDSHAKE_PAUSE_S = 0.01
_HANDSHAKE_S = 3.0
_HELLO_S = 30.0
_END_S = 3.0


@dataclass(slots=True)
class Agent:
    """What is known of an agent. `lost` says why it is, empty while it is not; `failed` is an error of its
    own, kind and message. `heard_s` is when it said something last, `told_s` when it told how far its
    preparations are, or was given what to prepare, `last_ns` when `last` came."""

    number: int
    spec: AgentSpec
    hello: Hello | None = None
    missing: tuple[str, ...] = ()
    status: Status | None = None
    about: bytes | None = None
    result: bytes | None = None
    failed: tuple[str, str] | None = None
    lost: str = ""
    lost_ns: int = 0
    heard_s: float = 0.0
    told_s: float = 0.0
    last: Report | None = None
    last_ns: int = 0
    offset: Offset | None = None
    bytes_in: int = 0
    readings: list[Reading] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"agent {self.number} ({self.spec.text})"

    @property
    def ended(self) -> bool:
        """Nothing more is to be expected of it."""
        return bool(self.lost) or self.result is not None or self.failed is not None


class Fleet:
    """`start`, then `give` each agent its work, `begin` when all are ready, `check` now and then, `close`
    at the end, whatever happened."""

    def __init__(
        self,
        specs: Sequence[AgentSpec],
        *,
        module: str,
        now_ns: Callable[[], int],
        on_report: Callable[[Agent, Report], None],
        on_chunk: Callable[[Agent, Chunk], None],
        silence_s: float = SILENCE_S,
    ) -> None:
        self._module = module
        self._now_ns = now_ns
        self._on_report = on_report
        self._on_chunk = on_chunk
        self._silence_s = silence_s
        self._group = execnet.Group()
        self._gateways: dict[int, Gateway] = {}
        self._channels: dict[int, execnet.Channel] = {}
        self._closing = threading.Event()
        self.agents = tuple(Agent(number, spec) for number, spec in enumerate(specs, 1))

    # -- coming up

    def start(self, version: str, code: str, on_start: Callable[[int], None]) -> None:
        """Start all agents, and see that they have the same code. Raises AgentError."""
        gateways = make_gateways(self._group, [agent.spec for agent in self.agents], on_start)
        for agent, gateway in zip(self.agents, gateways, strict=True):
            self._gateways[agent.number] = gateway
            agent.heard_s = time.monotonic()
            channel = self._channels[agent.number] = gateway.remote_exec(agent_source(self._module))
            channel.setcallback(partial(self._received, agent), endmarker=None)
        threading.Thread(target=self._keep_alive, daemon=True).start()
        deadline_s = time.monotonic() + _HELLO_S
        waiting = list(self.agents)
        while waiting and time.monotonic() < deadline_s:
            time.sleep(0.01)
            waiting = [one for one in waiting if not (one.hello or one.missing or one.ended)]
        problems = [text for agent in self.agents for text in [self._unfit(agent, version, code)] if text]
        if problems:
            raise AgentError("\n".join(problems))

    def _unfit(self, agent: Agent, version: str, code: str) -> str:
        """Why an agent cannot be used; empty where it can."""
        if agent.missing:
            found, python, executable, why = agent.missing
            has = f"has pytest-rustide-load {found}" if found else "has no pytest-rustide-load"
            install = how_to_install(agent.spec, version, executable)
            return f"{agent.name}: its Python {python} {has} ({why}); install it there with:\n  {install}"
        if agent.hello is None:
            return f"{agent.name}: {agent.lost or f'said nothing within {_HELLO_S:g} s'}"
        if agent.hello.version != version:
            return (
                f"{agent.name}: it has pytest-rustide-load {agent.hello.version}, this is {version}; install "
                f"it there with:\n  {how_to_install(agent.spec, version)}"
            )
        if agent.hello.code != code:
            return (
                f"{agent.name}: it has pytest-rustide-load {version} too, but of other code, and would make "
                "other users of the same seed; install the same there"
            )
        return ""

    def give(self, works: Sequence[bytes]) -> None:
        """Its work to each agent."""
        for agent, work in zip(self.agents, works, strict=True):
            agent.told_s = time.monotonic()
            self._send(agent, Job(work))

    @property
    def alive(self) -> list[Agent]:
        """The agents that are not lost."""
        return [agent for agent in self.agents if not agent.lost]

    def synchronise(self) -> None:
        """Ask each agent for its time, and know how far off that is."""
        asked = {agent.number: len(agent.readings) for agent in self.alive}
        for _ in range(_HANDSHAKE_PINGS):
            for agent in self.alive:
                self._send(agent, Ping(self._now_ns()))
            time.sleep(_HANDSHAKE_PAUSE_S)
        deadline_s = time.monotonic() + _HANDSHAKE_S
        while time.monotonic() < deadline_s and any(
            len(agent.readings) < asked[agent.number] + _HANDSHAKE_PINGS for agent in self.alive
        ):
            time.sleep(_HANDSHAKE_PAUSE_S)
        for agent in self.alive:
            agent.offset = estimate_offset(agent.readings)

    def begin(self, at_ns: int) -> None:
        """All begin when our clock shows `at_ns`."""
        for agent in self.alive:
            if agent.offset is None:
                self._lose(agent, "did not tell its time")
            else:
                self._send(agent, Start(at_ns + agent.offset.offset_ns))

    # -- while they work

    def stop(self) -> None:
        """Ask all for what they have."""
        for agent in self.alive:
            if not agent.ended:
                self._send(agent, Stop())

    def check(self) -> None:
        """Give up who has been silent for too long."""
        now_s = time.monotonic()
        for agent in self.agents:
            if not agent.ended and now_s - agent.heard_s > self._silence_s:
                self._lose(agent, f"said nothing for {self._silence_s:g} s")

    def give_up(self, why: str) -> None:
        """Nothing more is awaited of anybody."""
        for agent in self.agents:
            if not agent.ended:
                self._lose(agent, why)

    def close(self) -> None:
        """End all agents and what was started for them. Idempotent."""
        self._closing.set()
        for channel in self._channels.values():
            with contextlib.suppress(OSError):
                channel.close()
        # Those who do not leave by themselves are killed.
        self._group.terminate(timeout=_END_S)

    def _lose(self, agent: Agent, why: str) -> None:
        if agent.lost or agent.result is not None:
            return
        agent.lost, agent.lost_ns = why, self._now_ns()
        gateway = self._gateways.get(agent.number)
        if gateway is not None:
            # There is no public way to end one process at once; execnet's own end of a group does this.
            gateway._io.kill()

    def _keep_alive(self) -> None:
        """A sign of life to each agent, every second."""
        while not self._closing.wait(_PING_S):
            for agent in self.alive:
                if not agent.ended:
                    self._send(agent, Ping(self._now_ns()))

    def _send(self, agent: Agent, message: FromController) -> None:
        try:
            self._channels[agent.number].send(encode(message))
        except OSError:
            self._lose(agent, "its process ended")

    def _received(self, agent: Agent, data: object) -> None:
        """On the agent's own thread."""
        now_ns = self._now_ns()
        if data is None:
            if not (agent.ended or self._closing.is_set()):
                self._lose(agent, "its process ended")
            return
        agent.heard_s = time.monotonic()
        if isinstance(data, tuple) and data and data[0] == MISSING:
            agent.missing = tuple(str(part) for part in data[1:])
            return
        try:
            message = decode_from_agent(data)
            agent.bytes_in += len(data) if isinstance(data, bytes) else 0
            self._take(agent, message, now_ns)
        except ValueError as error:
            self._lose(agent, f"what it says cannot be understood: {error}")

    def _take(self, agent: Agent, message: FromAgent, now_ns: int) -> None:
        match message:
            case Pong():
                if len(agent.readings) < 10 * _HANDSHAKE_PINGS:
                    times = message.asked_ns, message.received_ns, message.sent_ns
                    agent.readings.append(Reading(*times, now_ns))
            case Report():
                agent.last, agent.last_ns = message, now_ns
                self._on_report(agent, message)
            case Chunk():
                self._on_chunk(agent, message)
            case Status():
                agent.status, agent.told_s = message, time.monotonic()
            case Hello():
                agent.hello = message
            case Ready():
                agent.about = message.about
            case Done():
                agent.result = message.result
            case Failed():
                agent.failed = message.kind, message.message
