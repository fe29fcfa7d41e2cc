"""The parts that together know a workspace's meaning, and the context in which code is read.

`Model` only holds the parts; `Env` says where a piece of code stands and `Reader` how to read it. Must not
decide anything itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.names import Names
from pytest_rustide_load.reference_server.symbols import Kind, Scope, Symbol
from pytest_rustide_load.reference_server.ty import UNKNOWN, Nominal, Ty, Var

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from pytest_rustide_load.reference_server.declared import Declarations
    from pytest_rustide_load.reference_server.lower import Lowering
    from pytest_rustide_load.reference_server.methods import Methods
    from pytest_rustide_load.reference_server.names import Symbols
    from pytest_rustide_load.reference_server.traits import Traits
    from pytest_rustide_load.reference_server.typepaths import TypePaths
    from pytest_rustide_load.reference_server.workspace import Workspace


class Model:
    """Everything that can be asked about the code of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        # Imported late: the parts need the model's type, and it needs them.
        from pytest_rustide_load.reference_server.declared import Declarations
        from pytest_rustide_load.reference_server.lower import Lowering
        from pytest_rustide_load.reference_server.methods import Methods
        from pytest_rustide_load.reference_server.traits import Traits
        from pytest_rustide_load.reference_server.typepaths import TypePaths

        self.workspace = workspace
        self.names = Names(workspace)
        self.declared: Declarations = Declarations(self)
        self.lowering: Lowering = Lowering(self)
        self.paths: TypePaths = TypePaths(self)
        self.traits: Traits = Traits(self)
        self.methods: Methods = Methods(self)

    def primitive(self, name: str, *args: Ty) -> Nominal:
        """A built-in type: a number, "str", or one of & * [] [;] () fn ! with its parts as arguments."""
        return Nominal(self.workspace.library.primitives[name], args)

    def unit(self) -> Nominal:
        return self.primitive("()")

    @staticmethod
    def unknown(env: Env) -> Ty:
        """A type that is not written: to be inferred in a body, not known elsewhere."""
        return Var() if env.fresh else UNKNOWN

    def library(self, *segments: str) -> Symbol | None:
        """A symbol of the standard library's outline."""
        key = ("library", segments)
        memo = self.workspace.memo_of(self.workspace.library.file)
        if key not in memo:
            found = self.names.path(self.workspace.library.scope, ("crate", *segments), 3)
            memo[key] = found[0] if found else None
        known: Symbol | None = memo[key]
        return known


@dataclass(slots=True)
class Env:
    """Where code stands: its scope, the generics in sight by name, what `Self` is.

    `owners` are the items whose where clauses hold here, innermost first. In a body (`fresh`) a type left out
    is an inference variable, elsewhere it is unknown.
    """

    scope: Scope
    owners: tuple[Symbol, ...] = ()
    generics: dict[str, Symbol] = field(default_factory=dict)
    self_ty: Ty | None = None
    fresh: bool = False

    def within(self, scope: Scope) -> Env:
        return Env(scope, self.owners, self.generics, self.self_ty, self.fresh)


class Reader:
    """Reads text of nodes and tells what names in them mean to `record`, if anybody wants to know.

    `shift` is added to a node's offsets to find its text and place in the file: nodes of a macro's arguments
    come from a tree of their own.
    """

    __slots__ = ("data", "qualify", "record", "shift")

    def __init__(
        self,
        data: bytes,
        shift: int = 0,
        record: Callable[[int, Symbols], None] | None = None,
        qualify: Callable[[int, Ty | Symbols], None] | None = None,
    ) -> None:
        self.data = data
        self.shift = shift
        self.record = record
        self.qualify = qualify

    def moved(self, shift: int) -> Reader:
        """The same reader for nodes of another tree."""
        return Reader(self.data, shift, self.record, self.qualify)

    def qualified(self, node: Node, qualifier: Ty | Symbols) -> None:
        """Tells what stands before `::` and the name `node`."""
        if self.qualify is not None:
            self.qualify(node.start_byte + self.shift, qualifier)

    def text(self, node: Node) -> str:
        return self.data[node.start_byte + self.shift : node.end_byte + self.shift].decode("utf-8", "replace")

    def name(self, node: Node) -> str:
        text = self.text(node)
        return text[2:] if text.startswith("r#") else text

    def note(self, node: Node, *symbols: Symbol) -> None:
        if self.record is not None and symbols:
            self.record(node.start_byte + self.shift, symbols)


_ITEMS = {
    Kind.STRUCT: frozenset({"struct_item"}),
    Kind.UNION: frozenset({"union_item"}),
    Kind.ENUM: frozenset({"enum_item"}),
    Kind.VARIANT: frozenset({"enum_variant"}),
    Kind.FUNCTION: frozenset({"function_item", "function_signature_item"}),
    Kind.TRAIT: frozenset({"trait_item"}),
    Kind.IMPL: frozenset({"impl_item"}),
    Kind.CONST: frozenset({"const_item"}),
    Kind.STATIC: frozenset({"static_item"}),
    Kind.TYPE_ALIAS: frozenset({"type_item"}),
    Kind.ASSOC_TYPE: frozenset({"type_item", "associated_type"}),
    Kind.MACRO: frozenset({"macro_definition"}),
    Kind.TYPE_PARAM: frozenset({"type_parameter"}),
    Kind.CONST_PARAM: frozenset({"const_parameter"}),
    Kind.MODULE: frozenset({"mod_item"}),
    Kind.MACRO_CALL: frozenset({"macro_invocation"}),
    Kind.USE: frozenset({"use_declaration", "extern_crate_declaration"}),
}


def node_of(symbol: Symbol) -> Node | None:
    """The node of an item's declaration in its file's tree of now."""
    kinds = _ITEMS.get(symbol.kind)
    if symbol.file is None:
        return None
    if symbol.kind is Kind.FIELD:
        return _field_node(symbol)
    return symbol.file.node_at(symbol.item_start, symbol.item_end, kinds) if kinds is not None else None


def _field_node(symbol: Symbol) -> Node | None:
    if symbol.file is None:
        return None
    if not symbol.name.isdigit():
        return symbol.file.node_at(symbol.item_start, symbol.item_end, frozenset({"field_declaration"}))
    node = symbol.file.tree.root_node.descendant_for_byte_range(symbol.item_start, symbol.item_end - 1)
    while (
        node is not None and node.parent is not None and node.parent.type != "ordered_field_declaration_list"
    ):
        node = node.parent
    return node
