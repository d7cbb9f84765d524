"""Who gets into the back office. Asked for every document and every event of it; the services ask once more."""

from enum import Enum
from urllib.parse import quote

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.users import Role
from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.i18n import Lang, href

STAFF_ROOT = "/admin"
"""Where the back office is; every page of it begins so, behind its language."""

MAX_AGE_S = 5.0
"""How long the user service's word that an admin's session lives is believed."""


class Standing(Enum):
    """What somebody is to the back office."""

    STAFF = "staff"
    CUSTOMER = "customer"
    STRANGER = "stranger"
    """Nobody, a guest, or somebody whose session has ended: may sign in."""
    UNKNOWN = "unknown"
    """The user service does not answer."""


def is_staff_path(path: str) -> bool:
    """Tell whether an address without its language belongs to the back office."""
    return path == STAFF_ROOT or path.startswith(f"{STAFF_ROOT}/")


def sign_in_path(lang: Lang, path: str) -> str:
    """Return the address of the login page that leads on to `path` (given without its language)."""
    return href(lang, f"/login?next={quote(href(lang, path), safe='')}")


async def standing_of(sid: str) -> Standing:
    """Return what the person of a session is; "" is nobody's."""
    if not sid:
        return Standing.STRANGER
    try:
        person = (await wiring.tokens().get(sid)).user
        if person.role is Role.ADMIN:
            person = (await wiring.tokens().confirmed(sid, MAX_AGE_S)).user
    except SessionEnded:
        return Standing.STRANGER
    except (ServiceProblem, ServiceUnavailable):
        return Standing.UNKNOWN
    match person.role:
        case Role.ADMIN:
            return Standing.STAFF
        case Role.CUSTOMER:
            return Standing.CUSTOMER
        case Role.GUEST:
            return Standing.STRANGER
