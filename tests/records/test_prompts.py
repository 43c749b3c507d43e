"""The prompts of a call: when each was heard, for how long, what cut it, and never what was joined into it."""

from __future__ import annotations

import dataclasses
import json
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.records.database.packed_prompts import packed, unpacked
from ivr.records.exchange.lines import from_line, to_line
from ivr.records.facts import Ended, Fact, PromptEnded, PromptSpoken
from ivr.records.folding.fold import fold
from ivr.records.folding.late import add_late
from ivr.records.folding.prompts import MOST_PROMPTS
from ivr.records.model import Call, PromptHeard
from ivr.records.store import Store
from tests.records.drawn import CALLS, built
from tests.records.told import BASE, told

BEGUN = "0 Offered c in 95000 +8613800000001 normal\n900 Answered\n"
HEARD = f"""{BEGUN}
    1000  FirstPrompt
    1000  PromptSpoken greeting greeting
    4200  PromptEnded  {BASE + 1000} whole
    4200  MenuEntered  main 1
    4210  PromptSpoken main_menu menu
    6300  PromptEnded  {BASE + 4210} key
    6300  MenuKey      choice 3
    6310  PromptSpoken balance_told info true
    9900  PromptEnded  {BASE + 6310} voice
    9950  PromptSpoken after_leaf question
    11000 Ended        caller 16
"""


def test_each_prompt_is_heard_until_it_ended_or_the_caller_cut_it_short() -> None:
    assert fold("c", told(HEARD)).prompts_heard == (
        PromptHeard("greeting", BASE + 1000, BASE + 4200),
        PromptHeard("main_menu", BASE + 4210, BASE + 6300, "key"),
        PromptHeard("balance_told", BASE + 6310, BASE + 9900, "voice", values=True),
        PromptHeard("after_leaf", BASE + 9950, BASE + 11000, "hangup"),
    )


@pytest.mark.parametrize(
    ("after", "end", "cut"),
    [
        ("2000 Ended caller 16", 2000, "hangup"),
        ("2000 Ended agent 16", 2000, "hangup"),
        ("2000 Ended network 41", 2000, "hangup"),
        ("2000 Ended system 16", 2000, None),  # Asterisk said it to its end, and hung up
        ("1000 Ended caller 16", None, None),  # told of as it was over
        ("2000 Ended system last_seen", None, None),
        ("2000 AppLost killed\n3000 Ended caller 16", None, None),
        ("1500 HandoffRequested fallback general\n3000 Ended caller 16", None, None),
        ("1500 Queued general\n3000 Ended caller 16", None, None),
        ("1500 Connected 1001 900\n3000 Ended caller 16", None, None),
        ("1500 PromptSpoken goodbye goodbye\n1500 Queued general\n3000 Ended caller 16", None, None),
        (f"1500 PromptEnded {BASE + 1000} failed\n3000 Ended caller 16", 1500, "failed"),
        (f"1500 PromptEnded {BASE + 1000} eaten\n3000 Ended caller 16", 1500, "failed"),
        (f"1500 PromptEnded {BASE + 999} whole\n3000 Ended caller 16", 3000, "hangup"),
    ],
)
def test_the_end_of_a_prompt_that_nobody_told_of(after: str, end: int | None, cut: str | None) -> None:
    heard = fold("c", told(f"{BEGUN}\n1000 PromptSpoken app_down notice\n{after}")).prompts_heard[0]
    assert heard == PromptHeard("app_down", BASE + 1000, None if end is None else BASE + end, cut)  # type: ignore[arg-type]


def test_what_was_seen_by_nobody_or_read_ends_nowhere() -> None:
    story = f"{BEGUN}\n1000 PromptSpoken goodbye goodbye\n2000 Ended caller 16"
    assert fold("c", told(story), source="rebuilt").prompts_heard == (PromptHeard("goodbye", BASE + 1000),)
    assert fold("c", told(story.replace("normal", "normal channel=text"))).prompts_heard == ()


