"""What a caller types may be a PIN or a card number: it is written down nowhere, except that a menu visit names the one
key it ended with (CBA 十三)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.calls.faults.eyes import Manner, Record, dial, facts, only_record, wait_fact, wait_over, wait_prompt
from tests.rig.hotline import Hotline

pytestmark = pytest.mark.calls

#: None of these keys is a choice or a reserved key anywhere in the main menu.
CANARY = "76867687"


def written(line: Hotline) -> dict[Path, bytes]:
    """Every file that the hotline has written: logs, journal, CEL, database, spool; sound and secrets apart."""
    return {
        path: path.read_bytes()
        for path in line.state.rglob("*")
        if path.is_file() and path.suffix != ".wav" and path.name != "secrets.json"
    }


def test_typed_digits_are_written_nowhere(whole: Hotline, folder: Path) -> None:
    """The canary is typed in a menu, in the queue, and to the agent."""
    told: list[dict[str, object]] = []

    def watch(number: str) -> None:
        wait_prompt(whole, number, "agent_left", 60)
        wait_fact(whole, number, "Released")
        told.extend(facts(whole, number))

    steps = ("wait 1s", f"press {CANARY}", "wait 12s", f"press {CANARY}", "wait 6s", f"press {CANARY}", "wait for bye")
    agents = {"1001": Manner(rings_ms=4000, talks_ms=14000)}
    story = dial(whole, folder, *steps, agents=agents, meanwhile=watch)
    record = only_record(whole, story.number)
    assert len(story.call.keys) == 3 * len(CANARY), story.text(record)
    assert record["agent_legs"], story.text(record)
    for path, data in written(whole).items():
        assert CANARY.encode() not in data, path
        assert b"DTMF" not in data.upper() or path.suffix == ".conf", path
    keyed = [fact for fact in told if "key" in fact and fact["key"] is not None]
    assert {str(fact["fact"]) for fact in keyed} == {"MenuKey"}
    assert all(len(str(fact["key"])) == 1 for fact in keyed)
    # Keys that lead nowhere are counted and, once there are several in a row, not kept.
    assert len([visit for visit in record["menu_visits"] if visit["outcome"] == "invalid"]) == 3, story.text(record)
    assert len(kept(record)) <= 2, story.text(record)


def kept(record: Record) -> str:
    """The keys that a record holds."""
    return "".join(visit["key"] or "" for visit in record["menu_visits"])


@pytest.mark.parametrize("pin", ["836251", "251836"])
def test_a_pin_typed_at_a_menu_by_mistake(whole: Hotline, folder: Path, pin: str) -> None:
    """Some of its digits happen to lead somewhere."""
    told: list[str] = []

    def watch(number: str) -> None:
        wait_prompt(whole, number, "greeting")
        wait_over(whole, number)
        told.extend(str(fact["key"]) for fact in facts(whole, number) if fact.get("key") is not None)

    story = dial(whole, folder, "wait 1s", f"press {pin}", "wait 3s", "hang up", meanwhile=watch)
    record = only_record(whole, story.number)
    assert record["menu_visits"], story.text(record)
    assert len(kept(record)) <= 2 and len(told) <= 2, story.text(record)
