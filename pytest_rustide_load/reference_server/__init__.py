"""The embedded backend: a small, real Rust language server, a program of its own.

It reads a Cargo workspace, parses it with tree-sitter, resolves names and types by Rust's rules and answers
over stdio. It must not know any other room of this package: what it says comes from the code it is shown.
"""

from __future__ import annotations

SERVER_NAME = "rustide-reference-server"
