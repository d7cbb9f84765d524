"""What staff do to people from the terminal, through the user service's own API."""

import os
from enum import StrEnum
from urllib.parse import quote

import httpx

from launcher import services
from launcher.errors import LauncherError
from launcher.shop import DEFAULT_ADMIN


class NewRole(StrEnum):
    """The roles that can be given."""

    ADMIN = "ADMIN"
    CUSTOMER = "CUSTOMER"


def give_role(email: str, role: NewRole) -> None:
    """Give the person with `email` a role, as the admin of ADMIN_EMAIL and ADMIN_PASSWORD or the first one.

    Raises:
        LauncherError: the shop does not run, or the user service refuses.
    """
    admin = {
        "email": os.environ.get("ADMIN_EMAIL", DEFAULT_ADMIN[0]),
        "password": os.environ.get("ADMIN_PASSWORD", DEFAULT_ADMIN[1]),
    }
    try:
        with httpx.Client(base_url=services.USER_SERVICE.url, timeout=10, trust_env=False) as client:
            session = _checked(client.post("/api/auth/login", json=admin), "The admin could not log in").json()
            client.headers["Authorization"] = f"Bearer {session['accessToken']}"
            path = f"/api/customers/email/{quote(email, safe='')}/role"
            _checked(client.patch(path, json={"role": role}), f"{email} could not be made {role}")
            client.post("/api/auth/logout", json={"refreshToken": session["refreshToken"]})
    except httpx.TransportError as error:
        raise LauncherError("The user service does not answer.", "Start the shop first: ./dev up") from error


def _checked(response: httpx.Response, what: str) -> httpx.Response:
    if response.is_success:
        return response
    try:
        why = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        why = f"HTTP {response.status_code}"
    raise LauncherError(f"{what}: {why}", "Another admin than the first: ADMIN_EMAIL=… ADMIN_PASSWORD=… ./dev role …")
