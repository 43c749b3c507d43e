"""Labelling without a terminal: what a page would call. A week of spoken calls, one caller each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ivr.errors import LabelError
from ivr.flow.loader import require
from ivr.nlu import mask
from ivr.people.access import Permit
from ivr.people.actions import Action
from ivr.records.audit.model import AuditEntry
from ivr.records.labels.utterances import Utterances
from ivr.records.model import Annotation, Turn
from ivr.records.store import Store
from ivr.training.agreement import compare, disputed
from ivr.training.plans import SampleRequest, draw_sample, find_plan, labelled_turns, progress
from ivr.training.session import LabellingSession, open_session
from ivr.training.turn_text import intents_of, names_of
from tests.cli.labelled import SAID, TEN, a_call
from tests.flow import small

NOW = TEN + 7 * 86_400_000
WEEK = SampleRequest(date(2026, 1, 5), date(2026, 1, 10), 50, 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    made.migrate()
    made.save([a_call(at, one) for at, one in enumerate(SAID)])
    yield made
    made.close()


@pytest.fixture
def audio(tmp_path: Path) -> Utterances:
    return Utterances(tmp_path / "utterances", least_free=0)


def session_of(
    store: Store, audio: Utterances, annotator: str, folder: Path, *, disputed: bool = False
) -> LabellingSession:
    """A session over the newest plan, with the small hotline's intents."""
    small.write(folder)
    flow = require(folder)
    plan = find_plan(store, None)
    return open_session(store, audio, annotator, plan, intents_of(flow), names_of(flow), disputed=disputed)


def test_a_sample_is_kept_once_and_never_replaced(store: Store, audio: Utterances) -> None:
    first = draw_sample(store, audio, WEEK, NOW)
    assert len(first.drawn) == len(first.turns) == first.population == first.spoken == len(SAID)
    assert first.silent == len(SAID)  # no sound was kept
    again = draw_sample(store, audio, WEEK, NOW + 1)
    assert again.plan.drawn == first.plan.drawn and len(store.plans()) == 1
    with pytest.raises(LabelError, match="不同"):
        draw_sample(store, audio, replace(WEEK, seed=2, n=3, name=first.plan.id), NOW)


def test_where_nothing_can_be_drawn_nothing_is_kept(store: Store, audio: Utterances) -> None:
    none = draw_sample(store, audio, replace(WEEK, audio_only=True), NOW)
    assert none.drawn == () and none.spoken == len(SAID) and store.plans() == ()
    with pytest.raises(LabelError, match="先用 ivr label sample 抽样"):
        find_plan(store, None)


def test_an_annotator_goes_on_where_he_stopped(store: Store, audio: Utterances, tmp_path: Path) -> None:
    draw_sample(store, audio, WEEK, NOW)
    session = session_of(store, audio, "甲", tmp_path / "flows")
    at = session.next(0)
    call, turn = session.turn(at)
    assert at == 0 and session.likely_reference(turn) is None  # what was recognised cannot be checked by ear
    session.save(session.speech(call, turn, turn.asr_text, True, "opening", NOW), turn.asr_text)
    assert session.next(0) == 1 and session.done == 1 and progress(store, session.plan) == [("甲", 1)]
    later = session_of(store, audio, "甲", tmp_path / "flows")
    assert later.likely_reference(later.turn(0)[1]) == turn.asr_text
    assert session_of(store, audio, "乙", tmp_path / "flows").next(0) == 0


def heard_turn(store: Store, audio: Utterances, turn: Turn) -> Turn:
    """The same turn with sound, in the store too."""
    call, _ = store.turns([turn.turn_id])[turn.turn_id]
    kept = replace(turn, audio_ref=audio.keep(turn.turn_id, turn.t_start, b"\x01\x02" * 4000))
    store.save([replace(call, turns=(kept,))])
    return kept


