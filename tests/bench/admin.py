"""The back office's lists over a shop with years behind it: each is to answer within 200 ms, to one asker."""

import psycopg
from httpx import Client

from tests.bench import history
from tests.bench.load import Call
from tests.bench.orders import services
from tests.bench.place import DATABASE, Place, load
from tests.bench.report import Line
from tests.support.apps import ADMIN

GOAL_MS = 200.0

ORDERS = {
    "orders": "",
    "by status": "status=PENDING",
    "by status, oldest first": "status=PROCESSING&sort=oldest",
    "by a status that most have": "status=DELIVERED",
    "by a status that most have, oldest first": "status=DELIVERED&sort=oldest",
    "by three statuses, oldest first": "status=PENDING&status=PROCESSING&status=SHIPPED&sort=oldest",
    "by fulfilment": "fulfilment=PICKUP",
    "by day": "dateFrom={day}&dateTo={day}",
    "finished on a day or since": "status=DELIVERED&status=CANCELLED&changedFrom={day}",
    "by half a year": "dateFrom={half}",
    "by customer": "userId={user}",
    "by number": "q={number}",
    "by phone": "q={phone}",
    "by part of a phone": "q=0912",
    "by two letters": "q=ng",
    "by a name that many have": "q=nguyen",
    "by a rare name": "q=dang%20duc%20yen",
    "by a name that nobody has": "q=nobody",
    "by name, status and days": "q=nguyen&status=DELIVERED&dateFrom={half}&sort=oldest",
    "page 500 by number": "page=500",
    "behind 90,000 by `after`": "after={deep}",
    "behind 90,000 by `after`, oldest first": "after={early}&sort=oldest",
    "by name, behind 90,000 by `after`": "q=nguyen&after={deep}",
}

PRODUCTS = {
    "products": "",
    "products by name": "sort=name",
    "products by stock, archived or not": "sort=stock&status=all",
    "products by price": "sort=price",
    "products archived": "status=archived",
    "products of a category that run low": "category=mousse&stock=low",
    "products sold out": "stock=out",
    "products by a word that many have": "q=banh",
    "products by words that few have": "q=dau%20do%2099",
    "products by two letters": "q=ba",
    "products by a word that none has": "q=nobody",
    "products, page 100 of 100": "limit=100&page=97",
}


def _facts(place: Place) -> dict[str, str]:
    """Return what the queries name."""
    with psycopg.connect(place.cluster.url(DATABASE)) as connection:
        connection.execute("set search_path = order_service")
        row = connection.execute("""
            select current_date - 30, current_date - 180,
                (select user_id from orders group by user_id order by count(*) desc limit 1),
                (select number from orders order by id offset 50000 limit 1),
                (select contact_phone from orders where contact_phone <> '' order by id offset 50000 limit 1),
                (select id from orders order by id desc offset 90000 limit 1),
                (select id from orders order by id offset 90000 limit 1),
                (select id from audit_entry order by id desc offset 90000 limit 1),
                (select subject_id from audit_entry order by id limit 1)
        """).fetchone()
    assert row is not None  # one row of expressions
    names = ("day", "half", "user", "number", "phone", "deep", "early", "audited", "order")
    return {name: str(value) for name, value in zip(names, row, strict=True)}


def _calls(facts: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return what to ask: a name, the service, the path."""
    some = "&".join(f"userIds={n}" for n in range(2, 102))
    ids = "&".join(f"ids={n}" for n in range(2, 102))
    orders = [
        ("orders" if name == "orders" else f"orders {name}", "order_service", f"/api/orders?{query.format(**facts)}")
        for name, query in ORDERS.items()
    ]
    products = [(name, "backend", f"/api/admin/products?{query}") for name, query in PRODUCTS.items()]
    return [
        *orders,
        *products,
        ("low stock", "backend", "/api/admin/stock/low"),
        ("stock history", "backend", "/api/admin/products/7/stock-history"),
        ("stock history of a size", "backend", "/api/admin/products/7/stock-history?size=M"),
        ("audit log of the catalogue", "backend", "/api/admin/audit"),
        ("audit log of the catalogue by words", "backend", "/api/admin/audit?q=dau%20do"),
        ("audit log of the catalogue by words nobody used", "backend", "/api/admin/audit?q=nobody"),
        ("orders, 100 a page", "order_service", "/api/orders?limit=100"),
        ("figures of today", "order_service", "/api/orders/stats"),
        ("figures of a day past", "order_service", f"/api/orders/stats?day={facts['day']}"),
        ("what 100 people ordered", "order_service", f"/api/orders/customers?{some}"),
        ("an order", "order_service", f"/api/orders/{facts['order']}"),
        ("notes of an order", "order_service", f"/api/orders/{facts['order']}/notes"),
        ("audit log", "order_service", "/api/admin/audit"),
        ("audit log by action and day", "order_service", f"/api/admin/audit?action=order.moved&dateTo={facts['day']}"),
        ("audit log by words", "order_service", f"/api/admin/audit?q={facts['number']}"),
        ("audit log by words nobody used", "order_service", "/api/admin/audit?q=nobody"),
        ("audit log of an order", "order_service", f"/api/admin/audit?subjectId={facts['order']}"),
        ("audit log of somebody", "order_service", "/api/admin/audit?actorId=3"),
        ("audit log behind 90,000", "order_service", f"/api/admin/audit?after={facts['audited']}"),
        ("customers", "user_service", "/api/customers"),
        ("customers by role", "user_service", "/api/customers?role=ADMIN"),
        ("guests", "user_service", "/api/customers?role=GUEST"),
        ("customers by a name that many have", "user_service", "/api/customers?q=nguyen"),
        ("customers by two letters", "user_service", "/api/customers?q=ng"),
        ("customers by name and e-mail", "user_service", "/api/customers?q=dang%20khach12"),
        ("customers by phone", "user_service", f"/api/customers?q={facts['phone']}"),
        ("customers by ids", "user_service", f"/api/customers?limit=100&{ids}"),
        ("customers behind 15,000", "user_service", "/api/customers?after=5000"),
    ]


def measure(place: Place, seconds: float) -> list[Line]:
    """Measure every list of the back office."""
    with services(place) as urls:
        history.write(place)
        with Client(base_url=urls["user_service"], trust_env=False) as http:
            session = http.post("/api/auth/login", json=ADMIN).raise_for_status().json()
        headers = {"Authorization": f"Bearer {session['accessToken']}"}
        lines = []
        for what, service, path in _calls(_facts(place)):
            result = load(urls[service], [Call(path, headers=headers)], connections=1, seconds=seconds)
            if set(result.statuses) != {"200"}:
                raise RuntimeError(f"{path}: answers were {result.statuses}")
            said = f"p50 {result.p50_ms:.1f}  p99 {result.p99_ms:.0f} ms"
            lines.append(Line(what, said, f"{GOAL_MS:.0f} ms", GOAL_MS / result.p99_ms, 1.0))
        return lines
