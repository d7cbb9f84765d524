"""What staff do to people from the terminal, through the services' own APIs, as /admin/customers does."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import typer

from launcher import services
from launcher.errors import LauncherError
from launcher.paths import data_folder
from launcher.record import Record
from launcher.shop import DEFAULT_ADMIN

PAGE = 100
ANOTHER_ADMIN = "Another admin than the first: ADMIN_EMAIL=… ADMIN_PASSWORD=… ./dev …"

User = dict[str, Any]
"""A person as the user service tells them."""


class NewRole(StrEnum):
    """The roles that can be given."""

    ADMIN = "ADMIN"
    CUSTOMER = "CUSTOMER"


RoleArgument = Annotated[NewRole, typer.Argument(metavar="ADMIN|CUSTOMER", case_sensitive=False)]
"""A role as the commands take it, in small letters too."""


class Role(StrEnum):
    """The roles that people have."""

    ADMIN = "ADMIN"
    CUSTOMER = "CUSTOMER"
    GUEST = "GUEST"


class Staff:
    """An admin who is logged in. Every call may raise LauncherError: a service does not answer, or refuses."""

    def __init__(self, http: httpx.Client, users: str, orders: str) -> None:
        self._http, self._users, self._orders = http, users, orders

    def find(self, words: str, role: Role | None, limit: int) -> tuple[list[User], int]:
        """Return the newest people who match, at most `limit`, and how many do."""
        found: list[User] = []
        while True:
            after = {"after": found[-1]["id"]} if found else {}
            query = {"q": words, "limit": min(PAGE, limit - len(found)), **({"role": role} if role else {}), **after}
            page = self._ask("GET", f"{self._users}/api/customers", "The list was refused", params=query)
            found += page["items"]
            if not page["items"] or len(found) >= min(limit, page["total"]):
                return found, page["total"]

    def person(self, email: str) -> User:
        """Return the person with an e-mail."""
        found, _ = self.find(email[:100], None, 10 * PAGE)  # longer words no search takes
        for user in found:
            if user["email"] == email.lower():
                return user
        raise LauncherError(f"There is nobody with the e-mail {email}.", f"Look for them: ./dev admin list {email}")

    def orders(self, user_id: int) -> dict[str, Any]:
        """Return what somebody has ordered, as the order service tells it."""
        url = f"{self._orders}/api/orders/customers"
        [told] = self._ask("GET", url, "The orders were refused", params={"userIds": user_id})
        return dict(told)

    def give_role(self, email: str, role: NewRole) -> User:
        """Give the person with an e-mail a role; their sessions end."""
        url = f"{self._users}/api/customers/email/{quote(email, safe='')}/role"
        return dict(self._ask("PATCH", url, f"{email} could not be made {role}", json={"role": role}))

    def _ask(self, method: str, url: str, what: str, **options: Any) -> Any:
        return _checked(self._http.request(method, url, **options), what).json()


@contextmanager
def staff() -> Iterator[Staff]:
    """Log the admin of ADMIN_EMAIL and ADMIN_PASSWORD, or the first one, in until the block ends.

    Raises:
        LauncherError: the shop does not run, or the admin could not log in.
    """
    admin = {
        "email": os.environ.get("ADMIN_EMAIL", DEFAULT_ADMIN[0]),
        "password": os.environ.get("ADMIN_PASSWORD", DEFAULT_ADMIN[1]),
    }
    record = Record(data_folder())
    users, orders = record.url(services.USER_SERVICE), record.url(services.ORDER_SERVICE)
    try:
        with httpx.Client(timeout=10, trust_env=False) as http:
            answer = http.post(f"{users}/api/auth/login", json=admin)
            session = _checked(answer, f"{admin['email']} could not log in").json()
            http.headers["Authorization"] = f"Bearer {session['accessToken']}"
            try:
                if session["user"]["role"] != Role.ADMIN:
                    raise LauncherError(f"{admin['email']} is no admin.", ANOTHER_ADMIN)
                yield Staff(http, users, orders)
            finally:
                http.post(f"{users}/api/auth/logout", json={"refreshToken": session["refreshToken"]})
    except httpx.TransportError as error:
        tried = f"{error.request.url.scheme}://{error.request.url.netloc.decode()}"
        raise LauncherError(f"The shop does not answer at {tried}.", "Start it first: ./dev up") from error


def _checked(response: httpx.Response, what: str) -> httpx.Response:
    if response.is_success:
        return response
    try:
        why = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        why = f"HTTP {response.status_code}"
    raise LauncherError(f"{what}: {why}", ANOTHER_ADMIN if response.status_code in {401, 403} else "")
