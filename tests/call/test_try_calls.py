"""Calls from the console's page to try the hotline: what they ask for is asked for as a test (D10)."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from ivr.call.effects import CallContext
from ivr.call.served_flow import ServedFlow
from ivr.call.session import Session
from ivr.telephony.agi.fastagi import AgiCall


class Agi:
    """A segment of a call on this channel."""

    def __init__(self, channel: str) -> None:
        self.env = {"agi_channel": channel}


@pytest.mark.parametrize(
    ("channel", "drill"), [("PJSIP/try-00000001", True), ("PJSIP/trunk-00000001", False), ("", False)]
)
def test_what_a_try_asks_for_is_a_test(channel: str, drill: bool) -> None:
    asked: list[CallContext] = []

    class Asking(Session):
        async def _segment(self, agi: AgiCall) -> None:
            asked.append(self._context())

    session = Asking("n-1.1", cast(ServedFlow, None), lambda fact: None)
    asyncio.run(session.serve(cast(AgiCall, Agi(channel))))
    assert [one.drill for one in (*asked, session._context())] == [drill, drill], "also once the caller is gone"
