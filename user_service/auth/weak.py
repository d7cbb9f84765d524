"""Passwords that anybody would try first.

`common_passwords.txt` holds those of at least eight characters among the 30,000 most used ones, from the frequency
lists of zxcvbn (MIT licence), in lower case.
"""

from functools import cache
from importlib.resources import files

from shopkit.errors import Invalid
from user_service.auth.passwords import normalise


@cache
def _common() -> frozenset[str]:
    text = (files("user_service.auth") / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.splitlines())


def is_weak(password: str, email: str) -> bool:
    """Tell whether a password is one of the most common ones, one sign repeated, or made of the e-mail address."""
    tried = normalise(password).lower()
    own = {email.lower(), email.lower().partition("@")[0]}
    # Digits and signs at the end are what people add to a word when a form asks for more.
    bare = tried.rstrip("0123456789!@#$%&*?._-")
    return tried in _common() or len(set(tried)) == 1 or tried in own or bare in own


def refuse_weak(password: str, email: str, field: str) -> None:
    """Refuse a new password that is weak.

    Raises:
        Invalid: `weak_password`, about the request's `field`.
    """
    if is_weak(password, email):
        message = "This password is easy to guess. Please choose another one, such as a few words in a row."
        error = {"in": "body", "field": field, "message": message, "type": "weak_password"}
        raise Invalid(message, code="weak_password", errors=[error])
