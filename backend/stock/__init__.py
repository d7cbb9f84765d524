"""Holds: stock that waits for its order."""
