"""What the shop consists of: each process by name, import string and port."""

import os
import sys
from dataclasses import dataclass

from launcher.errors import LauncherError
from launcher.postgres import HOST


@dataclass(frozen=True)
class Service:
    """A process of the shop. `factory` is the import string that uvicorn calls to get the app."""

    name: str
    factory: str
    default_port: int
    health: str = "/health"
    options: tuple[str, ...] = ()
    """Of uvicorn's."""

    @property
    def port_variable(self) -> str:
        """The environment's variable that moves the service to another port."""
        return f"{self.name.upper()}_PORT"

    @property
    def port(self) -> int:
        """The port it listens on.

        Raises:
            LauncherError: the environment names something that is no port.
        """
        value = os.environ.get(self.port_variable) or str(self.default_port)
        if not value.isdecimal() or not 0 < int(value) < 65536:
            raise LauncherError(f"{self.port_variable} is {value!r}, which is no port.", "Use a number up to 65535.")
        return int(value)

    @property
    def is_moved(self) -> bool:
        """Whether the environment names the port."""
        return bool(os.environ.get(self.port_variable))

    @property
    def url(self) -> str:
        """Where the service answers."""
        return self.url_at(self.port)

    @staticmethod
    def url_at(port: int) -> str:
        """Return where a service on a port answers."""
        return f"http://{HOST}:{port}"

    @property
    def command(self) -> list[str]:
        """The command line that serves it: one process, so that killing it leaves no worker behind."""
        arguments = ["--factory", self.factory, "--host", HOST, "--port", str(self.port), "--no-access-log"]
        # Whose word to take for a caller's address is the service's own setting (TRUSTED_PROXY_HOPS).
        arguments.append("--no-proxy-headers")
        return [sys.executable, "-m", "uvicorn", *arguments, "--timeout-graceful-shutdown", "5", *self.options]


API_OPTIONS = ("--http", "shopkit.protocol:Protocol", "--ws", "none")
"""With limits on a request's head, and no WebSockets."""
BACKEND = Service("backend", "backend.app:app", 3001, options=API_OPTIONS)
ORDER_SERVICE = Service("order_service", "order_service.app:app", 3002, options=API_OPTIONS)
USER_SERVICE = Service("user_service", "user_service.app:app", 3003, options=API_OPTIONS)
# A websocket's message that is longer than the storefront takes is not even read to its end.
STOREFRONT_OPTIONS = ("--http", "storefront.sockets.protocol:TabProtocol", "--ws-max-size", "131072")
STOREFRONT = Service("storefront", "storefront.app:app", 3000, options=STOREFRONT_OPTIONS)

API = (BACKEND, ORDER_SERVICE, USER_SERVICE)
ALL = (STOREFRONT, *API)

ANALYTICS = "analytics"
"""The schema and role of the live table of events. The backend serves it, and logs in there with this role."""
SCHEMAS = (*(service.name for service in API), ANALYTICS)
"""All schemas that have a role of the same name, and migrations."""
