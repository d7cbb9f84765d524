"""Who may do what: a row for each route of the three services.

The callers are nobody, a guest, the customer whose things the route is about, another customer, an admin, and two
services: one that the route admits (`service`) and one that it does not (`stranger`).
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

PEOPLE = ("guest", "customer", "other", "admin")
CALLERS = ("nobody", *PEOPLE, "service", "stranger")

Statuses = dict[str, int]
Scene = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A route and what each caller gets. `path` and `body` are filled in from the scene; `services` are names.

    `files` are sent as a form, `content` as it is.
    """

    service: str
    method: str
    path: str
    statuses: Statuses
    body: Callable[[Scene], Any] | None = None
    services: tuple[str, str] = ("order_service", "storefront")
    parameters: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] | None = None
    content: bytes | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What the OpenAPI document calls the route."""
        return self.service, self.method, self.path


def everyone(status: int = 200) -> Statuses:
    """No token is looked at."""
    return dict.fromkeys(CALLERS, status)


def whoever(status: int = 200) -> Statuses:
    """A person or nobody; a service's token is no person's."""
    return {**everyone(status), "service": 401, "stranger": 401}


def people(status: int = 200, **others: int) -> Statuses:
    """Whoever is somebody."""
    return {**whoever(status), "nobody": 401, **others}


def staff(status: int = 200) -> Statuses:
    """Admins alone; the others are known and refused."""
    return people(403, admin=status)


def owner(status: int = 200, admin: int | None = None) -> Statuses:
    """Whose it is, and staff; for the others it does not exist."""
    return people(404, customer=status, admin=status if admin is None else admin)


def service(status: int = 200) -> Statuses:
    """One service alone; a person's token has the wrong audience."""
    return {**everyone(401), "service": status, "stranger": 403}


def now() -> str:
    """Tell the time as JSON has it."""
    return datetime.now(UTC).isoformat()


def user_id(scene: Scene) -> dict[str, Any]:
    """Name the customer."""
    return {"userId": scene["userId"]}


PROBES = [
    Row(name, "GET", path, everyone())
    for name in ("backend", "order_service", "user_service")
    for path in ("/health", "/livez", "/readyz", "/metrics")
]

ORDER = {"items": [{"productId": 1, "quantity": 1, "size": "M", "price": 299_000}], "totalAmount": 299_000}
PRODUCT = {"name": "New", "categoryId": 1, "sizes": [{"size": "M", "price": 1}]}
EVENT = {
    "name": "User Logged In",
    "version": 1,
    "userId": 7,
    "sessionId": None,
    "service": "user_service",
    "payload": {"role": "CUSTOMER"},
}
BOUGHT = {"items": [{"productId": 1, "quantity": 1, "size": "M"}]}

DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg==")
"""The smallest picture there is, a PNG."""

