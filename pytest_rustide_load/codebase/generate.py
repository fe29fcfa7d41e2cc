"""From a spec to files and an oracle: a Cargo workspace whose crates build on one another.

Every module declares structs, enums, constants and functions, and uses those of modules before it, in its
own crate and in crates below. Integers from seeded bits decide everything; no clock, no files.
"""

from __future__ import annotations

import random

from pytest_rustide_load.codebase.bodies import BodyWriter
from pytest_rustide_load.codebase.codebase import Codebase
from pytest_rustide_load.codebase.emitter import Emitter
from pytest_rustide_load.codebase.items import Const, Enum, Function, Module, Struct
from pytest_rustide_load.codebase.names import NameMaker
from pytest_rustide_load.codebase.oracle import OracleBuilder
from pytest_rustide_load.codebase.spec import CodebaseSpec
from pytest_rustide_load.seeds import seeded_random

__all__ = ["generate_codebase"]

_TOML = """[package]
name = "{name}"
version = "0.1.0"
edition = "2021"

[dependencies]
{dependencies}"""

# LSP's SymbolKind.
_STRUCT, _FIELD, _METHOD, _FUNCTION, _ENUM, _VARIANT, _CONSTANT = 23, 8, 6, 12, 10, 22, 14
# Rust sources come at about this many bytes a line.
_BYTES_PER_LINE = 31


def generate_codebase(spec: CodebaseSpec) -> Codebase:
    """The codebase of `spec`: the same bytes and the same oracle for the same spec, everywhere."""
    return _Generator(spec).run()


