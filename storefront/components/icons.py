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
    "gauge": ("M4 18a9 9 0 1 1 16 0", "M12 14l4-5", "M12 13.2a1.3 1.3 0 1 0 0 2.6 1.3 1.3 0 0 0 0-2.6z"),
    "orders": ("M6 3.5h12v17l-3-2-3 2-3-2-3 2z", "M9.5 8.5h5", "M9.5 12.5h5"),
    "cake": (
        "M4 20.5h16V14a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2z",
        "M4 16c2.7 2 5.3-2 8 0s5.3-2 8 0",
        "M12 12V8",
        "M12 5.5v-1.5",
    ),
    "folders": ("M4 6.5h6l2 2.5h8v10.5H4z", "M4 12h16"),
    "low": ("M4 7h16", "M4 12h10", "M4 17h5", "M18 11v7", "M15 15.5l3 3 3-3"),
    "exchange": ("M8 20V5", "M4.5 8.5L8 5l3.5 3.5", "M16 4v15", "M12.5 15.5L16 19l3.5-3.5"),
    "chart": ("M4 20h16", "M6.5 16v-5", "M12 16V5", "M17.5 16V9"),
    "people": (
        "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
        "M2.5 19.5c.6-3.3 3.1-4.8 6.5-4.8s5.9 1.5 6.5 4.8",
        "M16 5.4a3.3 3.3 0 0 1 0 6.3M18 15.2c1.9.7 3.1 2.1 3.5 4.3",
    ),
    "pulse": ("M3 12.5h4l2.5-7 5 13 2.5-6h4",),
    "log": ("M5 4h14v16H5z", "M8.5 8.5h7M8.5 12h7M8.5 15.5h4"),
    "bell": ("M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 2h-15z", "M10 21h4"),
    "bell-off": ("M6 16.5V11a6 6 0 0 1 9-5.2M18 11v5.5l1.5 2h-12", "M10 21h4", "M4 3.5l16.5 17"),
    "print": ("M7 9V4h10v5", "M7 17H4V9h16v8h-3", "M7 14h10v6H7z"),
    "undo": ("M9 7L4.5 11.5 9 16", "M5 11.5h9a5 5 0 0 1 0 10h-2"),
    "key": ("M15.5 4a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9", "M12.3 11.7L4 20", "M7 17l2.5 2.5"),
    "leave": ("M14 4H5v16h9", "M10 12h10.5", "M17 8.5l3.5 3.5-3.5 3.5"),
    "more": ("M5.5 12v.1", "M12 12v.1", "M18.5 12v.1"),
    "columns": ("M4 5h4.5v14H4z", "M9.8 5h4.5v10H9.8z", "M15.5 5H20v7h-4.5z"),
    "rows": ("M4 6h16", "M4 10h16", "M4 14h16", "M4 18h16"),
    "edit": ("M4 20l1-4.5L16 4.5l3.5 3.5-11 11z", "M13.5 7l3.5 3.5"),
    "upload": ("M12 16V5", "M7.5 9.5L12 5l4.5 4.5", "M4.5 16v4h15v-4"),
    "download": ("M12 4v11", "M7.5 10.5L12 15l4.5-4.5", "M4.5 16v4h15v-4"),
    "up": ("M12 19V5", "M6 11l6-6 6 6"),
    "down": ("M12 5v14", "M6 13l6 6 6-6"),
    "refresh": ("M19.5 12a7.5 7.5 0 1 1-2.2-5.3", "M19.5 3.5v4h-4"),
    "external": ("M13 5h6v6", "M19 5l-9 9", "M17 14v5H5V7h5"),
    "archive": ("M3.5 5h17v4h-17z", "M5 9v10.5h14V9", "M10 13h4"),
    "grip": ("M9 6v.1", "M15 6v.1", "M9 12v.1", "M15 12v.1", "M9 18v.1", "M15 18v.1"),
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
