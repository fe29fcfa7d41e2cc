"""What an answer holds that a later question is about: an item, or the id of a result.

Decodes no more of an answer than that. Knows nothing of users or time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import msgspec

from pytest_rustide_load.engine.session import Reply
from pytest_rustide_load.lsp.messages import UNDECODABLE
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.workload import OPERATIONS

__all__ = ["NOTEWORTHY", "FollowUps", "is_incomplete"]

# An answer without tokens has an id as well.
NOTEWORTHY = frozenset({Outcome.OK, Outcome.EMPTY})
_EDGE = 256
_INCOMPLETE = b'"isIncomplete":true'
# The semantic tokens of a delta are the start of the next one.
_RESULT_IDS = {
    "semantic_tokens": "semantic_tokens",
    "semantic_tokens_delta": "semantic_tokens",
    "pull_diagnostics": "pull_diagnostics",
}


class _Identified(msgspec.Struct, rename="camel"):
    result_id: str = ""


class _Items(msgspec.Struct):
    items: list[msgspec.Raw] = []


_identified = msgspec.json.Decoder(_Identified)
_items = msgspec.json.Decoder(list[msgspec.Raw] | _Items | None)


def is_incomplete(operation: str, result: msgspec.Raw | None) -> bool:
    """Whether what the answer shows has to be asked for again with the next key."""
    if result is None:
        return False
    if operation == "signature_help":
        return bytes(result) != b"null"
    if operation != "completion":
        return False
    data = bytes(result)
    return _INCOMPLETE in data[:_EDGE] or _INCOMPLETE in data[-_EDGE:]


class FollowUps:
    """Of one user: the last item and result id of each document, by the operation that gave it. Only those
    are kept that one of `operations` follows up."""

    def __init__(self, operations: Collection[str]) -> None:
        self._wanted = {OPERATIONS[name].follows for name in operations} - {""}
        if "pull_diagnostics" in operations:
            self._wanted.add("pull_diagnostics")
        self._items: dict[str, tuple[str, bytes]] = {}
        self._ids: dict[tuple[str, str], str] = {}

    def forget(self) -> None:
        """Another server knows none of it."""
        self._items.clear()
        self._ids.clear()

    def wants(self, operation: str) -> bool:
        """Whether answers to `operation` are kept."""
        return _RESULT_IDS.get(operation, operation) in self._wanted

    def note(self, operation: str, path: str, result: msgspec.Raw | None) -> None:
        """Keep what the answer holds; an answer of another shape holds nothing."""
        if result is None or not self.wants(operation):
            return
        try:
            if operation in _RESULT_IDS:
                self._ids[_RESULT_IDS[operation], path] = _identified.decode(result).result_id
                return
            decoded = _items.decode(result)
        except UNDECODABLE:
            return
        found = decoded.items if isinstance(decoded, _Items) else decoded or []
        if found:
            self._items[operation] = (path, bytes(found[0]))

    def item(self, operation: str) -> tuple[str, bytes] | None:
        """Path and item that `operation` follows up; None where there was none yet."""
        return self._items.get(OPERATIONS[operation].follows)

    def result_id(self, operation: str, path: str) -> str:
        """The id of the last result of what `operation` follows up, or of itself; empty where there is
        none."""
        return self._ids.get((OPERATIONS[operation].follows or operation, path), "")

    def keeping(
        self, operation: str, path: str, then: Callable[[Outcome, int, Reply | None], None] | None
    ) -> Callable[[Outcome, int, Reply | None], None]:
        """What to call when the answer comes: it is noted, and `then` is called."""

        def done(outcome: Outcome, done_ns: int, reply: Reply | None) -> None:
            if outcome in NOTEWORTHY and reply is not None:
                self.note(operation, path, reply.result)
            if then is not None:
                then(outcome, done_ns, reply)

        return done
