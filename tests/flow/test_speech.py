"""Menus that listen, leaves that ask: what is read, what is made of it, and what is found wrong with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.flow import load, require
from ivr.flow.model import Question, SlotKind, When
from ivr.flow.prompts.derived import ASKING_PROMPTS, LISTENING_PROMPTS, confirm_id, derived, offer_id
from ivr.flow.prompts.prompt_text import CHARACTERS_PER_SECOND, seconds
from tests.flow import small

FLOWS = Path(__file__).parents[2] / "flows"
PROMPTS, HOTLINE, KNOWLEDGE = "prompts.yaml", "hotline.yaml", "knowledge.yaml"


def found(folder: Path) -> list[str]:
    """Codes with their texts."""
    return [f"{finding.code} {finding.text}" for finding in load(folder).findings]


def test_a_menu_listens_for_everything_or_for_what_it_names(tmp_path: Path) -> None:
    menus = require(small.write(tmp_path)).menus
    assert (menus["main"].listen, menus["main"].intents) == (True, ())
    assert (menus["accounts"].listen, menus["accounts"].intents) == (True, ("opening", "agent"))
    assert (menus["closed"].listen, menus["closed"].intents) == (False, ())


def test_listen_false_is_not_to_listen(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, HOTLINE, "listen: true", "listen: false")
    assert require(tmp_path).menus["main"].listen is False


@pytest.mark.parametrize("wrong", ["listen: maybe", "listen: {opening: 1}", "listen: []", "listen: 1"])
def test_listen_is_true_or_a_list(wrong: str, tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, HOTLINE, "listen: true", wrong)
    (line,) = found(tmp_path)
    assert line.startswith(("F012", "F013")) and "listen" in line


def test_a_leafs_questions(tmp_path: Path) -> None:
    leaf = require(small.write(tmp_path)).leaves["balance"]
    card = Question("card", SlotKind.LAST4, "card_ask", "核对是哪张卡", True)
    assert leaf.questions == (card,), "a card's digits are personal unless said otherwise"
    small.edit(tmp_path, HOTLINE, "slot: last4", "slot: yes_no")
    yes_no = replace(card, slot=SlotKind.YES_NO)
    assert require(tmp_path).leaves["balance"].questions == (yes_no,), "what is for the call alone is kept nowhere"
    small.edit(tmp_path, HOTLINE, "retention: call", "retention: record")
    assert require(tmp_path).leaves["balance"].questions == (replace(yes_no, personal=False),)
    small.edit(tmp_path, HOTLINE, "retention: record, purpose: 核对是哪张卡", "purpose: 核对是哪张卡, personal: true")
    assert require(tmp_path).leaves["balance"].questions[0].personal


def test_a_date_is_one_to_come_unless_said_otherwise(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, HOTLINE, "slot: last4", "slot: date")
    small.edit(tmp_path, PROMPTS, "confirm_last4", "confirm_date")
    small.edit(tmp_path, PROMPTS, "后四位是{last4:digits}，对吗？", "是{date:date}，对吗？")
    assert require(tmp_path).leaves["balance"].questions[0].when is When.COMING
    small.edit(tmp_path, HOTLINE, "purpose: 核对是哪张卡", "purpose: 核对是哪张卡, when: past")
    assert require(tmp_path).leaves["balance"].questions[0].when is When.PAST
    small.edit(tmp_path, HOTLINE, "when: past", "when: future")
    (line,) = found(tmp_path)
    assert line.startswith("F013") and "coming（今天或以后）" in line


@pytest.mark.parametrize("id", ["Card", "1st", "card-no", "卡号", "a b"])
def test_a_question_is_named_as_a_placeholder_can_be(id: str, tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, HOTLINE, "{id: card,", f"{{id: {id},")
    assert [line[:4] for line in found(tmp_path)] == ["F013"]


# ---- prompts


def test_a_confirmation_and_an_offer_are_made_of_each_label(tmp_path: Path) -> None:
    flow = require(small.write(tmp_path))
    assert flow.prompts["confirm-agent"].texts == {"zh": "您是要人工，对吗？"}
    assert flow.prompts["offer-opening"].texts == {"zh": "开户须知，"}
    assert {f"{kind}-{id}" for kind in ("confirm", "offer") for id in flow.knowledge} <= set(flow.prompts)


def test_where_nothing_listens_none_are_made(tmp_path: Path) -> None:
    flow = require(small.speech_unavailable(tmp_path))
    assert flow.knowledge and not any(id.startswith(("confirm-", "offer-")) for id in flow.prompts)


def test_only_chinese_labels_are_read_in_chinese(tmp_path: Path) -> None:
    flow = require(small.write(tmp_path))
    made = derived(flow.knowledge.values(), ("en", "zh-TW"))
    assert made["offer-agent"].texts == {"zh-TW": "人工，"}


def test_an_operator_may_word_a_confirmation_himself(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(
        tmp_path, PROMPTS, "prompts:\n", "prompts:\n  confirm-agent: {kind: question, text: 给您转人工，好吗？}\n"
    )
    assert found(tmp_path) == []
    assert require(tmp_path).prompts["confirm-agent"].texts == {"zh": "给您转人工，好吗？"}


@pytest.mark.parametrize(
    ("label", "code"),
    [("我不知道", "F064"), ("查{card:digits}", "F062"), ("——", "F013"), ("查" * 90, "F068")],
)
def test_a_label_must_make_a_sentence(label: str, code: str, tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, KNOWLEDGE, "label: 人工,", f'label: "{label}",')
    assert code in {line[:4] for line in found(tmp_path)}


def test_the_label_of_the_leaf_is_checked_where_the_intent_has_none(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, HOTLINE, "opening: {label: 开户须知", 'opening: {label: "开户{须知"')
    assert [line[:4] for line in found(tmp_path)] == ["F062"]


@pytest.mark.parametrize("name", [*LISTENING_PROMPTS])
def test_a_flow_that_listens_has_every_prompt_for_it(name: str, tmp_path: Path) -> None:
    small.write(tmp_path)
    path = tmp_path / PROMPTS
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith(f"  {name}:")]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = found(tmp_path)
    assert told and all(line.startswith("F113") and f"「{name}」" in line for line in told)


def test_a_flow_that_neither_listens_nor_asks_needs_none(tmp_path: Path) -> None:
    small.speech_unavailable(tmp_path)
    path = tmp_path / HOTLINE
    text = path.read_text(encoding="utf-8").replace(
        "      - ask: {id: card, slot: last4, prompt: card_ask, retention: call, purpose: 核对是哪张卡}\n", ""
    )
    path.write_text(text, encoding="utf-8")
    lines = (tmp_path / PROMPTS).read_text(encoding="utf-8").splitlines()
    names = ("card_ask", *LISTENING_PROMPTS, *ASKING_PROMPTS)
    kept = [line for line in lines if not line.strip().startswith(tuple(f"{name}:" for name in names))]
    (tmp_path / PROMPTS).write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert found(tmp_path) == []


@pytest.mark.parametrize("slot", ["amount", "date", "phone"])
def test_a_question_needs_the_prompt_that_reads_its_kind_back(slot: str, tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, HOTLINE, "slot: last4", f"slot: {slot}")
    (line,) = found(tmp_path)
    assert line.startswith("F113") and f"「confirm_{slot}」" in line


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("是请按1，不是请按2。", "是请按1。", "F025"),
        ("是请按1，不是请按2。", "是请按2，不是请按1。", "F026"),
        ("都不是请按3。", "都不是请按4。", "F025"),
        ("press_2: {kind: question, text: 请按2。}", "press_2: {kind: question, text: 第二个。}", "F025"),
        ("输完请按井号键，人工服务请按0再按井号键。", "输完请按井号键。", "F024"),
        ("后四位是{last4:digits}，对吗？", "对吗？", "F062"),
    ],
)
def test_the_engines_questions_name_the_keys_that_it_knows(old: str, new: str, code: str, tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, PROMPTS, old, new)
    assert code in {line[:4] for line in found(tmp_path)}


# ---- values in prompts


def test_a_leaf_may_speak_what_it_asks(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, PROMPTS, "查询余额需要核实身份。", '"查询尾号{card:digits}的余额。"')
    assert found(tmp_path) == []


def test_a_prompt_that_others_speak_too_has_no_value(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, PROMPTS, "查询余额需要核实身份。", '"查询尾号{card:digits}的余额。"')
    small.edit(tmp_path, HOTLINE, "say: opening_info", "say: [opening_info, balance_info]")
    (line,) = found(tmp_path)
    assert line.startswith("F062") and "{card:digits}" in line


def test_yes_or_no_is_not_spoken(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, PROMPTS, "查询余额需要核实身份。", '"查询{card:digits}。"')
    small.edit(tmp_path, HOTLINE, "slot: last4", "slot: yes_no")
    (line,) = found(tmp_path)
    assert line.startswith("F116") and "不能播报" in line


# ---- the shipped flow


def test_shipped_every_menu_listens_and_every_intent_reads_well() -> None:
    flow = require(FLOWS)
    assert all(menu.listen and not menu.intents for menu in flow.menus.values())
    for id, intent in flow.knowledge.items():
        assert len(intent.label) <= 14, "short enough to be said back"
        assert intent.label[-1] not in "吗呢？。", "stands inside 您是要…，对吗？"
        spoken = flow.prompts[confirm_id(id)].texts["zh"]
        assert spoken == f"您是要{intent.label}，对吗？" and seconds(spoken) < 5
        assert flow.prompts[offer_id(id)].texts["zh"] == f"{intent.label}，"
    assert len({intent.label for intent in flow.knowledge.values()}) == len(flow.knowledge)


def test_shipped_every_kind_of_value_is_asked_for_a_purpose() -> None:
    flow = require(FLOWS)
    asked = [question for leaf in flow.leaves.values() for question in leaf.questions]
    assert {question.slot for question in asked} == {SlotKind.AMOUNT, SlotKind.DATE, SlotKind.COUNT}
    assert all(question.purpose for question in asked)
    assert {question.slot for question in asked if question.personal} == set()
    assert not any(leaf.questions for leaf in flow.leaves.values() if leaf.queue == "urgent"), (
        "nothing holds up an emergency"
    )


def test_shipped_losses_are_always_confirmed() -> None:
    assert {id for id, intent in require(FLOWS).knowledge.items() if intent.confirm} == {"debit_loss", "card_loss"}


def test_shipped_what_is_said_before_the_first_menu_fits_into_twenty_seconds() -> None:
    flow = require(FLOWS)
    for entry in flow.entries:
        texts = ("say_or_press", flow.menus[entry.menu].prompt, "keys")
        assert sum(seconds(flow.prompts[id].texts["zh"]) for id in texts) <= 20, CHARACTERS_PER_SECOND


def test_a_prompt_that_nobody_speaks_any_more_is_a_warning_and_no_error(tmp_path: Path) -> None:
    """Who takes a step out of a leaf need not take its sentences out at once."""
    small.write(tmp_path)
    small.edit(tmp_path, PROMPTS, "prompts:\n", 'prompts:\n  left_over: "余额{available:amount}。"\n')
    (line,) = found(tmp_path)
    assert line.startswith("F070") and require(tmp_path)
