"""What staff may do to categories."""

from typing import Any

from backend.catalog import repository
from backend.catalog.models import Category
from backend.catalog.service import SLUG_TAKEN, SLUG_TAKEN_DETAIL, given_fields, slug_for
from backend.staff import Work
from shopkit.contracts.catalog import CategoryChange, CategoryInput
from shopkit.errors import Conflict, Invalid

ALL = "all"
"""What the audit log calls the subject of a new order of all categories."""


async def create(work: Work, wanted: CategoryInput) -> Category:
    """Create a category."""
    category = Category(
        slug=slug_for(wanted.slug, wanted.name), name=wanted.name, name_en=wanted.name_en, position=wanted.position
    )
    work.session.add(category)
    await repository.flush_unique(work.session, SLUG_TAKEN, SLUG_TAKEN_DETAIL)
    await work.record("category.created", category.id, category.name, after=_told(category))
    return category


async def change(work: Work, category_id: int, wanted: CategoryChange) -> Category:
    """Change the fields given."""
    category = await repository.category(work.session, category_id)
    before = _told(category)
    for name, value in given_fields(wanted).items():
        setattr(category, name, value)
    after = _told(category)
    if after != before:
        await repository.flush_unique(work.session, SLUG_TAKEN, SLUG_TAKEN_DETAIL)
        await work.record("category.changed", category_id, category.name, before=before, after=after)
    return category


async def delete(work: Work, category_id: int) -> None:
    """Delete a category that no product stands in."""
    category = await repository.category(work.session, category_id)
    if await repository.products_in(work.session, category_id):
        raise Conflict("Products still stand in this category; move them first.", code="category_not_empty")
    await work.session.delete(category)
    await work.record("category.deleted", category_id, category.name, before=_told(category))


async def reorder(work: Work, ids: list[int]) -> None:
    """Give the categories their places: the first of `ids` comes first.

    Raises:
        Invalid: `duplicate_category`, one is named twice.
        Conflict: `categories_changed`, these are not all the categories there are now.
    """
    if len(set(ids)) < len(ids):
        raise Invalid("ids: a category is named twice", code="duplicate_category")
    categories = await repository.categories(work.session)
    if {category.id for category in categories} != set(ids):
        raise Conflict("The categories have changed meanwhile.", code="categories_changed")
    before = [category.slug for category in sorted(categories, key=lambda each: (each.position, each.id))]
    places = {category_id: place for place, category_id in enumerate(ids)}
    for category in categories:
        category.position = places[category.id or 0]
    after = [category.slug for category in sorted(categories, key=lambda each: each.position)]
    if after != before:
        await work.record("category.reordered", ALL, "", before={"order": before}, after={"order": after})


def _told(category: Category) -> dict[str, Any]:
    return {
        "slug": category.slug,
        "name": category.name,
        "nameEn": category.name_en,
        "position": category.position,
    }
