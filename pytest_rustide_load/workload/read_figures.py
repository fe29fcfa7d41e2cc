"""The figures of requirements in scenario files: texts, or mappings that say what stands for them.

```yaml
figures:
  duration: 2 hours
  peak_operations_per_second:
    hover_requests: {stated: 10-20, by: operations.hover}
```

Takes nodes; knows nothing of whether that is there.
"""

from __future__ import annotations

from pytest_rustide_load.workload.figures import Figure
from pytest_rustide_load.workload.reading import Reader, read_text
from pytest_rustide_load.yamltree import Node

__all__ = ["read_figures"]

_KEYS = ("stated", "by", "note")


def read_figures(reader: Reader, root: Node) -> dict[str, Figure]:
    """The figures of a tree by their names, those of groups joined by points; what is wrong with them is
    noted by the reader."""
    node = root.get("figures")
    if node is None:
        return {}
    if not node.is_mapping:
        reader.problems.append(root.problem("figures must be a mapping of names to texts", key="figures"))
        return {}
    found: dict[str, Figure] = {}
    _gather(reader, node, "", found)
    return found


def _gather(reader: Reader, node: Node, group: str, found: dict[str, Figure]) -> None:
    for name, child in node.items():
        whole = f"{group}{name}"
        if not child.is_mapping:
            found[whole] = Figure(str(child.value))
        elif child.get("stated") is None and not set(child) & set(_KEYS):
            _gather(reader, child, f"{whole}.", found)
        else:
            reader.check_keys(child, _KEYS, f"the figure {name}")
            if child.get("stated") is None:
                reader.problems.append(
                    node.problem(f"the figure {name} has no text that was stated", key=name)
                )
            found[whole] = Figure(
                reader.read(child, "stated", str, ""),
                reader.read(child, "by", _paths, ()),
                reader.read(child, "note", read_text, ""),
            )


def _paths(value: object) -> tuple[str, ...]:
    """A path, or a list of them."""
    paths = value if isinstance(value, list) else [value]
    return tuple(read_text(path) for path in paths)
