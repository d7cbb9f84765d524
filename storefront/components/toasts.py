"""Toasts over dialogs: a modal dialog lies in the browser's top layer, above everything a page can stack.

While one is open the toasts' place is a popover, opened anew for each toast: what came to the top layer last is on top.
"""

import reflex as rx

_LIFT = """
(() => {
  if (window.liftedToasts) return;
  window.liftedToasts = true;
  const lift = () => {
    const place = document.querySelector("section:has(> [data-sonner-toaster])");
    if (!place) return;
    const over = document.querySelector("dialog[open]");
    if (place.matches(":popover-open")) place.hidePopover();
    if (over) { place.popover = "manual"; place.showPopover() } else place.removeAttribute("popover");
  };
  new MutationObserver(changes => {
    const came = changes.some(({ addedNodes }) => [...addedNodes].some(
      node => node.matches?.("[data-sonner-toast], [data-sonner-toaster]")));
    const dialog = changes.some(({ type, target }) => type === "attributes" && target.matches("dialog"));
    if (came || dialog) lift();
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["open"] });
})()
"""


def toasts_over_dialogs() -> rx.Component:
    """Return what sets that up, once in a tab. Belongs into the frame of every page."""
    return rx.el.div(hidden=True, on_mount=rx.call_script(_LIFT))
