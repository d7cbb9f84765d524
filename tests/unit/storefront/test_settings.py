"""The storefront's settings."""

import pytest
from pydantic import ValidationError

from storefront.settings import StorefrontSettings

SECRETS = {"service_secret": "a secret of our own", "session_secret": "another secret of ours"}


@pytest.mark.parametrize("url", ["http://shop.example.com", "http://127.0.0.1:3000", "shop.example.com", "ftp://shop"])
def test_production_refuses_a_shop_without_https(url: str) -> None:
    with pytest.raises(ValidationError, match="PUBLIC_URL must begin with https:// when ENVIRONMENT=production"):
        StorefrontSettings(environment="production", public_url=url, **SECRETS)


def test_production_takes_a_shop_with_https_and_development_any() -> None:
    shop = StorefrontSettings(environment="production", public_url="https://shop.example.com", **SECRETS)
    assert (shop.secure, shop.origin) == (True, "https://shop.example.com")
    assert StorefrontSettings(public_url="http://127.0.0.1:3000").secure is False
