"""How the back office calls somebody who looks elsewhere: a chime, and a count in the tab's title.

Beside these, what else happens in the page without the server: the `/` key, how long ago
something was, and where the focus goes when what had it is gone.

All of it lives in the browser: whether the chime is wanted is this browser's own matter, and a browser plays nothing
before its page has been touched once.
"""

SIGNALS = r"""
(() => {
  const known = window.staffSignals;
  if (known) return known.paint();
  const plain = () => document.title.replace(/^\(\d+\) /, "");
  const seen = () => document.visibilityState === "visible" && document.hasFocus();
  const wanted = () => { try { return localStorage.getItem("sweetdream.chime") !== "off" } catch { return true } };
  let sound = null, unread = 0, last = 0;
  // A browser lets a page sound once it has been touched; until then the page says that it is mute.
  const hint = () => document.querySelectorAll("[data-chime-asleep]").forEach(
    place => { place.hidden = !wanted() || sound?.state === "running" });
  const wake = () => {
    if (!sound) { sound = new AudioContext(); sound.onstatechange = hint }
    return sound.resume().then(hint);
  };
  const ring = () => {
    [[880, 0], [1318.5, 0.14]].forEach(([pitch, after]) => {
      const tone = sound.createOscillator(), loud = sound.createGain(), at = sound.currentTime + after;
      tone.frequency.value = pitch;
      loud.gain.setValueAtTime(0.0001, at);
      loud.gain.exponentialRampToValueAtTime(0.25, at + 0.02);
      loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.7);
      tone.connect(loud).connect(sound.destination);
      tone.start(at);
      tone.stop(at + 0.75);
    });
  };
  const chime = () => {
    if (!wanted() || Date.now() - last < 1500) return;
    const asked = last = Date.now();
    wake().then(() => { if (Date.now() - asked < 1000) ring() });  // not when the page is touched much later
  };
  const paint = () => {
    document.querySelectorAll("[data-chime]").forEach(
      button => button.setAttribute("aria-pressed", String(wanted())));
    hint();
  };
  const look = () => { if (seen() && unread) { unread = 0; document.title = plain() } };
  addEventListener("pointerdown", wake);
  addEventListener("keydown", event => {
    wake();
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const field = document.querySelector("[data-search]");
    if (field) { event.preventDefault(); field.focus(); field.select() }
  });
  const ages = () => document.querySelectorAll("[data-since]").forEach(place => {
    const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(place.dataset.since)) / 60000));
    const [count, unit] = minutes < 60 ? [minutes, "minute"] : minutes < 2880
      ? [Math.floor(minutes / 60), "hour"] : [Math.floor(minutes / 1440), "day"];
    const lang = document.documentElement.lang;
    const text = new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long" }).format(count);
    if (place.textContent !== text) place.textContent = text;
    place.dataset.late = minutes >= 30 ? "2" : minutes >= 10 ? "1" : "0";
  });
  // A card that leaves its column takes the focus away with it. It goes to the card that comes to its place, else to
  // the column's heading, and nothing scrolls: to what acts on nothing, for the next key was meant for what is gone.
  let focused = null, column = null, order = null, orders = [];
  const cards = place => [...place.querySelectorAll("[data-order]")];
  const remember = () => {
    const place = focused.closest("[data-column]");
    column = place?.dataset.column;
    order = focused.closest("[data-order]")?.dataset.order;
    orders = place ? cards(place).map(card => card.dataset.order) : [];
  };
  addEventListener("focusin", event => { focused = event.target; remember() });
  const refocus = () => {
    const place = document.querySelector(`[data-column="${column}"]`);
    if (!place || document.activeElement !== document.body) return;
    const at = orders.indexOf(order), there = cards(place);
    const near = [...orders.slice(at), ...orders.slice(0, Math.max(at, 0)).reverse()];
    const next = near.map(id => there.find(card => card.dataset.order === id)).find(Boolean);
    (next ?? place.querySelector("h2"))?.focus({ preventScroll: true });
  };
  new MutationObserver(changes => {
    if (!column) return;
    if (!focused.isConnected) refocus();
    // Moved within its list, an element loses the focus too.
    else if (changes.some(({ removedNodes }) => [...removedNodes].some(node => node.contains(focused)))
      && document.activeElement === document.body) focused.focus({ preventScroll: true });
    else if (document.activeElement === focused) remember();
  }).observe(document.body, { childList: true, subtree: true });
  setInterval(() => { ages(); paint() }, 1000);
  // The way back through the history changes the search; what is typed is then nobody's any more.
  addEventListener("popstate", () => document.querySelector("[data-search]:focus")?.blur());
  addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);
  window.staffSignals = {
    paint,
    arrived: count => {
      chime();
      if (!seen()) { unread += count; document.title = `(${unread}) ${plain()}` }
    },
    toggle: () => {
      try { localStorage.setItem("sweetdream.chime", wanted() ? "off" : "on") } catch {}
      paint(); chime();
    },
  };
  if (navigator.userActivation?.hasBeenActive) wake();
  paint();
})()
"""
"""Sets all of it up, once in a tab; belongs into the frame of every page."""

ARRIVED = "window.staffSignals?.arrived({count})"
TOGGLE_CHIME = "window.staffSignals?.toggle()"
