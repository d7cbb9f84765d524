"""Names of people that other services know by id only."""

from collections.abc import Collection
from functools import partial

from shopkit.client import ServiceProblem, ServiceUnavailable
from storefront.clients import wiring


async def names_of(ids: Collection[int], sid: str) -> dict[int, str]:
    """Return the names (or e-mails) of people by id, as far as they are to be had: a list is shown without them too.

    Raises SessionEnded.
    """
    wanted = sorted(set(ids))[:100]
    if not wanted:
        return {}
    try:
        people = await wiring.tokens().call(sid, partial(wiring.users().people, wanted))
    except (ServiceProblem, ServiceUnavailable):
        return {}
    return {person.id: person.name or person.email or "" for person in people}
