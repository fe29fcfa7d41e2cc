"""Limits put into the text of a budgets.yaml: comments, order and everything else stay as they are.

Knows nothing of what the limits mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import yaml

__all__ = ["set_value"]

_STEP = 2
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def set_value(text: str, path: Sequence[str], value: str) -> str:
    """`text`, a YAML mapping, with `value` (YAML on one line) at `path`: in the place of what stands there,
    or at the end of its section. Sections that are missing are made. ValueError where one is no mapping, or
    an alias, as what it stands for would be changed for others too, or ends with one."""
    changed = _set_value(text, path, value)
    wanted = _with(yaml.safe_load(text), path, yaml.safe_load(value))
    try:
        is_there = yaml.safe_load(changed) == wanted
    except yaml.YAMLError:
        is_there = False
    if not is_there:
        # An alias has the place of what it stands for: whatever ends with one seems to end there.
        where = ".".join(path)
        raise ValueError(
            f"{where} would stand elsewhere, as its section ends with an alias: change it by hand"
        )
    return changed


def _with(tree: Any, path: Sequence[str], value: Any) -> Any:
    """What the text is to say; what has a name there is changed for all who use it."""
    node = tree = tree or {}
    for key in path[:-1]:
        if node.get(key) is None:
            node[key] = {}
        node = node[key]
    node[path[-1]] = value
    return tree


def _set_value(text: str, path: Sequence[str], value: str) -> str:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is None:
        ending = "" if not text or text.endswith("\n") else "\n"
        return text + ending + _block(path, value, 0)
    node: yaml.Node = root
    for depth, key in enumerate(path):
        if not isinstance(node, yaml.MappingNode):
            if _is_empty(node):
                return _replace(text, node, " " + _flow(path[depth:], value))
            raise ValueError(f"{'.'.join(path[:depth])} is no mapping")
        found = next((each for each in node.value if each[0].value == key), None)
        if found is None:
            return _insert(text, node, path[depth:], value)
        name, node = found
        if node.start_mark.index < name.start_mark.index:
            where = ".".join(path[: depth + 1])
            raise ValueError(f"{where} stands for what is written elsewhere (an alias): change it by hand")
    return _replace(text, node, value)


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.value


def _replace(text: str, node: yaml.Node, value: str) -> str:
    start, end = node.start_mark.index, _end(node)
    return text[:start] + value + text[end:]


def _insert(text: str, parent: yaml.MappingNode, path: Sequence[str], value: str) -> str:
    """At the end of `parent`."""
    if parent.flow_style:
        # Right behind the last value: a comma or a comment may follow it.
        end = _end(parent.value[-1][1]) if parent.value else parent.end_mark.index - 1
        comma = ", " if parent.value else ""
        return text[:end] + comma + _flow(path, value)[1:-1] + text[end:]
    end = text.find("\n", _end(parent))
    end = len(text) if end < 0 else end + 1
    before = text[:end] if text[:end].endswith("\n") else text[:end] + "\n"
    return before + _block(path, value, parent.start_mark.column) + text[end:]


def _block(path: Sequence[str], value: str, indent: int) -> str:
    lines = [f"{' ' * (indent + _STEP * depth)}{_key(key)}:" for depth, key in enumerate(path)]
    return "\n".join(lines) + f" {value}\n"


def _flow(path: Sequence[str], value: str) -> str:
    """`{a: {b: value}}`."""
    for key in reversed(path):
        value = f"{{{_key(key)}: {value}}}"
    return value


def _key(key: str) -> str:
    """Cells of matrices have names with brackets and commas, which mean something else in a flow."""
    return key if _PLAIN.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _end(node: yaml.Node) -> int:
    """Behind the last character of a node: a mapping in block style ends with its last value."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _end(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _end(node.value[-1])
    end: int = node.end_mark.index
    return end
