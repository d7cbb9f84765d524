"""What tests of the back office's States share: somebody on staff, at a page."""

from typing import Any

from storefront.clients import wiring
from storefront.session_cookie import COOKIE
from tests.unit.storefront.fakes import SID, Services, run, state_of, user

STAFF = user(id=1, name="Admin", email="admin@sweetdream.com", role="ADMIN")


async def staff_at(services: Services, kind: Any, path: str) -> Any:
    """Return a State of a tab at `path` whose session is an admin's."""
    services.live_session(STAFF)
    state = state_of(kind, path, f"{COOKIE}={wiring.signer().cookie(SID)}")
    await run(state.restore())
    return state


def page_of(*items: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    """Return a page of a list."""
    count = len(items) if total is None else total
    return {"items": list(items), "page": 1, "limit": 25, "total": count, "pages": -(-count // 25)}
