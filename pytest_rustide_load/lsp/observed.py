"""What one editor was seen to ask of its server, in counts, and the scenario that says the same.

Of a message its method, its moment, and of texts their lengths are looked at; nothing of what is in them is
kept. Knows nothing of processes, clocks or files.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from pytest_rustide_load.lsp.messages import UNDECODABLE, MalformedMessage, decode_incoming
from pytest_rustide_load.units import NS_PER_S
from pytest_rustide_load.workload.operations import JOINT_OPERATIONS, OPERATIONS

__all__ = ["Observed"]

_BUCKET_S = 60
# What is pasted has so many characters at least, and so do people say.
_PASTED = 50
# A server that is restarted by its editor is told of the same files again.
_MOST_SIZES = 10_000
_MOST_METHODS = 200
_PER = ((1.0, "s"), (60.0, "min"), (3600.0, "h"))
_BY_METHOD = {
    operation.method: name
    for name, operation in OPERATIONS.items()
    if name not in JOINT_OPERATIONS and name != "startup"
}
# Nobody does anything while only these come.
_BY_ITSELF = frozenset({"watched_files"})
# Half the width of an even distribution, in standard deviations.
_HALF_WIDTH = math.sqrt(3)


class _Client(msgspec.Struct):
    name: str = ""
    version: str = ""


class _Initialize(msgspec.Struct, rename="camel"):
    client_info: _Client | None = None


class _Document(msgspec.Struct):
    uri: str = ""
    text: str = ""


class _Change(msgspec.Struct):
    text: str = ""
    # JSON; without one the whole text is sent.
    range: msgspec.Raw = msgspec.Raw(b"null")


class _OfDocument(msgspec.Struct, rename="camel"):
    text_document: _Document = msgspec.field(default_factory=_Document)
    content_changes: list[_Change] = msgspec.field(default_factory=list)


class Observed:
    """`saw` every message of the client, in order; then `scenario` and `rates`. Times are nanoseconds on one
    axis that never runs backwards."""

    def __init__(self) -> None:
        self._begun_ns: int | None = None
        self._last_ns = 0
        self._buckets: dict[int, Counter[str]] = {}
        self._open: set[int] = set()
        self._most_open: dict[int, int] = {}
        self._sizes: list[int] = []
        self._actions: Counter[str] = Counter()
        self._others: Counter[str] = Counter()
        self._client = ""

    def saw(self, at_ns: int, body: bytes) -> None:
        """One message, as it came. What is none is passed over."""
        self._begun_ns = at_ns if self._begun_ns is None else self._begun_ns
        self._last_ns = at_ns
        try:
            message = decode_incoming(body)
        except MalformedMessage:
            return
        method = message.method
        if method is msgspec.UNSET:
            return
        operation = _BY_METHOD.get(method)
        if operation is not None:
            self._buckets.setdefault(self._bucket(at_ns), Counter())[operation] += 1
        elif method.startswith("textDocument/") and len(self._others) < _MOST_METHODS:
            self._others[method] += 1
        if message.params is msgspec.UNSET:
            return
        try:
            self._look_into(method, bytes(message.params), at_ns)
        except UNDECODABLE:
            return

    @property
    def active_s(self) -> float:
        """How long somebody did anything, in whole minutes but for the last."""
        return sum(map(self._length_s, self._active))

    @property
    def observed_s(self) -> float:
        """From the first message to the last."""
        return 0.0 if self._begun_ns is None else (self._last_ns - self._begun_ns) / NS_PER_S

    def rates(self) -> dict[str, tuple[float, float]]:
        """Of each operation that was seen, from and to how often a second it was asked while somebody was at
        work, in the order of tables: the mean of the active minutes, and the width that an even distribution
        has where its standard deviation is that of these minutes."""
        active = self._active
        whole = [number for number in active if self._length_s(number) == _BUCKET_S]
        found = {}
        for name in OPERATIONS:
            count = sum(self._buckets[number][name] for number in active)
            if not count:
                continue
            mean = count / self.active_s
            counts = [self._buckets[number][name] / _BUCKET_S for number in whole]
            spread = statistics.stdev(counts) if len(counts) > 1 else 0.0
            half = min(_HALF_WIDTH * spread, mean)
            found[name] = (mean - half, mean + half)
        return found

    def scenario(self, *, command: str) -> str:
        """The text of a scenario file that asks the same as often; `command` is what was observed. ValueError
        where nothing was seen that could be asked."""
        rates = self.rates()
        if not rates:
            raise ValueError("nothing was asked that a scenario could ask")
        who = f"{self._client} and {command}" if self._client else command
        minutes = f"{self.active_s / 60:.1f} active minutes of {self.observed_s / 60:.1f}"
        lines = [
            f"description: {_quoted(f'What was asked between {who}, in {minutes}.')}",
            "",
            "# Means of the active minutes, and how far they went to either side. No text was kept.",
            "figures:",
            f"  observed: {_quoted(minutes)}",
            *self._working_set(),
            "arrivals: poisson",
            "operations:",
            *(f"  {name}: {_rate(*found)}" for name, found in rates.items()),
        ]
        if "edit" in rates and self._actions:
            lines.append(f"edits: {{actions: {{{_weights(self._actions)}}}}}")
        if self._others:
            told = ", ".join(f"{method} ({count})" for method, count in sorted(self._others.items()))
            lines.append(f"# Not asked here: {_printable(told)}")
        return "\n".join(lines) + "\n"

    # -- inside

    @property
    def _active(self) -> list[int]:
        """The minutes in which somebody did something."""
        return [number for number, counts in sorted(self._buckets.items()) if set(counts) - _BY_ITSELF]

    def _bucket(self, at_ns: int) -> int:
        return (at_ns - (self._begun_ns or 0)) // (_BUCKET_S * NS_PER_S)

    def _length_s(self, bucket: int) -> float:
        """The last minute need not be a whole one; a moment is a second."""
        return min(max(self.observed_s - bucket * _BUCKET_S, 1.0), float(_BUCKET_S))

    def _look_into(self, method: str, params: bytes, at_ns: int) -> None:
        if method == "initialize":
            client = msgspec.json.decode(params, type=_Initialize).client_info or _Client()
            self._client = _printable(f"{client.name} {client.version}".strip())
        elif method in ("textDocument/didOpen", "textDocument/didClose", "textDocument/didChange"):
            found = msgspec.json.decode(params, type=_OfDocument)
            # A number that says nothing of what it is called.
            document = hash(found.text_document.uri)
            if method.endswith("didChange"):
                self._changed(found.content_changes)
                return
            if method.endswith("didClose"):
                self._open.discard(document)
                return
            self._open.add(document)
            if found.text_document.uri.endswith(".rs") and len(self._sizes) < _MOST_SIZES:
                self._sizes.append(len(found.text_document.text.encode("utf-8", "surrogatepass")))
            bucket = self._bucket(at_ns)
            self._most_open[bucket] = max(self._most_open.get(bucket, 0), len(self._open))

    def _changed(self, changes: Sequence[_Change]) -> None:
        """What people did, as far as a change tells; of one that sends the whole text it does not."""
        if any(bytes(change.range) == b"null" for change in changes) or not changes:
            return
        [first, *more] = changes
        if more:
            self._actions["multi_cursor"] += 1
        elif not first.text:
            self._actions["deletion"] += 1
        else:
            self._actions["paste" if len(first.text) >= _PASTED else "typing"] += 1

    def _working_set(self) -> list[str]:
        """How many files are open, and how large they are: nine in ten of each."""
        parts = []
        if self._most_open:
            low, high = _span(list(self._most_open.values()))
            parts.append(f"open_files: {max(low, 1)}-{max(high, 1)}")
        if self._sizes:
            low, high = _span(self._sizes)
            parts.append(f"file_bytes: {max(low, 1)}-{max(high, 1)}B")
        return [f"working_set: {{{', '.join(parts)}}}"] if parts else []


def _span(values: list[int]) -> tuple[int, int]:
    ordered = sorted(values)
    last = len(ordered) - 1
    return ordered[round(last * 0.05)], ordered[round(last * 0.95)]


def _rate(low: float, high: float) -> str:
    """`5-10/s`, `2/min`: in the unit in which the mean is one at least."""
    mean = (low + high) / 2
    seconds, unit = next(((seconds, unit) for seconds, unit in _PER if mean * seconds >= 1), _PER[-1])
    first, last = _three_digits(low * seconds), _three_digits(high * seconds)
    return f"{first}/{unit}" if first == last else f"{first}-{last}/{unit}"


def _three_digits(value: float) -> str:
    """Never with an exponent, which no number of a scenario has."""
    return format(float(f"{value:.3g}"), ".9f").rstrip("0").rstrip(".")


def _weights(counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    return ", ".join(f"{name}: {_three_digits(count / total)}" for name, count in sorted(counts.items()))


def _printable(text: str) -> str:
    """On one line, and not without end: it comes from outside."""
    return "".join(char if char.isprintable() else "?" for char in text)[:2_000]


def _quoted(text: str) -> str:
    """As YAML and JSON both have it."""
    return msgspec.json.encode(_printable(text)).decode()
