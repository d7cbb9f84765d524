"""What is typed into a long form is never lost: the browser keeps it, and warns before the page is left.

It is kept in the browser, for it has to outlive the session, the storefront and the tab: a form marked `data-draft`
is written down as it is typed, under that name, until it is saved or thrown away. Signing out throws all of it away.
Its `data-base` is what the fields began with, as JSON by name: only what differs from it is kept, with what it began
with, so that what others save meanwhile is neither undone nor overwritten unseen. While it has `data-pending`, it holds
something that cannot be kept, and is not left without asking either.
"""

import json
from collections.abc import Mapping

import reflex as rx
from reflex.event import EventSpec

from storefront.state.admin.product_form import AMOUNT
from storefront.state.session import DRAFTS

LEAVE_DIALOG = "leave"

SET_UP = (
    r"""
(() => {
  if (window.staffForm) return;
  const PREFIX = "<drafts>", DIALOG = "<dialog>";
  // A page may be slower to show its form, or a new row of it, than the server is to send what belongs into it.
  const TRIES = 200;
  const named = name => document.querySelector(`form[data-draft="${name}"]`);
  const unsaved = () => document.querySelector("form[data-draft][data-unsaved]");
  const holds = () => unsaved() ?? document.querySelector("form[data-draft][data-pending]");
  const write = (name, text) => { try {
    text === null ? localStorage.removeItem(PREFIX + name) : localStorage.setItem(PREFIX + name, text);
  } catch {} };
  let wanted = null;
  // A tab that has forgotten its person leaves nothing more behind.
  const isSomebodys = () => Boolean(sessionStorage.getItem("token"));
  const typedIn = field => field.type === "checkbox" ? (field.checked ? "1" : "") : field.value;
  // Only what differs from what the form began with: the rest is others' to change until this comes back.
  const keep = () => {
    const it = unsaved();
    if (!it || !isSomebodys()) return;
    const began = JSON.parse(it.dataset.base), values = {}, base = {};
    for (const field of it.elements) {
      if (!field.name || typedIn(field) === began[field.name]) continue;
      values[field.name] = typedIn(field);
      base[field.name] = began[field.name] ?? "";
    }
    write(it.dataset.draft, JSON.stringify({at: Date.now(), values, base}));
  };
  // At once: the session may end, and the page with it, between two keys.
  const mark = it => { it.dataset.unsaved = "1"; keep() };
  const typed = event => {
    const it = event.target.closest?.("form[data-draft]");
    if (it && event.target.type !== "file") mark(it);
  };
  addEventListener("input", typed, true);
  addEventListener("change", typed, true);
  addEventListener("focusout", event => {
    const field = event.target;
    if (!field.matches?.("[data-vnd]")) return;
    if (!/^<amount>$/.test(field.value)) return;
    const amount = Number(field.value.replace(/[^0-9]/g, ""));
    field.value = String(amount).replace(/\B(?=(\d{3})+$)/g, ".");
  });
  addEventListener("beforeunload", event => {
    if (holds() && isSomebodys()) event.preventDefault();
  });
  addEventListener("click", event => {
    const to = event.target.closest?.("a[href]");
    if (!to || to === wanted || to.target || event.ctrlKey || event.metaKey || event.shiftKey || !holds()) return;
    const dialog = document.getElementById(DIALOG);
    if (!dialog?.showModal) return;
    event.preventDefault();
    event.stopPropagation();
    wanted = to;
    dialog.addEventListener("close", () => { wanted = null }, {once: true});
    dialog.showModal();
  }, true);
  window.staffForm = {
    draft: name => { try { return localStorage.getItem(PREFIX + name) ?? "" } catch { return "" } },
    fill: (name, values, tries = TRIES) => {
      const it = named(name), later = {};
      for (const [key, value] of Object.entries(values)) {
        const field = it?.elements[key];
        if (!field) later[key] = value;
        else if (field.type === "checkbox") field.checked = Boolean(value);
        else field.value = value;
      }
      if (it?.dataset.unsaved) keep();
      if (tries && Object.keys(later).length) setTimeout(() => window.staffForm.fill(name, later, tries - 1), 25);
    },
    mark: (name, tries = TRIES) => {
      const it = named(name);
      if (it) mark(it); else if (tries) setTimeout(() => window.staffForm.mark(name, tries - 1), 25);
    },
    clean: name => {
      write(name, null);
      document.querySelectorAll(`form[data-draft="${name}"]`).forEach(it => delete it.dataset.unsaved);
    },
    leave: () => {
      const it = unsaved(), to = wanted;
      if (it) window.staffForm.clean(it.dataset.draft);
      document.getElementById(DIALOG)?.close();
      wanted = to;
      to?.click();
      wanted = null;
    },
  };
})()
""".replace("<drafts>", DRAFTS)
    .replace("<dialog>", LEAVE_DIALOG)
    .replace("<amount>", AMOUNT)
)
"""Sets all of it up, once in a tab."""

LEAVE = "window.staffForm?.leave()"


def draft(name: str, callback: object) -> EventSpec:
    """Ask the browser for what it keeps under a name; `callback` is given it as JSON, "" for nothing."""
    script: EventSpec = rx.call_script(f"window.staffForm?.draft({json.dumps(name)}) ?? ''", callback=callback)
    return script


def fill(name: str, values: Mapping[str, str]) -> EventSpec:
    """Put values into the fields of the form `name` as soon as they are there; "" leaves a checkbox unchecked."""
    call = f"window.staffForm?.fill({json.dumps(name)},{json.dumps(dict(values))})"
    script: EventSpec = rx.call_script(_painted(call))
    return script


def mark(name: str) -> EventSpec:
    """Tell the browser that the form `name` differs from what is saved, by something that was not typed."""
    script: EventSpec = rx.call_script(_painted(f"window.staffForm?.mark({json.dumps(name)})"))
    return script


def clean(name: str) -> EventSpec:
    """Let the browser throw away what it keeps under a name: it is saved, or not wanted."""
    script: EventSpec = rx.call_script(f"window.staffForm?.clean({json.dumps(name)})")
    return script


def _painted(script: str) -> str:
    """Return a script that runs once the page shows what the same answer brought."""
    return f"requestAnimationFrame(()=>requestAnimationFrame(()=>{{{script}}}))"
