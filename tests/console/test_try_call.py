"""试拨: who may, what the page is given, and what it is told of its own call."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ivr.console.pages import try_call_stream
from ivr.console.security.places import Places
from ivr.console.security.sessions import hashed
from ivr.people.roles import Role
from ivr.records.facts import Answered, Ended, Fact, MenuEntered, Offered
from ivr.records.journal.lines import fact_to_json
from ivr.serve.asterisk.configuration import load_secrets
from ivr.settings import Settings, Sip
from tests.console.rig import Browser, open_console, visitor

TOP = Path(__file__).parents[2]


def who_tries(folder: Path, *roles: Role, address: str = "10.1.2.3", started: bool = True) -> Browser:
    """Somebody at the console of a hotline that was started once."""
    settings = replace(Settings(state=folder / "run", flows=TOP / "flows"), sip=Sip(browser_address=address))
    console = open_console(folder, settings=settings)
    if started:
        load_secrets(console.settings, {})
    return visitor(folder, *(roles or (Role.QA,)), console=console)


def attribute(page: str, name: str) -> str:
    (found,) = re.findall(rf'<hotline-phone [^>]*{name}="([^"]*)"', page)
    return str(found)


def test_the_page_has_a_telephone_of_this_session_alone(tmp_path: Path) -> None:
    browser = who_tries(tmp_path)
    page = browser.get("/try").text
    assert re.fullmatch(r"sip:\+999[0-9]{9}@try\.invalid", attribute(page, "address"))
    assert attribute(page, "number") == "95000" and attribute(page, "user") == "try"
    assert attribute(page, "password") == attribute(browser.get("/try").text, "password")
    other = visitor(tmp_path, Role.QA, console=browser.console, person="other")
    assert attribute(other.get("/try").text, "password") != attribute(page, "password")
    assert attribute(other.get("/try").text, "address") != attribute(page, "address")
    secrets = json.loads((browser.console.settings.state / "secrets.json").read_text())
    assert secrets["browsers"] not in page


@pytest.mark.parametrize("path", ["/try", "/try/live"])
def test_who_may_not_try_the_hotline_is_refused(tmp_path: Path, path: str) -> None:
    assert who_tries(tmp_path, Role.AGENT, Role.COMPLAINTS).get(path).status_code == 403


def test_the_page_says_what_is_missing(tmp_path: Path) -> None:
    page = who_tries(tmp_path / "one", address="none").get("/try").text
    assert "ivr doctor" in page and "<hotline-phone" not in page
    page = who_tries(tmp_path / "other", started=False).get("/try").text
    assert "先启动热线" in page and "<hotline-phone" not in page


class Node:
    """The node at the other end of the console's connection: is asked, and tells these facts of one call."""

    def __init__(self, browser: Browser, facts: Sequence[Fact], patch: pytest.MonkeyPatch, goes: bool = False) -> None:
        self.asked: list[Mapping[str, Any]] = []
        self._link, self._facts, self._goes = browser.console.live.link, facts, goes
        patch.setattr(self._link, "ask", self._ask)

    async def _ask(self, request: Mapping[str, Any], _seconds: float = 0) -> Mapping[str, Any]:
        self.asked.append(request)
        told = [{"event": "fact", "call": "c1", "fact": fact_to_json(one)} for one in self._facts]
        other = {"event": "fact", "call": "c0", "fact": fact_to_json(Answered(1))}
        events: list[Mapping[str, Any]] = [{"event": "ringing"}, other, *told[:1], other, *told[1:]]
        for event in events:
            for listener in tuple(self._link.listeners):
                listener(event)
        if self._goes:
            for changed in tuple(self._link.changed):
                changed()
        return {"ok": True}


def told(text: str) -> list[tuple[str, dict[str, object]]]:
    """The events of a stream."""
    found = [dict(line.split(": ", 1) for line in part.splitlines()) for part in text.strip().split("\n\n")]
    return [(one["event"], json.loads(one["data"])) for one in found]


def test_what_happens_in_the_visitors_own_call_is_told_until_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = who_tries(tmp_path)
    own = attribute(browser.get("/try").text, "address").removeprefix("sip:").partition("@")[0]
    facts = (
        Offered(1_000, "c1", "in", "95000", own, "normal", drill=True),
        Answered(1_100),
        MenuEntered(3_000, "main", 1),
        Ended(9_000, "caller", "16"),
    )
    node, before = Node(browser, facts, monkeypatch), list(browser.console.live.link.listeners)
    events = told(browser.get("/try/live").text)
    assert node.asked == [{"command": "watch-call", "caller": own}]
    assert [name for name, _ in events] == ["waiting", "fact", "fact", "fact", "over"]
    assert "测试" in str(events[1][1]["words"]) and events[3][1] == {"t": 3_000, "words": "菜单 主菜单", "call": "c1"}
    assert browser.console.live.link.listeners == before


def test_a_hotline_that_goes_or_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = who_tries(tmp_path)
    assert [name for name, _ in told(browser.get("/try/live").text)] == ["trouble"]
    Node(browser, (), monkeypatch, goes=True)
    assert [name for name, _ in told(browser.get("/try/live").text)] == ["waiting", "trouble"]


def test_who_is_signed_out_is_told_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = who_tries(tmp_path)
    monkeypatch.setattr(try_call_stream, "ALIVE_SECONDS", 0.01)
    Node(browser, (), monkeypatch)
    monkeypatch.setattr(browser.console.last_known, "of", lambda _request: None)
    events = told(browser.get("/try/live").text)
    assert [name for name, _ in events] == ["waiting", "trouble"] and "登录" in str(events[1][1]["words"])


def test_a_session_has_two_streams_and_four_telephones() -> None:
    for most in (2, 4):
        places = Places(most)
        with ExitStack() as stack:
            assert [stack.enter_context(places.taken("s")) for _ in range(most + 1)] == [*[True] * most, False]
            assert stack.enter_context(places.taken("other"))
        with places.taken("s") as again:
            assert again


def test_a_third_stream_of_a_session_is_refused(tmp_path: Path) -> None:
    browser = who_tries(tmp_path)
    session = str(hashed(browser.client.cookies["ivr-8470"]))
    with browser.console.own_calls.taken(session), browser.console.own_calls.taken(session):
        assert "其他页面" in browser.get("/try/live").text
    assert "其他页面" not in browser.get("/try/live").text