BACKEND = [
    Row("backend", "GET", "/api/products", whoever()),
    Row("backend", "GET", "/api/products/search", whoever(), parameters={"q": "cake"}),
    Row("backend", "GET", "/api/products/changes", everyone()),
    Row("backend", "GET", "/api/products/{id}", whoever()),
    Row("backend", "GET", "/api/products/{id}/related", everyone()),
    Row("backend", "GET", "/api/categories", everyone()),
    Row("backend", "GET", "/media/{key}", everyone()),
    Row("backend", "POST", "/api/products", staff(201), lambda _: PRODUCT),
    Row("backend", "GET", "/api/admin/products", staff()),
    Row("backend", "GET", "/api/admin/products.csv", staff()),
    Row("backend", "POST", "/api/admin/products/import", staff(), content=b"slug,size,price\ncake,M,5"),
    Row("backend", "GET", "/api/admin/products/{id}", staff()),
    Row("backend", "GET", "/api/admin/products/{id}/stock-history", staff()),
    Row("backend", "GET", "/api/admin/stock/low", staff()),
    Row("backend", "GET", "/api/admin/audit", staff()),
    Row("backend", "GET", "/api/admin/reports", staff()),
    Row("backend", "GET", "/api/admin/reports/{name}", staff()),
    Row("backend", "PATCH", "/api/products/{id}", staff(), lambda _: {"name": "Other"}),
    Row("backend", "DELETE", "/api/products/{id}", staff(204)),
    Row("backend", "POST", "/api/products/{id}/sizes", staff(201), lambda _: {"size": "L", "price": 1}),
    Row("backend", "PATCH", "/api/products/{id}/sizes/{size}", staff(), lambda _: {"price": 1}),
    Row("backend", "DELETE", "/api/products/{id}/sizes/{size}", staff()),
    Row("backend", "PATCH", "/api/products/{id}/sizes/{size}/stock", staff(), lambda _: {"stock": 1}),
    Row("backend", "POST", "/api/products/{id}/image", staff(), files={"file": DOT}),
    Row("backend", "DELETE", "/api/products/{id}/image", staff()),
    Row("backend", "POST", "/api/categories", staff(201), lambda _: {"name": "New"}),
    Row("backend", "PATCH", "/api/categories/{id}", staff(), lambda _: {"name": "Other"}),
    Row("backend", "DELETE", "/api/categories/{id}", staff(204)),
    Row("backend", "PUT", "/api/admin/categories/order", staff(), lambda scene: {"ids": scene["categoryIds"]}),
    Row("backend", "POST", "/api/cart", people(201), lambda _: {"productId": 1, "size": "M"}),
    Row("backend", "POST", "/api/cart/checkout", people(409, customer=200)),
    Row("backend", "GET", "/api/cart/{userId}", owner()),
    Row("backend", "PATCH", "/api/cart/{id}", owner(admin=404), lambda _: {"quantity": 2}),
    Row("backend", "DELETE", "/api/cart/{id}", owner(admin=404)),
    Row(
        *("backend", "POST", "/internal/carts/merge", service()),
        lambda scene: {"fromUserId": scene["userId"], "toUserId": 999},
        services=("user_service", "order_service"),
    ),
    Row(
        *("backend", "POST", "/internal/carts/forget", service(204)),
        lambda _: {"userIds": [999]},
        services=("user_service", "order_service"),
    ),
    Row(
        *("backend", "POST", "/internal/carts/bought", service(204)),
        lambda scene: {**BOUGHT, **user_id(scene), "orderId": scene["newId"]},
        services=("order_service", "user_service"),
    ),
    Row(
        *("backend", "POST", "/internal/events", service()),
        lambda scene: {"events": [{**EVENT, "eventId": scene["newId"], "occurredAt": now()}]},
        services=("order_service", "storefront"),
    ),
    Row(
        *("backend", "POST", "/internal/visits", service(204)),
        lambda scene: {"visitId": scene["newId"], "beganAt": now(), "landingPath": "/"},
        services=("storefront", "order_service"),
    ),
    Row("backend", "POST", "/internal/holds", service(), lambda scene: {**ORDER, "orderId": scene["newId"]}),
    Row(
        *("backend", "POST", "/internal/carts/bought-by-many", service(204)),
        lambda scene: {"purchases": [{**BOUGHT, **user_id(scene), "orderId": scene["newId"], "cartState": "1:1"}]},
        services=("order_service", "user_service"),
    ),
    Row(*("backend", "POST", "/internal/holds/confirm", service()), lambda scene: {"orderIds": [scene["newId"]]}),
    Row("backend", "GET", "/internal/holds/old", service(), parameters={"before": "2026-01-01T00:00:00Z"}),
    Row("backend", "POST", "/internal/holds/forget", service(), lambda scene: {"orderIds": [scene["newId"]]}),
    Row("backend", "POST", "/internal/holds/{order_id}/confirm", service()),
    Row("backend", "POST", "/internal/holds/{order_id}/release", service()),
    Row("backend", "POST", "/internal/holds/{order_id}/write-off", service()),
]

