"""Who of the agents is in Asterisk's queues. At the beginning of a shift many sign in within a moment: Asterisk's files
are written, and its queues read again, once for all who asked meanwhile and not once for each."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Protocol

from ivr.errors import HotlineError, NodeError, TelephonyError
from ivr.telephony.ami import agent_actions
from ivr.telephony.ami.manager import Manager


class SignedOut(Protocol):
    """Which agents have signed out, over restarts."""

    def read(self) -> frozenset[str]:
        """Those who have."""

    def write(self, agents: Collection[str]) -> None:
        """Keep it. Raises NodeError."""

    def render(self) -> None:
        """Have Asterisk's files say so. Raises NodeError."""


class QueueMembers:
    """`kept` is the list of those who have signed out."""

    def __init__(self, manager: Manager, kept: SignedOut) -> None:
        self._manager, self._kept = manager, kept
        self._reading = asyncio.Lock()
        self._asked = self._covered = 0  # how often it was asked for, and how many of these the last reading was for
        self._wrong: HotlineError | None = None  # what came of the last reading

    async def sign(self, agent: str, *, out: bool) -> None:
        """Take the agent out of his queues, or in again. The files come first: whatever Asterisk reads again later
        says the same. Raises NodeError and TelephonyError; then he is where he was."""
        was_out = agent in self._kept.read()
        self._keep(agent, out=out)
        try:
            await self._read_again()
        except NodeError:
            self._keep(agent, out=was_out)
            raise
        except TelephonyError:
            self._keep(agent, out=was_out)
            self._kept.render()
            raise

    def _keep(self, agent: str, *, out: bool) -> None:
        others = self._kept.read() - {agent}  # as it is now: others may have signed in meanwhile
        self._kept.write(others | {agent} if out else others)

    async def _read_again(self) -> None:
        """Files and queues are made anew after now, by one for all who wait. What is under way already may have read
        the files too early."""
        self._asked += 1
        mine = self._asked
        async with self._reading:  # in the order in which it was asked for
            if self._covered < mine:
                await self._read()
            if self._wrong is not None:
                raise self._wrong

    async def _read(self) -> None:
        covers = self._asked
        wrong: HotlineError | None = None
        try:
            self._kept.render()
            await agent_actions.reread_members(self._manager)
        except HotlineError as caught:  # told to everybody it was done for
            wrong = caught
        self._covered, self._wrong = covers, wrong
