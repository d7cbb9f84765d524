"""Sessions: opened at login, kept alive by rotating refresh tokens, ended for all services at once."""
