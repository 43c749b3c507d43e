"""Facts to a call record, told as tables: times are milliseconds after 2026-01-05 00:00 UTC."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import RecordsError
from ivr.flow.model import HandoffReason
from ivr.records.facts import Connected, Ended, Fact, HandoffRequested, Offered, Queued
from ivr.records.folding.fold import fold, in_order
from ivr.records.model import AgentLeg, Handoff, HeardAnnouncement, Hold, MenuVisit, Supervision
from tests.records.told import BASE, told

SELF_SERVED = """
    0      Offered       link1 in 95000 +8613800000001 normal
    1000   Answered
    1000   FlowChosen    rev1 menu zh
    1500   FirstPrompt
    1500   PromptSpoken  greeting greeting
    3000   PromptSpoken  main_menu menu
    3000   MenuEntered   main 1
    5000   MenuKey       repeat #
    5000   MenuEntered   main 1
    7000   MenuKey       choice 2
    7100   MenuEntered   branches 2
    9000   MenuKey       choice 1
    9100   PromptSpoken  branch_hours_info info
    15000  LeafCompleted branch_hours
    15100  MenuEntered   branches 2
    20100  MenuKey       timeout -
    20200  MenuEntered   branches 2
    25000  PromptSpoken  goodbye goodbye
    26000  Ended         caller 16
"""

AGENT = """
    0      Offered          link2 in 95000 +8613800000002 normal
    1000   Answered
    1500   FirstPrompt
    10000  HandoffRequested key general
    10200  Queued           general
    20000  Ringing          1001
    25000  Ringing          1002
    29000  Connected        1002 4000
    31000  AgentAnnounced   1002
    60000  HoldStarted      1002 explained=true
    85000  HoldEnded        1002
    90000  Released         1002
    91000  Ended            agent 16
    99000  WrappedUp        1002 8000
