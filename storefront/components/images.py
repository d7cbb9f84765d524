"""Images that keep their place: `image("/hero.svg", t(lang, "home.hero_alt"), 720, 640, eager=True)`."""

from typing import Any

import reflex as rx


def image(src: Any, alt: Any, width: int, height: int, *, eager: Any = False, **props: Any) -> rx.Component:
    """Return an image of a known shape; `eager` for what is on the first screen, others load when they come near."""
    # Reflex takes `width` and `height` for styles; as attributes they give the browser the shape before the picture.
    attributes = {"width": f"{width}", "height": f"{height}", **props.pop("custom_attrs", {})}
    return rx.el.img(
        src=src,
        alt=alt,
        loading=rx.cond(eager, "eager", "lazy"),
        decoding="async",
        custom_attrs=attributes,
        **props,
    )


def widths(image_set: rx.Var[str], sizes: str) -> dict[str, Any]:
    """Return the props that let the browser choose among a picture's widths; `image_set` may be "" for one only."""
    none = rx.Var("undefined")
    return {"src_set": rx.cond(image_set != "", image_set, none), "sizes": rx.cond(image_set != "", sizes, none)}
