"""Keys that are said, wherever the caller is asked something."""

from __future__ import annotations

import pytest

from ivr.dialogue.model import QueueOutcome
from ivr.dialogue.state import Position
from ivr.records.facts import CallerSpoke
from tests.dialogue.listening import ASK_KEYS, TORN, UNSURE, decided, listening
from tests.dialogue.talking import Talk
from tests.flows_for_tests import OPEN

KEY_OF = {leaf: key for key, leaf in ASK_KEYS.items()}


def talk() -> Talk:
    """A caller at the main menu, on a line that listens."""
    return Talk(listening(), OPEN, None, decided())


def action(made: Talk) -> str:
    """What became of what was said last."""
    return [fact for fact in made.facts if isinstance(fact, CallerSpoke)][-1].action


@pytest.mark.parametrize("said", ["按六", "6", "六号键", "最后一个", "选六吧"])
def test_at_a_menu_it_is_that_option_and_no_key_stands_in_the_record(said: str) -> None:
    made = talk().say(said)
    assert (action(made), made.conversation.path) == ("menu:ask", ("main", "ask"))
    assert made.visits()[0] == ("main", 1, "choice", None)


def test_at_a_menu_a_key_is_taken_by_its_sound_where_nothing_else_is_understood() -> None:
    assert talk().say("阿姨").conversation.path == talk().say("按一").conversation.path == ("main", "accounts")
    assert talk().say("阿嬷", others="按六").conversation.path == ("main", "ask"), "an alternative names it"
    assert action(talk().say("安奇")) == "rephrase", "the menu has no 7"
    assert action(talk().say(UNSURE, "阿姨")) == "rephrase", "no answer to a question"


def test_what_is_no_option_is_asked_for_again() -> None:
    assert action(talk().say("按八")) == "rephrase"
    assert action(talk().say("第九个")) == "rephrase"


@pytest.mark.parametrize(
    ("said", "does"), [("按零", "agent"), ("九", "elderly"), ("井号", "repeat"), ("星号", "repeat")]
)
def test_the_reserved_keys(said: str, does: str) -> None:
    assert action(talk().say(said)) == does


def test_back_is_back_below_the_root() -> None:
    made = talk().press("6").say("按星号键")
    assert action(made) == "back" and made.conversation.path == ("main",)


@pytest.mark.parametrize(
    ("said", "does"), [("按一", "leaf:card_loss"), ("1", "leaf:card_loss"), ("选二", "no"), ("五", "rephrase")]
)
def test_at_a_guess_it_is_yes_or_no(said: str, does: str) -> None:
    made = talk().say(UNSURE, said)
    assert action(made) == ("yes" if does.startswith("leaf") else does)


@pytest.mark.parametrize(
    ("said", "does"), [("选一", "leaf:branch_hours"), ("第二个", "leaf:card_loss"), ("按三", "no")]
)
def test_of_two_it_is_one_of_them_or_neither(said: str, does: str) -> None:
    assert action(talk().say(TORN, said)) == does


@pytest.mark.parametrize(
    ("said", "does"),
    [
        ("不是第一个", "rephrase"),
        ("不是第一个是第二个", "leaf:card_loss"),
        ("不要第二个", "rephrase"),
        ("前面那个", "leaf:branch_hours"),
    ],
)
def test_of_two_the_one_that_is_refused_is_not_taken(said: str, does: str) -> None:
    assert action(talk().say(TORN, said)) == does


@pytest.mark.parametrize("said", ["按一", "1", "一", "一号", "第一个"])
def test_where_a_value_is_to_be_confirmed_it_is_yes(said: str) -> None:
    made = talk().press("6" + KEY_OF["instalment"]).say("五千块", said)
    assert action(made) == "confirmed:value" and made.queued[0] == "cards"


@pytest.mark.parametrize("said", ["2", "二", "按二", "选第二个"])
def test_or_no(said: str) -> None:
    made = talk().press("6" + KEY_OF["instalment"]).say("五千块", said)
    assert action(made) == "no" and made.conversation.place is Position.ASK


@pytest.mark.parametrize("said", ["3", "三", "按五", "七"])
def test_and_never_another_value(said: str) -> None:
    made = talk().press("6" + KEY_OF["instalment"]).say("五千块", said)
    assert action(made) == "rephrase" and made.conversation.place is Position.CHECK


def test_where_a_value_is_asked_for_a_named_key_is_none() -> None:
    made = talk().press("6" + KEY_OF["instalment"])
    assert action(made.say("按五")) == "rephrase" and made.conversation.place is Position.ASK
    assert action(made.say("按零")) == "agent"


@pytest.mark.parametrize(("said", "does"), [("按一", "wait"), ("第二个", "home"), ("3", "leave"), ("按七", "rephrase")])
def test_in_the_queue(said: str, does: str) -> None:
    assert action(talk().press("0").back(QueueOutcome.TIMEOUT).say(said)) == does


@pytest.mark.parametrize("said", ["我的卡丢了", "网点几点开门"])
def test_who_wants_something_else_in_the_queue_is_not_bidden_goodbye(said: str) -> None:
    made = talk().press("0").back(QueueOutcome.TIMEOUT).say(said)
    assert action(made).startswith("leaf:") and not made.ended
