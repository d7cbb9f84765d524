"""A service starts from an environment that holds its own requirements file and nothing else, as its image does."""

from pathlib import Path

import pytest

from launcher import services
from launcher.services import Service
from tests.support.cluster import Databases
from tests.support.own_lock import health_of
from tests.support.processes import ENVIRONMENT


@pytest.mark.parametrize("service", services.API, ids=lambda service: service.name)
def test_a_service_starts_from_its_own_lock(service: Service, databases: Databases, tmp_path: Path) -> None:
    told = {**ENVIRONMENT, "DATABASE_URL": databases.url(service.name), "MEDIA_FOLDER": str(tmp_path / "media")}
    answer = health_of(service, told, tmp_path)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "database": "ok"})
