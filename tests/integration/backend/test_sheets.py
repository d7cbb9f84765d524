"""The catalogue out as CSV and in again: looked at first, then all or nothing."""

import asyncio
import csv
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from backend.media.storage import FolderStorage
from backend.seed.__main__ import seed
from backend.sheets.columns import COLUMNS
from backend.sheets.endpoints import MAX_IMPORT_BYTES
from backend.sheets.service import Importer
from shopkit.clock import shop_day
from shopkit.contracts.catalog import ImportReport
from tests.support.apps import Login, RunningShop
from tests.support.calls import ok, refused
from tests.support.tables import Tables

pytestmark = [pytest.mark.anyio, pytest.mark.begins_first]

IMPORT = "/api/admin/products/import"
HEAD = ",".join(COLUMNS)


@pytest.fixture
def shelves(tables: Tables) -> Tables:
    """Product 1 mango (S 100 x 5, M 200 x 0), product 2 old (M 300 x 1, archived)."""
    tables.category("kem")
    tables.product("mango", name="Xoài", sizes={"S": (100, 5), "M": (200, 0)})
    tables.product("old", name="Cũ", category="kem", sizes={"M": (300, 1)}, archived=True)
    return tables


class Files:
    """Staff with a file."""

    def __init__(self, shop: RunningShop, admin: Login) -> None:
        self._backend, self._headers = shop.backend, admin.headers

    async def export(self) -> httpx.Response:
        return await self._backend.get("/api/admin/products.csv", headers=self._headers)

    async def send(self, text: str | bytes, **parameters: str) -> httpx.Response:
        content = text if isinstance(text, bytes) else text.encode()
        headers = {**self._headers, "Content-Type": "text/csv"}
        return await self._backend.post(IMPORT, content=content, params=parameters, headers=headers)

    async def run(self, text: str | bytes) -> Any:
        """Look, and then do it."""
        looked = await ok(self.send(text, dryRun="true"))
        done = await ok(self.send(text, dryRun="false", digest=looked["digest"]))
        assert done == {**looked, "applied": True}
        return done


@pytest.fixture
def files(shop: RunningShop, admin: Login) -> Files:
    return Files(shop, admin)


async def test_the_catalogue_is_exported_whole(files: Files, shelves: Tables) -> None:
    shelves.run(
        "update backend.product set allergens = '{milk,egg}', occasions = '{birthday,tet}', "
        "description = E'=1+1\\nHai, \"ba\"' where id = 1"
    )
    shelves.run("update backend.size set serves = 4 where code = 'S'")

    answer = await files.export()

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    day = shop_day(datetime.now(UTC))
    assert answer.headers["content-disposition"] == f'attachment; filename="products-{day}.csv"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(b"\xef\xbb\xbfslug,")
    rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"), newline="")))
    text = '\'=1+1\nHai, "ba"'
    assert rows == [
        [*COLUMNS],
        ["mango", "Xoài", "", "mousse", "S", "100", "5", "4", text, "", "milk egg", "false", "birthday tet"],
        ["mango", "Xoài", "", "mousse", "M", "200", "0", "", text, "", "milk egg", "false", "birthday tet"],
        ["old", "Cũ", "", "kem", "M", "300", "1", "", "", "", "-", "true", "-"],
    ]


