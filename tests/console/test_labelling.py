"""Knowledge and labelling as pages: a turn judged with one key, two people blind to each other, and nothing written
that would make callers be understood worse."""

from __future__ import annotations

import io
import re
import wave
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.flow.loader import require
from ivr.people.roles import Role
from ivr.records.labels.utterances import Utterances
from ivr.records.model import Call, Turn
from ivr.settings import Settings
from tests.cli.labelled import OPENING, SAID, TEN, a_call
from tests.console.rig import Browser, Clock, open_console, visitor
from tests.flow import small

DAYS = {"from": "2026-01-05", "to": "2026-01-10", "n": "50"}


@pytest.fixture
def trainer(tmp_path: Path) -> Browser:
    """A trainer at a small hotline with a week of calls whose sound was kept."""
    settings = replace(Settings(), flows=small.write(tmp_path / "flows"))
    console = open_console(tmp_path, Clock(TEN + 7 * 86_400_000), settings)
    audio = Utterances(console.settings.utterances, least_free=0)
    calls = []
    for number, said in enumerate(SAID):
        call = a_call(number, said)
        kept = tuple(replace(t, audio_ref=audio.keep(t.turn_id, t.t_start, b"\x01\x02" * 4000)) for t in call.turns)
        calls.append(replace(call, turns=kept))
    console.store.save(calls)
    browser = visitor(tmp_path, Role.TRAINER, console=console, person="zhou")
    listens(browser)
    return browser


def listens(browser: Browser) -> None:
    fields = {"action": "labels.listen", "target": "labels", "reason": "标注", "next": "/labels"}
    assert browser.post("/reason", fields).status_code == 303


def drawn(browser: Browser) -> str:
    assert browser.post("/labels/samples", DAYS).status_code == 303
    (plan,) = browser.console.store.plans()
    return plan.id


def place(text: str) -> tuple[int, int]:
    found = re.search(r"标注 (\d+)/(\d+)", text)
    assert found is not None, text
    return int(found[1]), int(found[2])


def test_one_key_judges_a_turn_and_the_next_one_comes(trainer: Browser) -> None:
    plan = drawn(trainer)
    page = trainer.get(f"/labels/walk?plan={plan}").text
    assert place(page)[0] == 1 and 'data-key="1"' in page
    answer = {"plan": plan, "at": "0", "reference": "我没有卡想弄一张", "answer": "opening", "interaction": "no"}
    went = trainer.post("/labels/walk", answer)
    assert went.status_code == 303 and place(trainer.get(went.headers["location"]).text)[0] == 2
    (note,) = [note for _, turn in turns(trainer, plan) for note in turn.annotations]
    assert (note.annotator, note.intent_gold, note.valid, note.interaction_ok) == ("zhou", "opening", True, False)


def turns(browser: Browser, plan: str) -> list[tuple[Call, Turn]]:
    store = browser.console.store
    ids = [one.turn_id for one in next(one for one in store.plans() if one.id == plan).drawn]
    return list(store.turns(ids).values())


def test_what_is_not_clear_is_asked_for_and_nothing_typed_is_lost(trainer: Browser) -> None:
    plan = drawn(trainer)
    told = trainer.post("/labels/walk", {"plan": plan, "at": "0", "reference": "写好的文本", "answer": "opening"})
    assert told.status_code == 409 and "热线最后做得对吗" in told.text and 'value="写好的文本"' in told.text
    told = trainer.post("/labels/walk", {"plan": plan, "at": "0", "reference": "字", "answer": "no-such-intent"})
    assert told.status_code == 409


def test_noise_is_one_key_and_a_step_back_shows_it_again(trainer: Browser) -> None:
    plan = drawn(trainer)
    trainer.post("/labels/walk", {"plan": plan, "at": "0", "answer": "noise"})
    assert "已标过" in trainer.get(f"/labels/walk?plan={plan}&at=0").text


def test_sound_is_heard_with_a_reason_and_only_by_who_may(trainer: Browser) -> None:
    plan = drawn(trainer)
    found = re.search(r'src="(/labels/sound/[^"]+)"', trainer.get(f"/labels/walk?plan={plan}").text)
    assert found is not None
    with wave.open(io.BytesIO(trainer.get(found[1]).content)) as sound:
        assert sound.getnframes() == 4000
    other = visitor(Path(), Role.TRAINER, console=trainer.console, person="other")
    assert other.get(found[1]).status_code == 403
    analyst = visitor(Path(), Role.ANALYST, console=trainer.console, person="analyst")
    assert analyst.get("/labels").status_code == 200 and analyst.get(found[1]).status_code == 403
    assert trainer.get("/labels/sound/..%2f..%2fivr.sqlite").status_code in (404, 409)


def heard(browser: Browser) -> list[tuple[str, str | None]]:
    """What the trail has of turns, the newest first."""
    found = [event.entry for event in browser.console.store.audit.list(action="labels.listen")]
    return [(entry.target, entry.reason) for entry in found if entry.target.startswith("turn:")]


