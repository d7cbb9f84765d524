"""The storefront's settings."""

import pytest
from pydantic import ValidationError

from storefront.settings import StorefrontSettings

PRODUCTION = {
    "environment": "production",
    "service_secret": "a secret of our own",
    "session_secret": "another secret of ours",
    "trusted_proxy_hops": 1,
}


@pytest.mark.parametrize("url", ["http://shop.example.com", "http://127.0.0.1:3000", "shop.example.com", "ftp://shop"])
def test_production_refuses_a_shop_without_https(url: str) -> None:
    with pytest.raises(ValidationError, match="PUBLIC_URL must begin with https:// when ENVIRONMENT=production"):
        StorefrontSettings(public_url=url, **PRODUCTION)


def test_production_takes_a_shop_with_https_and_development_any() -> None:
    shop = StorefrontSettings(public_url="https://shop.example.com", **PRODUCTION)
    assert (shop.secure, shop.origin) == (True, "https://shop.example.com")
    assert StorefrontSettings(public_url="http://127.0.0.1:3000").secure is False


def test_production_stands_behind_a_proxy() -> None:
    with pytest.raises(ValidationError, match="TRUSTED_PROXY_HOPS must say how many proxies"):
        StorefrontSettings(**PRODUCTION | {"public_url": "https://shop.example.com", "trusted_proxy_hops": 0})
