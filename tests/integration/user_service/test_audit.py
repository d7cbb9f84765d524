"""The audit log of people: what staff did to them, and nobody else's doings."""

from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.integration.user_service.conftest import ADMIN, LAN, Api

pytestmark = pytest.mark.anyio


async def entries(api: Api, query: str = "") -> list[Any]:
    """Return the audit log as it is read, without what differs from run to run."""
    page = await api.ok("GET", f"/api/admin/audit?{query}", token=await api.admin())
    for entry in page["items"]:
        assert UUID(entry.pop("id")).version == 7
        assert entry.pop("at")
        assert entry.pop("requestId")
    return list(page["items"])


def entry(action: str, subject_id: str, label: str, before: Any, after: Any) -> dict[str, Any]:
    subject = {"service": "user_service", "actorId": 1, "subject": "customer", "subjectId": subject_id}
    return {**subject, "action": action, "label": label, "before": before, "after": after}


async def test_a_role_given_is_written_down(api: Api) -> None:
    await api.register(name="Nguyễn Thị Lan")
    admin = await api.admin()
    await api.ok("PATCH", "/api/customers/2/role", {"role": "ADMIN"}, admin)
    await api.ok("PATCH", "/api/customers/2/role", {"role": "ADMIN"}, admin)
    await api.ok("PATCH", "/api/customers/email/lan%40example.com/role", {"role": "CUSTOMER"}, admin)

    label = "Nguyễn Thị Lan <lan@example.com>"
    up, down = {"role": "CUSTOMER"}, {"role": "ADMIN"}
    expected = [
        entry("customer.role_changed", "2", label, down, up),
        entry("customer.role_changed", "2", label, up, down),
    ]
    assert await entries(api) == expected
    assert await entries(api, "q=nguyen") == expected
    assert await entries(api, "q=somebody") == []


async def test_a_profile_that_staff_change_is_written_down(api: Api) -> None:
    lan, guest, admin = await api.register(), await api.guest(), await api.admin()
    await api.ok("PATCH", "/api/customers/2", {"name": "Lan Anh"}, lan["accessToken"])
    await api.ok("PATCH", "/api/customers/2", {"name": "L.", "phone": "", "address": "2 Hàng Gai"}, admin)
    await api.ok("PATCH", "/api/customers/2", {"name": "L."}, admin)
    await api.ok("PATCH", "/api/customers/1", {"name": "Chủ tiệm"}, admin)
    await api.ok("PATCH", f"/api/customers/{guest['user']['id']}", {"name": "Khách"}, admin)

    before = {"name": "Lan Anh", "phone": LAN["phone"], "address": LAN["address"]}
    after = {"name": "L.", "phone": "", "address": "2 Hàng Gai"}
    assert await entries(api) == [
        entry("customer.profile_changed", "3", "#3", {"name": ""}, {"name": "Khách"}),
        entry("customer.profile_changed", "2", "Lan Anh <lan@example.com>", before, after),
    ]


async def test_what_was_refused_is_not_written_down(api: Api) -> None:
    lan = await api.register()
    await api.refused(409, "last_admin", "PATCH", "/api/customers/1/role", {"role": "CUSTOMER"}, await api.admin())
    await api.refused(403, "forbidden", "PATCH", "/api/customers/2/role", {"role": "ADMIN"}, lan["accessToken"])
    assert await entries(api) == []


async def test_only_staff_read_it_and_nobody_changes_it(api: Api) -> None:
    lan = await api.register()
    await api.ok("PATCH", "/api/customers/2/role", {"role": "ADMIN"}, await api.admin())
    before = api.everything()
    await api.refused(401, "unauthenticated", "GET", "/api/admin/audit")
    await api.refused(403, "forbidden", "GET", "/api/admin/audit", token=(await api.guest())["accessToken"])
    await api.refused(401, "session_ended", "GET", "/api/admin/audit", token=lan["accessToken"])
    for statement in ("update audit_entry set label = ''", "delete from audit_entry", "truncate audit_entry"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            api.write(statement)
    assert api.everything()[-1] == before[-1]
    assert len(before[-1]) == 1


async def test_an_entry_stands_or_falls_with_what_was_done(api: Api) -> None:
    await api.register()
    admin = (await api.login(ADMIN["email"], ADMIN["password"]))["accessToken"]
    api.write("alter table audit_entry add constraint never check (action <> 'customer.role_changed')")
    before = api.everything()
    await api.refused(500, "internal_error", "PATCH", "/api/customers/2/role", {"role": "ADMIN"}, admin)
    assert api.everything() == before
