"""What the storefront asks of the order service, its live stream included."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from shopkit.client import ServiceClient
from shopkit.contracts.delivery import Correction, DeliveryFailure, DeliveryRetry, OrderReturn, StaffStep
from shopkit.contracts.orders import (
    CancelRequest,
    CustomerOrders,
    DeliveryTerms,
    NoteInput,
    Order,
    OrderChanged,
    OrderInput,
    OrderLink,
    OrderLookup,
    OrderNote,
    OrderPage,
    OrderStats,
    StatusChange,
)
from storefront.clients.streams import server_sent
from storefront.clients.users import UserClient


class OrderClient:
    """The order service, typed. Every call may raise `ServiceProblem` or `ServiceUnavailable`."""

    def __init__(self, service: ServiceClient, users: UserClient) -> None:
        self._service, self._users = service, users

    async def delivery_terms(self) -> DeliveryTerms:
        """Return what delivery costs today."""
        return await self._service.call("GET", "/api/orders/delivery-terms", DeliveryTerms)

    async def place(self, order: OrderInput, key: str, address: str, token: str) -> Order:
        """Place an order for somebody at the network address `address`.

        Once, however often this is called with the same `key` and order.

        Problems: 409 `price_changed`, 409 `insufficient_stock`, 422 `idempotency_key_reused`, 422 `validation_error`,
        422 `too_many_pieces` and its kin with `most`, 429 `rate_limited` with `retryAfter` in seconds.
        `ServiceUnavailable` leaves open whether it was placed: call again with the same key.
        """

        async def call(stated: Mapping[str, str]) -> Order:
            headers = {"Idempotency-Key": key, **stated}
            return await self._service.call(
                "POST", "/api/orders", Order, json=order, token=token, headers=headers, idempotent=True
            )

        return await self._users.stating(address, call)

    async def read(self, order_id: str, token: str) -> Order:
        """Return one's own order; 404 for anybody else's."""
        return await self._service.call("GET", f"/api/orders/{order_id}", Order, token=token)

    async def track(self, tracking_token: str) -> Order:
        """Return the order that a tracking link opens; 404 when the link opens none."""
        return await self._service.call("GET", f"/api/orders/track/{tracking_token}", Order)

    async def find(self, wanted: OrderLookup, address: str) -> OrderLink:
        """Return the tracking link of an order, by its number and phone, for somebody at the network address `address`.

        Problems: 404 `not_found` whichever is wrong, 429 `rate_limited` with `retryAfter` in seconds.
        """

        async def call(stated: Mapping[str, str]) -> OrderLink:
            return await self._service.call("POST", "/api/orders/lookup", OrderLink, json=wanted, headers=stated)

        return await self._users.stating(address, call)

    async def history(self, user_id: int, page: int, limit: int, token: str) -> OrderPage:
        """Return one page of a person's own orders, newest first."""
        params = {"page": page, "limit": limit}
        return await self._service.call("GET", f"/api/orders/user/{user_id}", OrderPage, params=params, token=token)

    async def page(self, filters: Mapping[str, Any], token: str) -> OrderPage:
        """Return a page of everybody's orders, for staff; `filters` are an OrderFilter's, by the API's own names."""
        return await self._service.call("GET", "/api/orders", OrderPage, params=filters, token=token)

    async def stats(self, token: str) -> OrderStats:
        """Return today's figures beside those of the same weekday last week, for staff."""
        return await self._service.call("GET", "/api/orders/stats", OrderStats, token=token)

    async def of_customers(self, user_ids: Sequence[int], token: str) -> dict[int, CustomerOrders]:
        """Return what each of up to 100 people has ordered, by their ids, for staff."""
        if not user_ids:
            return {}
        params = {"userIds": list(user_ids)}
        sums = await self._service.call(
            "GET", "/api/orders/customers", list[CustomerOrders], params=params, token=token
        )
        return {one.user_id: one for one in sums}

    async def cancel(self, order_id: str, token: str, reason: str = "") -> Order:
        """Cancel one's own order while it is PENDING. A problem 409 means that it has moved on."""
        request = CancelRequest(reason=reason)
        return await self._service.call("POST", f"/api/orders/{order_id}/cancel", Order, json=request, token=token)

    async def move(self, order_id: str, change: StatusChange, token: str) -> Order:
        """Move an order as staff. Problems 409: `version_conflict`, `invalid_transition`."""
        return await self._service.call("PATCH", f"/api/orders/{order_id}/status", Order, json=change, token=token)

    async def fail_delivery(self, order_id: str, failure: DeliveryFailure, token: str) -> Order:
        """Note as staff that a delivery failed. Problems 409 as of `move`."""
        return await self._step(order_id, "fail-delivery", failure, token)

    async def retry_delivery(self, order_id: str, retry: DeliveryRetry, token: str) -> Order:
        """Send an order out once more, as staff. Problems 409 as of `move`."""
        return await self._step(order_id, "retry-delivery", retry, token)

    async def give_back(self, order_id: str, back: OrderReturn, token: str) -> Order:
        """Take an order back that could not be delivered, as staff. Problems 409 as of `move`."""
        return await self._step(order_id, "return", back, token)

    async def correct(self, order_id: str, correction: Correction, token: str) -> Order:
        """Take the last step back, as staff. Problems 409 as of `move`, and `too_late_to_correct`."""
        return await self._step(order_id, "correct", correction, token)

    async def _step(self, order_id: str, name: str, step: StaffStep, token: str) -> Order:
        # The service takes a step of one version once, however often it is sent.
        path = f"/api/orders/{order_id}/{name}"
        return await self._service.call("POST", path, Order, json=step, token=token, idempotent=True)

    async def notes(self, order_id: str, token: str) -> list[OrderNote]:
        """Return what staff noted about an order, oldest first."""
        return await self._service.call("GET", f"/api/orders/{order_id}/notes", list[OrderNote], token=token)

    async def add_note(self, order_id: str, text: str, token: str) -> OrderNote:
        """Note something about an order, for staff."""
        note = NoteInput(text=text)
        return await self._service.call("POST", f"/api/orders/{order_id}/notes", OrderNote, json=note, token=token)

    async def changes(
        self, *, tracking_token: str | None = None, token: str = ""
    ) -> AsyncIterator[OrderChanged | None]:
        """Yield each change of the order that a tracking link opens, or of all that `token` may see, until it breaks.

        None stands for "read anew": on connecting, and whenever the service may have missed a change.

        Raises:
            ServiceProblem: the service refuses the stream.
            ServiceUnavailable: it cannot be reached, it went away, or it has been silent for too long.
        """
        params = {"tracking": tracking_token} if tracking_token else {}
        async for name, data in server_sent(self._service, "/api/orders/stream", token=token, params=params):
            if name == "order":
                yield OrderChanged.model_validate_json(data)
            elif name == "resync":
                yield None
