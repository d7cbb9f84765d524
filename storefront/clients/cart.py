"""What the storefront asks of the backend about carts."""

from shopkit.client import ServiceClient
from shopkit.contracts.cart import Cart, CartAdd, CartChange


class CartClient:
    """The backend's cart, typed. Every call may raise `ServiceProblem` or `ServiceUnavailable`."""

    def __init__(self, service: ServiceClient) -> None:
        self._service = service

    async def read(self, user_id: int, token: str) -> Cart:
        """Return the person's cart with today's prices and stock."""
        return await self._service.call("GET", f"/api/cart/{user_id}", Cart, token=token)

    async def add(self, product_id: int, size: str, quantity: int, token: str) -> Cart:
        """Put more of a size into the cart. Problems: 404 for what is not sold, 409 `insufficient_stock`."""
        item = CartAdd(product_id=product_id, size=size, quantity=quantity)
        return await self._service.call("POST", "/api/cart", Cart, json=item, token=token)

    async def change(self, line_id: int, quantity: int, token: str) -> Cart:
        """Set a line's quantity; it takes today's price with it. Problems: 404, 409 `insufficient_stock`."""
        change = CartChange(quantity=quantity)
        # Setting the same quantity twice leaves the same cart.
        return await self._service.call(
            "PATCH", f"/api/cart/{line_id}", Cart, json=change, token=token, idempotent=True
        )

    async def remove(self, line_id: int, token: str) -> Cart:
        """Take a line out. A problem 404 means that it is not there any more."""
        return await self._service.call("DELETE", f"/api/cart/{line_id}", Cart, token=token)

    async def begin_checkout(self, token: str) -> Cart:
        """Return the cart as it will be ordered, and let the shop know that a checkout began. 409 if it is empty."""
        return await self._service.call("POST", "/api/cart/checkout", Cart, token=token)
