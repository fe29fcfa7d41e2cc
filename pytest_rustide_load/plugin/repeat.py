"""One request alone, again and again: `--load-repeat-request=hover:src/lib.rs:12:7`.

The backend is started as for the scenario, on the codebase as it was generated. Joins engine and lsp; knows
nothing of load.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from pytest_rustide_load.codebase import Codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.engine.session import Reply
from pytest_rustide_load.errors import ConfigError, Problem, did_you_mean
from pytest_rustide_load.lsp.documents import column_in
from pytest_rustide_load.lsp.params import Subject, closed_params, params_for
from pytest_rustide_load.plugin.backend import IdeBackend
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.units import format_duration_ns
from pytest_rustide_load.workload import OPERATIONS

__all__ = ["RepeatedRequest", "find_place", "parse_request", "repeat_request"]

_OPTION = "--load-repeat-request"
_TIMES = 20


@dataclass(frozen=True, slots=True)
class RepeatedRequest:
    """What to ask: an operation about a file, or a place in it; `line` and `column` count from 1, in
    characters, 0 for the file as a whole."""

    operation: str
    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = f":{self.line}:{self.column}" if self.line else ""
        return f"{self.operation} {self.path}{place}"


def parse_request(text: str) -> RepeatedRequest:
    """`OPERATION:PATH` or `OPERATION:PATH:LINE:COLUMN`. ValueError says what is wrong."""
    operation, _, rest = text.partition(":")
    known = [name for name, one in OPERATIONS.items() if one.answered and not one.follows and one.method]
    if operation not in known:
        if operation in OPERATIONS:
            raise ValueError(f"{operation} cannot be asked alone: it tells something, or follows an answer")
        raise ValueError(f"unknown operation {operation!r}: {did_you_mean(operation, known)}")
    words = rest.rsplit(":", 2)
    path, numbers = (words[0], words[1:]) if len(words) == 3 else (rest, [])
    if numbers and not all(word.isdecimal() and int(word) > 0 for word in numbers):
        raise ValueError(f"{rest!r} is not PATH or PATH:LINE:COLUMN, counted from 1")
    if not path:
        raise ValueError(f"{text!r} names no file (write it like 'hover:src/lib.rs:12:7')")
    if OPERATIONS[operation].at_landmark and not numbers:
        raise ValueError(f"{operation} is asked about a place: give PATH:LINE:COLUMN")
    line, column = map(int, numbers or (0, 0))
    return RepeatedRequest(operation, path, line, column)


async def repeat_request(
    backend: IdeBackend, request: RepeatedRequest, clock: Clock, *, timeout_s: float
) -> str:
    """Ask `request` twenty times, one after the other, and say how long each took. Raises ConfigError where
    there is no such place, and BackendError."""
    text, place = find_place(backend.codebase, request)
    session = backend.session
    document = OpenDocument(request.path, backend.workspace, text, encoding=session.position_encoding)
    lines = text.split("\n")
    column = column_in(lines[place[0]], place[1], session.position_encoding)
    session.notify("textDocument/didOpen", document.did_open())
    subject = Subject(
        document.uri,
        place[0],
        column,
        span=None if request.line else (0, 0, len(lines) - 1, 0),
        text=_word_at(lines[place[0]], place[1]) if request.operation == "workspace_symbols" else "renamed",
    )
    params = params_for(request.operation, subject)
    took_ns, endings = [], []
    for _ in range(_TIMES):
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        begun_ns = clock.now_ns()
        request_id = session.send(OPERATIONS[request.operation].method, params, future.set_result)
        try:
            async with asyncio.timeout(timeout_s):
                reply = await asyncio.shield(future)
        except TimeoutError:
            session.forget(request_id)
            session.cancel(request_id)
            endings.append(f"no answer within {timeout_s:g} s")
            break
        took_ns.append(reply.done_ns - begun_ns)
        empty = reply.error is None and (reply.result is None or bytes(reply.result) in (b"null", b"[]"))
        endings.append("error" if reply.error is not None else "empty" if empty else "answered")
    session.notify("textDocument/didClose", closed_params(document.uri))
    return _told(request, took_ns, endings)


def find_place(codebase: Codebase | ForeignCodebase, request: RepeatedRequest) -> tuple[str, tuple[int, int]]:
    """The file's text, and line and character from 0. Raises ConfigError where there is no such place."""
    if request.path not in codebase.rust_paths:
        hint = did_you_mean(request.path, codebase.rust_paths)
        raise ConfigError(Problem(f"there is no file {request.path!r} in the codebase: {hint}", _OPTION))
    text = codebase.text(request.path)
    lines = text.split("\n")
    line, column = max(request.line - 1, 0), max(request.column - 1, 0)
    if line >= len(lines) or column > len(lines[line]):
        where = f"{request.path} has no line {request.line} with a column {request.column}"
        raise ConfigError(Problem(where, _OPTION))
    return text, (line, column)


def _word_at(line: str, index: int) -> str:
    end = index
    while end < len(line) and (line[end].isalnum() or line[end] == "_"):
        end += 1
    return line[index:end]


def _told(request: RepeatedRequest, took_ns: Sequence[int], endings: Sequence[str]) -> str:
    counts = ", ".join(f"{endings.count(ending)} {ending}" for ending in dict.fromkeys(endings))
    if not took_ns:
        return f"{request}: {counts}"
    first = format_duration_ns(took_ns[0])
    if len(took_ns) < 2:
        return f"{request}: {first}; {counts}"
    later = format_duration_ns(round(median(took_ns[1:])))
    longest = format_duration_ns(max(took_ns[1:]))
    return f"{request}: first {first}, then {later} at the median and {longest} at most; {counts}"
