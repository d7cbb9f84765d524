"""PostgreSQL advisory locks, in one place so that no two mean different things by one number."""

HOUSEKEEPING = 0x5D_02_01
"""Held by the instance that cleans up."""

PERSON = "select pg_advisory_xact_lock(hashtext('orders'), hashint8(%s))"
"""Held while a person's order is written: what they have ordered is summed up and added to by one order at a time."""
