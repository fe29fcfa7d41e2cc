"""Bodies of functions: statements on integers that call, build and read what is in scope."""

from __future__ import annotations

import random

from pytest_rustide_load.codebase.emitter import Emitter
from pytest_rustide_load.codebase.items import Function, Module, Struct
from pytest_rustide_load.codebase.oracle import OracleBuilder

__all__ = ["BodyWriter"]

_OPERATORS = ("wrapping_add", "wrapping_mul", "wrapping_sub", "max", "min")


class BodyWriter:
    """Writes bodies whose value is a `u64`, from the items of `scope` and the variables at hand."""

    def __init__(self, out: Emitter, oracle: OracleBuilder, scope: Module, bits: random.Random) -> None:
        self._out = out
        self._oracle = oracle
        self._scope = scope
        self._bits = bits
        self._own_integers: list[int] = []

    def _draw(self, below: int) -> int:
        return self._bits.getrandbits(32) % below

    def body(self, indent: str, parameters: list[int], *, receiver: Struct | None) -> None:
        """The statements of one function, and its value."""
        fields = [] if receiver is None else receiver.fields
        self._own_integers = [field for field, inner in fields if inner is None]
        variables = list(parameters)
        # Lengths as in real code: most bodies are a few lines.
        for number in range((1, 2, 2, 3, 3, 4, 5, 6, 8, 14)[self._draw(10)]):
            if self._draw(6) == 0:
                self._out.edit_site()
                self._out.end(f"{indent}// Step {number + 1}.")
            self._statement(indent, number, variables)
        self._out.write(indent)
        self._out.use(variables[-1], "local")
        self._out.end(f".wrapping_add({self._draw(50)})")

    def construct(self, struct: Struct, variable: int) -> None:
        """`Name::new(variable)`."""
        self._out.use(struct.symbol, "type_use")
        self._out.write("::")
        self._out.use(struct.constructor, "function_call")
        self._out.write("(")
        self._out.use(variable, "local")
        self._out.write(")")

    def _statement(self, indent: str, number: int, variables: list[int]) -> None:
        choices = [self._arithmetic]
        if self._scope.functions:
            choices += [self._call, self._call]
        if any(struct.methods for struct in self._scope.structs):
            choices += [self._object, self._object]
        if self._scope.enums:
            choices.append(self._choice)
        if self._own_integers:
            choices.append(self._own_field)
        choices[self._draw(len(choices))](indent, f"step{number}", variables)

    def _let(self, indent: str, name: str) -> int:
        symbol = self._oracle.symbol(name, f"{name}: u64")
        self._out.write(f"{indent}let ")
        self._out.declare(symbol)
        self._out.write(": u64 = ")
        return symbol

    def _variable(self, variables: list[int]) -> None:
        self._out.use(variables[self._draw(len(variables))], "local")

    def _arithmetic(self, indent: str, name: str, variables: list[int]) -> None:
        symbol = self._let(indent, name)
        self._variable(variables)
        self._out.write(f".{_OPERATORS[self._draw(len(_OPERATORS))]}(")
        if self._scope.consts and self._draw(2):
            self._out.use(self._scope.consts[self._draw(len(self._scope.consts))].symbol, "const_use")
        else:
            self._variable(variables)
        self._out.end(");")
        variables.append(symbol)

    def _call(self, indent: str, name: str, variables: list[int]) -> None:
        function: Function = self._scope.functions[self._draw(len(self._scope.functions))]
        symbol = self._let(indent, name)
        self._out.use(function.symbol, "function_call")
        self._out.write("(")
        for index in range(function.parameters):
            if index:
                self._out.write(", ")
            self._variable(variables)
        self._out.end(");")
        variables.append(symbol)

    def _object(self, indent: str, name: str, variables: list[int]) -> None:
        """Build a value, call a method of it, and read a field."""
        structs = [struct for struct in self._scope.structs if struct.methods]
        struct = structs[self._draw(len(structs))]
        item = self._oracle.symbol(f"{name}_item", f"{name}_item: ")
        self._out.write(f"{indent}let ")
        self._out.declare(item)
        self._out.write(" = ")
        self.construct(struct, variables[self._draw(len(variables))])
        self._out.end(";")
        symbol = self._let(indent, name)
        self._out.use(item, "local")
        self._out.write(".")
        self._out.use(struct.methods[self._draw(len(struct.methods))], "method_call")
        self._out.write("(")
        self._field_of(item, struct)
        self._out.end(");")
        variables.append(symbol)

    def _field_of(self, variable: int, struct: Struct) -> None:
        """`variable.field`, or through a nested struct to an integer."""
        field, inner = struct.fields[self._draw(len(struct.fields))]
        self._out.use(variable, "local")
        self._out.write(".")
        self._out.use(field, "field")
        while inner is not None:
            field, inner = inner.fields[0]
            self._out.write(".")
            self._out.use(field, "field")

    def _own_field(self, indent: str, name: str, variables: list[int]) -> None:
        symbol = self._let(indent, name)
        self._out.write("self.")
        self._out.use(self._own_integers[self._draw(len(self._own_integers))], "field")
        self._out.write(".wrapping_add(")
        self._variable(variables)
        self._out.end(");")
        variables.append(symbol)

    def _choice(self, indent: str, name: str, variables: list[int]) -> None:
        """A value of an enum, and a match over all its variants."""
        enum = self._scope.enums[self._draw(len(self._scope.enums))]
        state = self._oracle.symbol(f"{name}_state", f"{name}_state: ")
        self._out.write(f"{indent}let ")
        self._out.declare(state)
        self._out.write(" = ")
        self._out.use(enum.symbol, "type_use")
        self._out.write("::")
        self._out.use(enum.variants[self._draw(len(enum.variants))], "enum_variant")
        self._out.end(";")
        symbol = self._let(indent, name)
        self._out.write("match ")
        self._out.use(state, "local")
        self._out.end(" {")
        for variant in enum.variants:
            self._out.write(f"{indent}    ")
            self._out.use(enum.symbol, "type_use")
            self._out.write("::")
            self._out.use(variant, "enum_variant")
            self._out.write(" => ")
            self._variable(variables)
            self._out.end(f".rotate_left({self._draw(31) + 1}),")
        self._out.end(f"{indent}}};")
        variables.append(symbol)
