"""The shop's icons as inline SVG: a dozen shapes cost less than an icon library.

`icon("cart")` is decorative (hidden from screen readers): the button or link around it carries the label.
"""

import reflex as rx

_PATHS = {
    "cart": ("M4 8h16l-1.5 11a1.5 1.5 0 0 1-1.5 1.3H7A1.5 1.5 0 0 1 5.5 19z", "M8.5 10.5V7a3.5 3.5 0 0 1 7 0v3.5"),
    "search": ("M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14z", "M16.2 16.2 20.5 20.5"),
    "user": ("M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8z", "M4.5 20.5c.8-4 3.8-5.5 7.5-5.5s6.7 1.5 7.5 5.5"),
    "menu": ("M4 7h16", "M4 12h16", "M4 17h10"),
    "close": ("M6 6l12 12", "M18 6 6 18"),
    "sun": (
        "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
        "M12 2.5v2M12 19.5v2M4.8 4.8l1.4 1.4M17.8 17.8l1.4 1.4M2.5 12h2M19.5 12h2M4.8 19.2l1.4-1.4M17.8 6.2l1.4-1.4",
    ),
    "moon": ("M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",),
    "plus": ("M12 5v14", "M5 12h14"),
    "minus": ("M5 12h14",),
    "check": ("M4.5 12.5l5 5L20 7",),
    "alert": ("M12 8v5", "M12 16.5v.1", "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z"),
    "arrow": ("M5 12h14", "M13 6l6 6-6 6"),
    "chevron": ("M9 5l7 7-7 7",),
    "filter": (
        "M4 7h9M17 7h3M4 17h3M11 17h9",
        "M15 5a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
        "M9 15a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
    ),
    "truck": (
        "M3 6.5h11v10H3z",
        "M14 10h4l3 3.5v3h-7",
        "M7 15.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
        "M17.5 15.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
    ),
    "shop": ("M4 10v10h16V10", "M3 10l1.8-6h14.4L21 10a3 3 0 0 1-6 0 3 3 0 0 1-6 0 3 3 0 0 1-6 0z", "M10 20v-5h4v5"),
    "clock": ("M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M12 7v5.5l3.5 2"),
    "pin": ("M12 21c4.5-4.6 7-8 7-11a7 7 0 0 0-14 0c0 3 2.5 6.4 7 11z", "M12 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z"),
    "phone": (
        "M5 4h4l1.5 4.5L8 10.3a12 12 0 0 0 5.7 5.7l1.8-2.5L20 15v4a1.5 1.5 0 0 1-1.6 1.5",
        "C10.5 20 4 13.5 3.5 5.6A1.5 1.5 0 0 1 5 4z",
    ),
    "mail": ("M3.5 6h17v12h-17z", "M4 6.5l8 6.5 8-6.5"),
    "whisk": (
        "M4 20l6-6",
        "M9.5 14.5C7 9 13 2.5 18.5 3c2.5.2 2.5 2.3 2.5 2.5.5 5.5-6 11.5-11.5 9z",
        "M10 14C9.5 10 14 5 20 4",
    ),
    "trash": ("M4.5 7h15", "M9 7V4.5h6V7", "M6.5 7l1 13h9l1-13", "M10.5 11v5M13.5 11v5"),
}


def icon(name: str, size: int = 22, class_name: str = "") -> rx.Component:
    """Return the icon `name`, `size` pixels wide, in the colour of the text around it. Raises KeyError if unknown."""
    return rx.el.svg(
        rx.el.svg.path(d=" ".join(_PATHS[name])),
        view_box="0 0 24 24",
        aria_hidden="true",
        # As attributes: what Reflex takes for styles would bring a style sheet of its own for every icon.
        custom_attrs={"width": f"{size}", "height": f"{size}"},
        class_name=f"icon {class_name}".rstrip(),
    )
