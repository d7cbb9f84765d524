"""The theme's values that Python needs; everything else about the look is in assets/shop.css."""

PAGE_LIGHT = "#fbf6ed"
PAGE_DARK = "#1a110d"
"""Page colours, for the browser's own bars (`theme-color`) and the manifest."""

DISPLAY = "font-display text-[clamp(2.25rem,6vw,4.25rem)] leading-[1.05]"
TITLE = "font-display text-[clamp(1.875rem,4.5vw,2.75rem)]"
SECTION_TITLE = "font-display text-[clamp(1.5rem,3.2vw,2.125rem)]"
CARD_TITLE = "font-display text-lg leading-snug"
"""Type sizes: one hero, one page title, one section title, one card title."""

GRID = "grid grid-cols-2 gap-x-4 gap-y-8 md:grid-cols-3 md:gap-x-6 lg:gap-y-10"
"""Product cards: two columns on a phone, three from a tablet on. Add `lg:grid-cols-4` where no sidebar stands."""

CARD_SIZES = "(min-width: 80rem) 18rem, (min-width: 48rem) 30vw, 46vw"
"""How wide a card's picture is shown, for the browser to choose a file by."""

PRODUCT_SIZES = "(min-width: 80rem) 38rem, (min-width: 48rem) 50vw, 94vw"
PRODUCT_COLUMNS = "grid items-start gap-x-8 gap-y-6 md:grid-cols-2 lg:grid-cols-[1.1fr_1fr] lg:gap-x-14"
PRODUCT_PICTURE = (
    "aspect-[6/5] w-full rounded-[2rem] bg-sunk object-cover shadow-card md:sticky md:top-24 md:aspect-square lg:top-28"
)
"""The product page's frame: the edge draws its first screen with the same."""
