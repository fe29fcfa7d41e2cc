"""Load tests for Rust IDE backends as pytest tests."""

__version__ = "0.1.0"
