"""People made ready to show to staff."""

from dataclasses import dataclass

from shopkit.contracts.orders import CustomerOrders
from shopkit.contracts.users import Role, User
from shopkit.money import format_vnd
from storefront.dates import format_count, format_moment
from storefront.i18n import Lang, href, t


@dataclass
class CustomerRow:
    """A person. What they ordered is "" while the order service does not tell."""

    id: int = 0
    name: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    role: str = ""
    path: str = ""
    orders_path: str = ""
    since: str = ""
    last_seen: str = ""
    orders: str = ""
    cancelled: str = ""
    spent: str = ""
    last_order: str = ""
    is_guest: bool = False
    is_admin: bool = False
    is_self: bool = False


def show_customer(user: User, orders: CustomerOrders | None, lang: Lang, reader: int) -> CustomerRow:
    """Return a person ready to show in a language; `reader` is the id of who looks."""
    row = CustomerRow(
        id=user.id,
        name=user.name or t(lang, "admin_customers.nameless", id=user.id),
        email=user.email or "",
        phone=user.phone,
        address=user.address,
        role=user.role,
        path=href(lang, f"/admin/customers/{user.id}"),
        orders_path=href(lang, f"/admin/orders?view=table&customer={user.id}"),
        since=format_moment(user.created_at, lang),
        last_seen=format_moment(user.last_seen_at, lang) if user.last_seen_at else t(lang, "admin_customers.never"),
        is_guest=user.role is Role.GUEST,
        is_admin=user.role is Role.ADMIN,
        is_self=user.id == reader,
    )
    if orders is not None:
        row.orders = format_count(orders.orders, lang)
        row.cancelled = format_count(orders.cancelled, lang)
        row.spent = format_vnd(orders.spent)
        never = t(lang, "admin_customers.never")
        row.last_order = format_moment(orders.last_order_at, lang) if orders.last_order_at else never
    return row
