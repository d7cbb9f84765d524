"""Pages name files that are there, and no drawing lies about that no page names."""

import re
from pathlib import Path

from storefront.state.home import DRAWN

ROOT = Path(__file__).resolve().parents[3]
FILE = re.compile(r"""["'(](/[\w-]+\.(?:svg|png))["')]""")


def test_pages_and_drawings_belong_together() -> None:
    named = {
        name
        for path in sorted((ROOT / "storefront").rglob("*.py"))
        for name in FILE.findall(path.read_text(encoding="utf-8"))
    }
    named |= {f"/category-{slug}.svg" for slug in DRAWN}
    drawn = {f"/{path.name}" for kind in ("svg", "png") for path in (ROOT / "assets").glob(f"*.{kind}")}
    assert {"/hero.svg", "/no-picture.svg"} <= named
    assert named == drawn