def test_the_sound_of_a_number_goes_when_the_turn_is_done(store: Store, audio: Utterances, tmp_path: Path) -> None:
    draw_sample(store, audio, WEEK, NOW)
    session = session_of(store, audio, "甲", tmp_path / "flows")
    call, turn = session.turn(0)
    heard = heard_turn(store, audio, turn)
    harmless = session.speech(call, heard, "我想开户", True, "opening", NOW)
    assert not session.save(harmless, "我想开户").dropped and session.sound(heard) is not None
    typed = "我的卡号是 6222021234567890128"
    step = session.save(session.speech(call, heard, mask(typed), True, "opening", NOW + 1), typed)
    assert step.dropped and step.before == harmless and session.sound(heard) is None


def test_a_label_that_is_taken_back_is_as_it_was_before(store: Store, audio: Utterances, tmp_path: Path) -> None:
    draw_sample(store, audio, WEEK, NOW)
    permit = Permit(Action.LABELS_WRITE, AuditEntry("甲", Action.LABELS_WRITE.value, "labels"))
    mine, other = (session_of(store, audio, who, tmp_path / "flows") for who in ("甲", "乙"))
    call, turn = mine.turn(0)
    before = store.turns([turn.turn_id])
    others = other.speech(call, turn, "我想开户", True, "accounts", NOW)
    other.save(others, "我想开户")
    first = mine.save(mine.speech(call, turn, "我想开户", True, "opening", NOW), "我想开户")
    second = mine.save(mine.speech(call, turn, "我想销户", False, "papers", NOW + 1), "我想销户")
    with pytest.raises(LabelError, match="自己"):
        other.undo(second, permit, NOW + 2)
    with pytest.raises(LabelError, match="后来又改过"):
        mine.undo(first, permit, NOW + 2)  # what stands there now is the second
    mine.undo(second, permit, NOW + 3)
    assert set(mine.turn(0)[1].annotations) == {others, first.said} and mine.next(0) == 1
    mine.undo(first, permit, NOW + 4)
    assert mine.turn(0)[1].annotations == (others,) and mine.next(0) == 0 and mine.done == 0
    with pytest.raises(LabelError, match="后来又改过"):
        mine.undo(first, permit, NOW + 5)  # once
    trail = [(one.entry.person, one.entry.target, one.entry.detail) for one in store.audit.list()]
    target = f"turn:{turn.turn_id}"
    assert trail == [
        ("甲", target, '{"earlier":false,"undone":true}'),
        ("甲", target, '{"earlier":true,"undone":true}'),
    ]
    assert other.mine(other.turn(0)[1]) == others and before[turn.turn_id][1].annotations == ()


def test_noise_says_nothing_that_was_recognised(store: Store, audio: Utterances, tmp_path: Path) -> None:
    draw_sample(store, audio, WEEK, NOW)
    session = session_of(store, audio, "甲", tmp_path / "flows")
    _, turn = session.turn(0)
    assert session.noise(turn, turn.asr_text, NOW) == Annotation(turn.turn_id, "甲", "", False, NOW)
    assert session.noise(turn, "妈妈说话", NOW).ref_text == "妈妈说话"


def test_two_who_differ_are_compared_and_their_turns_reviewed(store: Store, audio: Utterances, tmp_path: Path) -> None:
    draw_sample(store, audio, WEEK, NOW)
    for who, intent in (("甲", "opening"), ("乙", "accounts")):
        session = session_of(store, audio, who, tmp_path / "flows")
        for at in range(2):
            call, turn = session.turn(at)
            note = session.speech(call, turn, turn.asr_text, True, intent if at else "opening", NOW)
            session.save(note, turn.asr_text)
    turns = [turn for _, turn in labelled_turns(store, WEEK.first, WEEK.last)]
    compared = compare(turns)
    assert compared is not None and {compared.first, compared.second} == {"甲", "乙"}
    assert len(compared.disagreements["intent"]) == 1 and compared.disagreements["valid"] == []
    assert compared.found["intent"].observed.value == 0.5
    assert [disputed(turn) for turn in turns].count(True) == 1
    review = session_of(store, audio, "丙", tmp_path / "flows", disputed=True)
    assert len(review.ids) == 1
    assert compare([replace(turn, annotations=turn.annotations[:1]) for turn in turns]) is None
