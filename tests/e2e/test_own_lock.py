"""The storefront serves its build from an environment that holds its own requirements file and nothing else."""

from pathlib import Path

from launcher import services
from tests.support.own_lock import health_of
from tests.support.storefront import Site


def test_the_storefront_starts_from_its_own_lock(site: Site, tmp_path: Path) -> None:
    answer = health_of(services.STOREFRONT, site.shop.environment["storefront"], tmp_path)
    assert answer.status_code == 200
