"""Every page there is, with an address of it that shows something."""

from __future__ import annotations

import re

from ivr.console.page import PageSpec
from ivr.console.pages.registry import pages
from ivr.people.roles import Role, may
from ivr.records.store import Store
from tests.browser.rig.console import RunningConsole

#: Answers that are files or parts of a page: nobody opens them as a page.
PARTS = re.compile(r"/(file|chart|course|sound|peaks|live|fragment|picture|words)(/|$)|\.zip$")
#: Where a part of a path is none of these, "1" is asked for: then the page may say that there is no such thing.
#: These pages say that there is nothing where the tests' calls were served by no flow and nobody has drawn a sample.
_MAY_BE_EMPTY = {"/calls/{call_id}/test", "/labels/walk", "/menus/merge"}
#: Pages that people read on the way.
ON_THE_WAY = re.compile(r"/(now|calls|complaints|work|emergencies|announcements|approvals|account)(/|$)")
_SAMPLES = {
    "/figures/of/{id}": "hb.ivr_connect_rate",
    "/people/{id}": "{person}",
    "/menus/forms/{place}": "menu:main",
    "/menus/places/{node}": "menu:main",
}


def read() -> list[PageSpec]:
    """All pages that are read, in the order of the registry."""
    return [spec for _, spec in pages() if spec.method == "GET"]


def whole() -> list[PageSpec]:
    """Those that are whole pages."""
    return [spec for spec in read() if not PARTS.search(spec.path)]


def named(spec: PageSpec) -> str:
    """A test's name."""
    return spec.path.strip("/").replace("/", "-") or "first"


def address(spec: PageSpec, running: RunningConsole, store: Store) -> tuple[str, bool]:
    """An address of the page, and whether there is something to show at it."""
    known = "{" not in spec.path
    path = spec.path
    for start, sample in _SAMPLES.items():
        if path.startswith(start):
            known = True
            path = re.sub(r"\{[^}]*\}", sample.replace("{person}", running.person(Role.ANALYST)), path, count=1)
    if "{call_id}" in path or path.startswith("/calls/{"):
        found = store.list(limit=1)
        known = bool(found) and spec.path.count("{") == 1
        path = re.sub(r"\{[^}]*\}", found[0].call_id if found else "1", path, count=1)
    return re.sub(r"\{[^}]*\}", "1", path), known and spec.path not in _MAY_BE_EMPTY


def role_that_may(spec: PageSpec) -> Role | None:
    """The role with the fewest rights of those that may; None where nobody may by his role alone."""
    found = [role for role in Role if may(role.value, spec.action)]
    return min(found, key=_rights) if found else None


def role_that_may_not(spec: PageSpec) -> Role | None:
    """A role that may not, or None."""
    return next((role for role in Role if not may(role.value, spec.action)), None)


def _rights(role: Role) -> int:
    return sum(may(role.value, spec.action) for spec in read())
