"""A guest's short visit: the page, the menu, and, before a deployment, a cake into the cart and out again.

As a hook of a blue-green deployment it visits green and answers with a `hookStatus`. By the clock it visits the shop,
and raises when something is wrong, which an alarm sees; it then makes no guest: one every five minutes would pile up.
"""

import json
import logging
import os
import urllib.error
import urllib.request
from typing import Any

log = logging.getLogger()
log.setLevel(logging.INFO)

TIMEOUT_SECONDS = 10


class Wrong(Exception):
    """Something on the way was not as it should be; the message says what."""


def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Visit the shop. ECS, which names the revision that it asks about, is always answered."""
    is_hook = "targetServiceRevisionArn" in event
    address = os.environ["TEST_URL" if is_hook else "SHOP_URL"]
    try:
        visit(address, as_guest=is_hook)
    except (Wrong, OSError) as error:
        log.error("the visit to %s failed: %s", address, error)
        if is_hook:
            return {"hookStatus": "FAILED"}
        raise
    log.info("the visit to %s went well", address)
    return {"hookStatus": "SUCCEEDED"}


def visit(address: str, *, as_guest: bool) -> None:
    """Look at the shop, and `as_guest` use its cart.

    Raises:
        Wrong: an answer is not as it should be.
        OSError: the shop cannot be reached.
    """
    page = _call("GET", f"{address}/")
    if b"SweetDream" not in page:
        raise Wrong("the page does not name the shop")
    for path in ("/internal/carts/merge", "/metrics"):
        if _status("GET", f"{address}{path}") != 404:
            raise Wrong(f"{path} can be reached from outside")
    products = json.loads(_call("GET", f"{address}/api/products?inStock=true&limit=1"))["items"]
    if not products:
        raise Wrong("nothing is in stock")
    product = json.loads(_call("GET", f"{address}/api/products/{products[0]['id']}"))
    size = next((one for one in product["sizes"] if one["stock"] > 0), None)
    if size is None:
        raise Wrong(f"no size of product {product['id']} is in stock, though the menu says so")
    if as_guest:
        token = json.loads(_call("POST", f"{address}/api/auth/guest"))["accessToken"]
        wanted = {"productId": product["id"], "size": size["size"], "quantity": 1}
        cart = json.loads(_call("POST", f"{address}/api/cart", wanted, token))
        _call("DELETE", f"{address}/api/cart/{cart['items'][0]['id']}", token=token)


def _call(method: str, url: str, body: dict[str, Any] | None = None, token: str = "") -> bytes:
    headers = {"User-Agent": "sweetdream-smoke", **({"Authorization": f"Bearer {token}"} if token else {})}
    if body is not None:
        headers["Content-Type"] = "application/json"
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        raise Wrong(f"{method} {url} was answered {error.code}") from error


def _status(method: str, url: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=TIMEOUT_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)
