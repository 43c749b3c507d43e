"""The emergency in force as a node knows it: news at once, the last known one while the database is away, the capacity
told to the dialplan."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, cast

from ivr.errors import NotConnected, StoreError
from ivr.flow.emergency import EmergencyLevel, EmergencyPlan, Measures
from ivr.records.emergency import EmergencyKind, EmergencyPhase, InForce
from ivr.serve.care.emergency_in_force import EmergencyInForce
from tests.flows_for_tests import flow

NOW = InForce(EmergencyKind.SURGE, "general", EmergencyPhase.HANDLE)
MOST = 100


class World:
    """The database, the callers who wait, and Asterisk."""

    def __init__(self, capacity: int | None = 20) -> None:
        self.found: InForce | StoreError | None = None
        self.away = False
        self.news = 0
        self.told: list[str] = []
        phases = dict.fromkeys(EmergencyPhase, Measures(capacity=capacity))
        plan = EmergencyPlan({EmergencyKind.SURGE: {"general": EmergencyLevel("general", "一般", phases)}})
        served = replace(flow(), emergency=plan)
        self.watch = EmergencyInForce(self.in_force, lambda: served, self.tell, cast(Any, self), MOST)

    def in_force(self) -> InForce | None:
        if isinstance(self.found, StoreError):
            raise self.found
        return self.found

    def tell(self) -> None:
        self.news += 1

    async def action(self, name: str, **fields: str) -> None:
        assert name == "Setvar" and fields["Variable"] == "CAPACITY"
        if self.away:
            raise NotConnected("no link")
        self.told.append(fields["Value"])

    def turn(self) -> InForce | None:
        """One round of its work."""

        async def once() -> None:
            await self.watch.look()
            await self.watch._tell_capacity()

        asyncio.run(once())
        return self.watch.current()


def test_a_change_is_known_and_told_once() -> None:
    world = World()
    assert world.turn() is None and world.news == 0
    world.found = NOW
    assert world.turn() == NOW and world.turn() == NOW and world.news == 1
    world.found = None
    assert world.turn() is None and world.news == 2


def test_while_the_database_is_away_it_stays_as_it_was() -> None:
    world = World()
    world.found = NOW
    world.turn()
    world.found = StoreError("away")
    assert world.turn() == NOW and world.news == 1


def test_the_dialplan_is_told_how_many_calls_and_again_when_it_is_over() -> None:
    world = World()
    world.turn()
    world.turn()
    assert world.told == ["100"], "an application before this one may have said otherwise"
    world.found = NOW
    world.turn()
    world.turn()
    world.found = None
    world.turn()
    assert world.told == ["100", "20", "100"]


def test_what_asterisk_could_not_be_told_is_told_later() -> None:
    world = World()
    world.found, world.away = NOW, True
    world.turn()
    world.away = False
    world.turn()
    assert world.told == ["20"]


def test_no_more_calls_than_the_machine_bears_and_a_drill_turns_nobody_away() -> None:
    world = World(capacity=5000)
    world.found = NOW
    world.turn()
    assert world.told == ["100"]
    world = World()
    world.found = replace(NOW, drill=True)
    world.turn()
    assert world.told == ["100"]
