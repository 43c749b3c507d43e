"""What callers are told beside what they came for; what an emergency does to them (HB 4.5.9, CBA 三十五, 三十七)."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.dialogue.model import Await, EffectEnded, End, Enqueue, Listen, QueueOutcome
from ivr.flow.announcements import Announcement, AnnouncementKind
from ivr.flow.emergency import EmergencyLevel, EmergencyPlan, Measures, Others
from ivr.flow.model import Flow, Prompt, PromptKind
from ivr.flow.prompts.emergency import NEEDED
from ivr.flow.steps.acts import Announced
from ivr.flow.steps.effects import Done, Refused, RequestCallback, Result
from ivr.records.emergency import EmergencyKind, EmergencyPhase, InForce
from ivr.records.facts import CallbackAsked, EntryChanged, FlowChosen, HandoffLeft, HandoffRequested
from ivr.records.vocabulary import AnnouncementPlace
from tests.dialogue.talking import Talk
from tests.dialogue.test_instead_of_waiting import served as with_callbacks
from tests.flows_for_tests import CLOSED, ELDERLY_NUMBER, OPEN, YOUNG_NUMBER, flow

HOUR = 3_600_000
NOW = InForce(EmergencyKind.SURGE, "general", EmergencyPhase.HANDLE)
OTHER = replace(NOW, phase=EmergencyPhase.RECOVER)
SURGE = "emergency:surge:general:handle"


def saying(base: Flow, names: Iterable[str]) -> Flow:
    prompts = {name: Prompt(name, PromptKind.NOTICE, {"zh": f"这是{name}。"}) for name in names}
    return replace(base, prompts={**base.prompts, **prompts})


def announcing(*announcements: Announcement) -> Flow:
    return replace(saying(flow(), [one.prompt for one in announcements]), announcements=announcements)


def announced(name: str, begin: int = OPEN, end: int = OPEN + HOUR, **where: object) -> Announcement:
    return replace(
        Announcement(name, AnnouncementKind.MAINTENANCE, f"{name}_notice", begin, begin, end),
        **where,  # type: ignore[arg-type]
    )


def planned(measures: Measures, after: Measures | None = None, base: Flow | None = None) -> Flow:
    phases = dict.fromkeys(EmergencyPhase, Measures()) | {EmergencyPhase.HANDLE: measures}
    phases[EmergencyPhase.RECOVER] = after or Measures()
    plan = EmergencyPlan({EmergencyKind.SURGE: {"general": EmergencyLevel("general", "一般", phases)}})
    names = [*NEEDED, *measures.announcement, *measures.in_queue, *(after or Measures()).for_waiting]
    return replace(saying(base or flow(), names), emergency=plan)


def in_emergency(measures: Measures, number: str | None = None, base: Flow | None = None, at: int = OPEN) -> Talk:
    return Talk(planned(measures, base=base), at=at, number=number, emergency=NOW)


# ---- announcements


@pytest.mark.parametrize(("late", "heard"), [(-1, False), (0, True), (HOUR - 1, True), (HOUR, False)])
def test_an_announcement_is_heard_between_greeting_and_menu_in_its_time_alone(late: int, heard: bool) -> None:
    talk = Talk(announcing(announced("net")), at=OPEN + late)
    assert talk.said == ["greeting", *["net_notice"] * heard, "main_menu", "keys"]


def test_it_says_which_announcement_it_is_and_where() -> None:
    talk = Talk(announcing(announced("net")))
    assert talk.turn.say[1].announced == Announced("net", AnnouncementPlace.MENU)
    assert all(say.announced is None for say in talk.turn.say if say.prompt != "net_notice")


def test_a_key_during_it_chooses_as_in_the_menu() -> None:
    talk = Talk(announcing(announced("net"))).press("2", heard=1)
    assert talk.said[0] == "branch_hours_info"


def test_nobody_hears_it_a_second_time_before_a_menu() -> None:
    talk = Talk(announcing(announced("net"))).press("#")
    assert talk.said == ["main_menu", "keys"]
    assert "net_notice" not in talk.press("1").press("*").said


def test_one_that_ends_or_begins_in_mid_call_changes_nothing_for_the_call() -> None:
    served = announcing(announced("net", end=OPEN + 500, menu=False, leaves=frozenset({"branch_hours"})))
    assert Talk(served).press("2").said[0] == "net_notice"
    served = announcing(announced("net", begin=OPEN + 500, menu=False, leaves=frozenset({"branch_hours"})))
    assert "net_notice" not in Talk(served).press("2").said


def test_a_leaf_says_what_concerns_it_first_and_once() -> None:
    served = announcing(announced("net", menu=False, leaves=frozenset({"branch_hours"})))
    talk = Talk(served).press("2")
    assert talk.said[:2] == ["net_notice", "branch_hours_info"]
    assert talk.turn.say[0].announced == Announced("net", AnnouncementPlace.LEAF)
    assert "net_notice" not in talk.press("*").press("2").said


def test_a_leaf_that_leads_to_agents_says_it_too() -> None:
    served = announcing(announced("net", menu=False, leaves=frozenset({"card_loss"})))
    assert Talk(served).press("4").said == ["net_notice", "card_loss_intro", "transferring_unrecorded"]


def test_who_waits_is_told_once_what_he_has_not_heard() -> None:
    both = announced("net", queues=frozenset({"general"}))
    alone = announced("mobile", menu=False, queues=frozenset({"general"}))
    talk = Talk(announcing(both, alone)).press("0")
    waiting = talk.conversation.told_waiting()
    assert [say.prompt for say in waiting] == ["mobile_notice"]
    assert waiting[0].announced == Announced("mobile", AnnouncementPlace.QUEUE)
    assert talk.conversation.told_waiting() == ()


def test_nobody_is_told_in_another_queue_or_in_none() -> None:
    served = announcing(announced("net", menu=False, queues=frozenset({"cards"})))
    talk = Talk(served).press("0")
    assert talk.conversation.told_waiting() == ()
    assert Talk(served).conversation.told_waiting() == ()


# ---- emergencies


def test_what_has_happened_comes_first_and_the_call_comes_in_by_it() -> None:
    measures = Measures(("surge_notice",))
    served = replace(planned(measures), announcements=(announced("net"),))
    talk = Talk(saying(served, ["net_notice"]), emergency=NOW)
    assert talk.said == ["greeting", "surge_notice", "net_notice", "main_menu", "keys"]
    assert talk.turn.say[1].announced == Announced(SURGE, AnnouncementPlace.MENU)
    assert [fact.entry for fact in talk.facts if isinstance(fact, FlowChosen)] == ["emergency"]


def test_it_is_an_emergency_at_night_too_and_none_in_a_phase_that_nobody_notices() -> None:
    night = in_emergency(Measures(("surge_notice",)), at=CLOSED)
    assert [fact.entry for fact in night.facts if isinstance(fact, FlowChosen)] == ["emergency"]
    quiet = in_emergency(Measures(tell=("lead",)))
    assert [fact.entry for fact in quiet.facts if isinstance(fact, FlowChosen)] == ["menu"]


def test_an_elderly_caller_stays_one_and_is_told_while_he_waits() -> None:
    talk = in_emergency(Measures(("surge_notice",), queues=frozenset({"elderly"})), ELDERLY_NUMBER)
    assert talk.said == ["greeting", "transferring"] and talk.queued[0] == "elderly"
    assert [fact.entry for fact in talk.facts if isinstance(fact, FlowChosen)] == ["elderly_direct"]
    assert [say.prompt for say in talk.conversation.told_waiting()] == ["surge_notice"]


def test_the_one_key_leads_to_the_general_queue_where_only_that_is_kept() -> None:
    talk = in_emergency(Measures(queues=frozenset({"general"}))).press("9")
    assert talk.queued[0] == "general"


@pytest.mark.parametrize("way", ["0", "3", "4", "9"])
def test_agents_who_are_not_kept_cannot_be_had_by_any_way(way: str) -> None:
    talk = in_emergency(Measures(queues=frozenset())).press(way)
    assert isinstance(talk.turn.then, Listen) and "emergency_agents" in talk.said and "main_menu" in talk.said
    assert [refused for _, _, refused in talk.requests()] == [True]
    assert [fact.why for fact in talk.facts if isinstance(fact, HandoffRequested)] == ["emergency"]


def test_an_elderly_caller_on_the_list_hears_why_where_nobody_is_kept() -> None:
    talk = in_emergency(Measures(("surge_notice",), queues=frozenset()), ELDERLY_NUMBER)
    assert talk.said == ["greeting", "surge_notice", "emergency_agents", "main_menu", "keys"]


def test_agents_who_are_not_on_duty_anyway_are_refused_for_their_hours() -> None:
    talk = in_emergency(Measures(queues=frozenset()), at=CLOSED).press("0")
    assert "agents_closed" in talk.said and "emergency_agents" not in talk.said


def test_those_who_are_kept_are_reached_as_ever() -> None:
    talk = in_emergency(Measures(queues=frozenset({"general"})))
    assert talk.press("0").queued[0] == "general"
    assert [say.prompt for say in talk.conversation.told_waiting()] == []


def test_who_never_answers_is_bidden_goodbye_with_the_reason() -> None:
    talk = in_emergency(Measures(queues=frozenset()))
    while not talk.ended:
        talk.silent()
    assert talk.said == ["emergency_agents", "goodbye"]


CALLED_BACK = Measures(queues=frozenset({"elderly"}), others=Others.CALLBACK)


def test_whom_the_plan_calls_back_is_asked_for_the_number_and_promised() -> None:
    talk = in_emergency(CALLED_BACK, YOUNG_NUMBER, with_callbacks()).press("0")
    assert talk.said[:2] == ["emergency_callback", "callback_this_number"]
    talk.press("1")
    then = talk.turn.then
    assert isinstance(then, Await)
    assert then.effect == RequestCallback("general", talk.at - 1000, YOUNG_NUMBER)
    talk._then(talk.conversation.on(EffectEnded(talk.at, 0, then.number, Done())))
    assert talk.ended and talk.said == ["callback_accepted", "goodbye"]
    assert [(f.queue, f.refused) for f in talk.facts if isinstance(f, HandoffRequested)] == [("general", False)]
    assert [f.queue for f in talk.facts if isinstance(f, CallbackAsked)] == ["general"]
    assert not any(isinstance(f, HandoffLeft) for f in talk.facts)


def test_who_cannot_be_called_back_is_back_at_the_menu_and_his_request_is_over() -> None:
    talk = in_emergency(CALLED_BACK, YOUNG_NUMBER, with_callbacks()).press("01")
    then = talk.turn.then
    assert isinstance(then, Await)
    talk._then(talk.conversation.on(EffectEnded(talk.at, 0, then.number, Refused("number"))))
    assert talk.said[0] == "callback_refused" and "main_menu" in talk.said
    assert [f.outcome for f in talk.facts if isinstance(f, HandoffLeft)] == ["abandoned"]


def test_back_from_the_question_of_the_callback_leads_to_the_menu() -> None:
    talk = in_emergency(CALLED_BACK, YOUNG_NUMBER, with_callbacks()).press("0*")
    assert "main_menu" in talk.said
    assert [f.outcome for f in talk.facts if isinstance(f, HandoffLeft)] == ["abandoned"]


def test_a_queue_whose_agents_call_nobody_back_promises_nothing() -> None:
    served = with_callbacks()
    general = replace(served.queues["general"], callback=False)
    talk = in_emergency(CALLED_BACK, YOUNG_NUMBER, replace(served, queues={**served.queues, "general": general})).press(
        "0"
    )
    assert "emergency_agents" in talk.said and "main_menu" in talk.said and "emergency_callback" not in talk.said


def test_without_callbacks_the_caller_is_told_and_back_at_the_menu() -> None:
    talk = in_emergency(CALLED_BACK, YOUNG_NUMBER).press("0")
    assert "emergency_agents" in talk.said and "main_menu" in talk.said


def test_who_waits_as_it_begins_is_told_once_and_asked_nothing() -> None:
    served = planned(
        Measures(("surge_notice",), ("surge_waiting",), queues=frozenset({"elderly"})), Measures(("over",))
    )
    talk = Talk(served).press("0")
    assert talk.conversation.told_waiting() == ()
    talk.conversation.meet(NOW)
    waiting = talk.conversation.told_waiting()
    assert [(say.prompt, say.announced) for say in waiting] == [
        ("surge_waiting", Announced(SURGE, AnnouncementPlace.QUEUE))
    ]
    assert talk.conversation.told_waiting() == ()
    talk.conversation.meet(OTHER)
    assert [say.prompt for say in talk.conversation.told_waiting()] == ["over"]
    talk.conversation.meet(None)
    assert talk.conversation.told_waiting() == ()


def test_who_waited_for_agents_who_are_not_kept_now_cannot_wait_on() -> None:
    talk = Talk(planned(Measures(queues=frozenset({"elderly"})))).press("0")
    talk.conversation.meet(NOW)
    talk.back(QueueOutcome.TIMEOUT).press("1")
    assert "emergency_agents" in talk.said and "main_menu" in talk.said


def test_two_prompts_are_one_announcement_that_ends_with_the_second() -> None:
    talk = in_emergency(Measures(("surge_notice", "surge_more")))
    found = [say.announced for say in talk.turn.say if say.announced is not None]
    assert [(one.id, one.last) for one in found] == [(SURGE, False), (SURGE, True)]


def test_the_first_word_of_a_caller_does_not_hide_the_emergency() -> None:
    talk = in_emergency(Measures(("surge_notice",))).press("2")
    assert not any(isinstance(fact, EntryChanged) for fact in talk.facts)


@given(st.randoms(use_true_random=False), st.booleans(), st.sampled_from([frozenset(), frozenset({"elderly"})]))
def test_whatever_is_pressed_nobody_stands_in_a_queue_that_is_not_kept(
    chance: random.Random, calls_back: bool, kept: frozenset[str]
) -> None:
    measures = Measures(queues=kept, others=Others.CALLBACK if calls_back else Others.MENU)
    talk = in_emergency(measures, YOUNG_NUMBER, with_callbacks())
    for _ in range(15):
        then = talk.turn.then
        if isinstance(then, End):
            break
        if isinstance(then, Enqueue):
            assert then.queue in kept
            talk.back(chance.choice(list(QueueOutcome)))
        elif isinstance(then, Await):
            results: list[Result] = [Done(), Refused("number")]
            result = chance.choice(results)
            talk._then(talk.conversation.on(EffectEnded(talk.at, 0, then.number, result)))
        elif then.keys > 1:
            talk.key_in(chance.choice(["13800000001", "1", "0"]))
        else:
            chance.choice([lambda: talk.press(chance.choice("0123456789*#")), talk.silent])()