def test_each_turn_that_is_shown_or_heard_is_in_the_trail_with_the_reason(trainer: Browser) -> None:
    plan = drawn(trainer)
    ids = [one.turn_id for one in next(iter(trainer.console.store.plans())).drawn]
    page = trainer.get(f"/labels/walk?plan={plan}&at=0").text
    found = re.search(r'src="/labels/sound/([^"]+)"', page)
    assert found is not None and found[1] in ids
    assert heard(trainer) == [(f"turn:{found[1]}", "标注")]
    assert trainer.get(f"/labels/sound/{ids[3]}").status_code == 200
    assert heard(trainer)[0] == (f"turn:{ids[3]}", "标注") and len(heard(trainer)) == 2


def test_a_turn_of_no_plan_is_not_heard(trainer: Browser) -> None:
    assert trainer.post("/labels/samples", {**DAYS, "n": "1"}).status_code == 303
    (plan,) = trainer.console.store.plans()
    (drawn_one,) = plan.drawn
    everything = [a_call(number, said).turns[0].turn_id for number, said in enumerate(SAID)]
    outside = next(id for id in everything if id != drawn_one.turn_id)
    assert trainer.get(f"/labels/sound/{drawn_one.turn_id}").status_code == 200
    refused = trainer.get(f"/labels/sound/{outside}")
    assert refused.status_code == 409 and "不在任何抽样方案里" in refused.text


def test_a_refused_answer_destroys_no_sound(trainer: Browser) -> None:
    plan = drawn(trainer)
    sound = re.search(r'src="(/labels/sound/[^"]+)"', trainer.get(f"/labels/walk?plan={plan}&at=0").text)
    assert sound is not None
    fields = {"plan": plan, "at": "0", "reference": "卡号6222020200112233445"}
    for wrong in ({}, {"answer": "no-such-intent"}, {"answer": "opening"}):  # the last one: nothing was judged
        assert trainer.post("/labels/walk", {**fields, **wrong}).status_code == 409
        assert trainer.get(sound[1]).status_code == 200
    assert trainer.post("/labels/walk", {**fields, "answer": "opening", "interaction": "no"}).status_code == 303
    assert trainer.get(sound[1]).status_code == 409


def test_two_people_do_not_see_each_other_and_are_compared(trainer: Browser) -> None:
    plan = drawn(trainer)
    second = visitor(Path(), Role.QUALITY, console=trainer.console, person="wu")
    listens(second)
    for browser, intent in ((trainer, "opening"), (second, "accounts")):
        page = browser.get(f"/labels/walk?plan={plan}&at=0").text
        assert "已标过" not in page
        fields = {"plan": plan, "at": "0", "reference": "我没有卡", "answer": intent, "interaction": "yes"}
        assert browser.post("/labels/walk", fields).status_code == 303
    compared = trainer.get("/labels/agreement").text
    assert "wu" in compared and "zhou" in compared and "意图不同" in compared
    assert place(trainer.get(f"/labels/walk?plan={plan}&at=0&disputed=1").text) == (1, 1)


def test_a_number_in_the_reference_is_hidden_and_the_sound_goes(trainer: Browser) -> None:
    plan = drawn(trainer)
    sound = re.search(r'src="(/labels/sound/[^"]+)"', trainer.get(f"/labels/walk?plan={plan}&at=0").text)
    assert sound is not None
    fields = {
        "plan": plan,
        "at": "0",
        "reference": "卡号6222020200112233445",
        "answer": "opening",
        "interaction": "yes",
    }
    assert trainer.post("/labels/walk", fields).status_code == 303
    assert not any("6222020200112233445" in str(turn) for _, turn in turns(trainer, plan))
    assert trainer.get(sound[1]).status_code == 409


def labelled(browser: Browser, plan: str, at: int, **fields: str) -> None:
    answer = {"plan": plan, "at": str(at), "reference": "我没有卡", "answer": "opening", "interaction": "no", **fields}
    assert browser.post("/labels/walk", answer).status_code == 303


def undone(browser: Browser, plan: str) -> str:
    """The page that comes after a label was taken back."""
    went = browser.post("/labels/undo", {"plan": plan})
    assert went.status_code == 303, went.text
    return browser.get(went.headers["location"]).text


