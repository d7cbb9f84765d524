"""From which network address a request comes, for the limits that count by address.

The storefront calls for all shoppers from one address. It states the shopper's:

    X-Client-Address: 203.0.113.7
    X-Service-Authorization: Bearer <the storefront's service token>

Nobody else may state an address; who tries is refused rather than ignored, so that a storefront with a stale token
notices. Behind proxies, set TRUSTED_PROXY_HOPS to how many append to X-Forwarded-For.
"""

import ipaddress
from typing import Annotated

from fastapi import Depends, Request

from shopkit.auth import TokenVerifier
from shopkit.errors import Forbidden, Invalid, Unauthenticated

ADDRESS_HEADER = "X-Client-Address"
SERVICE_TOKEN_HEADER = "X-Service-Authorization"  # noqa: S105 - a header's name, no secret
STATING_SERVICE = "storefront"


async def client_address(request: Request) -> str:
    """Return whom to count an attempt for: an IPv4 address, or an IPv6 network of 64 bits, which is one customer's.

    Raises:
        Unauthenticated: `invalid_service_token`; an address is stated without a good service token.
        Forbidden: a service states one that may not.
        Invalid: what is stated is no address.
    """
    stated = request.headers.get(ADDRESS_HEADER)
    if stated is not None:
        await _check_may_state(request)
        try:
            return _customer(stated)
        except ValueError:
            raise Invalid(f"{ADDRESS_HEADER} is not a network address.") from None
    hops: int = request.app.state.service.settings.trusted_proxy_hops
    forwarded = [part for line in request.headers.getlist("X-Forwarded-For") for part in line.split(",")]
    peer = request.client.host if request.client else "unknown"
    if hops and len(forwarded) >= hops:
        peer = forwarded[-hops]
    try:
        return _customer(peer)
    except ValueError:
        return "unknown"


async def _check_may_state(request: Request) -> None:
    verifier: TokenVerifier = request.app.state.verifier
    scheme, _, token = request.headers.get(SERVICE_TOKEN_HEADER, "").partition(" ")
    try:
        service = await verifier.service(token if scheme.lower() == "bearer" else "")
    except Unauthenticated:
        # Its own code, so that the storefront does not take it for the shopper's token having expired.
        raise Unauthenticated("The service's token is not good.", code="invalid_service_token") from None
    if service != STATING_SERVICE:
        raise Forbidden("This service may not state addresses.")


def _customer(text: str) -> str:
    address = ipaddress.ip_address(text.strip())
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))
    return str(address)


ClientAddress = Annotated[str, Depends(client_address)]
