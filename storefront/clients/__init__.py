"""Typed clients of the three services."""