def test_labels_are_taken_back_one_after_the_other_and_heard_again(trainer: Browser) -> None:
    plan = drawn(trainer)
    assert 'data-key="u"' not in trainer.get(f"/labels/walk?plan={plan}").text
    assert trainer.post("/labels/undo", {"plan": plan}).status_code == 409  # nothing was labelled yet
    labelled(trainer, plan, 0)
    labelled(trainer, plan, 1)
    labelled(trainer, plan, 0, answer="accounts", reference="改过的")
    assert 'data-key="u"' in trainer.get(f"/labels/walk?plan={plan}").text
    again = undone(trainer, plan)
    assert place(again)[0] == 1 and "恢复为您先前的标注" in again and 'value="我没有卡"' in again
    sound = re.search(r'src="(/labels/sound/[^"]+)"', again)
    assert sound is not None and trainer.get(sound[1]).status_code == 200
    assert place(undone(trainer, plan))[0] == 2
    first = undone(trainer, plan)
    assert place(first)[0] == 1 and "没有标过" in first and "已标过" not in first
    assert not any(turn.annotations for _, turn in turns(trainer, plan))
    assert trainer.post("/labels/undo", {"plan": plan}).status_code == 409
    told = [one.entry for one in trainer.console.store.audit.list(action="labels.write") if one.entry.detail]
    assert [entry.target.partition(":")[0] for entry in told] == ["turn"] * 3 and told[0].person == "zhou"


def test_only_ones_own_label_is_taken_back_and_agreement_is_as_before(trainer: Browser) -> None:
    plan = drawn(trainer)
    second = visitor(Path(), Role.QUALITY, console=trainer.console, person="wu")
    listens(second)
    labelled(trainer, plan, 0)
    trainer.get("/labels")  # which says what was done
    before = trainer.get("/labels/agreement").text
    assert second.post("/labels/undo", {"plan": plan}).status_code == 409
    labelled(second, plan, 0, answer="accounts")
    assert trainer.get("/labels/agreement").text != before
    assert "已标过" not in undone(second, plan)
    ((_, turn), *_) = turns(trainer, plan)
    assert [note.annotator for note in turn.annotations] == ["zhou"]
    assert trainer.get("/labels/agreement").text == before
    trainer.post("/sign-out")
    trainer.sign_in("zhou")
    listens(trainer)
    assert trainer.post("/labels/undo", {"plan": plan}).status_code == 409  # another session: nothing of it to undo


def test_a_label_whose_sound_went_is_taken_back_without_it_and_says_so(trainer: Browser) -> None:
    plan = drawn(trainer)
    labelled(trainer, plan, 0, reference="卡号6222020200112233445")
    again = undone(trainer, plan)
    assert place(again)[0] == 1 and "录音当时就删除了" in again and "没有录音" in again
    assert not any(turn.annotations for _, turn in turns(trainer, plan))


@pytest.mark.parametrize(
    "change", [{"n": "0"}, {"n": "x"}, {"from": "2026-02-30"}, {"to": "2025-01-01"}, {"name": "a/b"}]
)
def test_samples_that_cannot_be_drawn_are_refused(trainer: Browser, change: dict[str, str]) -> None:
    assert trainer.post("/labels/samples", {**DAYS, **change}).status_code == 409


def test_a_question_shows_its_effect_and_is_written_only_then(trainer: Browser) -> None:
    flows = trainer.console.settings.flows
    shown = trainer.post("/knowledge/opening/questions", {"questions": OPENING[0]})
    assert shown.status_code == 200 and "会改变什么" in shown.text and "写入工作副本" in shown.text
    assert OPENING[0] not in require(flows).knowledge["opening"].questions
    done = trainer.post("/knowledge/opening/questions", {"questions": OPENING[0], "write": "1", "reason": "客户常问"})
    assert done.status_code == 303
    flow = require(flows)
    assert OPENING[0] in flow.knowledge["opening"].questions and flow.revision.author == "zhou"


def test_a_question_of_another_intent_is_refused_with_why(trainer: Browser) -> None:
    flow = require(trainer.console.settings.flows)
    other = next(one for id, one in flow.knowledge.items() if id != "opening")
    shown = trainer.post("/knowledge/opening/questions", {"questions": other.question, "write": "1"})
    assert "不加入" in shown.text
    assert require(trainer.console.settings.flows).knowledge == flow.knowledge


def test_a_sentence_is_tried(trainer: Browser) -> None:
    text = trainer.post("/knowledge/try", {"text": "我想开个户"}).text
    assert "opening" in text and "最像" in text
    assert trainer.post("/knowledge/try", {"text": "一百", "place": "menu:nowhere"}).status_code == 409
    assert trainer.get("/knowledge/nothing").status_code == 409


def test_labels_teach_what_is_measured_on_others(trainer: Browser) -> None:
    plan = drawn(trainer)
    count = len(turns(trainer, plan))
    for at in range(count):
        fields = {"plan": plan, "at": str(at), "reference": OPENING[at % 6], "answer": "opening", "interaction": "no"}
        assert trainer.post("/labels/walk", fields).status_code == 303
    shown = trainer.post("/labels/lessons", {}).text
    assert "留出" in shown and ("knowledge.yaml" in shown or "没有可以加入" in shown)
    quality = visitor(Path(), Role.QUALITY, console=trainer.console, person="wu")
    assert quality.get("/labels/lessons").status_code == 403
