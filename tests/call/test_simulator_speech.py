"""`ivr try` on a flow that listens: Chinese text is speech, keys of one answer belong together."""

from __future__ import annotations

import io
from dataclasses import fields

import pytest

from ivr.call.simulator import ScriptResult, interactive, run_script, simulate
from ivr.call.transcript import spoken_words
from ivr.nlu import Understanding
from ivr.records.facts import CallerSpoke
from ivr.report.record_words import ACTION
from tests.dialogue.listening import NOISE, SURE, TORN, UNSURE, decided, listening
from tests.flows_for_tests import OPEN

MAIN = ("main_menu", "keys")


def script(text: str, understanding: Understanding | None = None) -> ScriptResult:
    """Run a script written with indentation, heard unless said otherwise."""
    lines = "\n".join(line.strip() for line in text.splitlines())
    return run_script(listening(), OPEN, None, lines, understanding or decided())


def typed(*lines: str, understanding: Understanding | None = None) -> str:
    """What the terminal shows when these lines are typed."""
    stdout = io.StringIO()
    stdin = io.StringIO("".join(f"{line}\n" for line in lines))
    interactive(listening(), OPEN, None, stdin, stdout, understanding)
    return stdout.getvalue()


def test_chinese_is_said_and_keys_are_pressed() -> None:
    call = simulate(listening(), [UNSURE, "2", "!" + TORN, "1", "*", "65", "是的", "a"], OPEN, None, decided())
    assert call.said[1] == ("confirm-loss", "yes_no_say")
    assert call.said[2] == ("not_that", *MAIN)
    assert call.said[-1] == ("agent_left", "goodbye")
    assert next(fact.action for fact in call.facts if isinstance(fact, CallerSpoke)) == "confirm:loss"


def test_what_was_understood_is_shown() -> None:
    shown = typed(UNSURE, "是的", "h", understanding=decided())
    assert "听到　卡好像没了　意图：办loss‹loss› 0.70　→ 先确认 loss" in shown
    assert "听到　是的　意图：—　→ 是" in shown
    assert "位置：确认客户的意思（loss）　等待说话或按键 5 秒" in shown
    assert "1 是　2 不是" in shown and "说或按 › " in shown
    assert "没有听懂，请客户再说" in typed(NOISE, understanding=decided())
    assert "1 办hours　2 办loss　3 都不是" in typed(TORN, understanding=decided())


def test_every_action_of_the_record_has_its_words() -> None:
    words = {word.partition(":")[0] for word in (CallerSpoke.__doc__ or "").split("`")[1::2]}
    assert words - {field.name for field in fields(CallerSpoke)} == set(ACTION)


def test_nothing_of_a_personal_answer_is_shown() -> None:
    call = simulate(listening(), ["63", "四七二九"], OPEN, None, decided())
    (fact,) = [fact for fact in call.facts if isinstance(fact, CallerSpoke)]
    assert spoken_words(listening(), fact) == "听到　（个人信息，不记录）　意图：—　→ 听到的值 value"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("6350421", "cards"),  # four digits make the answer, 1 confirms
        ("615000#1", "cards"),  # ended by #
        ("610#", "cards"),  # 0 by itself: the agent
        ("63*", "ask_menu"),
        ("63#", "activation_ask"),
    ],
)
def test_keys_of_one_answer_belong_together(keys: str, said: str) -> None:
    call = simulate(listening(), [keys], OPEN)
    shown = "\n".join(call.lines)
    assert (f"‹{said}›" in shown.splitlines()[-1]) or said in call.said[-1] or f"‹{said}›　优先级" in shown


def test_the_agent_gets_what_was_answered_and_a_question_says_how() -> None:
    shown = typed("61", "5000#", "1", "h")
    assert "交给座席：value 5000.00" in shown
    assert "的提问　等待按键 5 秒" in shown and "最多 9 位数字，以 # 结束" in shown


def test_without_understanding_speech_is_refused() -> None:
    assert "✗ 这里没有在听，只收按键" in typed(SURE)
    with pytest.raises(ValueError, match="只收按键"):
        simulate(listening(), [SURE], OPEN)
    with pytest.raises(ValueError, match="排队"):
        simulate(listening(), ["0", SURE], OPEN, None, decided())


def test_a_script_speaks_and_checks_what_was_understood() -> None:
    result = script(
        """
        say 我的卡丢了
        expect-fact CallerSpoke intent=loss action=leaf:card_loss barge_in=false
        应排队 cards
        队列 超时
        抢说 主菜单
        expect-fact CallerSpoke action=home barge_in=true
        应在菜单 main
        识别中断
        应听到 speech_down
        """
    )
    assert result.ok, result.text
    assert result.text.count("听到　") == 2


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("say", "要写上"),
        ("say  ", "要写上"),
        ("deaf\nsay 人工", "没有在听"),
        ("press 0\nsay 人工", "排队"),
        ("hang up\n说 人工", "结束"),
    ],
)
def test_speech_that_cannot_be_is_a_mismatch(line: str, why: str) -> None:
    result = script(line)
    assert len(result.mismatches) == 1 and why in str(result.mismatches[0])


def test_the_help_of_scripts_names_every_word() -> None:
    from ivr.call import simulator_script

    for word in ("say", "说", "say-early", "抢说", "deaf", "识别中断"):
        assert f" {word} " in (simulator_script.__doc__ or "")
