"""The back office, for staff."""
