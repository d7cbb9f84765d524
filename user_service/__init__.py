"""Service 2: accounts, sessions, tokens, customers and roles; the only holder of the signing key."""
