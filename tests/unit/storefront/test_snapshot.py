"""The committed snapshot shows what a freshly seeded shop sells."""

from storefront.build import ROOT
from storefront.snapshot import COMMITTED, Snapshot, from_seed


def test_the_committed_snapshot_is_the_seeds() -> None:
    assert Snapshot.model_validate_json(COMMITTED.read_bytes()) == from_seed(ROOT / "backend" / "seed"), (
        "python -m storefront.snapshot backend/seed writes it anew"
    )
