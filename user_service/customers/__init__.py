"""People: their profiles and their roles."""
