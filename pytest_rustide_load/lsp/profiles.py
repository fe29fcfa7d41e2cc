"""Editor profiles: what an open, a keystroke, an idle moment make an editor ask, and how long it waits.

Data only; `lsp/editor.py` acts on it. Knows no documents, no time and no servers. A figure is read in the
editor's source unless its line says "assumed".
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_rustide_load.units import NS_PER_MS
from pytest_rustide_load.workload.operations import OPERATIONS

__all__ = [
    "EDITOR_PROFILES",
    "REFRESHED_BY",
    "TRIGGER_CHARACTERS",
    "Cause",
    "EditorProfile",
    "Reaction",
]


class Cause(enum.Enum):
    """Why an editor asks."""

    OPEN = "open"
    KEYSTROKE = "keystroke"
    TRIGGER_CHARACTER = "trigger_character"
    CURSOR_MOVE = "cursor_move"
    SAVE = "save"
    REFRESH = "refresh"
    # A keystroke while an answer is shown that the server has to bring up to date.
    ANSWER_INCOMPLETE = "answer_incomplete"
    # The operation that this one follows was answered.
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Reaction:
    """`operation` is asked `debounce_ns` after any of `causes`, counted anew from each.

    `longest_ns` makes the wait adaptive: the mean of the last six response times, between `debounce_ns` and
    `longest_ns`. `from_first` counts from the first cause instead, so that typing cannot put it off.
    `one_in_flight` waits for the answer before asking again; `cancels_superseded` asks at once and cancels
    the older request; with neither the older one runs on and its answer is ignored.
    `void_by_keystroke` cancels what is in flight when a key is pressed, not only when asked again.
    `words_only` is for a list of completions: what ends the word ends the list, and one that is complete is
    filtered without the server. `everywhere` reaches documents that are open but not on the screen.
    `until` names the operation whose answer makes this one needless, `then` the one asked instead once this
    one was answered. `retries` asks again when the server gave up, three times in a row at most.
    """

    operation: str
    causes: tuple[Cause, ...]
    debounce_ns: int = 0
    longest_ns: int = 0
    from_first: bool = False
    one_in_flight: bool = False
    cancels_superseded: bool = False
    void_by_keystroke: bool = False
    words_only: bool = False
    everywhere: bool = False
    until: str = ""
    then: str = ""
    retries: bool = False

    def __post_init__(self) -> None:
        for name in (self.operation, self.until, self.then):
            if name and not (name in OPERATIONS and OPERATIONS[name].answered):
                raise ValueError(f"{name!r} is no operation that is answered")
        if self.one_in_flight and self.cancels_superseded:
            raise ValueError(f"{self.operation} can wait for its answer or cancel it, not both")
        if self.debounce_ns < 0 or 0 < self.longest_ns < self.debounce_ns:
            raise ValueError(
                f"{self.operation} waits at least {self.debounce_ns} ns, at most {self.longest_ns}"
            )

    @property
    def of_operation(self) -> tuple[object, ...]:
        """What cannot differ between two reactions of one operation: they share what is in flight."""
        return (
            self.one_in_flight,
            self.cancels_superseded,
            self.void_by_keystroke,
            self.words_only,
            self.then,
            self.retries,
        )


@dataclass(frozen=True, slots=True)
class EditorProfile:
    """How one editor behaves.

    `change_interval_ns` is the least time between two `didChange` of a document, 0 to send each keystroke.
    `file_event_delay_ns` is how long events of watched files are collected, None where none are sent.
    `position_encodings` are those it offers, the preferred first.
    """

    name: str
    reactions: tuple[Reaction, ...] = ()
    change_interval_ns: int = 0
    file_event_delay_ns: int | None = None
    position_encodings: tuple[str, ...] = ("utf-8", "utf-16")

    def __post_init__(self) -> None:
        pairs = [(reaction.operation, cause) for reaction in self.reactions for cause in reaction.causes]
        if len(set(pairs)) < len(pairs):
            raise ValueError(f"profile {self.name} has two reactions of one operation to one cause")
        of_operation = {(reaction.operation, *reaction.of_operation) for reaction in self.reactions}
        if len(of_operation) > len({reaction.operation for reaction in self.reactions}):
            raise ValueError(f"profile {self.name} treats the requests of one operation in two ways")

    @property
    def refresh_support(self) -> bool:
        """Whether it asks again when the server says that its answers have changed."""
        return any(Cause.REFRESH in reaction.causes for reaction in self.reactions)


# Those of rust-analyzer; a server says in its capabilities which are its own.
TRIGGER_CHARACTERS: Mapping[str, str] = {"completion": ":.'(", "signature_help": "(,<"}

# What each refresh of a server's asks for.
REFRESHED_BY: Mapping[str, str] = {
    "workspace/semanticTokens/refresh": "semantic_tokens",
    "workspace/codeLens/refresh": "code_lens",
    "workspace/inlayHint/refresh": "inlay_hints",
    "workspace/diagnostic/refresh": "pull_diagnostics",
    "workspace/foldingRange/refresh": "folding_range",
}

_CHANGE = (Cause.KEYSTROKE, Cause.REFRESH)
_ALWAYS = (Cause.OPEN, Cause.KEYSTROKE, Cause.REFRESH)
_CARET = (Cause.KEYSTROKE, Cause.CURSOR_MOVE)
_RENEWED = (Cause.TRIGGER_CHARACTER, Cause.ANSWER_INCOMPLETE)


def _ms(value: int) -> int:
    return value * NS_PER_MS


def _adaptive(least_ms: int, most_ms: int | None = None) -> tuple[int, int]:
    """VS Code's bounds of an adaptive wait: where no upper one is given it is the square of the lower."""
    return _ms(least_ms), _ms(least_ms**2 if most_ms is None else most_ms)