"""


def test_a_self_served_call_has_identity_moments_visits_and_leaf() -> None:
    call = fold("c1", told(SELF_SERVED))
    assert (call.call_id, call.linkedid, call.did, call.caller_number) == ("c1", "link1", "95000", "+8613800000001")
    assert (call.t_offered, call.t_answered, call.t_first_prompt, call.t_ended) == (
        BASE,
        BASE + 1000,
        BASE + 1500,
        BASE + 26000,
    )
    assert (call.flow_revision, call.entry, call.language, call.source) == ("rev1", "menu", "zh", "live")
    assert (call.hangup_by, call.hangup_cause, call.last_prompt_kind) == ("caller", "16", "goodbye")
    assert call.completed_leaf == ("branch_hours",)
    assert call.handoffs == () and call.agent_legs == ()
    assert call.menu_visits == (
        MenuVisit("main", 1, BASE + 3000, "repeat", "#"),
        MenuVisit("main", 1, BASE + 5000, "choice", "2"),
        MenuVisit("branches", 2, BASE + 7100, "choice", "1"),
        MenuVisit("branches", 2, BASE + 15100, "timeout", None),
        MenuVisit("branches", 2, BASE + 20200, "hangup", None),
    )


def test_an_answered_handoff_keeps_first_ring_and_the_answering_ring() -> None:
    call = fold("c2", told(AGENT))
    assert call.handoffs == (
        Handoff(
            t_requested=BASE + 10000,
            reason="key",
            t_left=BASE + 29000,
            outcome="answered",
            t_queued=BASE + 10200,
            t_ring_first=BASE + 20000,
            ring_ms_answering=4000,
            t_connected=BASE + 29000,
            agent_id="1002",
            agent_id_announced_at=BASE + 31000,
            queue="general",
        ),
    )
    hold = Hold(BASE + 60000, BASE + 85000, explained=True)
    assert call.agent_legs == (AgentLeg("1002", BASE + 29000, BASE + 90000, (hold,), None, 8000),)


def test_what_the_agent_says_became_of_the_call_is_on_his_leg_and_the_last_word_counts() -> None:
    given = "70000 DispositionGiven 1002 1\n92000 DispositionGiven 1002 3\n93000 DispositionGiven 1009 2"
    (leg,) = fold("c2", told(AGENT + given)).agent_legs
    assert leg.disposition == "3"


def test_a_hold_is_explained_once_the_caller_was_told() -> None:
    story = AGENT.replace(" explained=true", "")
    assert [hold.explained for hold in fold("c2", told(story)).agent_legs[0].hold] == [False]
    explained = told(f"{story}\n61000 HoldExplained 1002\n86000 HoldExplained 1002")
    assert [hold.explained for hold in fold("c2", explained).agent_legs[0].hold] == [True]


def test_a_supervisor_is_in_the_record_from_when_to_when() -> None:
    call = fold(
        "c2",
        told(
            AGENT
            + """
        40000 SupervisionBegan 1006 1002 listen
        50000 SupervisionEnded 1006
        70000 SupervisionBegan 1006 1002 whisper
        75000 SupervisionBegan 1006 1002 join
        76000 SupervisionBegan 1005 1002 odd
        """
        ),
    )
    assert call.supervisions == (
        Supervision("1006", "1002", "listen", BASE + 40000, BASE + 50000),
        Supervision("1006", "1002", "whisper", BASE + 70000, BASE + 75000),
        Supervision("1006", "1002", "join", BASE + 75000, BASE + 91000),
        Supervision("1005", "1002", "listen", BASE + 76000, BASE + 91000),
    )


def test_what_was_announced_is_in_the_record_once_a_place_from_when_it_was_first_heard() -> None:
    call = fold(
        "c",
        told("""
        0     Offered       c in 95000 +8613800000001 normal
        1000  AnnouncementHeard emergency:surge:general:respond menu true
        4000  AnnouncementHeard net_bank menu false
        9000  AnnouncementHeard net_bank leaf false
        15000 AnnouncementHeard net_bank leaf true
        19000 AnnouncementHeard net_bank leaf false
        20000 AnnouncementHeard net_bank cellar true
        21000 Ended caller 16
        """),
    )
    assert call.announcements_heard == (
        HeardAnnouncement("emergency:surge:general:respond", "menu", BASE + 1000, True),
        HeardAnnouncement("net_bank", "menu", BASE + 4000, False),
        HeardAnnouncement("net_bank", "leaf", BASE + 9000, True),
    )
    assert not call.drill


def test_a_call_that_meets_a_drill_is_one() -> None:
    story = "0 Offered c in 95000 +8613800009999 normal\n1000 DrillJoined\n2000 Ended caller 16"
    assert fold("c", told(story)).drill


@pytest.mark.parametrize("released", [59_990, 60_020])
def test_who_is_passed_on_to_a_queue_asks_again_and_stands_in_it(released: int) -> None:
    """Asterisk tells of the agent's end a moment before or after the caller is in the other queue."""
    moved = f"""
    59980  Transferred      1002 8002
    {released}  Released         1002
    60000  HandoffRequested policy cards
    60010  Queued           cards
    62000  Ringing          1003
    63000  Connected        1003 1000
    80000  Released         1003
    81000  Ended            agent 16
    """
    call = fold("c2", told("\n".join(AGENT.splitlines()[:9]) + moved))
    assert [(one.queue, one.outcome, one.t_queued) for one in call.handoffs] == [
        ("general", "answered", BASE + 10200),
        ("cards", "answered", BASE + 60010),
    ]
    assert [(one.agent_id, one.transferred_to) for one in call.agent_legs] == [("1002", "8002"), ("1003", None)]


def test_a_transfer_is_one_handoff_and_two_legs() -> None:
    call = fold(
        "c11",
        told("""
        0      Offered link in 95000 +8613800000010 normal
        5000   HandoffRequested key general
        5000   Queued general
        9000   Ringing 1011
        10000  Connected 1011 1000
        55000  Transferred 1011 1099
        60000  Connected 1099 2000
        100000 Ended agent 16
        """),
    )
    assert [(h.outcome, h.agent_id) for h in call.handoffs] == [("answered", "1011")]
    assert call.agent_legs == (
        AgentLeg("1011", BASE + 10000, BASE + 60000, (), "1099"),
        AgentLeg("1099", BASE + 60000, BASE + 100000),
    )


