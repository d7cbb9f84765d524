"""`./dev admin` and `./dev role`: the shop's people from the terminal, over the running services."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from launcher.paths import ROOT
from launcher.postgres import Cluster
from launcher.record import Record
from launcher.services import USER_SERVICE
from tests.support.apps import ADMIN
from tests.support.cluster import Databases, fresh_database
from tests.support.ports import free_port
from tests.support.processes import ShopProcesses, shop_processes
from tests.support.tables import Tables, looking_into

LAN = {"email": "lan@example.com", "password": "correct horse", "name": "Nguyễn [Thị] Lan", "phone": "0901 234 567"}
ORDERED = (
    "insert into order_service.orders (id, user_id, status, fulfilment, payment, shipping_address, note, item_count, "
    "total_amount, delivery_fee, tracking_token, created_at, updated_at) values (uuidv7(), %s, %s, 'DELIVERY', "
    "'CASH_ON_DELIVERY', '', '', 1, 1200000, 30000, gen_random_uuid()::text, now(), now())"
)


@pytest.fixture(scope="module")
def databases(cluster: Cluster) -> Iterator[Databases]:
    """The module's own database."""
    with fresh_database(cluster) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def processes(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopProcesses]:
    """The services, with a customer who has ordered and a guest."""
    with shop_processes(databases, tmp_path_factory.mktemp("shop")) as running:
        users = running.url("user_service")
        lan = httpx.post(f"{users}/api/auth/register", json=LAN).raise_for_status().json()
        httpx.post(f"{users}/api/auth/guest").raise_for_status()
        with psycopg.connect(databases.superuser) as connection:
            for status in ("PENDING", "DELIVERED", "CANCELLED"):
                connection.execute(ORDERED, (lan["user"]["id"], status))
        yield running


@pytest.fixture
def tables(processes: ShopProcesses, databases: Databases) -> Iterator[Tables]:
    """What the schemas hold."""
    with looking_into(databases.superuser) as look:
        yield look


