"""What people change about themselves, and staff about people."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from shopkit import audit, paging
from shopkit.auth import Person
from shopkit.clock import Clock
from shopkit.contracts.base import Page
from shopkit.contracts.users import ProfileChange, Role, User
from shopkit.db import Database
from shopkit.errors import Conflict, Forbidden, NotFound, Unauthenticated
from shopkit.limits import Limiter
from user_service.auth.limits import AuthLimits
from user_service.auth.passwords import Passwords
from user_service.auth.weak import refuse_weak
from user_service.customers import emails, repository
from user_service.customers.models import UserRow
from user_service.customers.repository import Search
from user_service.sessions import repository as sessions_repository
from user_service.sessions.models import EndReason
from user_service.sessions.service import Sessions
from user_service.tables import AUDIT

NO_SUCH_CUSTOMER = "There is no such customer."


class Customers:
    """Lists, reads and changes people."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sessions: Sessions,
        passwords: Passwords,
        limiter: Limiter,
        limits: AuthLimits,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sessions = sessions
        self._passwords = passwords
        self._limiter = limiter
        self._limits = limits

    async def list(self, search: Search, page: int, limit: int, after: int | None) -> Page[User]:
        """Return a page of people, newest first; guests only if asked for by role or by id.

        Raises:
            Invalid: `page_too_deep`.
        """
        skip = 0 if after is not None else paging.offset(page, limit)
        async with self._database.session() as db:
            total = await repository.count(db, search)
            items = await repository.page(db, search, skip=skip, limit=limit, after=after)
        return Page[User](items=items, page=page, limit=limit, total=total, pages=paging.pages(total, limit))

    async def read(self, user_id: int, caller: Person) -> User:
        """Return a person whom the caller may see. Raises NotFound."""
        async with self._database.session() as db:
            user = await repository.read(db, user_id, caller)
        if user is None:
            raise NotFound(NO_SUCH_CUSTOMER)
        return user

    async def change(self, user_id: int, change: ProfileChange, caller: Person) -> User:
        """Change a profile. A new password ends the person's other sessions.

        Raises:
            NotFound: there is no such person, for this caller.
            Forbidden: `wrong_password`, or it is somebody else's.
            Conflict: `guest_account`; a guest has no password to change.
            Invalid: `weak_password`.
            RateLimited: too many wrong passwords.
        """
        await self.read(user_id, caller)
        new_hash, verified_hash = await self._new_password(user_id, change, caller)
        ended: list[UUID] = []
        async with self._database.session() as db:
            row = await repository.lock(db, user_id, caller)
            if row is None:
                raise NotFound(NO_SUCH_CUSTOMER)
            before, label = _profile(row), _label(row)
            for name in before:
                value = getattr(change, name)
                if value is not None:
                    setattr(row, name, value)
            if new_hash is not None:
                if row.password_hash != verified_hash:  # another change came first
                    raise _wrong_password()
                row.password_hash = new_hash
                ended = await sessions_repository.end_all(
                    db, user_id, EndReason.PASSWORD_CHANGED, self._clock.now(), keep=caller.session_id
                )
            await repository.save(db, row)
            if caller.id != user_id and _profile(row) != before:
                done = audit.Action(
                    caller, "customer", "profile_changed", user_id, label, before=before, after=_profile(row)
                )
                await audit.add(db, AUDIT, self._clock, done)
            user = await repository.read(db, user_id, caller)
            assert user is not None
        self._sessions.refuse(ended)
        return user

    async def set_role(self, who: int | str, role: Role, caller: Person) -> User:
        """Give the person with an id or an e-mail a role; if that changes it, all their sessions end.

        Raises:
            NotFound: there is no such person.
            Conflict: `last_admin`; `own_role`, which nobody takes from themselves; `guest_account`: a guest becomes a
                customer by registering.
            Unauthenticated: `session_ended`; the caller lost their own role a moment ago.
        """
        async with self._database.session() as db:
            # Staff first: two admins who demote each other queue here, and the second finds itself demoted.
            admins = await repository.lock_admins(db)
            row = await self._find(db, who)
            if row is not None and role is not Role.ADMIN and admins == {row.id}:
                raise Conflict("The shop's last admin cannot be demoted.", code="last_admin")
            if caller.id not in admins:
                raise Unauthenticated("This session has ended. Please sign in again.", code="session_ended")
            if row is None:
                raise NotFound(NO_SUCH_CUSTOMER)
            if row.id == caller.id and role is not Role.ADMIN:
                raise Conflict("Nobody can take their own role away. Ask another admin.", code="own_role")
            if row.role is Role.GUEST:
                raise Conflict("A guest becomes a customer by registering.", code="guest_account")
            ended: list[UUID] = []
            if row.role is not role:
                done = audit.Action(
                    *(caller, "customer", "role_changed", row.id, _label(row)),
                    before={"role": row.role},
                    after={"role": role},
                )
                row.role = role
                await repository.save(db, row)
                await audit.add(db, AUDIT, self._clock, done)
                ended = await sessions_repository.end_all(db, row.id, EndReason.ROLE_CHANGED, self._clock.now())
            user = await repository.read(db, row.id, caller)
            assert user is not None
        self._sessions.refuse(ended)
        return user

    @staticmethod
    async def _find(db: AsyncSession, who: int | str) -> UserRow | None:
        if isinstance(who, int):
            return await repository.lock(db, who)
        return await repository.lock_by_email(db, emails.normalise(who))

    async def _new_password(self, user_id: int, change: ProfileChange, caller: Person) -> tuple[str | None, str | None]:
        """Return the new password's hash and the one that the current password was checked against."""
        if change.new_password is None:
            return None, None
        if caller.id != user_id:
            raise Forbidden("Only its owner may change a password.")
        async with self._database.session() as db:
            email, known = await repository.own_credentials(db, user_id)
        if email is None or known is None:
            raise Conflict("A guest has no password. Register to set one.", code="guest_account")
        if change.current_password is None:
            raise _wrong_password()
        new = change.new_password.get_secret_value()
        refuse_weak(new, email, "newPassword")
        await self._limiter.attempt(self._limits.password_checks, str(user_id))
        good, _ = await self._passwords.verify(change.current_password.get_secret_value(), known)
        if not good:
            raise _wrong_password()
        await self._limiter.forget(self._limits.password_checks, str(user_id))
        return await self._passwords.hash(new), known


def _profile(row: UserRow) -> dict[str, str]:
    return {"name": row.name, "phone": row.phone, "address": row.address}


def _label(row: UserRow) -> str:
    """Return what the audit log calls a person; a guest has no e-mail, and may have no name."""
    return f"{row.name} <{row.email}>" if row.email else row.name or f"#{row.id}"


def _wrong_password() -> Forbidden:
    # Not 401: the caller is known, and clients take a 401 for the end of the session.
    return Forbidden("The current password is wrong.", code="wrong_password")
