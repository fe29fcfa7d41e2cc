"""The stress fixtures: what a test applies to the machine, or to a backend, for a block of its body.

Each is a factory whose calls are context managers. What still runs when the test ends is ended then. Knows
nothing of how a stressor works.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.plugin.options import CANNOT
from pytest_rustide_load.plugin.pressure import everywhere
from pytest_rustide_load.plugin.runtime import Runtime, get_runtime
from pytest_rustide_load.plugin.stress_words import Asked, asked_by_markers, parse_call
from pytest_rustide_load.stress.cage import MemoryCage, MemoryLimit
from pytest_rustide_load.stress.child import StressRefused
from pytest_rustide_load.stress.storage import IoContention
from pytest_rustide_load.units import parse_duration_ns
from pytest_rustide_load.workload import Stress

if TYPE_CHECKING:
    from pytest_rustide_load.plugin.backend import IdeBackend
    from pytest_rustide_load.stress.apply import Stress as Running
    from pytest_rustide_load.stress.memory import AllocationPattern
    from pytest_rustide_load.stress.proxy import LinkedTransport, LinkReport
    from pytest_rustide_load.stress.storage import Place

__all__ = ["CpuContentionFixture", "MemoryPressureFixture", "NetworkFixture", "NetworkLink", "StorageFixture"]

_RAMP_S = 10.0


class _Fixture:
    """What all have in common: one test, its markers, and what it has begun."""

    kind = ""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._item: pytest.Item = request.node
        self._stack = ExitStack()

    @property
    def runtime(self) -> Runtime:
        return get_runtime(self._item.config)

    def end_all(self) -> None:
        """End what the test has not ended."""
        self._stack.close()

    def _asked(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> Asked:
        """What was called for; without a word, what the test's marker says."""
        networks = self.runtime.ambient.networks
        if not args and not kwargs and next(self._item.iter_markers(self.kind), None) is not None:
            return asked_by_markers(self._item, networks)
        return parse_call(self.kind, args, kwargs, networks=networks)

    @contextmanager
    def _block(self, stack: ExitStack) -> Iterator[None]:
        """Until the block ends, or the test."""
        self._stack.push(stack)
        try:
            yield
        finally:
            stack.close()

    def _apply(self, stress: Stress, ramp_s: float, stack: ExitStack) -> list[Running]:
        """Start what is done to the machine as a whole; skips the test where it cannot be."""
        running: list[Running] = []
        for stressor in everywhere(stress, self.runtime.settings.margin, ramp_s):
            try:
                one: Running = stressor.start()
            except StressRefused as error:
                stack.close()
                pytest.skip(f"{self.kind} {CANNOT}: {error}")
            stack.callback(one.stop)
            stack.enter_context(self.runtime.ambient.beside(one))
            running.append(one)
        return running

    def _nothing(self) -> ConfigError:
        return ConfigError(f"{self.kind}: nothing is asked for: the amount is 0")


class CpuContentionFixture(_Fixture):
    """`with cpu_contention(target="90%", model="multi_thread") as stress:` burns that share of all cores but
    those that are spared; `stress.report()` says what was achieved."""

    kind = "cpu_contention"

    @contextmanager
    def __call__(self, *args: object, **kwargs: object) -> Iterator[Running]:
        stress = replace(Stress(), **self._asked(args, kwargs).stress)
        stack = ExitStack()
        with self._block(stack):
            running = self._apply(_only(stress, "cpu_ratio"), _RAMP_S, stack)
            if not running:
                raise self._nothing()
            yield running[0]


