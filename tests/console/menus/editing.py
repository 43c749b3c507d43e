"""A console over a small hotline whose menus are edited: people who run them, and forms as the editor sends them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from ivr.console.context import Console
from ivr.flow.loader import require
from ivr.people.roles import Role
from ivr.settings import Publishing, Settings
from tests.console.rig import Browser, open_console, register
from tests.flow import small


@dataclass
class Editing:
    """`console` serves `folder` as publication 1."""

    console: Console
    folder: Path
    _known: dict[str, Browser] = field(default_factory=dict)

    def person(self, id_: str, *roles: Role) -> Browser:
        """Somebody's browser, signed in."""
        if id_ not in self._known:
            register(self.console.store, id_, roles or (Role.OPERATOR,), self.console.clock())
            browser = Browser(self.console)
            assert browser.sign_in(id_).status_code == 303
            self._known[id_] = browser
        return self._known[id_]

    def base(self, id_: str, source: str = "") -> dict[str, str]:
        """What the editor's form holds when the page is opened."""
        page = self.person(id_).get(f"/menus/edit?source={source}").text
        return {name: _hidden(page, name) for name in ("base", "source", "digest")}

    def text(self, file: str) -> str:
        """A file as the working copy has it."""
        return (self.folder / file).read_text(encoding="utf-8")

    def propose(self, id_: str, base: dict[str, str], reason: str = "开户新规", **texts: str) -> httpx2.Response:
        """The editor's form, with new texts by the first word of the file's name."""
        changed = {f"text:{file}.yaml": text for file, text in texts.items()}
        return self.person(id_).post("/menus/propose", {**base, **changed, "reason": reason})


def _hidden(page: str, name: str) -> str:
    found = re.search(f'<input type="hidden" name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def open_editing(folder: Path, *, four_eyes: bool = True) -> Editing:
    """People are registered, so that two are needed with `four_eyes`; what was in the folder is publication 1."""
    flows = small.write(folder / "flows")
    (folder / "prompts").mkdir()
    own = Settings(flows=flows, prompts=folder / "prompts", publishing=Publishing(four_eyes=four_eyes))
    console = open_console(folder, settings=own)
    revision = require(flows).revision
    found = Editing(console, flows)
    found.person("zhang")
    found.person("li")
    console.store.publishing.adopt(revision.files, revision.personal, "开始", console.clock() - 86_400_000)
    return found