def test_a_transfer_whose_first_agent_left_before_the_second_answered() -> None:
    call = fold(
        "c",
        told("""
        0      Offered link in 95000 - withheld
        1000   HandoffRequested key general
        2000   Connected 1011 1000
        3000   Transferred 1011 1099
        3000   Released 1011
        9000   Connected 1099 6000
        20000  Ended caller 16
        """),
    )
    assert len(call.handoffs) == 1
    assert [(leg.agent_id, leg.t_released - BASE, leg.transferred_to) for leg in call.agent_legs] == [
        ("1011", 3000, "1099"),
        ("1099", 20000, None),
    ]


def test_waiting_twice_and_being_refused_are_three_requests() -> None:
    call = fold(
        "c",
        told("""
        0      Offered link in 95000 - withheld
        1000   HandoffRequested key cards refused=true why=closed
        2000   HandoffRequested fallback general
        2100   Queued general
        62100  HandoffLeft timeout
        65000  HandoffRequested key general
        65100  Queued general
        70000  Ended caller 16
        """),
    )
    assert [(h.reason, h.refused, h.why, h.outcome, h.t_left - BASE) for h in call.handoffs] == [
        ("key", True, "closed", "closed", 1000),
        ("fallback", False, None, "timeout", 62100),
        ("key", False, None, "abandoned", 70000),
    ]


@pytest.mark.parametrize("outcome", ["timeout", "full", "closed", "callback", "no_agents", "abandoned"])
def test_every_outcome_without_an_agent_is_kept(outcome: str) -> None:
    call = fold("c", told(f"0 HandoffRequested key general\n5000 HandoffLeft {outcome}\n6000 Ended system 16"))
    assert [(h.outcome, h.t_left - BASE) for h in call.handoffs] == [(outcome, 5000)]


def test_the_elderly_key_as_first_key_changes_the_entry() -> None:
    table = "0 FlowChosen r menu zh\n900 EntryChanged elderly_direct\n900 HandoffRequested elderly_key elderly"
    call = fold("c", told(table))
    assert (call.entry, call.handoffs[0].reason) == ("elderly_direct", "elderly_key")


def test_a_language_choice_wins_over_the_default() -> None:
    assert fold("c", told("0 FlowChosen r menu zh\n5 LanguageChosen en")).language == "en"


def test_a_call_that_never_ended_is_closed_honestly() -> None:
    call = fold("c", told("0 Offered link in 95000 - withheld\n1000 Answered\n3000 MenuEntered main 1"))
    assert (call.t_ended - BASE, call.hangup_by, call.hangup_cause) == (3000, "system", "app_lost")
    assert call.menu_visits == (MenuVisit("main", 1, BASE + 3000, "hangup", None),)


def test_a_call_lost_by_the_application_goes_on_in_the_dialplan() -> None:
    call = fold(
        "c",
        told("""
        0      Offered link in 95000 - withheld
        3000   MenuEntered main 1
        4000   AppLost killed
        6000   Queued general
        9000   Connected 1001 2000
        30000  Ended caller 16
        """),
    )
    assert call.menu_visits == (MenuVisit("main", 1, BASE + 3000, "hangup", None),)
    assert [(h.reason, h.t_requested - BASE, h.outcome) for h in call.handoffs] == [("fallback", 6000, "answered")]
    assert (call.hangup_by, call.hangup_cause) == ("caller", "16")


def test_no_offer_at_all_still_makes_a_record() -> None:
    call = fold("c", told("500 Answered"))
    assert (call.linkedid, call.did, call.caller_kind, call.t_offered) == ("c", "", "withheld", BASE + 500)


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(RecordsError):
        fold("c", [])


def test_a_lost_first_prompt_is_made_good_by_the_first_prompt_spoken() -> None:
    assert fold("c", told("0 Answered\n700 PromptSpoken greeting greeting")).t_first_prompt == BASE + 700


def test_an_agent_without_a_request_has_one_made_for_it() -> None:
    call = fold("c", told("0 Offered l in 95000 - withheld\n9000 Connected 1001 2000\n20000 Ended agent 16"))
    assert [(h.reason, h.t_requested - BASE, h.agent_id) for h in call.handoffs] == [("fallback", 7000, "1001")]


