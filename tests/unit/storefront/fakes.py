"""Doubles of the services, at the HTTP level, and helpers to drive a State without a browser."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
import reflex as rx

S = TypeVar("S", bound=rx.State)
Handler = Callable[[httpx.Request], httpx.Response]

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC).isoformat()
SID = "0b0e7a52-7a0b-4a43-9a64-3f8d7f1f0a01"
BROWSER = "b" * 32
"""A browser's key."""
TAB_TOKEN = "5d5c1a2e-4a0f-4b53-9a5e-0c1d2e3f4a5b"
ORDER_ID = "01a202af-4685-7331-9fb0-a930fb55a041"


def user(**change: Any) -> dict[str, Any]:
    person = {"id": 7, "email": "an@example.com", "name": "An", "phone": "0901234567", "address": "1 Lê Lợi"}
    return {**person, "role": "CUSTOMER", "createdAt": NOW, **change}


def guest() -> dict[str, Any]:
    return user(id=9, email=None, name="", phone="", address="", role="GUEST")


def session(person: dict[str, Any], sid: str = SID) -> dict[str, Any]:
    return {
        "accessToken": f"access-{sid}",
        "refreshToken": "refresh",
        "expiresIn": 900,
        "sessionId": sid,
        "user": person,
    }


def cart_item(**change: Any) -> dict[str, Any]:
    item = {"id": 1, "productId": 1, "slug": "mousse-dau", "name": "Mousse dâu", "nameEn": "Strawberry mousse"}
    item |= {"image": None, "size": "M", "quantity": 2, "price": 299000, "priceWhenAdded": 299000, "stock": 10}
    item |= {"available": True, **change}
    return {**item, "lineTotal": item["price"] * item["quantity"]}


def cart(*items: dict[str, Any], user_id: int = 7) -> dict[str, Any]:
    return {
        "userId": user_id,
        "items": list(items),
        "itemCount": sum(item["quantity"] for item in items),
        "totalAmount": sum(item["lineTotal"] for item in items),
        "state": ",".join(f"{item['id']}:{item['quantity']}" for item in items),
    }


def order(**change: Any) -> dict[str, Any]:
    whole = {"id": ORDER_ID, "number": "SD-1001", "userId": 7, "status": "PENDING", "fulfilment": "DELIVERY"}
    whole |= {"payment": "CASH_ON_DELIVERY", "contactName": "An", "contactPhone": "0901234567", "contactEmail": None}
    whole |= {"shippingAddress": "1 Lê Lợi", "note": "", "itemCount": 2, "totalAmount": 598000, "deliveryFee": 0}
    whole |= {"grandTotal": 598000, "createdAt": NOW, "updatedAt": NOW, "trackingToken": "t" * 24, "version": 1}
    line = {"productId": 1, "slug": "mousse-dau", "name": "Mousse dâu", "nameEn": "Strawberry mousse", "image": None}
    line |= {"size": "M", "quantity": 2, "price": 299000, "lineTotal": 598000}
    whole |= {"items": [line], "canCancel": True, **change}
    way = ["PENDING", "PROCESSING", "SHIPPED", "DELIVERED"]
    reached = ["PENDING", "CANCELLED"] if whole["status"] == "CANCELLED" else way[: way.index(whole["status"]) + 1]
    timeline = [
        {"at": NOW, "actor": "ADMIN", "from": before, "to": status, "note": ""}
        for before, status in zip([None, *reached], reached, strict=False)
    ]
    return {"timeline": timeline, **whole}


def problem(status: int, code: str, **extra: Any) -> httpx.Response:
    return httpx.Response(status, json={"title": code, "status": status, "code": code, "detail": code, **extra})


class Services:
    """Answers by (method, path); remembers the requests. An answer is JSON, a response, or an exception to raise."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], Any] = {
            ("POST", "/internal/service-token"): {"accessToken": "service", "expiresIn": 300},
        }
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.get((request.method, request.url.path), problem(404, "not_found"))
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def live_session(self, person: dict[str, Any], sid: str = SID) -> None:
        token = {"accessToken": f"access-{sid}", "expiresIn": 900, "user": person}
        self.answers["POST", f"/internal/sessions/{sid}/token"] = token

    def sent(self, method: str, path: str) -> list[Any]:
        """Return the bodies of the requests to one route."""
        return [
            json.loads(request.content) if request.content else None
            for request in self.requests
            if (request.method, request.url.path) == (method, path)
        ]


def state_of(kind: type[S], path: str = "/cart", cookie: str = "") -> S:
    """Return a fresh state as a tab at `path` has it."""
    root = rx.State(_reflex_internal_init=True)
    data = {
        "ip": "203.0.113.7",
        "pathname": path,
        "asPath": path,
        "headers": {"cookie": cookie, "origin": "http://127.0.0.1:3000"},
    }
    root.router_data = data
    root.router = rx.istate.data.RouterData.from_router_data(data)
    return root.get_substate(kind.get_full_name().split("."))  # type: ignore[return-value]


async def run(result: Any) -> list[Any]:
    """Run a handler to its end and return the events it sent."""
    if isinstance(result, AsyncIterator):
        return [event async for event in result if event is not None]
    returned = await result
    if returned is None:
        return []
    return list(returned) if isinstance(returned, list) else [returned]


class Entered:
    """Stands in for the proxy that Reflex gives to a background event."""

    def __init__(self, state: Any) -> None:
        self.__dict__["state"] = state

    def __getattr__(self, name: str) -> Any:
        return getattr(self.state, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.state, name, value)

    async def __aenter__(self) -> Any:
        return self.state

    async def __aexit__(self, *_: object) -> None:
        return None
