"""What the launcher keeps and reads: credentials, ports, records of a run."""

import json
import stat
from pathlib import Path

import pytest

from launcher import credentials, services
from launcher.errors import LauncherError
from launcher.record import Record


def test_credentials_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    made = credentials.load(tmp_path / "new")
    assert credentials.load(tmp_path / "new") == made
    assert stat.S_IMODE((tmp_path / "new" / "secrets.json").stat().st_mode) == 0o600
    assert set(made.role_passwords) == {"backend", "user_service", "order_service", "analytics"}
    secrets = [made.service_secret, made.session_secret, *made.role_passwords.values()]
    assert len(set(secrets)) == len(secrets)
    assert min(map(len, secrets)) >= 32


def test_what_is_missing_is_added_and_what_is_there_stays(tmp_path: Path) -> None:
    made = credentials.load(tmp_path)
    file = tmp_path / "secrets.json"
    kept = json.loads(file.read_text())
    del kept["role_passwords"]["backend"]
    file.write_text(json.dumps(kept))
    mended = credentials.load(tmp_path)
    assert mended.session_secret == made.session_secret
    assert mended.role_passwords["user_service"] == made.role_passwords["user_service"]
    assert mended.role_passwords["backend"]


def test_ports_are_as_designed_and_can_be_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {service.name: service.port for service in services.ALL} == {
        "storefront": 3000,
        "backend": 3001,
        "order_service": 3002,
        "user_service": 3003,
    }
    monkeypatch.setenv("BACKEND_PORT", "3101")
    assert services.BACKEND.url == "http://127.0.0.1:3101"


@pytest.mark.parametrize("value", ["many", "0", "65536", "-1", "80.5"])
def test_a_port_that_is_none_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKEND_PORT", value)
    with pytest.raises(LauncherError, match="BACKEND_PORT"):
        _ = services.BACKEND.port


@pytest.mark.parametrize("content", ["", "[]", "{", "null"])
def test_an_unreadable_record_is_no_record(content: str, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(content)
    assert Record(tmp_path).end_leftovers() == []
    assert Record(tmp_path).launcher_pid() is None
