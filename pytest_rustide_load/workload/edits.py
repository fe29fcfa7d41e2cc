"""What a person does next at the keyboard: one notification-sized change after the other.

Edits come in bursts: somebody goes to a place, types a comment or a statement character by character, pastes
a block, deletes it again, undoes and redoes, or types at several places at once. Each burst leaves a whole
document behind that means what it meant. Pure and deterministic: the same seed and user give the same
bursts, whatever else happens. Knows no server, no text but what it typed, and no time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum

from pytest_rustide_load.codebase.places import EditSite
from pytest_rustide_load.lsp.documents import Edit, Encoding, Position, column_in
from pytest_rustide_load.seeds import seeded_random
from pytest_rustide_load.workload.notes import PLACES, is_whole, paste, phrase

__all__ = ["ACTIONS", "PLACES", "EditMix", "EditStream", "Locate", "Typed"]

ACTIONS = ("typing", "paste", "deletion", "undo", "redo", "multi_cursor")
# Where a UTF-8 place of the original text stands now, in the columns of the session; None where it is gone.
Locate = Callable[[str, int, int], Position | None]

_PLACE_OF_KIND = {
    "line": "comment",
    "comment": "comment",
    "statement": "body",
    "item": "item",
    "signature": "signature",
    "macro": "macro",
}
_INLINE_KINDS = frozenset({"comment", "signature", "macro"})
# Beyond so many notes the oldest go first: a document does not grow for hours.
_MAX_NOTES = 64
_MAX_BACKSPACES = 40
_UNDO_CHARACTERS = 12
_CURSORS = (2, 4)
# Items of one name at several places would collide.
_AT_SEVERAL = frozenset({"comment", "body"})


@dataclass(frozen=True, slots=True)
class EditMix:
    """How often each action is begun, and at which class of place: weights, of which only the proportions
    count. `stay_ratio` is how often the next burst is in the file of the one before.

    Nobody publishes how often people do which: the defaults are an assumption. Most bursts are typing, and
    most of it in bodies. Places that no open file offers are left out. ValueError for names that are none,
    and weights that are negative or all zero.
    """

    actions: Mapping[str, float] = field(
        default_factory=lambda: {
            "typing": 0.66,
            "paste": 0.06,
            "deletion": 0.14,
            "undo": 0.06,
            "redo": 0.04,
            "multi_cursor": 0.04,
        }
    )
    places: Mapping[str, float] = field(
        default_factory=lambda: {
            "comment": 0.22,
            "body": 0.50,
            "signature": 0.09,
            "item": 0.13,
            "macro": 0.04,
            "cargo_toml": 0.02,
        }
    )
    stay_ratio: float = 0.7

    def __post_init__(self) -> None:
        for what, weights, names in (("action", self.actions, ACTIONS), ("place", self.places, PLACES)):
            unknown = [name for name in weights if name not in names]
            if unknown:
                raise ValueError(f"unknown {what} {unknown[0]!r}: one of {', '.join(names)}")
            if any(weight < 0 for weight in weights.values()) or not sum(weights.values()) > 0:
                raise ValueError(f"the weights of {what}s must not be negative, and not all zero")
        if not 0 <= self.stay_ratio <= 1:
            raise ValueError(f"stay_ratio is {self.stay_ratio}, must lie in 0..1")


@dataclass(frozen=True, slots=True)
class Typed:
    """One change of `path`: what one notification tells, and of which action and class of place it is.

    `edits` are to be made one after the other, each in the text the one before has left. `character` is the
    key pressed where it was one that wrote something, "\\n" for a new line. `settled` says whether the
    document is syntactically whole afterwards; `begins` that it is the first of a burst.
    """

    path: str
    edits: tuple[Edit, ...]
    action: str
    place: str
    character: str
    settled: bool
    begins: bool


# Within a word it makes another word, between words a word of its own.
_WRONG_KEY = "q"


@dataclass(slots=True, eq=False)
class _Slot:
    """A place to type at: what was typed stands right before `column` of `line`, in lines of its own unless
    `inline`. `text` is None while there is nothing."""

    path: str
    line: int
    column: int
    inline: bool
    indent: str
    places: list[str]
    place: str = ""
    text: str | None = None

    def render(self, text: str | None) -> str:
        """The characters that `text` takes in the document."""
        if text is None:
            return ""
        if self.inline:
            return text
        return "".join(f"{self.indent}{line}\n" for line in text.split("\n"))


@dataclass(frozen=True, slots=True)
class _Step:
    text: str | None
    character: str = ""


@dataclass(slots=True)
class _Burst:
    """Steps still to be made at all `slots` alike."""

    action: str
    place: str
    slots: list[_Slot]
    steps: list[_Step]
    made: int = 0


class EditStream:
    """The edits of one user, at the `sites` of the files open, by path.

    `encoding` is the session's position encoding; `mistyped` the probability that a burst of typing has a
    wrong character, taken back at once. Sites in a Cargo.toml are taken for lines of comment there.
    """

    def __init__(
        self,
        sites: Mapping[str, Sequence[EditSite]],
        *,
        seed: int,
        user: int,
        mix: EditMix | None = None,
        encoding: Encoding = "utf-8",
        mistyped: float = 0.0,
    ) -> None:
        self._mistyped = mistyped
        self._mix = EditMix() if mix is None else mix
        self._encoding = encoding
        self._user = user
        self._random = seeded_random(seed, "edits", user)
        self._slots = _slots_by_place(sites)
        self._filled: list[_Slot] = []
        self._burst: _Burst | None = None
        # The last burst that wrote something, with what stood there after each of its steps.
        self._last: _Burst | None = None
        self._path = ""
        self._notes = 0

    @property
    def settled(self) -> bool:
        """Whether no burst is under way: everything typed so far is whole."""
        return self._burst is None

    def next(self, locate: Locate) -> Typed | None:
        """What the user does next; None where no open file offers a place, or the place was replaced by
        somebody else. `locate` tells where a site stands in the document as it is now, every earlier change
        made."""
        burst = self._burst or self._begin()
        if burst is None:
            return None
        step = burst.steps[burst.made]
        found = [(slot, locate(slot.path, slot.line, slot.column)) for slot in burst.slots]
        here = [(slot, anchor) for slot, anchor in found if anchor is not None]
        if len(here) < len(found):
            self._give_up(burst)
            return None
        # From the last place to the first: none moves those that are still to be edited.
        here.sort(key=lambda pair: pair[1], reverse=True)
        edits = tuple(self._edit(slot, anchor, step.text) for slot, anchor in here)
        for slot in burst.slots:
            slot.text, slot.place = step.text, burst.place
        burst.made += 1
        inline = burst.slots[0].inline
        typed = Typed(
            burst.slots[0].path,
            edits,
            burst.action,
            burst.place,
            step.character,
            step.text is None or is_whole(burst.place, step.text, inline=inline),
            burst.made == 1,
        )
        self._burst = burst
        if burst.made == len(burst.steps):
            self._end(burst)
        return typed

    # -- bursts

    def _begin(self) -> _Burst | None:
        action = self._draw(self._mix.actions, ACTIONS)
        burst: _Burst | None = None
        if action == "deletion" or len(self._filled) >= _MAX_NOTES:
            burst = self._deletion()
        elif action in ("undo", "redo"):
            burst = self._undo(redo=action == "redo")
        elif action == "multi_cursor":
            burst = self._writing("multi_cursor", several=True)
        elif action == "paste":
            burst = self._writing("paste")
        return burst or self._writing("typing") or self._deletion()

    def _writing(self, action: str, *, several: bool = False) -> _Burst | None:
        """Something new at an empty place, or at several of one file."""
        places = [place for place in PLACES if self._slots.get(place) and self._mix.places.get(place, 0) > 0]
        if several:
            places = [place for place in places if place in _AT_SEVERAL]
        if not places:
            return None
        place = self._draw(self._mix.places, places)
        of_file = self._slots[place]
        path = self._path
        if path not in of_file or self._random.random() >= self._mix.stay_ratio:
            paths = list(of_file)
            path = paths[self._below(len(paths))]
        slot = self._empty(of_file[path])
        if slot is None:
            return None
        slots = [slot]
        if several:
            alike = [other for other in of_file[path] if other.inline == slot.inline and other is not slot]
            for _ in range(_CURSORS[0] + self._below(_CURSORS[1] - _CURSORS[0] + 1) - 1):
                another = self._empty(alike, slots)
                if another is not None:
                    slots.append(another)
            if len(slots) == 1:
                return None
        self._notes += 1
        name = f"note_{self._user}_{self._notes}"
        if action == "paste":
            text = paste(place, inline=slot.inline, name=name, random=self._random)
            return _Burst(action, place, slots, [_Step(text)])
        text = phrase(place, inline=slot.inline, name=name, random=self._random)
        steps = [] if slot.inline else [_Step("", "\n")]
        keys = [_Step(text[:count], text[count - 1]) for count in range(1, len(text) + 1)]
        if self._mistyped and self._random.random() < self._mistyped:
            at = self._below(len(keys))
            keys[at:at] = [_Step(text[:at] + _WRONG_KEY, _WRONG_KEY), _Step(text[:at])]
        steps += keys
        return _Burst(action, place, slots, steps)

    def _deletion(self) -> _Burst | None:
        """Backspace over the oldest note, and a cut of what is left of a long one."""
        if not self._filled:
            return None
        slot = self._filled[0]
        text = slot.text or ""
        steps = [_Step(text[:-count]) for count in range(1, min(len(text), _MAX_BACKSPACES) + 1)]
        if slot.inline and steps and not steps[-1].text:
            steps.pop()
        return _Burst("deletion", slot.place, [slot], [*steps, _Step(None)])

    def _undo(self, *, redo: bool) -> _Burst | None:
        """Take back the last burst, stop by stop; or some of it, and make it again."""
        last, self._last = self._last, None
        if last is None:
            return None
        stops = _stops(last.steps)
        if not redo:
            return _Burst("undo", last.place, last.slots, [*reversed(stops[:-1]), _Step(None)])
        back = 1 + self._below(len(stops))
        down = [*reversed(stops[:-1]), _Step(None)][:back]
        return _Burst("redo", last.place, last.slots, [*down, *stops[len(stops) - len(down) :]])

    def _end(self, burst: _Burst) -> None:
        self._burst = None
        self._path = burst.slots[0].path
        self._last = burst if burst.action in ("typing", "paste", "multi_cursor") else None
        for slot in burst.slots:
            if slot.text is None:
                if slot in self._filled:
                    self._filled.remove(slot)
            elif slot not in self._filled:
                self._filled.append(slot)

    def _give_up(self, burst: _Burst) -> None:
        """Somebody else replaced a place: it is never gone to again."""
        self._burst = self._last = None
        for of_file in self._slots.values():
            for slots in of_file.values():
                slots[:] = [slot for slot in slots if slot not in burst.slots]
        self._filled = [slot for slot in self._filled if slot not in burst.slots]

    # -- places

    def _empty(self, slots: Sequence[_Slot], without: Sequence[_Slot] = ()) -> _Slot | None:
        """A random one at which nothing stands."""
        if not slots:
            return None
        first = self._below(len(slots))
        for count in range(len(slots)):
            slot = slots[(first + count) % len(slots)]
            if slot.text is None and slot not in without:
                return slot
        return None

    def _edit(self, slot: _Slot, anchor: Position, text: str | None) -> Edit:
        """The change that makes `text` of what stands before `anchor` now."""
        old, new = slot.render(slot.text), slot.render(text)
        shorter = min(len(old), len(new))
        start = next((index for index in range(shorter) if old[index] != new[index]), shorter)
        same = next(
            (index for index in range(shorter - start) if old[-1 - index] != new[-1 - index]), shorter - start
        )
        end = len(old) - same
        return Edit(
            self._position(old, start, anchor), self._position(old, end, anchor), new[start : len(new) - same]
        )

    def _position(self, text: str, index: int, anchor: Position) -> Position:
        """Where `index` of `text` stands, which ends at `anchor`."""
        after = text[index:]
        lines = after.count("\n")
        if not lines:
            return Position(anchor.line, anchor.column - self._units(after))
        # Only text in lines of its own has line ends, and begins at the beginning of one.
        before = text[text.rfind("\n", 0, index) + 1 : index]
        return Position(anchor.line - lines, self._units(before))

    def _units(self, text: str) -> int:
        return column_in(text, len(text), self._encoding)

    # -- draws

    def _below(self, bound: int) -> int:
        return int(self._random.random() * bound)

    def _draw(self, weights: Mapping[str, float], names: Sequence[str]) -> str:
        """One of `names`, by its weight; the first where none has one."""
        # fsum: the same on every Python; the precision of `sum` has changed.
        total = fsum(weights.get(name, 0.0) for name in names)
        left = self._random.random() * total
        for name in names:
            left -= weights.get(name, 0.0)
            if left < 0:
                return name
        return names[0]


def _slots_by_place(sites: Mapping[str, Sequence[EditSite]]) -> dict[str, dict[str, list[_Slot]]]:
    """One slot for each place in the text, in the order of files and places, under each class it is of."""
    by_place: dict[str, dict[str, list[_Slot]]] = {}
    for path in sorted(sites):
        known: dict[tuple[int, int], _Slot] = {}
        for site in sites[path]:
            inline = site.kind in _INLINE_KINDS
            column = site.column if inline else 0
            slot = known.get((site.line, column))
            if slot is None:
                indent = "" if inline else " " * site.column
                slot = _Slot(path, site.line, column, inline, indent, [])
                known[site.line, column] = slot
            place = "cargo_toml" if path.endswith(".toml") else _PLACE_OF_KIND[site.kind]
            if slot.inline == inline and place not in slot.places:
                slot.places.append(place)
                by_place.setdefault(place, {}).setdefault(path, []).append(slot)
    return by_place


def _stops(steps: Sequence[_Step]) -> list[_Step]:
    """Where undoing stops: after words, as editors have it, and at the end."""
    found: list[_Step] = []
    since = 0
    for number, step in enumerate(steps, start=1):
        since += 1
        if step.character in (" ", "\n") or since >= _UNDO_CHARACTERS or number == len(steps):
            found.append(_Step(step.text))
            since = 0
    return found
