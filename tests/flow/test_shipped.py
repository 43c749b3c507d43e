"""The hotline that ships in flows/: the example operators start from must itself be faultless."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.flow import hours, load, ways
from ivr.flow.model import Flow, HandoffReason, LeafKind, Level, Menu, PromptKind, TargetKind
from ivr.flow.prompts import prompt_text
from ivr.flow.prompts.system_prompts import SYSTEM_PROMPTS
from tests.flows_for_tests import reason_of

FLOWS = Path(__file__).parents[2] / "flows"
LONGEST = 20.0  # seconds (HB 7.4.2)


@pytest.fixture(scope="module")
def flow() -> Flow:
    loaded = load(FLOWS)
    assert [str(finding) for finding in loaded.findings] == []
    assert loaded.flow is not None
    return loaded.flow


def text(flow: Flow, prompt: str) -> str:
    return flow.prompts[prompt].texts[flow.languages[0]]


def leaves_under(flow: Flow, menu: Menu) -> set[str]:
    found: set[str] = set()
    for option in menu.options:
        if option.target.kind is TargetKind.MENU:
            found |= leaves_under(flow, flow.menus[option.target.id])
        elif option.target.kind is TargetKind.LEAF:
            found.add(option.target.id)
    return found


def utc_ms(day: str, clock: str) -> int:
    """A moment in Shanghai (UTC+8, no daylight saving) as epoch milliseconds."""
    return round((datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC).timestamp() - 8 * 3600) * 1000)


def test_is_a_whole_retail_hotline(flow: Flow) -> None:
    assert 22 <= len(flow.leaves) <= 30
    assert set(LeafKind) == {leaf.kind for leaf in flow.leaves.values()}
    assert flow.revision.author != "未填写" and flow.revision.reason != "未填写"
    assert set(SYSTEM_PROMPTS) <= set(flow.prompts)


def test_menus_are_shallow_and_narrow(flow: Flow) -> None:
    levels = {leaf.level for leaf in flow.leaves.values()}
    assert levels == {2, 3}, "some leaves sit at the deepest level allowed, none below it (D1)"
    assert {menu.level for menu in flow.menus.values()} == {1, 2, 3}
    assert max(len(menu.options) for menu in flow.menus.values()) == 5


def test_options_are_spoken_as_label_then_key(flow: Flow) -> None:
    for menu in flow.menus.values():
        for option in menu.options:
            assert f"{option.label}按{option.key}" in text(flow, menu.prompt)


def test_the_elderly_key_is_named_within_five_seconds(flow: Flow) -> None:
    seconds = ways.estimated(flow)
    for entry, named in zip(flow.entries, ways.elderly_keys(flow, seconds), strict=True):
        assert ways.opening(flow, entry)[:2] == (entry.greeting[0], "elderly_key")
        assert named.seconds is not None and named.seconds <= 5


def test_every_leaf_is_reached_within_thirty_seconds_of_speech(flow: Flow) -> None:
    longest = ways.longest(flow, ways.estimated(flow))
    assert {way.leaf for way in longest} == set(flow.leaves)
    assert longest[0].seconds <= 30


def test_every_menu_announces_the_reserved_keys(flow: Flow) -> None:
    everywhere = set(flow.keys.all()) - {flow.keys.elderly}
    for prompt in ("keys", "keys_brief"):
        assert {named.key for named in prompt_text.keys(text(flow, prompt), "zh")} == everywhere
    assert {named.key for named in prompt_text.keys(text(flow, "elderly_key"), "zh")} == {flow.keys.elderly}


def test_nothing_takes_longer_than_twenty_seconds(flow: Flow) -> None:
    keys = prompt_text.seconds(text(flow, "keys"))
    for menu in flow.menus.values():
        assert prompt_text.seconds(text(flow, menu.prompt)) + keys <= LONGEST, menu.id
    for prompt in flow.prompts:
        assert prompt_text.seconds(text(flow, prompt)) / flow.elderly.speed <= LONGEST, prompt
    assert prompt_text.seconds(text(flow, "transferring")) / flow.elderly.speed < 3, (
        "key to queue within 3 s (CBA 十九)"
    )


def test_only_information_is_given_without_knowing_the_caller(flow: Flow) -> None:
    for leaf in flow.leaves.values():
        assert leaf.compliance, leaf.id
        if leaf.kind is LeafKind.CONSULT:
            assert (leaf.auth, leaf.queue, reason_of(leaf)) == (Level.NONE, None, None), leaf.id
        else:
            reason = HandoffReason.COMPLAINT if leaf.kind is LeafKind.COMPLAINT else HandoffReason.POLICY
            assert leaf.known > Level.NONE and reason_of(leaf) in (reason, None) and leaf.queue in flow.queues, leaf.id


def test_the_closed_branch_names_the_hours_and_refuses_nothing(flow: Flow) -> None:
    closed = flow.entries[1]
    assert closed.closed and closed.hours is None
    assert "八点三十分至十八点" in "".join(text(flow, prompt) for prompt in closed.greeting)
    offered = leaves_under(flow, flow.menus[closed.menu])
    assert {"complaint", "debit_loss", "card_loss"} <= offered
    for leaf in offered:
        queue = flow.leaves[leaf].queue
        assert queue is None or flow.queues[queue].hours is None, f"{leaf} would be refused outside hours"


@pytest.mark.parametrize(
    ("day", "clock", "menu"),
    [
        ("2026-11-23", "08:30", "main"),  # Monday, the first minute
        ("2026-11-23", "08:29", "closed"),
        ("2026-11-23", "18:00", "closed"),
        ("2026-11-22", "08:45", "closed"),  # Sunday begins later
        ("2026-10-01", "10:00", "closed"),  # holiday
        ("2026-10-10", "08:45", "main"),  # Saturday, shifted working day
        ("2027-02-05", "11:59", "main"),  # half day
        ("2027-02-05", "12:00", "closed"),
        ("2027-02-06", "10:00", "closed"),
    ],
)
def test_hours(flow: Flow, day: str, clock: str, menu: str) -> None:
    assert hours.entry_at(flow, utc_ms(day, clock)).menu == menu


def test_help_is_there_around_the_clock(flow: Flow) -> None:
    assert {queue.id for queue in flow.queues.values() if queue.hours is None} == {"complaints", "elderly", "urgent"}
    assert flow.elderly.queue == "elderly"


def test_every_queue_has_somebody_to_ring_first(flow: Flow) -> None:
    for queue in flow.queues:
        penalties = [agent.queues[queue] for agent in flow.agents.values() if queue in agent.queues]
        assert min(penalties) == 0, queue
        assert len(penalties) >= 2, f"{queue}: one agent's break must not close it"


def test_callers_are_greeted_and_taken_leave_of(flow: Flow) -> None:
    for entry in flow.entries:
        assert "您好" in "".join(text(flow, prompt) for prompt in entry.greeting)
    assert flow.prompts["goodbye"].kind is PromptKind.GOODBYE
    assert "再见" in text(flow, "goodbye") and "再见" in text(flow, "capacity")
