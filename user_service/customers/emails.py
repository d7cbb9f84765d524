"""E-mail addresses as they are stored and compared."""

import unicodedata


def normalise(email: str) -> str:
    """Return `email` in lower case and NFC, so that one address is one account however it is typed."""
    return unicodedata.normalize("NFC", email.lower())
