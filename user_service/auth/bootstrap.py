"""The first admin."""

from shopkit import log
from shopkit.clock import Clock
from shopkit.contracts.users import Role
from shopkit.db import Database
from user_service.auth.passwords import Passwords
from user_service.customers import emails
from user_service.customers import repository as people
from user_service.customers.models import UserRow
from user_service.locks import STARTUP, hold
from user_service.settings import UserSettings


async def ensure_admin(settings: UserSettings, database: Database, clock: Clock, passwords: Passwords) -> None:
    """Make the admin of the settings if the shop has none. Instances that start together make one between them.

    The first start of a fresh shop happens before anybody can register, so that admin is user 1.
    """
    async with database.session() as db:
        await hold(db, STARTUP)
        if await people.lock_admins(db):
            return
        email = emails.normalise(settings.admin_email)
        password_hash = await passwords.hash(settings.admin_password.get_secret_value())
        row = UserRow(email=email, name="Admin", role=Role.ADMIN, password_hash=password_hash, created_at=clock.now())
        await people.save(db, row)
        log.get().info("first_admin_made", user_id=row.id)
