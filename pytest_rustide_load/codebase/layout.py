"""Where files lie and how long they are: crates in levels, modules several deep, tests and examples beside.

Decides everything but the code.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_rustide_load.codebase.names import Bits, Namer
from pytest_rustide_load.codebase.spec import CodebaseSpec
from pytest_rustide_load.codebase.words import NOUNS

__all__ = ["CratePlan", "FilePlan", "plan_crates"]

# Quantiles of the lengths of files in real projects: log-normal, sigma 1.33, in thousandths of the median.
_SIZES = (
    26, 44, 57, 68, 79, 89, 98, 108, 117, 126, 134, 143, 152, 160, 169, 178, 186, 195, 203, 212, 221, 230,
    239, 247, 256, 266, 275, 284, 293, 303, 312, 322, 331, 341, 351, 361, 371, 382, 392, 402, 413, 424, 435,
    446, 457, 469, 480, 492, 504, 516, 528, 541, 553, 566, 579, 592, 606, 619, 633, 647, 662, 676, 691, 706,
    722, 737, 753, 769, 786, 803, 820, 837, 855, 873, 892, 910, 930, 949, 969, 990, 1010, 1032, 1053, 1076,
    1098, 1122, 1145, 1170, 1194, 1220, 1246, 1272, 1300, 1328, 1356, 1386, 1416, 1447, 1479, 1511, 1545,
    1579, 1614, 1651, 1688, 1727, 1767, 1808, 1850, 1893, 1938, 1985, 2033, 2083, 2134, 2187, 2242, 2300,
    2359, 2421, 2485, 2552, 2621, 2694, 2769, 2848, 2931, 3018, 3109, 3204, 3305, 3411, 3523, 3641, 3766,
    3899, 4041, 4192, 4353, 4526, 4713, 4915, 5133, 5371, 5632, 5919, 6236, 6591, 6990, 7443, 7963, 8570,
    9291, 10164, 11253, 12668, 14613, 17543, 22785, 37967,
)  # fmt: skip
# Shares of a crate's files that are tests and examples; the rest are modules.
_TESTS, _EXAMPLES = 34, 6
_SMALL_CRATE = 6


@dataclass(slots=True)
class FilePlan:
    """`kind` is root, error, module, test or example; `modules` are the names from the crate's root to it,
    `children` the plans of its own modules. `weight` is its share of the crate's lines."""

    path: str
    kind: str
    weight: int
    modules: tuple[str, ...] = ()
    children: list[FilePlan] = field(default_factory=list)


@dataclass(slots=True)
class CratePlan:
    """`files` stand in the order they are written: what a file uses comes before it, its root comes last."""

    name: str
    dependencies: tuple[int, ...]
    files: list[FilePlan]


def plan_crates(spec: CodebaseSpec, bits: Bits, namer: Namer) -> list[CratePlan]:
    """The crates of `spec`, lowest level first, with as many files in all as it says."""
    counts = _file_counts(spec)
    weights = _weights(spec.files, bits)
    names = _crate_names(spec.crates, bits)
    crates = []
    for number, count in enumerate(counts):
        shares, weights = weights[:count], weights[count:]
        dependencies = _dependencies(number, spec, bits)
        crates.append(CratePlan(names[number], dependencies, _files(names[number], shares, bits, namer)))
    return crates


def _file_counts(spec: CodebaseSpec) -> list[int]:
    """Crates are of different sizes: the largest has some four times as many files as the smallest."""
    shares = [2 + (number * 5) % 7 for number in range(spec.crates)]
    spare, total = spec.files - spec.crates, sum(shares)
    counts = [1 + spare * share // total for share in shares]
    for number in range(spec.files - sum(counts)):
        counts[number % spec.crates] += 1
    return counts


def _weights(count: int, bits: Bits) -> list[int]:
    """One for each file: the quantiles in random order."""
    weights = []
    for number in range(count):
        place = (2 * number + 1) * len(_SIZES) * 500 // count - 500
        low = max(0, min(place // 1000, len(_SIZES) - 2))
        part = max(0, min(place - low * 1000, 1000))
        weights.append(_SIZES[low] + (_SIZES[low + 1] - _SIZES[low]) * part // 1000)
    for last in range(count - 1, 0, -1):
        other = bits.below(last + 1)
        weights[last], weights[other] = weights[other], weights[last]
    return weights


def _crate_names(count: int, bits: Bits) -> list[str]:
    taken: list[str] = []
    while len(taken) < count:
        name = NOUNS[bits.below(len(NOUNS))]
        name = f"{taken[0].partition('_')[0]}_{name}" if taken else f"{name}_core"
        if name not in taken:
            taken.append(name)
    return taken


def _dependencies(number: int, spec: CodebaseSpec, bits: Bits) -> tuple[int, ...]:
    """The lowest crate, one of the level below, and perhaps one of any lower level."""
    if number == 0:
        return ()
    level = _level(number, spec)
    below = [other for other in range(number) if _level(other, spec) == level - 1]
    found = {0, below[bits.below(len(below))]}
    lower = [other for other in range(number) if _level(other, spec) < level]
    if bits.chance(50):
        found.add(lower[bits.below(len(lower))])
    return tuple(sorted(found))


def _level(number: int, spec: CodebaseSpec) -> int:
    """The first crate is the lowest level, alone; the others share the levels above it evenly, of which there
    is one at least."""
    if number == 0:
        return 0
    return 1 + (number - 1) * max(spec.dependency_depth - 1, 1) // (spec.crates - 1)


def _files(crate: str, weights: list[int], bits: Bits, namer: Namer) -> list[FilePlan]:
    base = f"crates/{crate}"
    root = FilePlan(f"{base}/src/lib.rs", "root", 0)
    count = len(weights) - 1
    if count == 0:
        root.weight = weights[0]
        return [root]
    # The smallest share becomes the root's: it names modules and little else.
    weights = sorted(weights)[1:]
    for last in range(count - 1, 0, -1):
        other = bits.below(last + 1)
        weights[last], weights[other] = weights[other], weights[last]
    tests = examples = 0
    if count >= _SMALL_CRATE:
        tests, examples = count * _TESTS // 100, count * _EXAMPLES // 100
    taken: set[str] = {"error"}
    files = []
    if count >= 3:
        files.append(FilePlan(f"{base}/src/error.rs", "error", 0, ("error",)))
        root.children.append(files[0])
    for _ in range(count - tests - examples - len(files)):
        parent = _parent(root, files, bits)
        modules = (*parent.modules, namer.module(taken))
        files.append(FilePlan(f"{base}/src/{'/'.join(modules)}.rs", "module", weights.pop(), modules))
        parent.children.append(files[-1])
    for kind, number in (("test", tests), ("example", examples)):
        for _ in range(number):
            name = namer.module(taken)
            files.append(FilePlan(f"{base}/{kind}s/{name}.rs", kind, weights.pop()))
    return [*files, root]


def _parent(root: FilePlan, files: list[FilePlan], bits: Bits) -> FilePlan:
    """What the next module stands in: the root, or another module up to four deep."""
    parents = [file for file in files if file.kind == "module" and len(file.modules) < 4]
    return parents[bits.below(len(parents))] if parents and bits.chance(55) else root