_VSCODE = EditorProfile(
    "vscode",
    (
        Reaction("completion", (Cause.KEYSTROKE,), _ms(10), cancels_superseded=True, words_only=True),
        Reaction("completion", _RENEWED, cancels_superseded=True, words_only=True),
        # The item in focus, for its documentation; at once is assumed.
        Reaction("completion_resolve", (Cause.ANSWERED,), cancels_superseded=True),
        Reaction("signature_help", _RENEWED, _ms(120), cancels_superseded=True),
        Reaction("document_highlight", (Cause.CURSOR_MOVE,), cancels_superseded=True, void_by_keystroke=True),
        Reaction("code_action", _CARET, _ms(250), cancels_superseded=True),
        Reaction("semantic_tokens", (Cause.OPEN,), one_in_flight=True, then="semantic_tokens_delta"),
        Reaction(
            "semantic_tokens",
            _CHANGE,
            *_adaptive(300, 2000),
            from_first=True,
            one_in_flight=True,
            then="semantic_tokens_delta",
        ),
        Reaction(
            "semantic_tokens_range",
            (Cause.OPEN, *_CARET),
            *_adaptive(100, 500),
            cancels_superseded=True,
            void_by_keystroke=True,
            until="semantic_tokens",
        ),
        Reaction("inlay_hints", (Cause.OPEN,), cancels_superseded=True, void_by_keystroke=True),
        # Hints of what scrolls into view come soon, those of what is being typed do not.
        Reaction(
            "inlay_hints",
            (Cause.CURSOR_MOVE, Cause.REFRESH),
            *_adaptive(25),
            cancels_superseded=True,
            void_by_keystroke=True,
        ),
        Reaction(
            "inlay_hints", (Cause.KEYSTROKE,), _ms(1250), cancels_superseded=True, void_by_keystroke=True
        ),
        Reaction("code_lens", _ALWAYS, *_adaptive(250), cancels_superseded=True),
        # At once on opening is assumed for these two.
        Reaction("folding_range", (Cause.OPEN,), cancels_superseded=True),
        Reaction("folding_range", _CHANGE, *_adaptive(200), cancels_superseded=True),
        Reaction("document_symbols", (Cause.OPEN,), cancels_superseded=True),
        Reaction("document_symbols", (Cause.KEYSTROKE,), *_adaptive(350), cancels_superseded=True),
        Reaction("pull_diagnostics", _ALWAYS, one_in_flight=True, everywhere=True, retries=True),
    ),
    file_event_delay_ns=_ms(250),
    position_encodings=("utf-16",),
)

_NEOVIM = EditorProfile(
    "neovim",
    (
        # Its users complete with a plug-in; 60 ms as the common one waits are assumed.
        Reaction(
            "completion", (Cause.KEYSTROKE, *_RENEWED), _ms(60), cancels_superseded=True, words_only=True
        ),
        Reaction(
            "semantic_tokens",
            (Cause.OPEN, Cause.REFRESH),
            cancels_superseded=True,
            then="semantic_tokens_delta",
        ),
        Reaction(
            "semantic_tokens",
            (Cause.KEYSTROKE,),
            _ms(200),
            cancels_superseded=True,
            then="semantic_tokens_delta",
        ),
        # With each didChange; that the older request runs on is assumed.
        Reaction("pull_diagnostics", (Cause.OPEN, Cause.REFRESH), everywhere=True, retries=True),
        Reaction(
            "pull_diagnostics", (Cause.KEYSTROKE,), _ms(150), from_first=True, everywhere=True, retries=True
        ),
        # Configured by many, on the event that Neovim sends when nothing was pressed for its `updatetime`;
        # that this is left at four seconds is assumed.
        Reaction("document_highlight", (Cause.OPEN, *_CARET), _ms(4000), cancels_superseded=True),
    ),
    change_interval_ns=_ms(150),
)

# That Helix lets superseded requests run on, and that it renews a list at once, is assumed.
_HELIX = EditorProfile(
    "helix",
    (
        Reaction("completion", (Cause.KEYSTROKE,), _ms(250), words_only=True),
        Reaction("completion", (Cause.TRIGGER_CHARACTER,), _ms(5), words_only=True),
        Reaction("completion", (Cause.ANSWER_INCOMPLETE,), words_only=True),
        Reaction("completion_resolve", (Cause.ANSWERED,), _ms(150)),
        Reaction("signature_help", _RENEWED, _ms(120)),
        Reaction("code_action", _CARET, _ms(200)),
        Reaction("pull_diagnostics", (Cause.OPEN, Cause.REFRESH), everywhere=True, retries=True),
        Reaction("pull_diagnostics", (Cause.KEYSTROKE,), _ms(250), everywhere=True, retries=True),
    ),
    # What it saves it reports itself; without delay is assumed.
    file_event_delay_ns=0,
)

# No editor: each planned operation is one message, and causes nothing.
_RAW = EditorProfile("raw")

# What a requirement says that names no editor: a change asks for the analysis of its document once in a
# window of 200 ms, however many changes fall into it.
_WINDOW_NS = _ms(200)
_DEBOUNCED = EditorProfile(
    "debounced",
    tuple(
        Reaction(operation, (Cause.KEYSTROKE,), _WINDOW_NS, from_first=True, everywhere=True)
        for operation in ("pull_diagnostics", "semantic_tokens")
    ),
)

EDITOR_PROFILES: Mapping[str, EditorProfile] = {
    profile.name: profile for profile in (_VSCODE, _NEOVIM, _HELIX, _RAW, _DEBOUNCED)
}
