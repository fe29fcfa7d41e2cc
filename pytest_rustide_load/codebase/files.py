"""Writes the files of one crate after the other: headers, imports, modules, and the items between.

Knows where files lie from their plan, what is in them from `items`.
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_rustide_load.codebase.blocks import FileWriter, Ledger
from pytest_rustide_load.codebase.bodies import Body
from pytest_rustide_load.codebase.context import FileContext, body_lines
from pytest_rustide_load.codebase.enums import write_error
from pytest_rustide_load.codebase.imports import Imports
from pytest_rustide_load.codebase.items import write_items, write_test_items, write_tests_module
from pytest_rustide_load.codebase.layout import CratePlan, FilePlan
from pytest_rustide_load.codebase.names import Bits, Namer, sentence
from pytest_rustide_load.codebase.scope import Exports, FileScope, TypeInfo
from pytest_rustide_load.codebase.shared import use_shared_component, write_shared_component
from pytest_rustide_load.codebase.spec import CodebaseSpec
from pytest_rustide_load.codebase.symbols import SymbolKind, SymbolTable

__all__ = ["CrateWriter", "Workspace"]

# The kinds of files that may use the shared component.
_USERS = ("module", "test")


class Workspace:
    """What all crates share: symbols, names, what was exported, and how many lines there are."""

    def __init__(self, spec: CodebaseSpec, plans: Sequence[CratePlan], namer: Namer) -> None:
        self.spec = spec
        self.plans = plans
        self.namer = namer
        self.table = SymbolTable()
        self.ledger = Ledger()
        self.texts: dict[str, str] = {}
        self.lines = 0
        self.exports: dict[int, list[Exports]] = {}
        self.homes: dict[int, Exports] = {}
        self.shared: tuple[TypeInfo, Exports] | None = None
        self.modules = 0
        # Files that come after the one that holds the shared component, and how far along its users are.
        able = sum(file.kind in _USERS for plan in plans for file in plan.files) - 1
        self.users = _Spread(spec.shared_component_fan_in, able)


class _Spread:
    """Says yes `wanted` times in `total`, evenly."""

    def __init__(self, wanted: int, total: int) -> None:
        self._wanted, self._total, self._sum = wanted, total, 0

    def next(self) -> bool:
        self._sum += self._wanted
        due = self._sum >= self._total
        if due:
            self._sum -= self._total
        return due


class CrateWriter:
    """Writes crate `number` into `workspace`."""

    def __init__(self, workspace: Workspace, number: int) -> None:
        self._workspace = workspace
        self._number = number
        self._plan = workspace.plans[number]
        self._own: list[Exports] = []
        self._below = [exports for other in self._plan.dependencies for exports in workspace.exports[other]]
        self._error: tuple[TypeInfo, Exports] | None = None
        self._modules: dict[tuple[str, ...], int] = {}
        self._weight_left = sum(file.weight for file in self._plan.files)

    def write(self, last_line: int) -> None:
        """All its files, until the workspace has about `last_line` lines."""
        table = self._workspace.table
        for file in self._plan.files:
            if file.modules:
                module = self._modules[file.modules] = table.add(SymbolKind.MODULE, file.modules[-1])
                table.module_files[module] = file.path
        for file in self._plan.files:
            self._file(file, last_line)
        self._workspace.exports[self._number] = self._own

    def _file(self, file: FilePlan, last_line: int) -> None:
        workspace = self._workspace
        left = last_line - workspace.lines - 2 * len(self._plan.files) // 3
        target = max(10, left * file.weight // self._weight_left) if self._weight_left else 10
        self._weight_left -= file.weight
        context = self._context(file)
        if file.kind == "error":
            self._error_file(context)
        elif file.kind == "root":
            self._root(context, file, target)
        else:
            self._code(context, file, target)
        text = context.out.text().rstrip("\n") + "\n"
        workspace.texts[file.path] = text
        workspace.lines += text.count("\n")
        self._publish(context.exports)

    def _context(self, file: FilePlan) -> FileContext:
        workspace = self._workspace
        bits = Bits(workspace.spec.seed, "file", file.path)
        out = FileWriter(len(workspace.texts), workspace.table.names, workspace.ledger)
        scope = FileScope()
        path = tuple(self._modules[file.modules[: end + 1]] for end in range(len(file.modules)))
        exports = Exports(workspace.modules, self._number, path)
        workspace.modules += 1
        context = FileContext(
            workspace.table,
            workspace.namer,
            bits,
            out,
            scope,
            exports,
            Body(workspace.table, bits, out, scope),
            path[-1] if path else -1,
        )
        context.private_chance = 50 if file.kind in ("module", "root") else 100
        return context

    def _publish(self, exports: Exports) -> None:
        workspace = self._workspace
        for info in (*exports.structs, *exports.enums):
            workspace.homes[info.symbol] = exports
        for trait in exports.traits:
            workspace.homes[trait.symbol] = exports
        if exports.path and (exports.structs or exports.functions or exports.enums or exports.traits):
            self._own.append(exports)

    # -- the kinds of files

    def _error_file(self, context: FileContext) -> None:
        self._header(context, 1)
        context.put("use std::fmt;\n")
        name = self._workspace.namer.error(self._plan.name)
        self._error = (write_error(context, name), context.exports)

    def _root(self, context: FileContext, file: FilePlan, target: int) -> None:
        self._header(context, 1 + context.bits.below(6))
        context.put("#![allow(dead_code, unused)]\n")
        if file.weight:
            context.module = self._workspace.table.add(SymbolKind.MODULE, self._plan.name)
            write_items(context, target)
            return
        self._children(context, file)
        for exports in self._own[::3]:
            if exports.structs and len(exports.path) == 1:
                symbol = exports.structs[0].symbol
                context.put("pub use `0`::`1`;", exports.path[0], symbol)
                exports.reexported.add(symbol)

    def _children(self, context: FileContext, file: FilePlan) -> None:
        for child in file.children:
            context.put("pub mod `+0`;", self._modules[child.modules])
        if file.children:
            context.put("")

    def _code(self, context: FileContext, file: FilePlan, target: int) -> None:
        bits = context.bits
        self._header(context, (1, 1, 2, 3, 5, 8)[bits.below(6)] if target > 60 else 1)
        wanted = self._uses_shared(file)
        self._imports(context, file, target, wanted)
        self._children(context, file)
        workspace = self._workspace
        if file.kind == "module" and workspace.shared is None and self._number == 0:
            workspace.shared = (write_shared_component(context), context.exports)
        elif wanted and workspace.shared is not None:
            use_shared_component(context, workspace.shared[0])
        if file.kind == "test":
            write_test_items(context, target)
            return
        if file.kind == "example":
            self._example(context, target)
            return
        tested = target > 70 and bits.chance(45)
        tests = target * (10 + bits.below(25)) // 100 if tested else 0
        write_items(context, target - tests)
        if tested:
            write_tests_module(context, target)

    def _example(self, context: FileContext, target: int) -> None:
        length = min(body_lines(context.bits, 40), max(3, target - context.out.line - 3))
        write_items(context, target - length)
        context.put("fn main() {")
        context.body.begin("unit", maps=context.maps)
        first = context.body.fresh()
        context.put("    let `+0` = `1`u64;", first, context.text(str(context.bits.below(90) + 2)))
        context.body.variable(first, "num")
        context.body.write(1, length)
        context.put("}")

    # -- the beginning of a file

    def _header(self, context: FileContext, lines: int) -> None:
        for number in range(lines):
            context.put("//!\n//! `@c``0`" if number else "//! `@c``0`", context.text(sentence(context.bits)))
        context.put("")

    def _imports(self, context: FileContext, file: FilePlan, target: int, shared: bool) -> None:
        bits, workspace = context.bits, self._workspace
        names = [plan.name for plan in workspace.plans]
        imports = Imports(
            context, self._number, dependencies=self._plan.dependencies, names=names, homes=workspace.homes
        )
        if file.kind == "module" and self._error is not None:
            imports.error(*self._error)
        if shared and workspace.shared is not None:
            imports.type(*workspace.shared)
        most = 2 if target < 40 else 4 if target < 120 else 6
        imports.choose(self._own, self._below, 1 + bits.below(most))
        if target > 50 and bits.chance(60):
            context.formats = True
            context.put("use std::fmt;")
        if target > 80 and bits.chance(35):
            context.maps = True
            context.put("use std::collections::BTreeMap;")
        if context.formats or context.maps:
            context.put("")
        imports.write()
        context.put("")

    def _uses_shared(self, file: FilePlan) -> bool:
        """Whether this file is one of those that must use the shared component."""
        workspace = self._workspace
        return workspace.shared is not None and file.kind in _USERS and workspace.users.next()
