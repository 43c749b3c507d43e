"""Whose desk and telephone go on though his session is over."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import HTTPConnection

from ivr.people.roles import Role
from ivr.report.monitoring.live_view import AgentLine, LiveView
from tests.console.rig import Clock
from tests.console.test_telephone_relay import sign_out, signed_in


def test_a_call_outlives_its_session_for_two_hours(tmp_path: Path) -> None:
    browser = signed_in(tmp_path, 1, Role.AGENT, agent_id="1001")
    clock, last_known = browser.console.clock, browser.console.last_known
    assert isinstance(clock, Clock)
    browser.console.live.link.view = LiveView(1, 0, "n1", 0, "r1", agents=(AgentLine("1001", "李", "talk", 0),))
    cookie = f"ivr-8470={browser.client.cookies['ivr-8470']}".encode()
    here = HTTPConnection({"type": "http", "headers": [(b"cookie", cookie)]})
    known = last_known.of(here)
    assert known is not None and not known.over
    sign_out(browser)
    began = clock.now
    for later, there in ((0, True), (7_199_000, True), (7_200_000, False), (7_200_001, False)):
        clock.now = began + later
        assert (last_known.of(here) is not None) is there
