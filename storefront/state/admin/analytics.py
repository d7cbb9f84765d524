"""What customers do: the period's reports beside those of the period before, kept current while the page is open."""

import asyncio
from datetime import date

import reflex as rx
from reflex.event import EventSpec

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.clock import SystemClock, shop_day
from shopkit.contracts.base import FIRST_DAY
from shopkit.contracts.reports import Report, Segment
from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.i18n import href
from storefront.lasting import lasting
from storefront.state.admin.analytics_query import AnalyticsQuery, before
from storefront.state.admin.analytics_view import SHOWN, Analytics, Names, records, show_analytics
from storefront.state.admin.base import AdminState, Events, with_day

PATH = "/admin/analytics"
NAMES = (
    "purchases",
    "conversion_funnel",
    "best_sellers",
    "category_performance",
    "cohort_retention",
    "searches",
    "demand_missed",
    "customers",
)
COMPARED = ("purchases", "conversion_funnel")
LIVE_S = 3.0
"""How often a week or less is read anew; a journey shows within five seconds."""
SLOW_S = 30.0
"""How often a longer period is."""
LIVE_DAYS = 7
RETRY_S = 5.0
FAILURES = (ServiceProblem, ServiceUnavailable)

Reports = dict[str, Report]


class AnalyticsState(AdminState):
    """What the analytics page shows. The address is the truth about the period."""

    view: Analytics = Analytics()
    query: AnalyticsQuery = AnalyticsQuery()
    is_loaded: bool = False
    is_unreachable: bool = False
    is_off: bool = False

    _names: dict[int, str] = {}  # noqa: RUF012 - Reflex copies a default for each tab

    @rx.var
    def is_own_period(self) -> bool:
        """Whether the days are one's own."""
        return self.query.is_own

    @rx.var
    def visit_path(self) -> str:
        """Lead to the same page with the funnel by visit."""
        return href(self._language(), PATH + self.query.but(unit="visit"))

    @rx.var
    def customer_path(self) -> str:
        """Lead to the same page with the funnel by customer."""
        return href(self._language(), PATH + self.query.but(unit="customer"))

    @rx.var
    def segment_paths(self) -> dict[str, str]:
        """Lead to the same page with another segment of customers, by the segment."""
        lang = self._language()
        return {one.value: href(lang, PATH + self.query.but(segment=one.value)) for one in Segment}

    @rx.event
    async def load(self) -> Events:
        """Show the period of the address, and keep it current until the page is left."""
        self.query = query = AnalyticsQuery.parse(self.router.url.query_parameters)
        yield self._show_fields({"since": query.since, "until": query.until})
        try:
            answer = await _read(self._sid, query)
        except SessionEnded:
            yield self._leave_office()
            return
        await self._show_reports(query, answer)
        yield AnalyticsState.keep_current

    @rx.event(background=True, supersedes=True)
    @lasting
    async def keep_current(self) -> None:
        """Read the reports anew from time to time; Reflex ends this when the page is left."""
        while True:
            async with self:
                sid, query, trouble = self._sid, self.query, self.is_unreachable
            since, until = query.bounds(_today())
            pause = LIVE_S if (until - since).days < LIVE_DAYS else SLOW_S
            await asyncio.sleep(RETRY_S if trouble else pause)
            try:
                answer = await _read(sid, query)
            except SessionEnded:
                return  # the frame leads them away
            async with self:
                if self.query == query:
                    await self._show_reports(query, answer)

    @rx.event
    def choose_day(self, name: str, day: str) -> EventSpec | None:
        """Take a first or a last day of one's own."""
        change = with_day(self.query.since, self.query.until, name, day)
        return None if change is None else self._to(PATH + self.query.but(**change))

    async def _show_reports(
        self, query: AnalyticsQuery, answer: tuple[Reports, Reports] | ServiceProblem | None
    ) -> None:
        self.is_off = isinstance(answer, ServiceProblem) and answer.code == "analytics_off"
        self.is_unreachable = not isinstance(answer, tuple) and not self.is_off
        if not isinstance(answer, tuple):
            return
        now, then = answer
        shown = [*records(now["customers"])[: 4 * SHOWN], *records(now["segment"])]
        await self._learn_names([row["user_id"] for row in shown])
        names = Names(self._names, await self._categories())
        self.view = show_analytics(now, then, query.unit, names, self._language())
        self.is_loaded = True

    async def _categories(self) -> dict[str, str]:
        try:
            shelves = await wiring.catalog().categories()
        except FAILURES:
            return {}  # their slugs will do
        english = self._language() == "en"
        return {shelf.slug: (shelf.name_en if english else "") or shelf.name for shelf in shelves}

    async def _learn_names(self, ids: list[int]) -> None:
        unknown = [one for one in ids if one not in self._names]
        if not unknown:
            return
        try:
            people = await self._call(lambda token: wiring.users().people(unknown, token))
        except (*FAILURES, SessionEnded):
            return  # they are shown by their numbers, and asked for next time
        self._names = {**self._names, **dict.fromkeys(unknown, ""), **{one.id: one.name for one in people}}


async def _read(sid: str, query: AnalyticsQuery) -> tuple[Reports, Reports] | ServiceProblem | None:
    """Return the reports of a period and of the one before; None or the problem if the backend has none to give.

    Raises SessionEnded.
    """
    reports = wiring.reports()
    since, until = query.bounds(_today())
    earlier = before(since, until)

    async def read(name: str, first: date, last: date) -> Report:
        return await wiring.tokens().call(sid, lambda token: reports.report(name, first, last, token))

    try:
        now = [await read(name, since, until) for name in NAMES]  # one after the other: others want connections too
        then = [await read(name, *earlier) for name in COMPARED]
        segment = await wiring.tokens().call(
            sid,
            lambda token: reports.report("customers", FIRST_DAY, until, token, limit=SHOWN, segment=query.segment),
        )
    except ServiceProblem as problem:
        return problem
    except ServiceUnavailable:
        return None
    return {**dict(zip(NAMES, now, strict=True)), "segment": segment}, dict(zip(COMPARED, then, strict=True))


def _today() -> date:
    return shop_day(SystemClock().now())
