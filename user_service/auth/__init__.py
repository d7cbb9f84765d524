"""Becoming somebody: guest, register, login, refresh, verify, logout."""
