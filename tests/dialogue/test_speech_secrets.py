"""A number that a caller says in several utterances: its later parts are no more stored than its first (CBA 十三)."""

from __future__ import annotations

import pytest

from ivr.nlu import Understanding
from ivr.records.facts import CallerSpoke
from tests.dialogue.listening import listening
from tests.dialogue.talking import Talk
from tests.flows_for_tests import OPEN


def spoke(*said: str) -> list[CallerSpoke]:
    """The record of what a caller says at the menu, one utterance after the other."""
    flow = listening()
    talk = Talk(flow, OPEN, None, Understanding(flow)).say(*said)
    return [fact for fact in talk.facts if isinstance(fact, CallerSpoke)]


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        (("我的密码是", "接下来二五一帮我办一下"), "二五一"),
        (("我的密码是八三", "我说了是六二五你听到没有"), "六二五"),
        (("六二二二", "后面跟着的是零二一二你知道了吧"), "零二一二"),
        (("我的卡号是6222 0212", "我再说一遍 3456 谢谢你帮我查"), "3456"),
    ],
)
def test_the_second_part_is_stored_no_more_than_the_first(said: tuple[str, str], digits: str) -> None:
    alone = spoke(said[1])[0]
    assert digits in alone.asr_text, "by itself it is no number"
    second = spoke(*said)[1]
    assert digits not in f"{second.asr_text}{second.corrected}"
    assert second.pii and second.audio_ref is None


def test_what_is_said_after_it_is_stored_again() -> None:
    *_, last = spoke("我的卡号是六二二二零二一二三四五六", "不说了", "我要分十二期")
    assert (last.asr_text, last.pii) == ("我要分十二期", False)