def dev(processes: ShopProcesses, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    ports = {service.port_variable: str(service.default_port) for service in processes.services.values()}
    return subprocess.run(
        [sys.executable, "-m", "launcher", *arguments],
        cwd=ROOT,
        env={**os.environ, **ports, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def said(processes: ShopProcesses, *arguments: str) -> str:
    done = dev(processes, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def cells(printed: str) -> list[list[str]]:
    """Return the rows of a printed table."""
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in printed.splitlines() if line[:1] == "│"]


def test_people_are_listed_newest_first_and_found_by_words(processes: ShopProcesses) -> None:
    printed = said(processes, "admin", "list")
    assert [row[:5] for row in cells(printed)] == [
        ["2", "lan@example.com", "Nguyễn [Thị] Lan", "0901 234 567", "CUSTOMER"],
        ["1", "admin@sweetdream.com", "Admin", "", "ADMIN"],
    ]
    assert "2 of 2" in printed
    for words in (["NGUYEN", "lan"], ["0901234567"], ["--role", "CUSTOMER"]):
        assert [row[0] for row in cells(said(processes, "admin", "list", *words))] == ["2"], words
    assert [row[0] for row in cells(said(processes, "admin", "list", "--role", "GUEST"))] == ["3"]
    assert "1 of 2" in said(processes, "admin", "list", "--limit", "1")
    assert said(processes, "admin", "list", "nobody") == "Nobody matches.\n"


def test_a_person_is_shown_with_what_they_ordered(processes: ShopProcesses) -> None:
    facts = dict(cells(said(processes, "admin", "show", "Lan@Example.com")))
    assert facts.keys() > {"Since", "Last seen", "Last order", "Address"}
    assert {name: facts[name] for name in ("Id", "E-mail", "Name", "Role", "Orders", "Spent")} == {
        "Id": "2",
        "E-mail": "lan@example.com",
        "Name": "Nguyễn [Thị] Lan",
        "Role": "CUSTOMER",
        "Orders": "2, and 1 cancelled",
        "Spent": "2,460,000 đ",
    }
    unknown = dev(processes, "admin", "show", "an@example.com")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "There is nobody with the e-mail an@example.com." in unknown.stderr


@pytest.mark.parametrize("verb", [("admin", "role"), ("role",)])
def test_a_role_is_given_and_taken(processes: ShopProcesses, tables: Tables, verb: tuple[str, ...]) -> None:
    for role in ("ADMIN", "customer", "Admin", "CUSTOMER"):
        assert said(processes, *verb, "lan@example.com", role) == f"lan@example.com is now {role.upper()}.\n"
        assert tables.one("select role from user_service.users where id = 2") == role.upper()


def test_the_shop_that_runs_in_the_folder_is_found_on_its_ports(processes: ShopProcesses, tmp_path: Path) -> None:
    ports = {name: service.default_port for name, service in processes.services.items()}
    here = {"SWEETDREAM_DATA": str(tmp_path), "USER_SERVICE_PORT": "", "ORDER_SERVICE_PORT": ""}
    Record(tmp_path).write({})
    noted = json.loads(Record(tmp_path).path.read_text())
    noted["launcher"]["ports"] = ports
    Record(tmp_path).path.write_text(json.dumps(noted))

    found = dev(processes, "admin", "show", "lan@example.com", **here)
    assert (found.returncode, found.stderr) == (0, "")
    assert dict(cells(found.stdout))["Orders"] == "2, and 1 cancelled"

    elsewhere = free_port()
    lost = dev(processes, "admin", "list", **here | {"USER_SERVICE_PORT": str(elsewhere)})
    assert f"The shop does not answer at http://127.0.0.1:{elsewhere}." in lost.stderr


def test_a_shop_that_has_ended_leaves_no_ports(tmp_path: Path) -> None:
    record = Record(tmp_path)
    record.write({})
    noted = json.loads(record.path.read_text())
    assert noted["launcher"]["ports"] == {
        "storefront": 3000,
        "backend": 3001,
        "order_service": 3002,
        "user_service": 3003,
    }
    noted["launcher"]["ports"] = {"user_service": 4003}
    record.path.write_text(json.dumps(noted))
    assert record.url(USER_SERVICE) == "http://127.0.0.1:4003"
    noted["launcher"]["created"] -= 60
    record.path.write_text(json.dumps(noted))
    assert record.url(USER_SERVICE) == "http://127.0.0.1:3003"


def test_what_is_refused_is_said_plainly_and_changes_nothing(processes: ShopProcesses, tables: Tables) -> None:
    people = "select id, role from user_service.users order by id"
    before = tables.rows(people)
    as_lan = {"ADMIN_EMAIL": LAN["email"], "ADMIN_PASSWORD": LAN["password"]}
    for arguments, environment, told in (
        (("role", ADMIN["email"], "CUSTOMER"), {}, "The shop's last admin cannot be demoted."),
        (("role", "nobody@example.com", "ADMIN"), {}, "There is no such customer."),
        (("role", "lan@example.com", "ADMIN"), {"ADMIN_PASSWORD": "wrong"}, "E-mail or password is wrong."),
        (("role", "lan@example.com", "ADMIN"), as_lan, "lan@example.com is no admin."),
        (("list",), {"USER_SERVICE_PORT": str(free_port())}, "Start it first: ./dev up"),
    ):
        done = dev(processes, "admin", *arguments, **environment)
        assert (done.returncode, done.stdout) == (1, ""), arguments
        assert told in done.stderr
        assert "Traceback" not in done.stderr
    assert tables.rows(people) == before


def test_nobody_stays_logged_in(processes: ShopProcesses, tables: Tables) -> None:
    said(processes, "admin", "list")
    open_sessions = "select count(*) from user_service.sessions where user_id = 1 and ended_at is null"
    assert tables.one(open_sessions) == 0
