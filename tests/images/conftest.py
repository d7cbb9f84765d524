"""The shop in containers, as `docker compose up` runs it, behind its proxy. `./dev test images` built the images."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from launcher import browser as browsers
from launcher.paths import ROOT
from tests.e2e import steps
from tests.e2e.conftest import QUIET
from tests.support.ports import free_port

PATIENCE_MS = 30_000
OURS = ("backend", "order-service", "user-service", "storefront")
"""The services of compose.yaml that are the shop's own processes."""

expect.set_options(timeout=PATIENCE_MS)


def docker(*arguments: str, timeout_s: float = 120.0) -> str:
    """Run the docker client; return what it prints."""
    done = subprocess.run(
        ["docker", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False
    )
    assert done.returncode == 0, f"docker {' '.join(arguments)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@dataclass(frozen=True)
class Stack:
    """The running shop: `url` is where its proxy is published."""

    url: str

    def compose(self, *arguments: str, timeout_s: float = 180.0) -> str:
        """Run `docker compose`."""
        return docker("compose", *arguments, timeout_s=timeout_s)

    def containers(self, *services: str) -> list[str]:
        """Return the ids of the running containers of services, of all when none is named."""
        return self.compose("ps", "--quiet", *services).split()

    def inspect(self, container: str) -> dict[str, Any]:
        """Return what the engine knows about a container."""
        found: dict[str, Any] = json.loads(docker("inspect", container))[0]
        return found

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask the proxy for a path, which is sent as it is."""
        return httpx.get(self.url + path, headers=headers, trust_env=False, timeout=20)

    def scale(self, **services: int) -> None:
        """Run so many of each service, and wait until they are well."""
        counts = [f"--scale={name.replace('_', '-')}={count}" for name, count in services.items()]
        self.compose("up", "--detach", "--wait", "--no-recreate", "--no-build", *counts)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The shop, with two storefronts and one of each service; gone at the end with all it kept."""
    with pytest.MonkeyPatch.context() as environment:
        port = free_port()
        environment.setenv("STOREFRONT_PORT", str(port))
        environment.setenv("PUBLIC_URL", f"http://127.0.0.1:{port}")
        running = Stack(f"http://127.0.0.1:{port}")
        running.compose("down", "--volumes", "--remove-orphans")
        try:
            running.compose("up", "--detach", "--wait", "--no-build")
            yield running
        except AssertionError:
            print(running.compose("logs", "--tail=60"))  # noqa: T201 - the reason why it did not start
            raise
        finally:
            running.compose("down", "--volumes", "--remove-orphans")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser."""
    path = browsers.find_or_install()
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chrome
        chrome.close()


@pytest.fixture
def visitor(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A page of somebody new. What it throws fails the test; a connection that breaks may be logged."""
    context: BrowserContext = browser.new_context(
        base_url=stack.url, viewport=steps.DESKTOP, reduced_motion="reduce", locale="vi-VN"
    )
    context.set_default_timeout(PATIENCE_MS)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []
