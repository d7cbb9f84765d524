"""The search field: a combobox that suggests cakes while one types (ARIA 1.2, listbox popup).

There is one in the header, one in the phone's sheet, and a larger one on the menu. What is typed leads to the menu, or
to the suggestion that is picked out; the page goes there by itself, without asking the server for the way.
"""

import reflex as rx
from reflex_base.vars import FunctionStringVar

from shopkit.contracts.catalog import ProductSort
from storefront.components.icons import icon
from storefront.components.images import image
from storefront.components.links import link
from storefront.components.product_card import name_of
from storefront.i18n import Lang, href, t
from storefront.state.catalog import Card
from storefront.state.menu_query import MAX_QUERY
from storefront.state.search import SearchState

_WAIT_MS = 180

# Suggestions may lag behind what was typed last: only those for these very words count.
_ADDRESS = f"""((menu, product, form, found, active, words) => {{
  const q = (form.q ?? "").trim();
  if (q && q === words && found[active]) return product + found[active].slug;
  const query = new URLSearchParams(q ? {{q}} : {{}});
  if (form.sort && form.sort !== "{ProductSort.POPULAR.value}") query.set("sort", form.sort);
  return query.size ? menu + "?" + query : menu;
}})"""

_LEAVE = "document.activeElement?.blur?.();document.querySelector('[popover]:popover-open')?.hidePopover()"
_EMPTY = f"document.activeElement?.form?.reset();{_LEAVE}"
"""On the way to a cake the field empties: the page that is there may stay, with its header."""


def search(
    lang: Lang,
    where: str,
    *,
    label: str = "",
    hint: str = "",
    value: str | rx.Var = "",
    sort: rx.Var | None = None,
    has_button: bool = False,
    floats: bool = True,
    class_name: str = "",
    list_class: str = "inset-x-0",
) -> rx.Component:
    """Return the field named `where`. Without a script it is a plain form that leads to the results.

    `value` is what has been searched for, `sort` the order to keep. `floats` lets suggestions lie over the page.
    """
    label = label or t(lang, "shell.search")
    is_open = SearchState.where == where
    return rx.el.form(
        rx.el.label(label, html_for=f"{where}-search", class_name="sr-only"),
        rx.el.div(
            rx.el.span(icon("search", 20), class_name="pointer-events-none absolute left-4 text-muted"),
            _input(lang, where, hint or t(lang, "shell.search_hint"), value, is_open, has_button=has_button),
            rx.el.button(
                t(lang, "menu.search_button"),
                type="submit",
                class_name="btn btn-primary absolute right-1 min-h-11 px-5 py-2",
            )
            if has_button
            else rx.fragment(),
            class_name="relative flex grow items-center",
        ),
        rx.el.input(type="hidden", name="sort", value=sort) if sort is not None else rx.fragment(),
        _suggestions(lang, where, is_open, list_class if floats else None),
        role="search",
        aria_label=label,
        action=href(lang, "/menu"),
        method="get",
        on_submit=lambda form: [
            rx.redirect(
                FunctionStringVar.create(_ADDRESS)
                .call(
                    href(lang, "/menu"),
                    href(lang, "/product/"),
                    form,
                    SearchState.suggestions,
                    SearchState.active,
                    SearchState.suggesting_for,
                )
                .to(str)
            ),
            rx.call_script(_LEAVE),
        ],
        class_name=f"group/search relative {class_name}",
    )


def _input(
    lang: Lang, where: str, hint: str, value: str | rx.Var, is_open: rx.Var, *, has_button: bool
) -> rx.Component:
    return rx.el.input(
        id=f"{where}-search",
        type="search",
        name="q",
        # A new key brings the address's query back into the field, after "clear filters" for example.
        key=value,
        default_value=value,
        placeholder=hint,
        auto_complete="off",
        max_length=MAX_QUERY,
        role="combobox",
        aria_expanded=is_open & (SearchState.suggestions.length() > 0),
        aria_controls=f"{where}-suggestions",
        aria_autocomplete="list",
        custom_attrs={
            "enterKeyHint": "search",
            "aria-activedescendant": rx.cond(
                is_open & (SearchState.active >= 0),
                f"{where}-suggestion-" + SearchState.active.to_string(),
                rx.Var("undefined"),
            ),
        },
        on_change=lambda text: SearchState.suggest.debounce(_WAIT_MS)(where, text),
        on_key_down=lambda key: rx.cond(
            (key == "ArrowDown") | (key == "ArrowUp") | (key == "Escape"), SearchState.press(where, key), rx.noop()
        ),
        on_blur=SearchState.close,
        class_name="field rounded-full pl-11 " + ("min-h-13 pr-28" if has_button else "min-h-11"),
    )


def _suggestions(lang: Lang, where: str, is_open: rx.Var, list_class: str | None) -> rx.Component:
    def option(product: rx.Var[Card], index: rx.Var[int]) -> rx.Component:
        return rx.el.li(
            link(
                image(product.image, "", 48, 48, class_name="size-12 shrink-0 rounded-xl bg-sunk object-cover"),
                rx.el.span(
                    rx.el.span(name_of(lang, product), class_name="block font-semibold leading-snug"),
                    rx.el.span(
                        product.category_en if lang == "en" else product.category, class_name="block text-sm text-muted"
                    ),
                    class_name="min-w-0 grow",
                ),
                rx.el.span(product.price, class_name="shrink-0 text-sm font-semibold tabular-nums"),
                to=href(lang, "/product/") + product.slug,
                tab_index=-1,
                on_click=rx.call_script(_EMPTY),
                class_name="flex min-h-14 items-center gap-3",
            ),
            key=product.slug,
            id=f"{where}-suggestion-" + index.to_string(),
            role="option",
            aria_selected=SearchState.active == index,
            class_name="rounded-xl px-2 py-1.5 hover:bg-sunk aria-selected:bg-sunk",
        )

    has_none = is_open & (SearchState.suggestions.length() == 0)
    place = "mt-2" if list_class is None else f"absolute top-full z-20 mt-2 shadow-lift {list_class}"
    look = f"{place} max-h-[60dvh] overflow-y-auto rounded-2xl border border-line bg-surface p-2"
    return rx.fragment(
        rx.el.div(
            rx.el.ul(
                rx.foreach(SearchState.suggestions, option),
                id=f"{where}-suggestions",
                role="listbox",
                aria_label=t(lang, "menu.suggestions"),
                hidden=SearchState.suggestions.length() == 0,
            ),
            rx.cond(
                has_none,
                rx.el.p(t(lang, "menu.no_suggestions"), aria_hidden="true", class_name="px-2 py-3 text-muted"),
                rx.fragment(),
            ),
            # The field keeps the focus while somebody points at a suggestion: losing it would close them under the
            # click.
            on_mouse_down=rx.prevent_default,
            # Hidden at once when the focus goes, before the server has heard of it.
            class_name=rx.cond(is_open, f"{look} hidden group-focus-within/search:block", f"{look} hidden"),
        ),
        rx.el.span(rx.cond(has_none, t(lang, "menu.no_suggestions"), ""), role="status", class_name="sr-only"),
    )
