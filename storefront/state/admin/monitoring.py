"""How the shop's processes fare, live while the page is open."""

from typing import cast

import reflex as rx
from reflex.event import EventSpec

from storefront.access import Standing, standing_of
from storefront.monitoring import looks
from storefront.state.admin.base import AdminState, Events
from storefront.state.admin.monitoring_view import Finding, ProcessView, show_process


class MonitoringState(AdminState):
    """What the monitoring page shows."""

    processes: list[ProcessView] = []  # noqa: RUF012 - Reflex copies a default for each tab
    findings: list[Finding] = []  # noqa: RUF012

    @rx.event
    def load(self) -> EventSpec:
        """Watch until the page is left."""
        return cast(EventSpec, MonitoringState.watch)

    @rx.event(background=True, supersedes=True)
    async def watch(self) -> Events:
        """Show each look at the processes; Reflex ends this when the page is left."""
        async with looks.sampler().watching() as sampler:
            seen = sampler.round
            while True:
                seen = await sampler.after(seen)
                async with self:
                    sid, lang = self._sid, self._language()
                if await standing_of(sid) in {Standing.STRANGER, Standing.CUSTOMER}:
                    async with self:
                        leave = self._leave_office()
                    yield leave
                    return
                processes = [show_process(name, history, lang) for name, history in sampler.histories.items()]
                async with self:
                    self.processes = processes
                    self.findings = [finding for process in processes for finding in process.findings]
