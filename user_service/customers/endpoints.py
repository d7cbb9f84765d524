"""Routes of customers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from shopkit import paging
from shopkit.auth import Admin, AnyPerson
from shopkit.contracts.base import MAX_ID, Page
from shopkit.contracts.users import Email, ProfileChange, Role, RoleChange, User
from shopkit.text import Line
from user_service.customers.repository import Search
from user_service.customers.service import Customers
from user_service.http import NO_STORE

router = APIRouter(prefix="/api/customers", tags=["customers"], dependencies=[NO_STORE])


async def _customers(request: Request) -> Customers:
    return request.app.state.customers  # type: ignore[no-any-return]


People = Annotated[Customers, Depends(_customers)]
UserId = Annotated[int, Path(ge=1, le=MAX_ID)]


@router.get("", summary="List customers (staff)")
async def list_customers(
    customers: People,
    _: Admin,
    ids: Annotated[
        list[Annotated[int, Query(ge=1, le=MAX_ID)]],
        Query(max_length=100, default_factory=list, description="These people alone, guests among them."),
    ],
    page: paging.PageNumber = 1,
    limit: paging.Limit = 24,
    q: Annotated[
        Line, Query(max_length=100, description="Words of name, e-mail or phone; accents and +84 do not matter.")
    ] = "",
    role: Annotated[Role | None, Query(description="Without it everybody but guests.")] = None,
    after: Annotated[
        int | None, Query(ge=1, le=MAX_ID, description="Continue after this id, in place of `page`, at any depth.")
    ] = None,
) -> Page[User]:
    """Answer a page of people, newest first. Problem: 422 `page_too_deep`; `after` goes on at any depth."""
    return await customers.list(Search(q, role, frozenset(ids)), page, limit, after)


@router.get("/{user_id}", summary="Read a profile: one's own, or anybody's (staff)")
async def read_customer(user_id: UserId, customers: People, caller: AnyPerson) -> User:
    """Answer a person. Problem: 404 `not_found`, also for somebody else's profile."""
    return await customers.read(user_id, caller)


@router.patch("/{user_id}", summary="Change a profile: one's own, or anybody's but the password (staff)")
async def change_customer(user_id: UserId, body: ProfileChange, customers: People, caller: AnyPerson) -> User:
    """Change what is sent and leave the rest. The e-mail cannot be changed; a new password ends the other sessions.

    Problems: 404 `not_found`, 403 `wrong_password`, 409 `guest_account`, 422 `weak_password`, 429 `rate_limited`.
    """
    return await customers.change(user_id, body, caller)


@router.patch("/{user_id}/role", summary="Give a role (staff)")
async def change_role(user_id: UserId, body: RoleChange, customers: People, caller: Admin) -> User:
    """Give a role by id; the person's sessions end.

    Problems: 404 `not_found`, 409 `last_admin`, 409 `own_role`, 409 `guest_account`.
    """
    return await customers.set_role(user_id, body.role, caller)


@router.patch("/email/{email}/role", summary="Give a role by e-mail (staff)")
async def change_role_by_email(email: Email, body: RoleChange, customers: People, caller: Admin) -> User:
    """Give a role by e-mail; the person's sessions end. Problems: 404 `not_found`, 409 `last_admin`, 409 `own_role`."""
    return await customers.set_role(email, body.role, caller)