class _Generator:
    def __init__(self, spec: CodebaseSpec) -> None:
        self._spec = spec
        self._oracle = OracleBuilder()
        self._names = NameMaker(seeded_random(spec.seed, "names"))
        self._files: dict[str, str] = {}
        self._lines = 0

    def run(self) -> Codebase:
        spec = self._spec
        crates = [
            f"{word}_core" if number == 0 else f"{word}_{number}"
            for number, word in enumerate(self._names.crates(spec.crates))
        ]
        finished: dict[str, list[Module]] = {}
        for number, crate in enumerate(crates):
            dependencies = crates[max(0, number - 3) : number]
            budget = (spec.loc * (number + 1)) // len(crates)
            below = [module for name in dependencies for module in finished[name]]
            finished[crate] = self._crate(crate, dependencies, below, budget)
        self._files["Cargo.toml"] = self._workspace_toml(crates)
        self._files["Cargo.lock"] = _lock_file(crates)
        return Codebase(spec, dict(sorted(self._files.items())), self._oracle.finish())

    def _workspace_toml(self, crates: list[str]) -> str:
        members = "".join(f'    "crates/{name}",\n' for name in crates)
        return f'[workspace]\nresolver = "2"\nmembers = [\n{members}]\n'

    def _crate(self, crate: str, dependencies: list[str], below: list[Module], budget: int) -> list[Module]:
        """Modules until the workspace has `budget` lines."""
        lines = "".join(f'{name} = {{ path = "../{name}" }}\n' for name in dependencies)
        self._files[f"crates/{crate}/Cargo.toml"] = _TOML.format(name=crate, dependencies=lines)
        modules: list[Module] = []
        while self._lines < budget or not modules:
            name = self._names.fresh("module")
            bits = seeded_random(self._spec.seed, crate, len(modules))
            visible = below[-24:] + modules[-24:]
            modules.append(self._module(crate, name, visible, bits))
        root = "".join(f"pub mod {module.name};\n" for module in modules)
        self._add(f"crates/{crate}/src/lib.rs", f"//! Crate `{crate}`.\n\n{root}")
        return modules

    def _module(self, crate: str, name: str, visible: list[Module], bits: random.Random) -> Module:
        path = f"crates/{crate}/src/{name}.rs"
        out = Emitter(path, self._oracle)
        module = Module(crate, name)
        # Sizes vary as those of real files do: many small ones, few large.
        spread = (1, 2, 2, 3, 3, 4, 4, 5, 7, 12)[bits.getrandbits(16) % 10]
        target = max(self._spec.avg_file_bytes * spread // 4, 600)
        out.end(f"//! Module `{name}`: part of `{crate}`.")
        out.end()
        scope = self._imports(out, module, visible, bits)
        writer = _ItemWriter(out, self._oracle, self._names, module, scope, bits)
        writer.const()
        writer.struct()
        while out.size < target:
            (writer.function, writer.struct, writer.enum, writer.const, writer.function)[
                bits.getrandbits(16) % 5
            ]()
        self._add(path, out.text())
        return module

    def _imports(self, out: Emitter, module: Module, visible: list[Module], bits: random.Random) -> Module:
        """`use` lines for some items of visible modules; returns what is in scope."""
        scope = Module(module.crate, module.name)
        chosen = sorted({bits.getrandbits(32) % len(visible) for _ in range(5)}) if visible else []
        for index in chosen:
            source = visible[index]
            root = "crate" if source.crate == module.crate else source.crate
            for items, target, kind in (
                (source.structs[:2], scope.structs, "type_use"),
                (source.functions[:2], scope.functions, "function_call"),
                (source.enums[:1], scope.enums, "type_use"),
                (source.consts[:1], scope.consts, "const_use"),
            ):
                for item in items:
                    out.write(f"use {root}::{source.name}::")
                    out.use(item.symbol, kind)
                    out.end(";")
                    target.append(item)  # type: ignore[attr-defined]  # lists of one kind each
        if chosen:
            out.end()
        return scope

    def _add(self, path: str, text: str) -> None:
        self._files[path] = text
        self._lines += text.count("\n")


class _ItemWriter:
    """Writes the items of one module; what it has written is in scope for what follows."""

    def __init__(
        self,
        out: Emitter,
        oracle: OracleBuilder,
        names: NameMaker,
        module: Module,
        scope: Module,
        bits: random.Random,
    ) -> None:
        self._out = out
        self._oracle = oracle
        self._names = names
        self._module = module
        self._scope = scope
        self._bits = bits
        self._bodies = BodyWriter(out, oracle, scope, bits)

    def _draw(self, below: int) -> int:
        return self._bits.getrandbits(32) % below

    def _doc(self, indent: str, subject: str) -> None:
        self._out.edit_site()
        self._out.end(f"{indent}/// {self._names.sentence(subject, self._bits)}")

    def const(self) -> None:
        name = self._names.fresh("const")
        symbol = self._oracle.symbol(name, f"const {name}: u64")
        self._doc("", "limit")
        self._out.write("pub const ")
        self._out.declare(symbol, outline_kind=_CONSTANT)
        self._out.end(f": u64 = {self._draw(9_000) + 1};")
        self._out.end()
        self._register(self._module.consts, self._scope.consts, Const(symbol))

    def enum(self) -> None:
        name = self._names.fresh("type")
        symbol = self._oracle.symbol(name, f"enum {name}")
        self._doc("", "state")
        self._out.end("#[derive(Debug, Clone, Copy, PartialEq, Eq)]")
        self._out.write("pub enum ")
        self._out.declare(symbol, outline_kind=_ENUM)
        self._out.end(" {")
        variants = []
        for _ in range(3 + self._draw(4)):
            variant = self._names.fresh("type")
            variants.append(self._oracle.symbol(variant, variant))
            self._out.write("    ")
            self._out.declare(variants[-1], outline_kind=_VARIANT)
            self._out.end(",")
        self._out.end("}")
        self._out.end()
        self._register(self._module.enums, self._scope.enums, Enum(symbol, tuple(variants)))

    def struct(self) -> None:
        name = self._names.fresh("type")
        symbol = self._oracle.symbol(name, f"struct {name}")
        struct = Struct(symbol)
        self._doc("", "record")
        self._out.end("#[derive(Debug, Clone)]")
        self._out.write("pub struct ")
        self._out.declare(symbol, outline_kind=_STRUCT)
        self._out.end(" {")
        for number in range(2 + self._draw(4)):
            self._field(struct, nested=number == 1 and bool(self._scope.structs))
        self._out.end("}")
        self._out.end()
        self._out.write("impl ")
        self._out.use(symbol, "type_use")
        self._out.end(" {")
        self._constructor(struct)
        # In scope from here on: its own methods may build others of it.
        for _ in range(2 + self._draw(4)):
            self._out.end()
            self._method(struct)
        self._out.end("}")
        self._out.end()
        self._register(self._module.structs, self._scope.structs, struct)

    def _field(self, struct: Struct, *, nested: bool) -> None:
        inner = self._scope.structs[self._draw(len(self._scope.structs))] if nested else None
        name = self._names.fresh("value")
        field = self._oracle.field(struct.symbol, name, f"{name}: ")
        self._out.write("    pub ")
        self._out.declare(field, outline_kind=_FIELD)
        self._out.write(": ")
        if inner is None:
            self._out.end("u64,")
        else:
            self._out.use(inner.symbol, "type_use")
            self._out.end(",")
        struct.fields.append((field, inner))

    def _constructor(self, struct: Struct) -> None:
        struct.constructor = self._oracle.symbol("new", "fn new(")
        self._doc("    ", "constructor")
        self._out.write("    pub fn ")
        self._out.declare(struct.constructor, outline_kind=_FUNCTION)
        self._out.write("(")
        seed = self._parameter("seed")
        self._out.write(") -> ")
        self._out.use(struct.symbol, "type_use")
        self._out.end(" {")
        self._out.write("        ")
        self._out.use(struct.symbol, "type_use")
        self._out.end(" {")
        for field, inner in struct.fields:
            self._out.write("            ")
            self._out.use(field, "field_init")
            self._out.write(": ")
            if inner is None:
                self._out.use(seed, "local")
                self._out.end(f".wrapping_add({self._draw(100)}),")
            else:
                self._bodies.construct(inner, seed)
                self._out.end(",")
        self._out.end("        }")
        self._out.end("    }")

    def _method(self, struct: Struct) -> None:
        name = self._names.fresh("verb")
        symbol = self._oracle.method(struct.symbol, name, f"fn {name}(&self")
        self._doc("    ", "method")
        self._out.write("    pub fn ")
        self._out.declare(symbol, outline_kind=_METHOD)
        self._out.write("(&self, ")
        parameter = self._parameter(self._names.word(self._bits))
        self._out.end(") -> u64 {")
        self._bodies.body("        ", [parameter], receiver=struct)
        self._out.end("    }")
        struct.methods.append(symbol)

    def function(self) -> None:
        name = self._names.fresh("verb")
        symbol = self._oracle.symbol(name, f"fn {name}(")
        self._doc("", "function")
        self._out.write("pub fn ")
        self._out.declare(symbol, outline_kind=_FUNCTION)
        self._out.write("(")
        parameters = []
        for number in range(1 + self._draw(3)):
            if number:
                self._out.write(", ")
            parameters.append(self._parameter(f"{self._names.word(self._bits)}{number}"))
        self._out.end(") -> u64 {")
        self._bodies.body("    ", parameters, receiver=None)
        self._out.end("}")
        self._out.end()
        self._register(self._module.functions, self._scope.functions, Function(symbol, len(parameters)))

    def _parameter(self, name: str) -> int:
        symbol = self._oracle.symbol(name, f"{name}: u64")
        self._out.declare(symbol)
        self._out.write(": u64")
        return symbol

    def _register(self, own: list[object], scope: list[object], item: object) -> None:
        own.append(item)
        scope.append(item)


def _lock_file(crates: list[str]) -> str:
    entries = []
    for number, crate in sorted(enumerate(crates), key=lambda pair: pair[1]):
        dependencies = sorted(crates[max(0, number - 3) : number])
        listed = "".join(f' "{name}",\n' for name in dependencies)
        tail = f"dependencies = [\n{listed}]\n" if dependencies else ""
        entries.append(f'[[package]]\nname = "{crate}"\nversion = "0.1.0"\n{tail}')
    head = "# This file is automatically @generated by Cargo.\n# It is not intended for manual editing.\nversion = 3\n\n"
    return head + "\n".join(entries)