def test_a_doubled_answer_or_queue_entry_is_one() -> None:
    # The same moment seen by AMI and by CEL, some milliseconds apart.
    call = fold(
        "c",
        told("""
        1000 HandoffRequested key general
        1100 Queued general
        1102 Queued general
        5000 Connected 1001 900
        5003 Connected 1001 902
        5004 Queued general
        9000 Ended caller 16
        """),
    )
    assert len(call.handoffs) == len(call.agent_legs) == 1
    assert (call.handoffs[0].t_queued, call.handoffs[0].t_connected) == (BASE + 1100, BASE + 5000)


def test_an_announcement_belongs_to_the_agent_that_had_just_answered() -> None:
    call = fold(
        "c",
        told("""
        0     HandoffRequested key general
        1000  Connected 1001 900
        1500  AgentAnnounced 1001
        9000  Released 1001
        10000 HandoffRequested key general
        12000 Connected 1001 900
        12900 AgentAnnounced 1001
        20000 Ended caller 16
        """),
    )
    assert [h.agent_id_announced_at for h in call.handoffs] == [BASE + 1500, BASE + 12900]


def test_a_hold_open_at_the_end_ends_with_the_leg() -> None:
    call = fold("c", told("0 HandoffRequested key g\n1 Connected 1001 1\n5 HoldStarted 1001\n9 Ended caller 16"))
    assert call.agent_legs[0].hold == (Hold(BASE + 5, BASE + 9),)


def test_events_after_the_end_do_not_stretch_the_call() -> None:
    call = fold("c", told("0 HandoffRequested key g\n1 Connected 1001 1\n9 Ended caller 16\n12 Released 1001"))
    assert (call.t_ended - BASE, call.agent_legs[0].t_released - BASE) == (9, 9)


def test_words_outside_the_vocabulary_do_not_reach_the_record() -> None:
    call = fold("c", told("0 Offered l sideways 95000 - odd\n1 MenuEntered m 1\n2 MenuKey odd 1\n3 Ended gremlin 16"))
    assert (call.direction, call.caller_kind, call.hangup_by) == ("in", "withheld", "system")
    assert call.menu_visits[0].outcome == "invalid"


def test_text_no_database_can_keep_is_cleaned() -> None:
    call = fold("c\x00", [Offered(BASE, "l\ud800", "in", "95\x00", "+86", "normal"), Ended(BASE, "caller", "x\x00")])
    assert (call.call_id, call.linkedid, call.did, call.hangup_cause) == ("c\ufffd", "l\ufffd", "95\ufffd", "x\ufffd")


def test_enumerations_of_the_flow_become_plain_text() -> None:
    call = fold("c", [HandoffRequested(BASE, HandoffReason.ELDERLY_KEY, "elderly"), Ended(BASE + 1, "caller", "16")])
    assert call.handoffs[0].reason == "elderly_key"
    assert type(call.handoffs[0].reason) is str


@given(st.randoms(use_true_random=False), st.sampled_from([SELF_SERVED, AGENT]))
def test_order_and_doubles_do_not_matter(chance: random.Random, table: str) -> None:
    # Facts of one millisecond stay in their order; the others are moved and doubled at will.
    facts = [replace(fact, t=fact.t + place) for place, fact in enumerate(told(table))]
    muddled = facts + chance.sample(facts, chance.randrange(len(facts)))
    chance.shuffle(muddled)
    assert fold("c", muddled) == fold("c", facts)


@given(st.data(), st.sampled_from([SELF_SERVED, AGENT]))
def test_missing_facts_never_break_the_record(data: st.DataObject, table: str) -> None:
    facts: list[Fact] = data.draw(st.lists(st.sampled_from(told(table)), min_size=1, unique=True))
    call = fold("c", facts)
    assert call.t_ended >= min(fact.t for fact in facts)
    for handoff in call.handoffs:
        assert handoff.t_requested <= handoff.t_left
        assert (handoff.outcome == "answered") == (handoff.t_connected is not None) == (handoff.agent_id is not None)
    for leg in call.agent_legs:
        assert leg.t_connected <= leg.t_released
        assert all(leg.t_connected <= hold.t_start <= hold.t_end <= leg.t_released for hold in leg.hold)
    assert len(call.agent_legs) == sum(isinstance(fact, Connected) for fact in facts)


def test_facts_of_one_millisecond_stay_as_they_came() -> None:
    queued, connected = Queued(BASE, "g"), Connected(BASE, "1001", 0)
    assert in_order([queued, connected, queued]) == (queued, connected)
