"""How the shop's processes fare, live while the page is open."""

from datetime import UTC, datetime
from typing import cast

import reflex as rx
from reflex.event import EventSpec

from storefront.access import Standing, standing_of
from storefront.lasting import lasting
from storefront.monitoring import looks
from storefront.state.admin.base import AdminState, Events
from storefront.state.admin.monitoring_view import Picture, show


class MonitoringState(AdminState):
    """What the monitoring page shows."""

    picture: Picture = Picture()

    @rx.event
    def load(self) -> EventSpec:
        """Watch until the page is left."""
        return cast(EventSpec, MonitoringState.watch)

    @rx.event(background=True, supersedes=True)
    @lasting
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
                picture = show(sampler.histories, datetime.now(UTC), lang)
                async with self:
                    self.picture = picture
