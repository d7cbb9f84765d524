"""The signing key, what it signs, and its public half."""