class MemoryPressureFixture(_Fixture):
    """`with memory_pressure(held="1GB", pattern="stepped"):` holds memory from outside;
    `with memory_pressure(backend, limit="512MB") as cage:` limits that of a backend, which is to have been
    started in a test that uses this fixture. `ramp` is how long it takes to grow, such as "10s"."""

    kind = "memory_pressure"

    @contextmanager
    def __call__(
        self, backend: IdeBackend | None = None, *, ramp: str = "10s", **kwargs: object
    ) -> Iterator[Running | MemoryCage]:
        stress = replace(Stress(), **self._asked((), kwargs).stress)
        ramp_s = parse_duration_ns(ramp) / 1e9
        stack = ExitStack()
        with self._block(stack):
            running = self._apply(_only(stress, "memory_bytes"), ramp_s, stack)
            found: list[Any] = list(running)
            if stress.memory_limit_bytes:
                found.insert(0, self._limit(backend, stress, ramp_s, stack))
            if not found:
                raise self._nothing()
            yield found[0]

    def _limit(
        self, backend: IdeBackend | None, stress: Stress, ramp_s: float, stack: ExitStack
    ) -> MemoryCage:
        if backend is None or backend.cage is None:
            raise ConfigError(
                "memory_pressure: a limit is set on a backend that was started in this test: "
                "memory_pressure(backend, limit='512MB')"
            )
        pattern = cast("AllocationPattern", stress.memory_pattern)
        backend.cage.limit(MemoryLimit(stress.memory_limit_bytes, pattern, ramp_s=ramp_s))
        stack.callback(backend.cage.lift)
        return backend.cage


class NetworkLink:
    """The network between a test and one backend."""

    def __init__(self, runtime: Runtime, link: LinkedTransport) -> None:
        self._runtime = runtime
        self._link = link

    def change(self, name: str) -> None:
        """Another network from the next byte on. Raises ConfigError for an unknown name."""
        asked = parse_call("network_profile", (name,), {}, networks=self._runtime.ambient.networks)
        self._link.change(self._runtime.ambient.networks[asked.network])

    def partition(self, duration: str) -> None:
        """Nothing gets through for that long, such as "5s"; then TCP's next repetition does."""
        self._link.partition(parse_duration_ns(duration))

    def half_open(self) -> None:
        """Both ends stay open, and nothing arrives ever again."""
        self._link.partition(None)

    def reset(self) -> None:
        """End the connection on both sides, and what is on its way with it."""
        self._link.reset()

    def report(self) -> LinkReport:
        return self._link.report()


class NetworkFixture(_Fixture):
    """`with network_profile("mobile_network", backend) as link:` puts a network before a backend that was
    started in a test that uses this fixture, and takes it away again; `link` changes and breaks it."""

    kind = "network_profile"

    @contextmanager
    def __call__(self, name: str = "", backend: IdeBackend | None = None) -> Iterator[NetworkLink]:
        asked = self._asked((name,) if name else (), {})
        if backend is None or backend.link is None:
            raise ConfigError(
                "network_profile: a network is put before a backend that was started in this test: "
                "network_profile('mobile_network', backend)"
            )
        link, before = backend.link, backend.link.profile
        stack = ExitStack()
        stack.callback(link.change, before)
        link.change(self.runtime.ambient.networks[asked.network])
        with self._block(stack):
            yield NetworkLink(self.runtime, link)


class StorageFixture(_Fixture):
    """`with storage("ram"):` has the workspaces of backends that are started in the block in memory, or in a
    directory; `with storage(io="100MB"):` keeps the disk of pytest's directories busy."""

    kind = "storage"

    @contextmanager
    def __call__(self, *args: object, **kwargs: object) -> Iterator[Place]:
        asked = self._asked(args, kwargs)
        stack = ExitStack()
        with self._block(stack):
            directory, place = self.runtime.open_storage(asked.storage or "disk", stack)
            io_bytes = asked.stress.get("io_bytes", 0)
            if io_bytes:
                try:
                    one = IoContention(directory, io_bytes).start()
                except StressRefused as error:
                    stack.close()
                    pytest.skip(f"storage {CANNOT}: {error}")
                stack.callback(one.stop)
                stack.enter_context(self.runtime.ambient.beside(one))
            if asked.storage:
                stack.enter_context(self.runtime.ambient.stored_on(asked.storage))
            yield place


def _only(stress: Stress, name: str) -> Stress:
    """`stress` with nothing of the amounts but one."""
    amounts: dict[str, Any] = {"cpu_ratio": 0.0, "memory_bytes": 0, "io_bytes": 0, "memory_limit_bytes": 0}
    del amounts[name]
    return replace(stress, **amounts)
