"""What Rust sources look like in numbers, and how far that is from real projects.

Pure: texts in, numbers out. Knows nothing of where the texts come from.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec
import tree_sitter_rust
from tree_sitter import Language, Node, Parser, Query, QueryCursor

__all__ = ["STATISTICS", "Corpus", "CorpusRange", "StatisticsBuilder", "measure_sources", "parse_corpus"]

_LANGUAGE = Language(tree_sitter_rust.language())

# What is counted per thousand lines, by the name of its statistic.
_COUNTED = {
    "call": "call_expression",
    "field_expr": "field_expression",
    "closure": "closure_expression",
    "match": "match_expression",
    "let": "let_declaration",
    "try": "try_expression",
    "await": "await_expression",
    "unsafe_block": "unsafe_block",
    "use": "use_declaration",
    "mod": "mod_item",
    "trait": "trait_item",
    "macro_rules": "macro_definition",
    "macro_invocation": "macro_invocation",
    "attr": "attribute_item",
    "lifetime": "lifetime",
}
_QUERY = Query(
    _LANGUAGE,
    "\n".join(f"({kind}) @{name}" for name, kind in _COUNTED.items())
    + """
    (function_item) @fn
    (struct_item) @struct
    (enum_item) @enum
    (impl_item) @impl
    (attribute . [(identifier) (scoped_identifier)] @attribute_path)
    [(line_comment) (block_comment)] @comment
    [(identifier) (type_identifier) (field_identifier)] @identifier
    """,
)

_PER_KLOC = (
    "fn", "struct", "enum", "trait", "impl", "impl_trait", "macro_invocation", "macro_rules", "unsafe_block",
    "use", "mod", "call", "field_expr", "closure", "match", "let", "derive", "attr", "lifetime", "try",
    "await", "test_fn",
)  # fmt: skip
_SHARES = {
    "fn_generic": "fn",
    "fn_async": "fn",
    "fn_unsafe": "fn",
    "fn_const": "fn",
    "fn_pub": "fn",
    "struct_generic": "struct",
    "impl_generic": "impl",
    "impl_trait": "impl",
}
_PERCENTILES = {
    "file_lines": (10, 50, 90, 99),
    "fn_lines": (50, 90, 99),
    "fns_per_file": (50, 90),
    "fn_params": (50, 90),
    "struct_fields": (50, 90),
    "enum_variants": (50, 90),
    "fns_per_impl": (50, 90),
    "line_length": (50, 90),
}

# Every statistic in the order of a report, with the number of digits it is known to.
STATISTICS: Mapping[str, int] = {
    **{f"{name}_p{p}": 0 for name in ("file_lines",) for p in _PERCENTILES[name]},
    "file_lines_mean": 0,
    "file_lines_ln_mean": 2,
    "file_lines_ln_sigma": 2,
    **{f"fn_lines_p{p}": 0 for p in _PERCENTILES["fn_lines"]},
    "fn_lines_mean": 1,
    "fn_lines_ln_mean": 2,
    "fn_lines_ln_sigma": 2,
    **{f"{name}_p{p}": 0 for name in list(_PERCENTILES)[2:] for p in _PERCENTILES[name]},
    "identifier_length_mean": 1,
    "comment_pct": 1,
    "blank_pct": 1,
    **{f"{name}_per_kloc": 2 for name in _PER_KLOC},
    **{f"{name}_pct": 1 for name in _SHARES},
    "impls_per_type": 2,
}


@dataclass(slots=True)
class StatisticsBuilder:
    """Adds up file after file; keeps numbers only, no text.

    Definitions: a line is counted with its blanks and comments; lengths of lines are in characters, blank
    ones left out; a function's lines run from `fn` (or its visibility) to its closing brace, its parameters
    include `self`; fields and variants are those of every struct and enum, empty ones too; what stands in
    the arguments of a macro is tokens, not calls or matches; percentages of lines are of all lines.
    """

    files: int = 0
    loc: int = 0
    _comment_lines: int = 0
    _blank_lines: int = 0
    _identifiers: int = 0
    _identifier_bytes: int = 0
    _counts: Counter[str] = field(default_factory=Counter)
    _values: dict[str, Counter[int]] = field(
        default_factory=lambda: {name: Counter() for name in _PERCENTILES}
    )
    _parser: Parser = field(default_factory=lambda: Parser(_LANGUAGE))

    def add(self, text: str) -> None:
        """One file. Text that is not Rust is counted for as much of it as parses."""
        lines = text.split("\n")
        if not lines[-1]:
            lines.pop()
        self.files += 1
        self.loc += len(lines)
        lengths = [len(line) for line in lines if line and not line.isspace()]
        self._blank_lines += len(lines) - len(lengths)
        self._values["line_length"].update(lengths)
        self._values["file_lines"][len(lines)] += 1
        data = text.encode()
        found = QueryCursor(_QUERY).captures(self._parser.parse(data).root_node)
        for name in _COUNTED:
            self._counts[name] += len(found.get(name, ()))
        identifiers = found.get("identifier", [])
        self._identifiers += len(identifiers)
        self._identifier_bytes += sum(node.end_byte - node.start_byte for node in identifiers)
        self._comment_lines += sum(_comment_lines(node, data) for node in found.get("comment", ()))
        self._attributes(found.get("attribute_path", []), data)
        self._functions(found.get("fn", []))
        self._types(found.get("struct", []), found.get("enum", []))
        self._impls(found.get("impl", []))

    def finish(self) -> dict[str, float]:
        """The value of every statistic of STATISTICS that has one: no functions, no length of functions."""
        if not self.loc:
            return {}
        raw: dict[str, float] = {}
        for name, percents in _PERCENTILES.items():
            if self._values[name]:
                raw.update({f"{name}_p{p}": _percentile(self._values[name], p) for p in percents})
        for name in ("file_lines", "fn_lines"):
            raw.update(_moments(name, self._values[name]))
        if self._identifiers:
            raw["identifier_length_mean"] = self._identifier_bytes / self._identifiers
        raw["comment_pct"] = 100 * self._comment_lines / self.loc
        raw["blank_pct"] = 100 * self._blank_lines / self.loc
        raw.update({f"{name}_per_kloc": 1000 * self._counts[name] / self.loc for name in _PER_KLOC})
        for name, whole in _SHARES.items():
            if self._counts[whole]:
                raw[f"{name}_pct"] = 100 * self._counts[name] / self._counts[whole]
        types = self._counts["struct"] + self._counts["enum"]
        if types:
            raw["impls_per_type"] = self._counts["impl"] / types
        return {name: round(raw[name], digits) for name, digits in STATISTICS.items() if name in raw}

    def _attributes(self, paths: list[Node], data: bytes) -> None:
        for node in paths:
            last = data[node.start_byte : node.end_byte].rpartition(b"::")[2]
            if last in (b"derive", b"test"):
                self._counts["derive" if last == b"derive" else "test_fn"] += 1

    def _functions(self, nodes: list[Node]) -> None:
        self._counts["fn"] += len(nodes)
        self._values["fns_per_file"][len(nodes)] += 1
        for node in nodes:
            self._values["fn_lines"][node.end_point[0] - node.start_point[0] + 1] += 1
            for child in node.children:
                if child.type == "parameters":
                    parameters = [one for one in child.named_children if one.type in _PARAMETERS]
                    self._values["fn_params"][len(parameters)] += 1
                elif child.type == "type_parameters":
                    self._counts["fn_generic"] += 1
                elif child.type == "visibility_modifier":
                    self._counts["fn_pub"] += 1
                elif child.type == "function_modifiers":
                    for modifier in child.children:
                        if modifier.type in _MODIFIERS:
                            self._counts[f"fn_{modifier.type}"] += 1

    def _types(self, structs: list[Node], enums: list[Node]) -> None:
        self._counts["struct"] += len(structs)
        self._counts["enum"] += len(enums)
        for node in structs:
            self._counts["struct_generic"] += node.child_by_field_name("type_parameters") is not None
            self._values["struct_fields"][_field_count(node.child_by_field_name("body"))] += 1
        for node in enums:
            body = node.child_by_field_name("body")
            variants = (
                [child for child in body.named_children if child.type == "enum_variant"] if body else []
            )
            self._values["enum_variants"][len(variants)] += 1

    def _impls(self, nodes: list[Node]) -> None:
        self._counts["impl"] += len(nodes)
        for node in nodes:
            self._counts["impl_trait"] += node.child_by_field_name("trait") is not None
            self._counts["impl_generic"] += node.child_by_field_name("type_parameters") is not None
            body = node.child_by_field_name("body")
            functions = (
                [child for child in body.named_children if child.type == "function_item"] if body else []
            )
            self._values["fns_per_impl"][len(functions)] += 1


_PARAMETERS = frozenset({"parameter", "self_parameter", "variadic_parameter"})
_MODIFIERS = frozenset({"async", "unsafe", "const"})


def measure_sources(texts: Iterable[str]) -> dict[str, float]:
    """The statistics of all `texts` together, one file each."""
    builder = StatisticsBuilder()
    for text in texts:
        builder.add(text)
    return builder.finish()


def _percentile(counts: Mapping[int, int], percent: int) -> int:
    """The value with at least `percent` per cent of all at or below it, so that it is one that occurs."""
    remaining = sum(counts.values()) * percent // 100
    for value in sorted(counts):
        remaining -= counts[value]
        if remaining < 0:
            return value
    return max(counts)


def _moments(name: str, counts: Mapping[int, int]) -> dict[str, float]:
    """The mean, and mean and standard deviation of the logarithms; an empty file has none."""
    pairs = [(value, counts[value]) for value in sorted(counts) if value]
    total = sum(count for _, count in pairs)
    if not total:
        return {}
    mean = math.fsum(math.log(value) * count for value, count in pairs) / total
    variance = math.fsum((math.log(value) - mean) ** 2 * count for value, count in pairs) / total
    return {
        f"{name}_mean": sum(value * count for value, count in pairs) / total,
        f"{name}_ln_mean": mean,
        f"{name}_ln_sigma": math.sqrt(variance),
    }


def _comment_lines(node: Node, data: bytes) -> int:
    """Lines that begin with the comment or lie inside it; none where it follows code."""
    start = data.rfind(b"\n", 0, node.start_byte) + 1
    if data[start : node.start_byte].strip():
        return 0
    (first, _), (last, column) = node.start_point, node.end_point
    # A doc comment's node takes the end of its line with it.
    return last - first + (column > 0 or first == last)


def _field_count(body: Node | None) -> int:
    if body is None:
        return 0
    if body.type == "field_declaration_list":
        return sum(child.type == "field_declaration" for child in body.named_children)
    return len(body.children_by_field_name("type"))


class CorpusRange(msgspec.Struct, frozen=True):
    """The values of one statistic over the projects of the corpus."""

    min: float
    median: float
    max: float

    def holds(self, value: float) -> bool:
        """Whether some real project is at least as far out."""
        return self.min <= value <= self.max

    def distance(self, value: float) -> float:
        """0 at the median, 1 at the smallest and largest of the corpus; beyond them 1 more for every width
        of the corpus that the value is outside."""
        low, high = self.min, self.max
        if self.holds(value):
            edge = high if value > self.median else low
            return abs(value - self.median) / abs(edge - self.median) if value != self.median else 0.0
        excess = value - high if value > high else low - value
        return 1 + excess / ((high - low) or max(abs(self.median), 1.0))


class Corpus(msgspec.Struct, frozen=True):
    """Real projects: their names, their lines of Rust in all, and the range of each statistic."""

    projects: tuple[str, ...]
    loc: int
    statistics: dict[str, CorpusRange]


def parse_corpus(text: str | bytes) -> Corpus:
    """The corpus from its JSON (`corpus.json` beside this module). Raises msgspec.MsgspecError."""
    return msgspec.json.decode(text, type=Corpus)