STEP = {"version": 1}

ORDERS = [
    Row(
        *("order_service", "POST", "/api/orders", people(403, customer=201)),
        lambda scene: {**ORDER, **user_id(scene), "shippingAddress": "123 Main St"},
    ),
    Row("order_service", "GET", "/api/orders", staff()),
    Row("order_service", "GET", "/api/orders/stats", staff()),
    Row("order_service", "GET", "/api/orders/customers", staff(), parameters={"userIds": "1"}),
    Row("order_service", "GET", "/api/orders/delivery-terms", everyone()),
    Row("order_service", "GET", "/api/orders/user/{userId}", owner()),
    Row(
        *("order_service", "POST", "/api/orders/lookup", everyone()),
        lambda scene: {"number": scene["orderNumber"], "phone": "0901234567"},
    ),
    Row("order_service", "GET", "/api/orders/track/{token}", everyone()),
    Row("order_service", "GET", "/api/orders/stream", people()),
    Row("order_service", "GET", "/api/orders/{id}", owner()),
    Row("order_service", "PATCH", "/api/orders/{id}/status", staff(), lambda _: {"status": "PROCESSING"}),
    Row("order_service", "POST", "/api/orders/{id}/cancel", owner()),
    # The order waits yet: staff may take these steps, but not from here.
    Row("order_service", "POST", "/api/orders/{id}/fail-delivery", staff(409), lambda _: {**STEP, "reason": "REFUSED"}),
    Row("order_service", "POST", "/api/orders/{id}/retry-delivery", staff(409), lambda _: STEP),
    Row("order_service", "POST", "/api/orders/{id}/return", staff(409), lambda _: {**STEP, "stock": "RESTOCKED"}),
    Row("order_service", "POST", "/api/orders/{id}/correct", staff(409), lambda _: {**STEP, "note": "Nhầm"}),
    Row("order_service", "GET", "/api/orders/{id}/notes", staff()),
    Row("order_service", "POST", "/api/orders/{id}/notes", staff(201), lambda _: {"text": "Ring twice"}),
    Row("order_service", "GET", "/api/admin/audit", staff()),
]

REGISTER = {"password": "correct horse", "name": "New"}

USERS = [
    Row("user_service", "POST", "/api/auth/guest", everyone(201)),
    Row(
        *("user_service", "POST", "/api/auth/register", whoever(201)),
        lambda scene: {**REGISTER, "email": f"{scene['newId']}@example.com"},
    ),
    Row("user_service", "POST", "/api/auth/login", whoever(), lambda scene: scene["login"]),
    Row("user_service", "POST", "/api/auth/verify", people()),
    Row("user_service", "POST", "/api/auth/refresh", everyone(), lambda scene: {"refreshToken": scene["refreshToken"]}),
    Row("user_service", "POST", "/api/auth/logout", people(204)),
    Row("user_service", "GET", "/api/customers", staff()),
    Row("user_service", "GET", "/api/customers/{user_id}", owner()),
    Row("user_service", "PATCH", "/api/customers/{user_id}", owner(), lambda _: {"name": "Other"}),
    Row("user_service", "PATCH", "/api/customers/{user_id}/role", staff(), lambda _: {"role": "ADMIN"}),
    Row("user_service", "PATCH", "/api/customers/email/{email}/role", staff(), lambda _: {"role": "ADMIN"}),
    Row("user_service", "GET", "/api/admin/audit", staff()),
    Row("user_service", "GET", "/internal/sessions/ended", {**service(), "stranger": 200}),
    Row(
        *("user_service", "POST", "/internal/sessions/{session_id}/token", service()),
        services=("storefront", "backend"),
    ),
    Row("user_service", "GET", "/.well-known/jwks.json", everyone()),
    Row("user_service", "POST", "/internal/service-token", everyone(), lambda scene: scene["credentials"]),
]

ROWS = [*PROBES, *BACKEND, *ORDERS, *USERS]
