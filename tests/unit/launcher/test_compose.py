"""compose.yaml and the images: pinned, served as the launcher serves, and with one table of routes."""

import re
import tomllib
from pathlib import Path

import pytest

from deploy.proxy import UnknownPattern, configuration
from launcher import compose_secrets, services
from launcher.images import pins
from launcher.paths import ROOT

DOCKERFILES = sorted((ROOT / "deploy").glob("*.Dockerfile"))
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
ROUTES = tomllib.loads((ROOT / "deploy" / "routes.toml").read_text(encoding="utf-8"))


def instructions(name: str) -> str:
    return (ROOT / "deploy" / f"{name}.Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")


def test_what_others_made_is_pinned_by_digest_in_one_table() -> None:
    used = set(re.findall(r"^    image: (?!sweetdream/)(\S+)$", COMPOSE, re.MULTILINE))
    stages = {stage for file in DOCKERFILES for stage in re.findall(r" AS (\S+)$", file.read_text(), re.MULTILINE)}
    for file in DOCKERFILES:
        used |= set(re.findall(r"^FROM (\S+)", file.read_text(), re.MULTILINE)) - stages
    assert used == set(pins().values())
    assert all(re.search(r"@sha256:[0-9a-f]{64}$", reference) for reference in used)


@pytest.mark.parametrize(
    ("dockerfile", "options"), [("service", services.API_OPTIONS), ("storefront", services.STOREFRONT_OPTIONS)]
)
def test_an_image_serves_with_the_options_of_the_launcher(dockerfile: str, options: tuple[str, ...]) -> None:
    text = re.sub(r"\s+", " ", instructions(dockerfile))
    for name, value in zip(options[::2], options[1::2], strict=True):
        assert f"UVICORN_{name.removeprefix('--').replace('-', '_').upper()}={value} " in text
    for told in ("ACCESS_LOG=false", "PROXY_HEADERS=false", "TIMEOUT_GRACEFUL_SHUTDOWN=5"):
        assert f"UVICORN_{told} " in text


def test_a_process_has_longer_to_end_than_it_drains() -> None:
    drains = int(re.search(r'DRAIN_S: "(\d+)"', COMPOSE)[1])  # type: ignore[index]
    grace = int(re.search(r"stop_grace_period: (\d+)s", COMPOSE)[1])  # type: ignore[index]
    assert grace >= drains + 5 + 5  # what uvicorn waits for, and time to close


def test_targets_listen_where_the_launcher_lets_them() -> None:
    assert ROUTES["ports"] == {service.name: service.default_port for service in services.ALL}
    assert {rule["target"] for rule in ROUTES["rule"]} <= {"none", *ROUTES["ports"]}


def test_the_first_rule_that_matches_counts_at_the_proxy_too() -> None:
    table = {
        "default": "shop",
        "ports": {"shop": 1, "order_service": 2},
        "rule": [
            {"paths": ["/internal", "/internal/*"], "target": "none"},
            {"paths": ["/api/orders/*"], "target": "order_service"},
        ],
    }
    frontend = configuration(table).partition("frontend shop")[2].partition("\nbackend none")[0]
    assert [line.strip() for line in frontend.splitlines()[3:] if line.strip()] == [
        "acl rule0 path /internal",
        "acl rule0 path_beg /internal/",
        "acl rule1 path_beg /api/orders/",
        "use_backend none if rule0",
        "use_backend order_service if rule1",
        "default_backend shop",
    ]
    assert "server-template order-service 8 order-service:2" in configuration(table)


@pytest.mark.parametrize("path", ["/a/*/b", "/a?", "api/*", "/a b", "/a#b"])
def test_a_pattern_that_the_proxy_would_read_otherwise_is_refused(path: str) -> None:
    table = {"default": "shop", "ports": {"shop": 1}, "rule": [{"paths": [path], "target": "none"}]}
    with pytest.raises(UnknownPattern):
        configuration(table)


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SESSION_SECRET=mine\nSTOREFRONT_PORT=3100")
    made = compose_secrets.generate(tmp_path)
    text = (tmp_path / ".env").read_text()
    assert text.startswith("SESSION_SECRET=mine\nSTOREFRONT_PORT=3100\nPOSTGRES_PASSWORD='")
    assert "SESSION_SECRET" not in made
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert compose_secrets.generate(tmp_path) == []
    assert (tmp_path / ".env").read_text() == text
    assert {*made, "SESSION_SECRET"} <= set(re.findall(r"\$\{([A-Z_]+):-", COMPOSE))
