"""YAML with the line of every value, so that an error can point at what is wrong.

Safe by construction: only plain scalars, lists and mappings come out, no tags are obeyed. Knows nothing
of what the values mean; reads no files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from pytest_rustide_load.errors import ConfigError, Problem, shown

__all__ = ["Node", "parse_own_yaml", "parse_yaml"]

_MOST_VALUES = 100_000
# Whole numbers of more digits have no place among the others.
_LONGEST_NUMBER = 300
_PLAIN: dict[type[yaml.Node], str] = {
    yaml.MappingNode: "tag:yaml.org,2002:map",
    yaml.SequenceNode: "tag:yaml.org,2002:seq",
}


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands: `line` counts from 1, `source` is the file.

    `content` is a mapping of names to nodes (in `keys`, each with the line of its key), a list of nodes,
    or a scalar.
    """

    content: dict[str, Node] | list[Node] | str | int | float | bool | None
    source: str
    line: int
    key_lines: dict[str, int]

    @property
    def value(self) -> Any:
        """The plain Python value: dicts, lists and scalars."""
        if isinstance(self.content, dict):
            return {key: node.value for key, node in self.content.items()}
        if isinstance(self.content, list):
            return [node.value for node in self.content]
        return self.content

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.content, dict)

    @property
    def is_list(self) -> bool:
        return isinstance(self.content, list)

    def items(self) -> Iterator[tuple[str, Node]]:
        """Names and nodes of a mapping, in order; nothing for anything else."""
        return iter(self.content.items() if isinstance(self.content, dict) else ())

    def __iter__(self) -> Iterator[str]:
        """The names of a mapping, in order; nothing for anything else."""
        return iter(self.content if isinstance(self.content, dict) else ())

    def elements(self) -> Iterator[Node]:
        """The nodes of a list; nothing for anything else."""
        return iter(self.content if isinstance(self.content, list) else ())

    def get(self, key: str) -> Node | None:
        """The node of a mapping's key, or None."""
        return self.content.get(key) if isinstance(self.content, dict) else None

    def key_line(self, key: str) -> int:
        """The line a key stands on."""
        return self.key_lines.get(key, self.line)

    def problem(self, message: str, *, key: str | None = None) -> Problem:
        """A problem at this node, or at one of its keys."""
        return Problem(message, self.source, self.line if key is None else self.key_line(key))


def parse_yaml(text: str, source: str) -> Node:
    """The one document of `text`. An empty text is an empty mapping.

    Raises ConfigError with file and line for what is no YAML, for a key that stands twice, for keys that
    are no text, and for tags and aliases other than plain YAML's.
    """
    try:
        return _parse(text, source)
    except RecursionError:
        raise ConfigError(Problem("not YAML that anybody writes: nested too deeply", source)) from None


def parse_own_yaml(text: str, source: str) -> Node:
    """The same for what comes with this package: several times as fast, where PyYAML has libyaml, which has
    other words for mistakes, and no limit for what is nested."""
    return _parse(text, source, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _parse(text: str, source: str, loader: type[Any] = yaml.SafeLoader) -> Node:
    try:
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(filter(None, (error.context, error.problem)))
        raise ConfigError(
            Problem(f"not YAML: {what}", source, None if mark is None else mark.line + 1)
        ) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"not YAML: the character U+{ord(text[error.position]):04X} stands for nothing"
        raise ConfigError(Problem(message, source, line)) from None
    except yaml.YAMLError as error:
        raise ConfigError(Problem(f"not YAML: {error}", source)) from None
    if root is None:
        return Node({}, source, 1, {})
    reader = _Reader(source)
    try:
        node = reader.node(root)
    except _TooLarge:
        message = f"more than {_MOST_VALUES:,} values, those of aliases counted wherever they stand"
        raise ConfigError(Problem(message, source)) from None
    if reader.problems:
        raise ConfigError(reader.problems)
    return node


class _TooLarge(Exception):
    """Aliases of aliases: a few lines that stand for more than memory holds."""


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self._values = 0
        self.problems: list[Problem] = []
        self._open: set[int] = set()
        self._scalars = yaml.SafeLoader("")

    def node(self, composed: yaml.Node) -> Node:
        line = composed.start_mark.line + 1
        self._values += 1
        if self._values > _MOST_VALUES:
            raise _TooLarge
        if id(composed) in self._open:
            return self._refuse("an alias that contains itself", line)
        self._open.add(id(composed))
        try:
            return self._convert(composed, line)
        finally:
            self._open.discard(id(composed))

    def _convert(self, composed: yaml.Node, line: int) -> Node:
        plain = _PLAIN.get(type(composed))
        if plain is not None and composed.tag != plain:
            return self._refuse(f"a value of the unknown kind {composed.tag!r}", line)
        if isinstance(composed, yaml.MappingNode):
            return self._mapping(composed, line)
        if isinstance(composed, yaml.SequenceNode):
            return Node([self.node(child) for child in composed.value], self.source, line, {})
        try:
            value = self._scalars.construct_object(composed)
            if isinstance(value, int) and len(composed.value) > _LONGEST_NUMBER:
                raise ValueError
        except yaml.YAMLError:
            return self._refuse(f"a value of the unknown kind {composed.tag!r}", line)
        except ValueError as error:
            why = "too long a number" if len(composed.value) > _LONGEST_NUMBER else error
            return self._refuse(f"{shown(composed.value)}: {why}", line)
        if not isinstance(value, str | int | float | bool | None):
            # Dates and binary data: no setting is one, so the text as written is meant.
            value = composed.value
        return Node(value, self.source, line, {})

    def _mapping(self, composed: yaml.MappingNode, line: int) -> Node:
        content: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in composed.value:
            key_line = key_node.start_mark.line + 1
            key = key_node.value
            if not isinstance(key, str):
                self._refuse("a key that is no text", key_line)
                continue
            if key_node.tag == "tag:yaml.org,2002:merge":
                self._refuse("'<<' is not obeyed: write the keys out, or use `extends`", key_line)
                continue
            if key in content:
                self._refuse(f"{key!r} stands here again, first on line {lines[key]}", key_line)
                continue
            lines[key] = key_line
            content[key] = self.node(value_node)
        return Node(content, self.source, line, lines)

    def _refuse(self, message: str, line: int) -> Node:
        self.problems.append(Problem(message, self.source, line))
        return Node(None, self.source, line, {})