def test_the_clock_may_step_back_in_a_prompt() -> None:
    facts = [PromptSpoken(5000, "menu", "menu"), PromptEnded(4000, 5000, "key"), Ended(9000, "caller", "16")]
    assert fold("c", facts).prompts_heard == (PromptHeard("menu", 5000, 5000, "key"),)


def test_what_is_whispered_to_who_waits_is_no_last_word_to_him() -> None:
    story = f"{HEARD.rsplit('9950', 1)[0]} 20000 PromptSpoken queue_position whispered true\n 30000 Ended caller 16"
    call = fold("c", told(story))
    assert call.last_prompt_kind == "info" and call.t_first_prompt == BASE + 1000
    assert call.prompts_heard[-1] == PromptHeard("queue_position", BASE + 20000, BASE + 30000, "hangup", values=True)


def test_a_stuck_key_fills_no_database() -> None:
    flood = [PromptSpoken(1000 + at, "menu", "menu") for at in range(3 * MOST_PROMPTS)]
    assert len(fold("c", [*flood, Ended(90_000, "caller", "16")]).prompts_heard) == MOST_PROMPTS


def test_what_is_told_late_is_added_once() -> None:
    call = fold("c", told(HEARD.replace(f"9900  PromptEnded  {BASE + 6310} voice", "")))
    assert call.prompts_heard[2].t_end is None
    late = told(f"9900 PromptEnded {BASE + 6310} voice\n9950 PromptSpoken after_leaf question")
    done = add_late(call, [*late, *told("700 PromptSpoken ring notice")])
    assert done.prompts_heard[:4] == fold("c", told(HEARD)).prompts_heard
    assert [one.prompt for one in done.prompts_heard[4:]] == ["ring"]
    assert add_late(done, late) == done


def test_nothing_that_was_joined_into_a_prompt_can_be_told() -> None:
    """Neither fact nor record has a place for it: who adds one must think about it here."""
    assert {field.name for field in dataclasses.fields(PromptSpoken)} == {"t", "prompt", "kind", "values"}
    assert {field.name for field in dataclasses.fields(PromptHeard)} == {"prompt", "t", "t_end", "cut", "values"}
    for cls in (PromptSpoken, PromptHeard):
        assert get_type_hints(cls)["values"] is bool


@given(st.lists(built(PromptHeard), max_size=6).map(tuple), st.integers(0, 2**62))
def test_every_prompt_comes_back_from_the_database(prompts: tuple[PromptHeard, ...], t_offered: int) -> None:
    assert unpacked(packed(prompts, t_offered), t_offered) == prompts


@given(st.lists(built(PromptSpoken) | built(PromptEnded), max_size=12, unique=True))
def test_every_prompt_that_began_is_in_the_record_in_order(facts: list[Fact]) -> None:
    heard = fold("c", [*facts, Ended(2**63 - 1, "caller", "16")]).prompts_heard
    begun = sorted({fact for fact in facts if isinstance(fact, PromptSpoken)}, key=lambda fact: fact.t)
    assert sorted((one.t, one.prompt) for one in heard) == sorted((fact.t, fact.prompt) for fact in begun)
    assert [one.t for one in heard] == [fact.t for fact in begun]
    assert all(one.t_end is None or one.t_end >= one.t for one in heard)


@given(CALLS)
def test_a_record_of_before_says_nothing_of_prompts(call: Call) -> None:
    before = dataclasses.replace(call, prompts_heard=())
    assert "prompts_heard" not in json.loads(to_line(before))
    assert from_line(to_line(before)) == before and from_line(to_line(call)) == call


def test_a_call_keeps_its_prompts_and_takes_them_with_it(store: Store) -> None:
    call = fold("c", told(HEARD))
    store.save([call, fold("d", told(BEGUN + "2000 Ended caller 16"))])
    assert [one.prompts_heard for one in store.list()] in ([call.prompts_heard, ()], [(), call.prompts_heard])
    shorter = dataclasses.replace(call, prompts_heard=call.prompts_heard[:1])
    store.save([shorter])
    assert store.get("c") == shorter
