"""What tests of the back office's States share: somebody on staff, at a page."""

from typing import Any

from storefront.clients import wiring
from storefront.session_cookie import COOKIE
from tests.unit.storefront.fakes import NOW, SID, Services, run, state_of, user

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


def admin_product(**change: Any) -> dict[str, Any]:
    """Return a product as the backend tells staff of it."""
    category = {"id": 1, "slug": "mousse", "name": "Mousse", "nameEn": "Mousse"}
    whole = {"id": 5, "slug": "mousse-dau", "name": "Mousse dâu", "nameEn": "Strawberry mousse", "category": category}
    whole |= {"image": None, "imageSet": None, "preview": None, "priceFrom": 199000, "inStock": True}
    sizes = [{"size": "S", "price": 199000, "stock": 4, "serves": 2}, {"size": "M", "price": 299000, "stock": 0}]
    whole |= {"sizes": sizes, "description": "Ngon", "descriptionEn": "Good", "allergens": ["milk"]}
    whole |= {"archived": False, "createdAt": NOW, "updatedAt": NOW, "totalStock": 4, "lowSizes": ["S", "M"]}
    return {**whole, **change}


def category(**change: Any) -> dict[str, Any]:
    """Return a category."""
    whole = {"id": 1, "slug": "mousse", "name": "Mousse", "nameEn": "Mousse", "position": 0, "productCount": 2}
    return {**whole, **change}
