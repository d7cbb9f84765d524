"""Links: inside the shop they change the page without loading a document.

`link("Menu", to=href(lang, "/menu"), class_name="btn btn-primary")` for pages of the shop; `anchor(…, href=…)` for
everything else: other documents, places on the page, telephone numbers.
"""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.inline import A
from reflex_components_core.react_router.dom import ReactRouterLink


def link(*children: Any, to: str | rx.Var, **props: Any) -> rx.Component:
    """Return a link to a page of this shop. A real `<a href>`, so it works before the page's script has loaded."""
    return ReactRouterLink.create(*children, to=to, **props)


def anchor(*children: Any, href: str | rx.Var, **props: Any) -> rx.Component:
    """Return a link that the browser follows by itself; `rx.el.a` would hand it to the page router."""
    return A.create(*children, href=href, **props)
