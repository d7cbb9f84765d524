"""What the storefront asks of the services' audit logs, which read alike."""

from collections.abc import Mapping
from typing import Any

from shopkit.client import ServiceClient
from shopkit.contracts.audit import AuditPage


class AuditClient:
    """One service's audit log. Every call may raise `ServiceProblem` or `ServiceUnavailable`."""

    def __init__(self, service: ServiceClient) -> None:
        self._service = service
        self.service = service.service

    async def page(self, filters: Mapping[str, Any], token: str) -> AuditPage:
        """Return entries, newest first; `filters` are an AuditFilter's, by the API's own names."""
        # Once: the other services' entries wait for this one's, and whoever reads may ask again.
        return await self._service.call(
            "GET", "/api/admin/audit", AuditPage, params=filters, token=token, idempotent=False
        )
