"""What the storefront asks of the backend's reports, for staff."""

from datetime import date
from typing import Any

from shopkit.client import CallOptions, ServiceClient
from shopkit.contracts.reports import Report


class ReportClient:
    """The backend's reports, typed. Every call may raise `ServiceProblem` or `ServiceUnavailable`."""

    def __init__(self, service: ServiceClient) -> None:
        self._service = service

    async def report(
        self,
        name: str,
        since: date,
        until: date,
        token: str,
        *,
        limit: int = 1_000,
        segment: str = "",
        user_id: int = 0,
    ) -> Report:
        """Return a report over the shop days from `since` to `until`. A problem 404 means that there is no such one."""
        params: dict[str, Any] = {"from": since.isoformat(), "to": until.isoformat(), "limit": limit}
        params |= {"segment": segment or None, "userId": user_id or None}
        options: CallOptions = {"params": params, "token": token}
        return await self._service.call("GET", f"/api/admin/reports/{name}", Report, **options)

    async def file(self, name: str, since: str, until: str, token: str) -> tuple[dict[str, str], bytes]:
        """Return a report as a CSV file: the headers that describe it, and its bytes."""
        answer = await self._service.http.get(
            f"/api/admin/reports/{name}",
            params={"from": since, "to": until, "limit": 10_000},
            headers={"Authorization": f"Bearer {token}", "Accept": "text/csv"},
        )
        if not answer.is_success:
            raise self._service._problem(answer)
        wanted = ("content-type", "content-disposition")
        return {header: answer.headers[header] for header in wanted}, answer.content
