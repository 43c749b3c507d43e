"""A page walked by the keyboard alone."""

from __future__ import annotations

from playwright.sync_api import Page

#: What the element that has the focus is called.
_FOCUSED = """() => { const one = document.activeElement;
  if (!one || one === document.body) return "";
  const said = one.innerText || one.getAttribute("aria-label") || one.labels?.[0]?.innerText;
  return (said || one.name || one.tagName).trim(); }"""
#: Marks every control that Tab should reach; of a group of radio buttons Tab reaches one.
_WANTED = """() => { const kinds = "a[href], button:not(:disabled), input:not([type=hidden]):not(:disabled), "
    + "select:not(:disabled), textarea:not(:disabled), summary, [tabindex='0']";
  const groups = new Set();
  for (const one of document.querySelectorAll(kinds)) {
    if (!one.checkVisibility() || one.tabIndex < 0) continue;
    if (one.type === "radio") { if (groups.has(one.name)) continue; groups.add(one.name); }
    one.dataset.wanted = "1";
  }
  document.querySelector("[data-wanted]")?.focus(); }"""
_REACHED = """() => { const one = document.activeElement;
  if (!one || one === document.body) return "outside";
  const at = one.getBoundingClientRect();
  if (at.width === 0 || at.height === 0) return `unseen: ${one.outerHTML.slice(0, 120)}`;
  if (one.type === "radio") for (const other of document.getElementsByName(one.name)) delete other.dataset.wanted;
  delete one.dataset.wanted;
  return document.querySelector("[data-wanted]") === null ? "all" : ""; }"""
_MISSED = """() => [...document.querySelectorAll("[data-wanted]")].map(one => one.outerHTML.slice(0, 160))"""
#: A date is three fields for Tab, and more.
_MOST_A_CONTROL = 6


def focused(page: Page) -> str:
    """What the element that has the focus says."""
    return str(page.evaluate(_FOCUSED))


def walked(page: Page) -> list[str]:
    """Tab from the first control on; what was not reached, or had the focus and was not to be seen."""
    page.evaluate(_WANTED)
    wanted = int(page.evaluate("document.querySelectorAll('[data-wanted]').length"))
    for _ in range(_MOST_A_CONTROL * wanted + 10):
        found = str(page.evaluate(_REACHED))
        if found.startswith("unseen"):
            return [found]
        if found == "all":
            return []
        page.keyboard.press("Tab")
    missed: list[str] = page.evaluate(_MISSED)
    return missed
