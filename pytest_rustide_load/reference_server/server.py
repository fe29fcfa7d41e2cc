"""One client's view of a workspace, and the indexes that clients share.

Must not know transports; Rust is asked of the resolver.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
import time
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import default_converter

from pytest_rustide_load.reference_server import SERVER_NAME
from pytest_rustide_load.reference_server.cache import DeclarationCache
from pytest_rustide_load.reference_server.convert import path_of
from pytest_rustide_load.reference_server.documents import Documents, Seat
from pytest_rustide_load.reference_server.memory import MemoryLimit, give_back
from pytest_rustide_load.reference_server.metrics import Metrics
from pytest_rustide_load.reference_server.protocol import Protocol
from pytest_rustide_load.reference_server.resolve import Resolver
from pytest_rustide_load.reference_server.text import UTF8, UTF16
from pytest_rustide_load.reference_server.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_rustide_load.reference_server.faults import Faults
    from pytest_rustide_load.reference_server.stream import Message

_log = logging.getLogger(__name__)
_SLICE_S = 0.005
# Reading bodies ahead makes the first answers fast; on a big workspace it must not put off being ready.
_PRIME_S = 3.0


class Index:
    """What is known of the workspace at some roots; read once, whoever asks first."""

    def __init__(
        self,
        roots: tuple[Path, ...],
        cache: DeclarationCache | None = None,
        memory: MemoryLimit | None = None,
    ) -> None:
        self.roots = roots
        self.cache = cache
        self.workspace = Workspace(cache)
        self.resolver = Resolver(self.workspace)
        self.seat = Seat()
        self._memory = memory
        self._reading: asyncio.Task[None] | None = None

    async def ready(self) -> None:
        """Returns when everything has been read."""
        if self._reading is None:
            self._reading = asyncio.get_running_loop().create_task(self._read())
        await asyncio.shield(self._reading)

    async def _read(self) -> None:
        for root in self.roots:
            await _in_slices(self.workspace.load(root))
        try:
            await _in_slices(self._primed(), limit_s=_PRIME_S)
        except RecursionError:
            # Whoever asks about that piece of code is told; everything else is answered.
            _log.warning("some code is nested too deeply to be read ahead")
        # What has been read lives as long as the server: no collection needs to look at it again.
        gc.collect()
        gc.freeze()

    def _primed(self) -> Iterator[None]:
        """Reads items ahead until that takes more memory than there may be."""
        for _ in self.resolver.prime():
            if self._memory is not None and self._memory.keep():
                return
            yield


async def _in_slices(steps: Iterator[object], limit_s: float = float("inf")) -> None:
    """Takes the steps, at most for `limit_s`, letting messages through every few milliseconds."""
    start = time.perf_counter()
    slice_end = start + _SLICE_S
    for _ in steps:
        now = time.perf_counter()
        if now - start > limit_s:
            return
        if now > slice_end:
            await asyncio.sleep(0)
            slice_end = time.perf_counter() + _SLICE_S


class Hub:
    """The indexes of this process, one for each set of roots.

    `memory_limit_bytes` is kept by dropping what the indexes can find anew; in the folder `cache` is kept
    from one run to the next what files declare.
    """

    def __init__(self, memory_limit_bytes: int | None = None, cache: Path | None = None) -> None:
        self._indexes: dict[tuple[Path, ...], Index] = {}
        self._cache = cache
        self.memory = MemoryLimit(memory_limit_bytes, self._drop) if memory_limit_bytes is not None else None
        self.metrics = Metrics(self._kept)

    def index(self, roots: tuple[Path, ...]) -> Index:
        if roots not in self._indexes:
            self._indexes[roots] = Index(roots, self._cache_of(roots), self.memory)
        return self._indexes[roots]

    def _cache_of(self, roots: tuple[Path, ...]) -> DeclarationCache | None:
        if self._cache is None:
            return None
        name = blake2b("\n".join(map(str, roots)).encode(), digest_size=8).hexdigest()
        return DeclarationCache(self._cache / f"{name}.declarations")

    def _drop(self) -> None:
        for index in self._indexes.values():
            index.workspace.forget_derived()

    def collect(self) -> None:
        """Gives back the memory of what nobody refers to any more."""
        give_back()

    def evict(self) -> None:
        """Drops what can be found anew, and gives its memory back."""
        self._drop()
        give_back()

    def _kept(self) -> dict[str, Any]:
        """What the limit and the caches did, for the figures."""
        caches = [index.cache for index in self._indexes.values() if index.cache is not None]
        figures: dict[str, Any] = {}
        if self.memory is not None:
            figures["memory_limit_mb"] = self.memory.limit_bytes / (1 << 20)
            figures["evictions"] = self.memory.evictions
        if self._cache is not None:
            figures["cache_hits"] = sum(cache.hits for cache in caches)
            figures["cache_misses"] = sum(cache.misses for cache in caches)
            figures["cache_damaged"] = sum(cache.damaged for cache in caches)
        return figures


# It keeps nothing of a client, and takes longer to make than all that a client asks in a minute.
_converter = functools.cache(default_converter)


class RustServer(LanguageServer):
    """What one client is told. Before `initialize` it has an empty workspace of its own."""

    protocol: Protocol

    def __init__(self, version: str, hub: Hub, faults: Faults) -> None:
        super().__init__(SERVER_NAME, version, protocol_cls=Protocol, converter_factory=_converter)
        self.hub = hub
        self.faults = faults
        self.protocol.on_refusal = hub.metrics.refused
        self.index = Index(())
        self.documents = Documents(self.rust, UTF16, self.index.seat)
        self.tells_status = False

    @property
    def resolver(self) -> Resolver:
        return self.index.resolver

    @property
    def rust(self) -> Workspace:
        return self.index.workspace

    @property
    def encoding(self) -> str:
        return self.documents.encoding

    def begin(self, params: types.InitializeParams) -> None:
        """Takes what the client said in `initialize`."""
        self.protocol.encoding = _encoding(params)
        self.index = self.hub.index(_roots(params))
        self.documents = Documents(
            self.rust, self.protocol.encoding, self.index.seat, stale=self.faults.stale
        )
        experimental = params.capabilities.experimental
        if not isinstance(experimental, dict):
            experimental = _fields(experimental)
        self.tells_status = bool(experimental.get("serverStatusNotification"))
        self.protocol.initialized = True

    def handle(self, message: Message) -> None:
        """Handles one message, on this client's documents."""
        self.documents.activate()
        start_ns = time.perf_counter_ns()
        self.faults.before(message)
        self.protocol.hold_back(self.faults.slow_ratio(message), start_ns)
        self.protocol.dispatch(message)
        method = message.get("method")
        if isinstance(method, str) and "id" in message:
            self.hub.metrics.answered(method, time.perf_counter_ns() - start_ns)
        if self.hub.memory is not None:
            self.hub.memory.keep()

    def tell_status(self, quiescent: bool, problem: str = "") -> None:
        if self.tells_status:
            params: dict[str, Any] = {"health": "error" if problem else "ok", "quiescent": quiescent}
            if problem:
                params["message"] = problem
            self.protocol.write({"jsonrpc": "2.0", "method": "experimental/serverStatus", "params": params})

    async def read_workspace(self) -> None:
        """Tells the client when everything has been read."""
        self.tell_status(False)
        try:
            await self.index.ready()
        except RecursionError:
            self.tell_status(True, "the items of a file are nested too deeply to be read")
            return
        self.tell_status(True)


def _fields(value: object) -> dict[str, Any]:
    fields = getattr(value, "_asdict", None)
    return fields() if fields is not None else dict(getattr(value, "__dict__", {}))


def _encoding(params: types.InitializeParams) -> str:
    general = params.capabilities.general
    offered = (
        [str(getattr(one, "value", one)) for one in (general.position_encodings or ())] if general else []
    )
    return UTF8 if UTF8 in offered else UTF16


def _roots(params: types.InitializeParams) -> tuple[Path, ...]:
    uris = [folder.uri for folder in params.workspace_folders or ()]
    if not uris and params.root_uri:
        uris = [params.root_uri]
    paths = [Path(path_of(uri)) for uri in uris]
    if not paths and params.root_path:
        paths = [Path(params.root_path)]
    return tuple(dict.fromkeys(path for path in paths if path.is_dir()))
