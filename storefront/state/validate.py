"""Checks of what people type, against the services' own types, so that page and service never disagree."""

from typing import Any, Literal

from pydantic import SecretStr, TypeAdapter, ValidationError

from shopkit.contracts.users import Address, Email, Password, PersonName, Phone

Kind = Literal["name", "phone", "email", "address", "password"]

_TYPES: dict[Kind, TypeAdapter[Any]] = {
    "name": TypeAdapter(PersonName),
    "phone": TypeAdapter(Phone),
    "email": TypeAdapter(Email),
    "address": TypeAdapter(Address),
    "password": TypeAdapter(Password),
}


def problem_of(kind: Kind, value: str, *, required: bool = True) -> str:
    """Return the key of the message for what is wrong with `value`, or "" if nothing is."""
    if not value.strip():
        return f"form.{kind}_missing" if required else ""
    try:
        _TYPES[kind].validate_python(SecretStr(value) if kind == "password" else value.strip())
    except ValidationError:
        return f"form.{kind}_wrong"
    return ""


def focus_script(field: str) -> str:
    """Return the script that moves the focus to a field, once the page shows its message."""
    return f"requestAnimationFrame(()=>document.getElementById('{field}')?.focus())"
