"""The state of reading one item's code: locals in sight, types so far, what names turned out to mean.

Handlers of expressions, patterns and macros register themselves by node kind and work on a `Body`. Must not
know any construct itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.model import Env, Reader
from pytest_rustide_load.reference_server.symbols import Kind, Scope, Symbol
from pytest_rustide_load.reference_server.ty import (
    Bound,
    Mapping,
    Nominal,
    Param,
    Projection,
    Ty,
    Var,
    follow,
    substitute,
    substitute_bound,
    unify,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tree_sitter import Node

    from pytest_rustide_load.reference_server.model import Model
    from pytest_rustide_load.reference_server.traits import Pick

    ExpressionHandler = Callable[["Body", Node, Ty], Ty]
    PatternHandler = Callable[["Body", Node, Ty, bool], None]

# Methods that the standard library gives by a function that types write: module, trait and name of that.
BLANKETS = {
    "into": ("convert", "From", "from"),
    "try_into": ("convert", "TryFrom", "try_from"),
    "parse": ("str", "FromStr", "from_str"),
    "to_string": ("fmt", "Display", "fmt"),
}
FN_TRAITS = frozenset({"Fn", "FnMut", "FnOnce", "AsyncFn"})

_EXPRESSIONS: dict[str, ExpressionHandler] = {}
_PATTERNS: dict[str, PatternHandler] = {}


def expression(*kinds: str) -> Callable[[ExpressionHandler], ExpressionHandler]:
    """Registers a handler `(body, node, expected) -> type` for expression kinds."""

    def register(handler: ExpressionHandler) -> ExpressionHandler:
        _EXPRESSIONS.update(dict.fromkeys(kinds, handler))
        return handler

    return register


def pattern(*kinds: str) -> Callable[[PatternHandler], PatternHandler]:
    """Registers a handler `(body, node, type, by_reference)` for pattern kinds."""

    def register(handler: PatternHandler) -> PatternHandler:
        _PATTERNS.update(dict.fromkeys(kinds, handler))
        return handler

    return register


@dataclass(slots=True)
class Frame:
    """One lexical level: the locals bound so far and, for a block with items, their scope."""

    names: dict[str, Symbol] = field(default_factory=dict)
    scope: Scope | None = None


@dataclass(slots=True)
class Analysis:
    """What reading an item gave. Offsets count from the item's start.

    `uses`: what the identifier at an offset means; `types`: of locals; `receivers` and `qualifiers`: what
    stands before the dot or the `::` of the name at an offset; `visible` and `scope`: the names in sight at
    the probe; these four only when one is set. `rebound`: where a later alternative of a pattern binds a
    local again. `written`: the function somebody wrote that a call ends in, where the name means another.
    """

    uses: dict[int, tuple[Symbol, ...]] = field(default_factory=dict)
    locals: list[Symbol] = field(default_factory=list)
    types: dict[Symbol, Ty] = field(default_factory=dict)
    receivers: dict[int, Ty] = field(default_factory=dict)
    qualifiers: dict[int, Ty | tuple[Symbol, ...]] = field(default_factory=dict)
    visible: dict[str, Symbol] = field(default_factory=dict)
    rebound: set[int] = field(default_factory=set)
    written: dict[int, Symbol] = field(default_factory=dict)
    scope: Scope | None = None


class Body:
    """Reads one item. `probe` is an absolute offset at which the names in sight are kept for completion."""

    def __init__(self, model: Model, item: Symbol, data: bytes, env: Env, probe: int | None = None) -> None:
        self.model = model
        self.traits = model.traits
        self.item = item
        self.env = env
        self.result = Analysis()
        self.base = item.item_start
        self.reader = Reader(data, 0, self._record, self._qualify if probe is not None else None)
        self.frames: list[Frame] = [Frame()]
        self.returns: list[Ty] = []
        self.breaks: list[tuple[str, Ty]] = []
        self.pending: list[tuple[Ty, Bound]] = []
        self.picks: list[tuple[int, Pick]] = []
        self.blankets: list[tuple[int, Pick, Ty]] = []
        self.probe = probe
        self.nested = 0

    def _record(self, offset: int, symbols: tuple[Symbol, ...]) -> None:
        self.result.uses[offset - self.base] = symbols

    def _qualify(self, offset: int, qualifier: Ty | tuple[Symbol, ...]) -> None:
        self.result.qualifiers[offset - self.base] = qualifier

    # --- dispatch --------------------------------------------------------------------------------

    def expr(self, node: Node | None, expected: Ty | None = None) -> Ty:
        """The type of an expression; `expected` is a hint that is unified where it fits."""
        if node is None:
            return Var()
        wanted = expected if expected is not None else Var()
        handler = _EXPRESSIONS.get(node.type)
        if handler is None:
            self.children(node)
            return Var()
        return handler(self, node, wanted)

    def children(self, node: Node) -> None:
        """Reads whatever expressions stand below a node of no known kind."""
        for child in node.named_children:
            if child.type in _EXPRESSIONS or child.named_child_count:
                self.expr(child)

    def pattern(self, node: Node | None, ty: Ty, by_reference: bool = False) -> None:
        """Binds what a pattern names to parts of `ty`; through a reference the parts are references."""
        if node is None:
            return
        handler = _PATTERNS.get(node.type)
        if handler is not None:
            handler(self, node, ty, by_reference)

    # --- types -----------------------------------------------------------------------------------

    def resolve(self, ty: Ty) -> Ty:
        """What is known of a type now."""
        return self.traits.resolve(ty, self.env)

    def known(self, ty: Ty) -> Ty:
        """Like `resolve`, but tries what is still pending when the type is not known."""
        ty = self.resolve(ty)
        if self.pending and self._open(ty):
            self.settle()
            ty = self.resolve(ty)
        if type(ty) is Var and ty.literal:
            return self.model.primitive("i32" if ty.literal == "int" else "f64")
        return ty

    def _open(self, ty: Ty) -> bool:
        """Whether a type, or what it refers to, is a variable still."""
        while type(ty) is Nominal and ty.symbol.name == "&" and ty.args:
            ty = self.resolve(ty.args[0])
        return type(ty) is Var

    def coerce(self, actual: Ty, wanted: Ty, *, through: bool = False) -> None:
        """Lets an expression of one type stand where another is wanted; behind a reference (`through`) also
        one that dereferences to it."""
        actual, wanted = self.resolve(actual), self.resolve(wanted)
        if type(actual) is Nominal and type(wanted) is Nominal and actual.symbol is not wanted.symbol:
            if actual.symbol.name == "!" or wanted.symbol.name == "!":
                return
            if actual.symbol.name == "&" and wanted.symbol.name == "&":
                self.coerce(actual.args[0], wanted.args[0], through=True)
            elif actual.symbol.name == "[;]" and wanted.symbol.name == "[]":
                unify(actual.args[0], wanted.args[0])
            elif through:
                for step in self.model.methods.derefs(actual, self.env):
                    if type(step) is Nominal and step.symbol is wanted.symbol:
                        unify(step, wanted)
                        break
            return
        if type(actual) is Nominal and type(wanted) is Nominal and actual.symbol.name == "&":
            self.coerce(actual.args[0], wanted.args[0], through=True)
            return
        if type(wanted) is Projection:
            wanted = self.resolve(wanted)
        unify(actual, wanted)

    def function_of(self, bounds: Iterable[Bound]) -> Nominal | None:
        """The function type that the first Fn bound asks for."""
        for bound in bounds:
            if bound.trait.name in FN_TRAITS and bound.args:
                parts = follow(bound.args[0])
                output = next((ty for name, ty in bound.bindings if name == "Output"), Var())
                if isinstance(parts, Nominal):
                    return self.model.primitive("fn", *parts.args, output)
        return None

    def settle(self) -> None:
        """Uses the pending bounds that can be used now."""
        pending, self.pending = self.pending, []
        for ty, bound in pending:
            if not self.traits.select(ty, bound, self.env):
                self.pending.append((ty, bound))

    def require(self, symbol: Symbol, mapping: Mapping) -> None:
        """Notes the bounds an item's generics must meet under `mapping`; used as types become known."""
        for left, bound in self.traits.bounds.predicates(symbol):
            if isinstance(left, Param) and left.symbol is bound.trait:
                continue
            self.pending.append((substitute(left, mapping), substitute_bound(bound, mapping)))

    def fresh(self, symbol: Symbol) -> Mapping:
        """New variables for an item's own type parameters."""
        return {generic: Var() for generic in symbol.generics if generic.kind is Kind.TYPE_PARAM}

    # --- names -----------------------------------------------------------------------------------

    def bind(self, node: Node, ty: Ty, kind: Kind = Kind.LOCAL) -> Symbol:
        """Declares the local named by `node`."""
        start = node.start_byte + self.reader.shift - self.base
        span = (start, start + node.end_byte - node.start_byte)
        symbol = Symbol(kind, self.reader.name(node), self.item.file, span, span, owner=self.item)
        symbol.parent = self.item
        self.frames[-1].names[symbol.name] = symbol
        self.result.locals.append(symbol)
        self.result.types[symbol] = ty
        self.result.uses[start] = (symbol,)
        return symbol

    def local(self, name: str) -> Symbol | None:
        """The local a name means, unless an item of an inner block hides it."""
        for frame in reversed(self.frames):
            symbol = frame.names.get(name)
            if symbol is not None:
                return symbol
            if frame.scope is not None and any(one.namespaces & 2 for one in frame.scope.items.get(name, ())):
                return None
        return None

    def note_own(self, item: Symbol) -> None:
        """The item's own name means the item."""
        if item.end > item.start:
            self.result.uses[item.start - self.base] = (item,)

    def note(self, node: Node, *symbols: Symbol) -> None:
        self.reader.note(node, *symbols)

    def note_pick(self, node: Node, pick: Pick) -> None:
        """Notes a chosen associated item; a trait's is looked at again when all types are known."""
        self.note(node, pick.symbol)
        parent = pick.symbol.parent
        if parent is not None and parent.kind is Kind.TRAIT:
            self.picks.append((node.start_byte + self.reader.shift - self.base, pick))

    def note_blanket(self, node: Node, pick: Pick, result: Ty) -> None:
        """Notes a method call that may end in a function somebody wrote for another trait."""
        if pick.symbol.name in BLANKETS and _is_library(pick.symbol):
            self.blankets.append((node.start_byte + self.reader.shift - self.base, pick, result))

    def seen(self, offset: int) -> None:
        """Keeps the names in sight if the probe stands here."""
        if self.probe is not None and offset + self.reader.shift == self.probe:
            for frame in self.frames:
                self.result.visible.update(frame.names)
            self.result.scope = self.env.scope

    # --- end -------------------------------------------------------------------------------------

    def finish(self) -> Analysis:
        """Settles what can be settled and gives the result."""
        self.settle()
        for offset, pick in self.picks:
            base = self.known(pick.self_ty)
            trait = pick.symbol.parent
            if trait is not None and self.traits.has_impl(base, trait, self.env):
                args = tuple(
                    pick.mapping.get(generic, Var())
                    for generic in trait.generics
                    if generic.kind is Kind.TYPE_PARAM
                )
                impl = self.traits.only_impl(base, Bound(trait, args), self.env)
                if impl is not None and pick.symbol.name in impl.symbol.members:
                    self.result.uses[offset] = (impl.symbol.members[pick.symbol.name],)
                derived = base.symbol.derived.get(trait.name) if type(base) is Nominal else None
                if derived is not None and derived.name == pick.symbol.name and _is_library(trait):
                    self.result.uses[offset] = (derived,)
        for offset, pick, result in self.blankets:
            written = self._written(pick, result)
            if written is not None:
                self.result.written[offset] = written
        types = self.result.types
        for symbol, ty in types.items():
            types[symbol] = self.known(ty) if type(follow(ty)) is Var else self.resolve(ty)
        return self.result

    def _written(self, pick: Pick, result: Ty) -> Symbol | None:
        """The function that somebody wrote behind `into`, `try_into`, `parse` or `to_string`."""
        module, trait_name, member = BLANKETS[pick.symbol.name]
        trait = self.model.library(module, trait_name)
        target = self.known(result)
        args: tuple[Ty, ...] = (pick.self_ty,)
        if trait_name in {"TryFrom", "FromStr"} and type(target) is Nominal and target.args:
            target = self.known(target.args[0])
        if trait_name == "Display":
            target = self.known(pick.self_ty)
        if trait_name in {"Display", "FromStr"}:
            args = ()
        if trait is None or type(target) is not Nominal:
            return None
        impl = self.traits.only_impl(target, Bound(trait, args), self.env)
        return impl.symbol.members.get(member) if impl is not None else None


def _is_library(symbol: Symbol) -> bool:
    return symbol.file is not None and symbol.file.is_library
