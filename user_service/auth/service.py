"""Becoming somebody: a guest, a customer, or oneself again."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from shopkit.auth import Person
from shopkit.clock import Clock
from shopkit.contracts.users import LoginRequest, RegisterRequest, Role, Session
from shopkit.db import Database
from shopkit.errors import Unauthenticated
from shopkit.limits import Limit, Limiter
from user_service.auth.cart_merge import CartMerger, PendingMerge
from user_service.auth.limits import AuthLimits
from user_service.auth.passwords import Passwords
from user_service.auth.weak import refuse_weak
from user_service.customers import emails
from user_service.customers import repository as people
from user_service.customers.models import UserRow
from user_service.devices import repository as devices
from user_service.events import AccountEvents
from user_service.sessions import repository as sessions_repository
from user_service.sessions.models import EndReason
from user_service.sessions.service import Sessions

NOBODY = 0
"""No person's id."""


def _guest_in(caller: Person | None) -> Person | None:
    """Return the caller if it is a guest; somebody else's token means nothing to register and login."""
    return caller if caller is not None and caller.role is Role.GUEST else None


class Accounts:
    """Registers people and logs them in. Nothing slow (hashing, calls) happens inside a transaction."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sessions: Sessions,
        passwords: Passwords,
        limiter: Limiter,
        limits: AuthLimits,
        carts: CartMerger,
        events: AccountEvents,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sessions = sessions
        self._passwords = passwords
        self._limiter = limiter
        self._limits = limits
        self._carts = carts
        self._events = events

    async def guest(self, address: str) -> Session:
        """Make a guest. Raises RateLimited."""
        await self._limiter.attempt(self._limits.guests, address)
        async with self._database.session() as db:
            row = UserRow(role=Role.GUEST, created_at=self._clock.now())
            await people.save(db, row)
            return await self._sessions.open(db, row)

    async def register(self, body: RegisterRequest, caller: Person | None, address: str) -> Session:
        """Make a customer: out of the calling guest, who keeps id, cart and orders, or out of nothing.

        Raises:
            Conflict: `email_taken`.
            Invalid: `weak_password`.
            RateLimited: too many registrations from this address.
            Unauthenticated: the guest's session ended meanwhile.
        """
        await self._limiter.attempt(self._limits.registrations, address)
        refuse_weak(body.password.get_secret_value(), body.email, "password")
        password_hash = await self._passwords.hash(body.password.get_secret_value())
        guest = _guest_in(caller)
        ended: list[UUID] = []
        async with self._database.session() as db:
            if guest is None:
                row = UserRow(role=Role.CUSTOMER, created_at=self._clock.now())
            else:
                row, ended = await self._upgradable(db, guest)
            row.role = Role.CUSTOMER
            row.email = emails.normalise(body.email)
            row.password_hash = password_hash
            row.name, row.phone, row.address = body.name, body.phone, body.address
            await people.save(db, row)
            session = await self._sessions.open(db, row)
            session.device_token = await devices.remember(db, body.device_token, row.id, self._clock.now())
        self._sessions.refuse(ended)
        self._events.registered(session, caller, from_guest=guest is not None)
        return session

    async def login(self, body: LoginRequest, caller: Person | None, address: str) -> Session:
        """Open a session; a calling guest's cart moves into the account.

        An unknown e-mail and a wrong password take the same work and get the same answer.

        Raises:
            Unauthenticated: `invalid_credentials`.
            RateLimited: too many failures from this address, or for this account (see `AuthLimits`).
        """
        email = emails.normalise(body.email)
        await self._limiter.attempt(self._limits.logins_of_address, address)
        async with self._database.session() as db:
            known = await people.credentials(db, email)
            is_known_device = body.device_token is not None and await devices.is_known(
                db, body.device_token, known[0] if known else NOBODY
            )
        guesses = self._guesses(email, address, body.device_token if is_known_device else None)
        for limit, subject in guesses:
            await self._limiter.attempt(limit, subject)
        good, better = await self._passwords.verify(body.password.get_secret_value(), known[1] if known else None)
        if known is None or not good:
            raise Unauthenticated("E-mail or password is wrong.", code="invalid_credentials")
        session, ended, merge = await self._open(known, better, _guest_in(caller), body.device_token)
        self._sessions.refuse(ended)
        await self._limiter.take_back(self._limits.logins_of_address, address)
        (own, subject), *everywhere = guesses
        await self._limiter.forget(own, subject)
        for limit, shared in everywhere:  # others' guesses are not forgotten
            await self._limiter.take_back(limit, shared)
        self._events.logged_in(session, caller)
        if merge is not None:
            await self._carts.try_now(merge)
        return session

    def _guesses(self, email: str, address: str, known_device: str | None) -> list[tuple[Limit, str]]:
        """Return which limits a guess of an account's password counts for: the caller's own first."""
        if known_device is not None:
            return [(self._limits.logins_of_device, f"{email} {known_device}")]
        own = (self._limits.logins_of_account_at_address, f"{email} {address}")
        return [own, (self._limits.logins_of_account, email)]

    async def _open(
        self, known: tuple[int, str], better: str | None, guest: Person | None, device_token: str | None
    ) -> tuple[Session, list[UUID], PendingMerge | None]:
        user_id, verified_hash = known
        ended: list[UUID] = []
        merge: PendingMerge | None = None
        async with self._database.session() as db:
            row = await people.lock(db, user_id)
            if row is None or row.password_hash != verified_hash:  # it was changed while we verified the old one
                raise Unauthenticated("E-mail or password is wrong.", code="invalid_credentials")
            row.password_hash = better or verified_hash
            session = await self._sessions.open(db, row)
            session.device_token = await devices.remember(db, device_token, user_id, self._clock.now())
            if guest is not None:
                ended = await sessions_repository.end(
                    db, guest.session_id, EndReason.GUEST_LOGGED_IN, self._clock.now()
                )
                # Two tabs may log in with one guest's token: the first takes the cart.
                merge = await self._carts.write_down(db, guest.id, user_id) if ended else None
        return session, ended, merge

    async def _upgradable(self, db: AsyncSession, guest: Person) -> tuple[UserRow, list[UUID]]:
        """Return a guest's row, to be made a customer, and the guest's sessions, which end with that."""
        row = await people.lock(db, guest.id)
        ended = await sessions_repository.end_all(db, guest.id, EndReason.GUEST_REGISTERED, self._clock.now())
        if row is None or guest.session_id not in ended:  # registered or logged in a moment ago, in another tab
            raise Unauthenticated("This session has ended. Please sign in again.", code="session_ended")
        return row, ended