async def test_what_is_exported_and_imported_changes_nothing(
    shop: RunningShop, files: Files, tables: Tables, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with shop.apps["backend"].state.database.session() as session:
        count = await seed(session, FolderStorage(Path(tmp_path_factory.mktemp("media"))))
    before = tables.everything("backend")

    report = await files.run((await files.export()).content)

    assert (report["created"], report["changed"], report["unchanged"]) == (0, 0, count)
    assert (report["changes"], report["problems"]) == ([], [])
    assert report["lines"] == tables.one("select count(*) from backend.size")
    assert tables.everything("backend") == before


async def test_an_import_creates_and_changes_in_one(
    shop: RunningShop, files: Files, shelves: Tables, admin: Login
) -> None:
    text = (
        f"{HEAD}\n"
        'mango,Xoài,Mango,kem,M,210,3,6,"Hai\nba",,milk,false,tet birthday\n'
        "mango,,,,L,90,2,,,,,\n"
        "mango,,,,S,100,5,,,,,\n"
        "tra,Trà,,mousse,M,400,0,,,,,true\n"
        "tra,,,,S,300,,,,,,\n"
        "old,Cũ,,kem,M,300,1,,,,,false\n"
    )
    old = await ok(shop.backend.get("/api/admin/products/1", headers=admin.headers))

    report = ImportReport.model_validate(await files.run(text))

    assert (report.lines, report.created, report.changed, report.unchanged) == (6, 1, 2, 0)
    mango = await ok(shop.backend.get("/api/products/1"))
    assert mango == {
        **old,
        "nameEn": "Mango",
        "category": {"id": 1, "slug": "kem", "name": "Kem", "nameEn": "kem in English"},
        "description": "Hai\nba",
        "allergens": ["milk"],
        "occasions": ["birthday", "tet"],
        "priceFrom": 90,
        "updatedAt": mango["updatedAt"],
        "sizes": [
            {"size": "S", "price": 100, "stock": 5, "serves": None},
            {"size": "M", "price": 210, "stock": 3, "serves": 6},
            {"size": "L", "price": 90, "stock": 2, "serves": None},
        ],
    }
    assert mango["updatedAt"] > old["updatedAt"]
    tra = await ok(shop.backend.get("/api/admin/products/3", headers=admin.headers))
    assert (tra["slug"], tra["archived"], tra["inStock"], tra["priceFrom"]) == ("tra", True, False, 300)
    assert [size["size"] for size in tra["sizes"]] == ["M", "S"]
    assert (await ok(shop.backend.get("/api/products/2")))["archived"] is False
    assert (await ok(shop.backend.get("/api/products/search?q=tra")))["items"] == []
    derived = "select id, price_from, in_stock from backend.product order by id"
    assert shelves.rows(derived) == shelves.rows(
        "select product_id, min(price), bool_or(stock > 0) from backend.size group by 1 order by 1"
    )
    assert shelves.rows(
        "select product_id, size, kind, delta, stock, actor_id from backend.stock_move order by id"
    ) == [
        (1, "M", "IMPORTED", 3, 3, admin.id),
        (1, "L", "IMPORTED", 2, 2, admin.id),
        (3, "M", "IMPORTED", 0, 0, admin.id),
        (3, "S", "IMPORTED", 0, 0, admin.id),
    ]
    entries = shelves.rows("select action, subject_id, label, before, after from backend.audit_entry order by id")
    assert entries == [
        (
            *("product.changed", "1", "Xoài"),
            {
                "nameEn": "",
                "category": "mousse",
                "description": "",
                "allergens": [],
                "occasions": [],
                "price (M)": 200,
                "stock (M)": 0,
                "serves (M)": None,
            },
            {
                "nameEn": "Mango",
                "category": "kem",
                "description": "Hai\nba",
                "allergens": ["milk"],
                "occasions": ["birthday", "tet"],
                "price (M)": 210,
                "stock (M)": 3,
                "serves (M)": 6,
                "price (L)": 90,
                "stock (L)": 2,
            },
        ),
        (
            *("product.created", "3", "Trà", None),
            {
                "name": "Trà",
                "nameEn": "",
                "category": "mousse",
                "description": "",
                "descriptionEn": "",
                "allergens": [],
                "archived": True,
                "occasions": [],
                "price (M)": 400,
                "stock (M)": 0,
                "serves (M)": None,
                "price (S)": 300,
                "stock (S)": 0,
                "serves (S)": None,
            },
        ),
        ("product.changed", "2", "Cũ", {"archived": True}, {"archived": False}),
        (
            *("catalogue.imported", report.digest, "products.csv", None),
            {"lines": 6, "created": 1, "changed": 2, "unchanged": 0},
        ),
    ]


async def test_stock_alone_leaves_the_version_alone(shop: RunningShop, files: Files, shelves: Tables) -> None:
    seen = await ok(shop.backend.get("/api/products/1"))
    await files.run("slug,size,stock\nmango,S,0\n")
    now = await ok(shop.backend.get("/api/products/1"))
    assert now["updatedAt"] == seen["updatedAt"]
    assert now["inStock"] is False


async def test_a_dry_run_changes_nothing(files: Files, shelves: Tables) -> None:
    before = shelves.everything("backend")
    report = await ok(files.send("slug,size,price\nmango,S,1\nmango,XL,x\n"))
    assert (report["applied"], report["changed"], report["lines"]) == (False, 1, 2)
    assert report["problems"] == [
        {"line": 3, "column": "price", "code": "not_a_number", "message": "Only digits, please.", "value": "x"}
    ]
    assert shelves.everything("backend") == before


async def test_a_file_with_problems_is_not_imported_at_all(files: Files, shelves: Tables) -> None:
    text = "slug,size,price\nmango,S,1\nmango,XL,\nnew,M,5\n"
    looked = await ok(files.send(text))
    before = shelves.everything("backend")
    problem = await refused(files.send(text, dryRun="false", digest=looked["digest"]), 422, "import_problems")
    assert {name: problem[name] for name in looked} == looked
    assert [(each["line"], each["column"], each["code"]) for each in problem["problems"]] == [
        (3, "price", "required"),
        (4, "name", "required"),
        (4, "category", "required"),
    ]
    assert shelves.everything("backend") == before


@pytest.mark.parametrize(
    "change",
    [
        "update backend.size set price = 101 where code = 'S'",
        "update backend.size set price = 7 where code = 'S'",
        "update backend.size set stock = 4 where code = 'S'",
        "delete from backend.size where product_id = 1 and code = 'S'",
        "update backend.product set slug = 'other' where id = 1",
    ],
)
async def test_what_was_not_looked_at_is_not_done(files: Files, shelves: Tables, change: str) -> None:
    text = "slug,name,category,size,price,stock\nmango,Xoài,mousse,S,7,6\n"
    looked = await ok(files.send(text))
    shelves.run(change)
    before = shelves.everything("backend")
    problem = await refused(files.send(text, dryRun="false", digest=looked["digest"]), 409, "catalogue_changed")
    fresh = await ok(files.send(text))
    assert fresh["digest"] != looked["digest"]
    assert {name: problem[name] for name in fresh} == fresh
    other = files.send(text + "old,,,M,1,\n", dryRun="false", digest=fresh["digest"])
    await refused(other, 409, "catalogue_changed")
    assert shelves.everything("backend") == before


async def test_a_change_while_the_import_waits_is_noticed(
    shop: RunningShop, files: Files, shelves: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "slug,size,price\nmango,S,7\n"
    looked = await ok(files.send(text))
    lock = "backend.sheets.service._lock"

    async def overtaken(*_: Any) -> None:
        shelves.set_price(1, 150, "S")

    monkeypatch.setattr(lock, overtaken)
    problem = await refused(files.send(text, dryRun="false", digest=looked["digest"]), 409, "catalogue_changed")
    assert problem["changes"][0]["fields"] == ["price (S): 150 → 7"]
    assert shelves.one("select price from backend.size where product_id = 1 and code = 'S'") == 150


async def test_the_same_product_created_by_somebody_else_meanwhile_is_noticed(
    files: Files, shelves: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "slug,size,name,category,price\nnew,S,New,kem,7\n"
    looked = await ok(files.send(text))
    apply = Importer._apply

    async def overtaken(*arguments: Any) -> None:
        shelves.run("insert into backend.product (slug, name, category_id) values ('new', 'New', 1)")
        await apply(*arguments)

    monkeypatch.setattr(Importer, "_apply", overtaken)
    problem = await refused(files.send(text, dryRun="false", digest=looked["digest"]), 409, "catalogue_changed")
    assert (problem["created"], problem["changed"]) == (0, 1)
    assert shelves.one("select count(*) from backend.audit_entry") == 0


async def test_imports_and_orders_at_once_lose_nothing_and_wait_in_no_circle(
    shop: RunningShop, files: Files, tables: Tables, order_service: dict[str, str]
) -> None:
    cakes = [tables.product(f"cake-{n}", sizes={"S": (100, 2), "M": (100, 40)}) for n in range(6)]
    prices = "slug,size,serves\n" + "".join(f"cake-{n},{size},%d\n" for n in range(6) for size in "SM")

    async def order(number: int) -> int:
        lines = [(cakes[(number + step) % 6], size) for step in range(3) for size in "SM"]
        items = [{"productId": cake, "size": size, "quantity": 1, "price": 100} for cake, size in lines]
        body = {"orderId": str(uuid4()), "items": items, "totalAmount": 600}
        return (await shop.backend.post("/internal/holds", json=body, headers=order_service)).status_code

    async with asyncio.timeout(60):
        results = await asyncio.gather(
            *(order(number) for number in range(24)),
            *(files.run(prices % ((n,) * 12)) for n in range(1, 3)),
            return_exceptions=True,
        )

    assert {result for result in results if isinstance(result, int)} <= {200, 409}
    assert tables.one("select deadlocks from pg_stat_database where datname = current_database()") == 0
    sold = tables.one("select coalesce(-sum(delta), 0) from backend.stock_move where kind = 'ORDERED'")
    assert tables.one("select sum(stock) from backend.size") == 6 * 42 - sold
    left = "exists (select from backend.size where product_id = p.id and stock > 0)"
    assert tables.rows(f"select id from backend.product p where in_stock <> {left}") == []


async def test_open_pages_and_caches_are_told_in_one_word(shop: RunningShop, files: Files, shelves: Tables) -> None:
    news = shop.apps["backend"].state.news
    with news.watch() as watcher:
        await files.run("slug,size,price\nmango,S,7\nold,M,8\n")
        async with asyncio.timeout(10):
            while (change := await watcher.next()) is None or change.product_ids:
                pass
    assert (await ok(shop.backend.get("/api/products/1")))["priceFrom"] == 7


async def test_bad_calls(files: Files, shelves: Tables) -> None:
    before = shelves.everything("backend")
    text = "slug,size,price\nmango,S,7\n"
    await refused(files.send(text, dryRun="false"), 422, "digest_required")
    await refused(files.send(text, dryRun="maybe"), 422, "validation_error")
    await refused(files.send(text, dryRun="false", digest="x"), 422, "validation_error")
    await refused(files.send(text, dryRun="false", digest="0" * 32), 409, "catalogue_changed")
    report = await ok(files.send(b""))
    assert [each["code"] for each in report["problems"]] == ["empty_file"]
    head = "slug,size,description\nmango,S,"
    fits = head + "d" * (MAX_IMPORT_BYTES - len(head))
    assert [each["code"] for each in (await ok(files.send(fits)))["problems"]] == ["not_csv"]
    await refused(files.send(fits + "d"), 413, "body_too_large")
    assert shelves.everything("backend") == before


async def test_the_largest_file_is_imported(files: Files, tables: Tables) -> None:
    tables.category("kem")
    words = "Ngon lành mỗi ngày,Good every day,milk egg,false"
    rows = [f"cake-{n // 2},Bánh {n // 2},Cake,kem,{'SM'[n % 2]},{1000 + n},{n % 7},4,{words}\n" for n in range(50_000)]
    text = HEAD + "\n" + "".join(rows)
    assert 0.9 * MAX_IMPORT_BYTES < len(text.encode()) < MAX_IMPORT_BYTES
    report = await files.run(text)
    assert (report["created"], len(report["changes"])) == (25_000, 200)
    report = await ok(files.send((await files.export()).content))
    assert (report["lines"], report["changed"], report["unchanged"], report["problems"]) == (50_000, 0, 25_000, [])
    report = await files.run(text.replace("kem,S,1", "kem,S,2"))
    assert report["changed"] + report["unchanged"] == 25_000
    assert tables.one("select count(*) from backend.size") == 50_000
    assert tables.one("select count(*) from backend.stock_move") == 50_000
