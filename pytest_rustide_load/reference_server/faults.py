"""Faults to order, for tests of those who measure the server: delays, slowness, a leak, a crash, stale
answers, wrong definitions, a lost edit.

Nothing happens unless a fault was asked for on the command line. Must not know Rust.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_rustide_load.reference_server.stream import Message

CRASH_STATUS = 70
_NUMBER = r"(\d+(?:\.\d+)?)"
_OF = rf":([A-Za-z_/$]+)={_NUMBER}"
# Every kind of fault, and what follows its name.
_FORMS = {
    "latency": re.compile(rf"{_OF}(ms|s)"),
    "slow": re.compile(rf"{_OF}%"),
    "leak": re.compile(rf"={_NUMBER}MB/s"),
    "crash-after": re.compile(r"=(\d+)"),
    "stale": re.compile(""),
    "wrong": re.compile(r":definition(?:=([1-9]\d*))?"),
    "lost-edit": re.compile(r"=([1-9]\d*)"),
}
FAULT_KINDS = tuple(_FORMS)
# What load tests call an operation, and what the method ends in that is asked for it, in lower case.
DELAYED = {
    "completion": "completion",
    "completion_resolve": "resolve",
    "signature_help": "signaturehelp",
    "hover": "hover",
    "definition": "definition",
    "type_definition": "typedefinition",
    "implementation": "implementation",
    "references": "references",
    "document_symbols": "documentsymbol",
    "workspace_symbols": "symbol",
    "prepare_call_hierarchy": "preparecallhierarchy",
    "incoming_calls": "incomingcalls",
    "outgoing_calls": "outgoingcalls",
    "prepare_rename": "preparerename",
    "rename": "rename",
    "selection_range": "selectionrange",
    "document_highlight": "documenthighlight",
    "code_action": "codeaction",
    "semantic_tokens": "full",
    "semantic_tokens_delta": "delta",
    "semantic_tokens_range": "range",
    "inlay_hints": "inlayhint",
    "code_lens": "codelens",
    "folding_range": "foldingrange",
    "pull_diagnostics": "diagnostic",
    "formatting": "formatting",
    "range_formatting": "rangeformatting",
    "move_file": "willrenamefiles",
}
_KIND = re.compile(r"[a-z-]*")
_LEAK_STEP_S = 0.1
_BYTES_PER_MB = 1_000_000
FAULT_HELP = (
    "latency:OPERATION=50ms, slow:OPERATION=15% (of the time it takes anyway), leak=1MB/s, crash-after=500, "
    "stale, wrong:definition, wrong:definition=20 (only every twentieth) or lost-edit=20 (every twentieth "
    "change is dropped); may be given several times"
)


@dataclass(slots=True)
class Faults:
    """The faults asked for. `delays_s` and `slow_ratios` are by the last part of a method's name in lower
    case."""

    delays_s: dict[str, float] = field(default_factory=dict)
    slow_ratios: dict[str, float] = field(default_factory=dict)
    leak_bytes_per_s: float = 0.0
    crash_after: int | None = None
    stale: bool = False
    wrong_every: int | None = None
    lose_every: int | None = None
    _requests: int = 0
    _changes: int = 0
    _definitions: int = 0
    _leaked: list[bytes] = field(default_factory=list)

    def before(self, message: Message) -> None:
        """Called before each message is handled: waits or ends the process where a fault says so."""
        method = message.get("method")
        if not isinstance(method, str) or "id" not in message:
            return
        self._requests += 1
        if self.crash_after is not None and self._requests > self.crash_after:
            os._exit(CRASH_STATUS)
        delay_s = self.delays_s.get(_operation(method))
        if delay_s:
            time.sleep(delay_s)

    def slow_ratio(self, message: Message) -> float:
        """By how much of the time it took the answer to `message` is to be held back."""
        method = message.get("method")
        return self.slow_ratios.get(_operation(method), 0.0) if isinstance(method, str) else 0.0

    def loses_change(self) -> bool:
        """Called before each change of a document is applied: whether it is to be dropped."""
        self._changes += 1
        return self.lose_every is not None and self._changes % self.lose_every == 0

    def definitions(self, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The locations to answer with: those found or, plausible and false, the lines after them."""
        self._definitions += 1
        if self.wrong_every is not None and self._definitions % self.wrong_every == 0:
            for one in found:
                for end in one["range"].values():
                    end["line"] += 1
        return found

    async def leak(self) -> None:
        """Takes memory at the rate asked for and keeps it."""
        while self.leak_bytes_per_s:
            await asyncio.sleep(_LEAK_STEP_S)
            # Written, so that the pages are really there.
            self._leaked.append(b"\x01" * int(self.leak_bytes_per_s * _LEAK_STEP_S))


def _operation(name: str) -> str:
    return name.rsplit("/", 1)[-1].replace("_", "").lower()


def _delayed(name: str, text: str) -> str:
    """What a method ends in, of an operation or of a method by its own name."""
    ending = DELAYED.get(name, _operation(name))
    if ending not in DELAYED.values():
        raise ValueError(f"{text!r} is of no request; known are {', '.join(DELAYED)}")
    return ending


def parse_faults(texts: list[str]) -> Faults:
    """Reads the values of `--fault`. Raises ValueError naming one that is not understood."""
    faults = Faults()
    for text in texts:
        kind = _KIND.match(text)
        name = "" if kind is None else kind[0]
        found = _FORMS[name].fullmatch(text, len(name)) if name in _FORMS else None
        if found is None:
            raise ValueError(f"{text!r} is no fault; known are {FAULT_HELP}")
        if name == "latency":
            scale = 1000 if found[3] == "ms" else 1
            faults.delays_s[_delayed(found[1], text)] = float(found[2]) / scale
        elif name == "slow":
            faults.slow_ratios[_delayed(found[1], text)] = float(found[2]) / 100
        elif name == "leak":
            faults.leak_bytes_per_s = float(found[1]) * _BYTES_PER_MB
        elif name == "crash-after":
            faults.crash_after = int(found[1])
        elif name == "stale":
            faults.stale = True
        elif name == "wrong":
            faults.wrong_every = int(found[1] or 1)
        else:
            faults.lose_every = int(found[1])
    return faults
