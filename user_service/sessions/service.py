"""The life of a session."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlmodel.ext.asyncio.session import AsyncSession

from shopkit.auth import ACCESS_TOKEN_LIFE_S, EndedSessions, Person
from shopkit.clock import Clock
from shopkit.contracts.users import Session, SessionToken, VerifyReply
from shopkit.db import Database
from shopkit.errors import NotFound, Unauthenticated
from user_service.customers import repository as people
from user_service.customers.models import UserRow
from user_service.sessions import repository
from user_service.sessions.models import EndReason, RefreshTokenRow, SessionRow
from user_service.tokens.keyring import Keyring

REFRESH_TOKEN_BYTES = 32


def _hash(refresh_token: str) -> bytes:
    # A plain hash is enough: the token is 256 random bits, there is nothing to guess.
    return hashlib.sha256(refresh_token.encode()).digest()


class Sessions:
    """Opens, keeps alive and ends sessions. `ended` is what this process refuses; others learn by NOTIFY."""

    def __init__(
        self, database: Database, clock: Clock, keyring: Keyring, ended: EndedSessions, life: timedelta
    ) -> None:
        self._database = database
        self._clock = clock
        self._keyring = keyring
        self._ended = ended
        self._life = life

    async def open(self, db: AsyncSession, row: UserRow) -> Session:
        """Open a session for a person in the caller's transaction."""
        now = self._clock.now()
        session = SessionRow(id=uuid4(), user_id=row.id, created_at=now, last_seen_at=now, expires_at=now + self._life)
        db.add(session)
        await db.flush()
        return await self._reply(db, row, session.id, now)

    async def refresh(self, refresh_token: str) -> Session:
        """Exchange a refresh token for a new pair.

        A token works once. Its second use, also at the same moment as the first, means that two hold it, one of them
        perhaps a thief: the session ends for both, and the pair that the first use gave dies with it.

        Raises:
            Unauthenticated: `invalid_refresh_token`, `refresh_reused`, or `session_ended`.
        """
        now = self._clock.now()
        token_hash = _hash(refresh_token)
        async with self._database.session() as db:
            session_id = await repository.use(db, token_hash, now)
            if session_id is not None:
                row = await self._touch(db, session_id, now)
                if row is None:
                    raise Unauthenticated("This session has ended. Please sign in again.", code="session_ended")
                return await self._reply(db, row, session_id, now)
            session_id = await repository.session_of(db, token_hash)
            if session_id is None:
                raise Unauthenticated("This refresh token is not known.", code="invalid_refresh_token")
            ended = await repository.end(db, session_id, EndReason.REFRESH_REUSED, now)
        self.refuse(ended)
        raise Unauthenticated(
            "This refresh token was used before, so the session has ended. Please sign in again.", code="refresh_reused"
        )

    async def token(self, session_id: UUID) -> SessionToken:
        """Return a fresh access token of a live session.

        Raises:
            NotFound: there is no such session, or it has ended.
        """
        now = self._clock.now()
        async with self._database.session() as db:
            row = await self._touch(db, session_id, now)
        if row is None:
            raise NotFound("There is no such live session.")
        token = self._keyring.access_token(row.id, row.role, session_id)
        return SessionToken(access_token=token, expires_in=ACCESS_TOKEN_LIFE_S, user=people.as_user(row, now))

    async def verify(self, caller: Person) -> VerifyReply:
        """Return what the caller's token says, checked against the database rather than the token alone.

        Raises:
            Unauthenticated: `session_ended`.
        """
        async with self._database.session() as db:
            user = await people.read_live(db, caller, self._clock.now())
        if user is None:
            raise Unauthenticated("This session has ended. Please sign in again.", code="session_ended")
        return VerifyReply(session_id=caller.session_id, expires_at=caller.expires_at, user=user)

    async def log_out(self, access_token: str | None, refresh_token: str | None) -> None:
        """End the session that a token belongs to; fine if it has ended before.

        An expired access token and a used refresh token are good enough to end their session, and for nothing else.

        Raises:
            Unauthenticated: no token at all, or an access token that is not ours.
        """
        if access_token is None and refresh_token is None:
            raise Unauthenticated
        session_ids = {self._keyring.session_of(access_token)} if access_token is not None else set()
        ended: list[UUID] = []
        now = self._clock.now()
        async with self._database.session() as db:
            if refresh_token is not None:
                named = await repository.session_of(db, _hash(refresh_token))
                session_ids |= {named} if named is not None else set()
            for session_id in sorted(session_ids):
                ended += await repository.end(db, session_id, EndReason.LOGOUT, now)
        self.refuse(ended)

    async def recently_ended(self) -> list[str]:
        """Return the ids of sessions that ended so lately that their access tokens may not have expired yet."""
        since = self._clock.now() - timedelta(seconds=ACCESS_TOKEN_LIFE_S)
        async with self._database.pool.connection() as connection:
            return [str(session_id) for session_id in await repository.ended_since(connection, since)]

    def refuse(self, ended: Iterable[UUID]) -> None:
        """Refuse tokens of sessions whose end was just committed, without waiting for the NOTIFY to come back."""
        for session_id in ended:
            self._ended.add(str(session_id))

    async def _touch(self, db: AsyncSession, session_id: UUID, now: datetime) -> UserRow | None:
        user_id = await repository.touch(db, session_id, now, now + self._life)
        # The session's row stays locked, so a role change that comes now ends it after us, and our token with it.
        return await db.get(UserRow, user_id) if user_id is not None else None

    async def _reply(self, db: AsyncSession, row: UserRow, session_id: UUID, now: datetime) -> Session:
        refresh_token = secrets.token_urlsafe(REFRESH_TOKEN_BYTES)
        db.add(RefreshTokenRow(token_hash=_hash(refresh_token), session_id=session_id, created_at=now))
        await db.flush()
        return Session(
            access_token=self._keyring.access_token(row.id, row.role, session_id),
            refresh_token=refresh_token,
            expires_in=ACCESS_TOKEN_LIFE_S,
            session_id=session_id,
            user=people.as_user(row, now),
        )
