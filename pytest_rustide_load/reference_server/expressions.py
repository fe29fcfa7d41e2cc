"""Plain expressions: literals, operators, references, tuples, arrays, indexing, struct literals.

Must not know calls, control flow or macros.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.body import Body, expression
from pytest_rustide_load.reference_server.paths import variant_of
from pytest_rustide_load.reference_server.symbols import Kind, Symbol
from pytest_rustide_load.reference_server.syntax import named
from pytest_rustide_load.reference_server.ty import (
    Bound,
    Mapping,
    Nominal,
    Projection,
    Ty,
    Var,
    substitute,
    unify,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">="})
_OPERATORS = {
    "+": "Add",
    "-": "Sub",
    "*": "Mul",
    "/": "Div",
    "%": "Rem",
    "&": "BitAnd",
    "|": "BitOr",
    "^": "BitXor",
    "<<": "Shl",
    ">>": "Shr",
}
_SUFFIXES = (
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "f32",
    "f64",
)


_NUMBERS = {
    "float": ("f64", "f32"),
    "int": ("i32", "u32", "i64", "u64", "usize", "isize", "u8", "u16", "i16", "i8", "u128", "i128"),
}


@expression("integer_literal", "float_literal", "negative_literal")
def _number(body: Body, node: Node, expected: Ty) -> Ty:
    text = body.reader.text(node)
    hexadecimal = text.startswith("0x")
    for suffix in _SUFFIXES:
        if text.endswith(suffix) and not (hexadecimal and suffix.startswith("f")):
            return body.model.primitive(suffix)
    floating = node.type == "float_literal" or (not hexadecimal and "." in text)
    literal = Var("float" if floating else "int")
    unify(literal, expected)
    return literal


@expression("string_literal", "raw_string_literal")
def _string(body: Body, node: Node, _expected: Ty) -> Ty:
    text = body.reader.text(node)
    if text.startswith("b"):
        return body.model.primitive("&", body.model.primitive("[;]", body.model.primitive("u8")))
    return body.model.primitive("&", body.model.primitive("str"))


@expression("char_literal")
def _char(body: Body, node: Node, _expected: Ty) -> Ty:
    return body.model.primitive("u8" if body.reader.text(node).startswith("b") else "char")


@expression("boolean_literal")
def _bool(body: Body, _node: Node, _expected: Ty) -> Ty:
    return body.model.primitive("bool")


@expression("unit_expression")
def _unit(body: Body, _node: Node, _expected: Ty) -> Ty:
    return body.model.unit()


@expression("parenthesized_expression")
def _parenthesized(body: Body, node: Node, expected: Ty) -> Ty:
    children = named(node)
    return body.expr(children[0], expected) if children else Var()


@expression("reference_expression")
def _reference(body: Body, node: Node, expected: Ty) -> Ty:
    expected = body.resolve(expected)
    inner = expected.args[0] if type(expected) is Nominal and expected.symbol.name == "&" else None
    # The operand may be a Vec where a slice is wanted: its type is not forced to the hint.
    value = node.child_by_field_name("value")
    closure = value is not None and value.type == "closure_expression"
    hint = inner if inner is not None and (closure or _sized(body, inner)) else None
    return body.model.primitive("&", body.expr(value, hint))


def _sized(body: Body, ty: Ty) -> bool:
    ty = body.resolve(ty)
    return type(ty) is Nominal and ty.symbol.name not in {"str", "[]"}


@expression("unary_expression")
def _unary(body: Body, node: Node, expected: Ty) -> Ty:
    operator = node.children[0].type if node.child_count else ""
    operand = named(node)[-1] if named(node) else None
    ty = body.expr(operand, expected if operator != "*" else None)
    if operator != "*":
        known = body.resolve(ty)
        if type(known) is Nominal and known.symbol.kind is not Kind.PRIMITIVE:
            return _operator_result(body, known, "Neg" if operator == "-" else "Not", None)
        return ty
    known = body.known(ty)
    steps = body.model.methods.derefs(known, body.env)
    next(steps, None)
    return next(steps, known)


@expression("binary_expression")
def _binary(body: Body, node: Node, _expected: Ty) -> Ty:  # noqa: PLR0911  one return a case
    operator_node = node.child_by_field_name("operator")
    operator = operator_node.type if operator_node is not None else ""
    left_node, right_node = node.child_by_field_name("left"), node.child_by_field_name("right")
    if operator in {"&&", "||"}:
        body.expr(left_node)
        body.expr(right_node)
        return body.model.primitive("bool")
    comparison = operator in _COMPARISONS
    left = body.expr(left_node)
    right = body.expr(right_node, left if comparison and type(body.resolve(left)) is not Nominal else None)
    one, other = _without_references(body, left), _without_references(body, right)
    if comparison:
        if type(one) is Var or type(other) is Var:
            unify(one, other)
        return body.model.primitive("bool")
    if type(one) is Nominal and one.symbol.kind is not Kind.PRIMITIVE:
        return _operator_result(body, one, _OPERATORS.get(operator, ""), right)
    if operator in {"<<", ">>"}:
        return one
    if (
        type(one) is Var
        and one.literal
        and type(other) is Nominal
        and other.symbol.kind is not Kind.PRIMITIVE
    ):
        return _of_literal(body, one, _OPERATORS.get(operator, ""), right)
    if type(one) is Nominal and type(other) is Nominal and one.symbol is not other.symbol:
        return _operator_result(body, one, _OPERATORS.get(operator, ""), right)
    if type(one) is Var and not one.literal and type(other) is Nominal:
        return one if unify(one, other) else other
    unify(one, other)
    return one


def _without_references(body: Body, ty: Ty) -> Ty:
    ty = body.resolve(ty)
    while type(ty) is Nominal and ty.symbol.name == "&" and ty.args:
        ty = body.resolve(ty.args[0])
    return ty


def _operator_result(body: Body, ty: Ty, trait_name: str, right: Ty | None) -> Ty:
    """`<ty as Trait<right>>::Output`."""
    trait = body.model.library("ops", trait_name) if trait_name else None
    if trait is None:
        return Var()
    args = (right,) if right is not None and trait.generics else ()
    result = body.traits.project(Projection(ty, Bound(trait, args), "Output"), body.env)
    return ty if type(result) is Projection else result


def _of_literal(body: Body, literal: Var, trait_name: str, right: Ty) -> Ty:
    """The type of an operator between a plain number and a type of one's own: that of the first type of
    number that has it."""
    trait = body.model.library("ops", trait_name) if trait_name else None
    for name in _NUMBERS[literal.literal] if trait is not None else ():
        number = body.model.primitive(name)
        if trait is not None and body.traits.only_impl(number, Bound(trait, (right,)), body.env) is not None:
            unify(literal, number)
            return _operator_result(body, number, trait_name, right)
    return Var()


@expression("assignment_expression")
def _assignment(body: Body, node: Node, _expected: Ty) -> Ty:
    left = body.expr(node.child_by_field_name("left"))
    body.coerce(body.expr(node.child_by_field_name("right"), left), left)
    return body.model.unit()


@expression("compound_assignment_expr")
def _compound(body: Body, node: Node, _expected: Ty) -> Ty:
    left = body.expr(node.child_by_field_name("left"))
    right = body.expr(node.child_by_field_name("right"))
    one, other = _without_references(body, left), _without_references(body, right)
    if type(one) is Var or type(other) is Var:
        unify(one, other)
    return body.model.unit()


@expression("type_cast_expression")
def _cast(body: Body, node: Node, _expected: Ty) -> Ty:
    body.expr(node.child_by_field_name("value"))
    target = node.child_by_field_name("type")
    return body.model.lowering.lower(target, body.env, body.reader) if target is not None else Var()


@expression("tuple_expression")
def _tuple(body: Body, node: Node, expected: Ty) -> Ty:
    expected = body.resolve(expected)
    children = named(node)
    hints = expected.args if type(expected) is Nominal and expected.symbol.name == "()" else ()
    parts = []
    for at, child in enumerate(children):
        hint = hints[at] if at < len(hints) else None
        ty = body.expr(child, hint)
        if hint is not None:
            body.coerce(ty, hint)
        parts.append(ty)
    return body.model.primitive("()", *parts)


@expression("array_expression")
def _array(body: Body, node: Node, expected: Ty) -> Ty:
    expected = body.resolve(expected)
    hinted = type(expected) is Nominal and expected.symbol.name in {"[;]", "[]"}
    element = expected.args[0] if type(expected) is Nominal and hinted else Var()
    length = node.child_by_field_name("length")
    for child in named(node):
        if length is not None and child == length:
            body.expr(child, body.model.primitive("usize"))
        else:
            body.coerce(body.expr(child, element), element)
    return body.model.primitive("[;]", element)


@expression("index_expression")
def _index(body: Body, node: Node, _expected: Ty) -> Ty:
    children = named(node)
    if len(children) != 2:
        body.children(node)
        return Var()
    base = body.known(body.expr(children[0]))
    index = body.known(body.expr(children[1]))
    trait = body.model.library("ops", "Index")
    if type(index) is Nominal and index.symbol.kind is Kind.PRIMITIVE and index.symbol.name == "i32":
        index = body.model.primitive("usize")
    for step in body.model.methods.derefs(base, body.env):
        if type(step) is Nominal and step.symbol.name in {"[]", "[;]"} and step.symbol.kind is Kind.PRIMITIVE:
            ranged = type(index) is Nominal and index.symbol.name.startswith("Range")
            return body.model.primitive("[]", step.args[0]) if ranged else step.args[0]
        if trait is not None:
            result = body.traits.project(Projection(step, Bound(trait, (index,)), "Output"), body.env)
            if type(result) is not Projection:
                return result
    return Var()


@expression("range_expression")
def _range(body: Body, node: Node, _expected: Ty) -> Ty:
    operator = next((child.type for child in node.children if not child.is_named), "..")
    ends = named(node)
    element: Ty = Var()
    for end in ends:
        unify(body.expr(end, element), element)
    before = bool(ends) and node.children[0].is_named
    inclusive = operator == "..="
    if len(ends) == 2:
        name = "RangeInclusive" if inclusive else "Range"
    elif not ends:
        name = "RangeFull"
    elif before:
        name = "RangeFrom"
    else:
        name = "RangeToInclusive" if inclusive else "RangeTo"
    symbol = body.model.library("ops", name)
    if symbol is None:
        return Var()
    return Nominal(symbol, (element,) if symbol.generics else ())


@expression("struct_expression")
def _struct(body: Body, node: Node, expected: Ty) -> Ty:
    path = node.child_by_field_name("name")
    fields = node.child_by_field_name("body")
    symbol = variant_of(body, path) if path is not None else None
    if symbol is None:
        for child in named(fields) if fields is not None else ():
            body.expr(child.child_by_field_name("value") or child)
        return Var()
    owner = symbol.parent if symbol.kind is Kind.VARIANT and symbol.parent is not None else symbol
    mapping: Mapping = body.fresh(owner)
    made = Nominal(owner, tuple(mapping.values()))
    own = body.env.self_ty if path is not None and body.reader.text(path) == "Self" else None
    unify(made, own if own is not None else expected)
    for child in named(fields) if fields is not None else ():
        _initializer(body, child, symbol, mapping, made)
    return made


def _initializer(body: Body, child: Node, symbol: Symbol, mapping: Mapping, made: Ty) -> None:
    if child.type == "base_field_initializer":
        for value in named(child):
            body.coerce(body.expr(value, made), made)
        return
    shorthand = child.type == "shorthand_field_initializer"
    children = named(child)
    name_node = (children[-1] if children else None) if shorthand else child.child_by_field_name("field")
    if name_node is None:
        return
    field = symbol.members.get(body.reader.name(name_node))
    wanted = substitute(body.model.declared.type_of(field), mapping) if field is not None else Var()
    if not shorthand:
        if field is not None:
            body.note(name_node, field)
        body.coerce(body.expr(child.child_by_field_name("value"), wanted), wanted)
        return
    body.coerce(body.expr(name_node, wanted), wanted)
    if field is not None:
        at = name_node.start_byte + body.reader.shift - body.base
        body.note(name_node, field, *body.result.uses.get(at, ()))
