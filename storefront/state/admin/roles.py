"""Roles given and taken, with a question asked first."""

from typing import Any, cast

import reflex as rx
from reflex.event import EventSpec

from shopkit.client import ServiceProblem
from shopkit.contracts.users import Role
from storefront.clients import wiring
from storefront.i18n import t
from storefront.state.admin.base import FAILURES, AdminState, Events
from storefront.state.admin.customer import CustomerState
from storefront.state.admin.customers import CustomersState
from storefront.state.admin.dialogs import close_dialog, open_dialog
from storefront.state.validate import focus_script, problem_of

DIALOG = "give-role"
EMAIL_DIALOG = "give-role-by-email"
REFUSALS = {
    "last_admin": "admin_customers.last_admin",
    "own_role": "admin_customers.own_role",
    "guest_account": "admin_customers.guest_account",
    "not_found": "admin_customers.not_found",
}
"""Why a role is not changed, by the problem's code."""


class RoleState(AdminState):
    """The role change that is being confirmed: whose (`person`), and which role they get."""

    person: str = ""
    role: str = ""
    notice: str = ""
    email_error: str = ""
    is_busy: bool = False

    _id: int = 0

    @rx.event
    def ask(self, user_id: int, person: str, is_admin: bool) -> EventSpec:
        """Ask whether the person is to become the other thing."""
        self._id, self.person = user_id, person
        self.role = Role.CUSTOMER if is_admin else Role.ADMIN
        self.notice, self.is_busy = "", False
        return open_dialog(DIALOG)

    @rx.event
    def ask_by_email(self) -> EventSpec:
        """Ask for an e-mail and a role."""
        self.notice = self.email_error = ""
        self.is_busy = False
        return open_dialog(EMAIL_DIALOG)

    @rx.event
    async def give(self) -> Events:
        """Give the role that was asked about."""
        async for event in self._give(self._id, Role(self.role), DIALOG):
            yield event

    @rx.event
    async def give_by_email(self, form: dict[str, Any]) -> Events:
        """Give the role of the form to the person with its e-mail."""
        email = str(form.get("role_email", "")).strip()
        key = problem_of("email", email)
        self.email_error, self.notice = t(self._language(), key) if key else "", ""
        if key:
            yield rx.call_script(focus_script("role_email"))
            return
        role = Role.ADMIN if form.get("role_wanted") == Role.ADMIN else Role.CUSTOMER
        async for event in self._give(email, role, EMAIL_DIALOG):
            yield event

    async def _give(self, who: int | str, role: Role, dialog: str) -> Events:
        if self.is_busy or not who:
            return
        self.is_busy, self.notice = True, ""
        yield None
        lang = self._language()
        try:
            user = await self._call(lambda token: wiring.users().give_role(who, role, token))
        except ServiceProblem as problem:
            # Said in the dialog, which stays: what was typed may be mended.
            self.notice = t(lang, REFUSALS.get(problem.code, "session.failed"))
        except FAILURES as error:
            yield self._explain(error)
        else:
            yield close_dialog(dialog)
            key = "admin_customers.made_admin" if role is Role.ADMIN else "admin_customers.made_customer"
            yield rx.toast.success(t(lang, key, name=user.name))
            renew: Any = CustomersState.renew
            yield cast(EventSpec, CustomerState.load) if self._id_in_path() else renew(user.id)
        finally:
            self.is_busy = False
