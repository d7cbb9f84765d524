"""Dragging rows of a list by their grips, with mouse, pen or finger.

The rows stand in an element marked `data-reorder`, each has a `data-row` and a grip marked `data-grip`. Where a row is
let go is told to the field named by `data-reorder` as "row:place", which a handler hears of as of something typed.
"""

SET_UP = r"""
(() => {
  if (window.staffReorder) return;
  window.staffReorder = true;
  const tell = (name, text) => {
    const field = document.getElementById(name);
    if (!field) return;
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, text);
    field.dispatchEvent(new Event("input", {bubbles: true}));
  };
  addEventListener("pointerdown", event => {
    const grip = event.target.closest?.("[data-grip]"), list = grip?.closest("[data-reorder]");
    if (!list || event.button) return;
    event.preventDefault();
    const row = grip.closest("[data-row]"), rows = [...list.querySelectorAll("[data-row]")], from = rows.indexOf(row);
    const tops = rows.map(it => { const box = it.getBoundingClientRect(); return box.top + box.height / 2 });
    const step = row.getBoundingClientRect().height + (parseFloat(getComputedStyle(list).rowGap) || 0);
    let to = from;
    row.dataset.dragged = "1";
    const move = at => {
      const middle = tops[from] + at.clientY - event.clientY;
      to = rows.filter((_, place) => place !== from && tops[place] < middle).length;
      row.style.transform = `translateY(${at.clientY - event.clientY}px)`;
      rows.forEach((it, place) => {
        if (place === from) return;
        const shift = place > from && place <= to ? -step : place < from && place >= to ? step : 0;
        it.style.transform = shift ? `translateY(${shift}px)` : "";
      });
    };
    const end = at => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      delete row.dataset.dragged;
      rows.forEach(it => { it.style.transform = "" });
      if (at.type === "pointerup" && to !== from) tell(list.dataset.reorder, `${row.dataset.row}:${to}`);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  });
})()
"""
"""Sets it up, once in a tab."""
