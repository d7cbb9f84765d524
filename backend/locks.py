"""PostgreSQL advisory locks, in one place so that no two mean different things by one number."""

HOUSEKEEPING = 0x5D_01_01
"""Held by the instance that brings popularity up to date."""
