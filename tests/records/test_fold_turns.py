"""What the caller said becomes turns of the record."""

from __future__ import annotations

from dataclasses import replace

from ivr.records.facts import CallerSpoke, Ended, Fact, Offered, ResolutionAsked, ResolutionGiven
from ivr.records.folding.fold import fold
from ivr.records.folding.late import add_late


def spoke(t: int, turn: str = "t1", **more: object) -> CallerSpoke:
    """Something said at `t` for 800 ms."""
    words: dict[str, object] = {
        "t_end": t + 800,
        "asr_text": "我的卡丢了",
        "asr_conf": 0.8,
        "intent": "debit_loss",
        "intent_score": 0.9,
        "action": "confirm:debit_loss",
        "barge_in": True,
        "audio_ref": "2026-11-21/c1-t1.wav",
    }
    return CallerSpoke(t, turn, **{**words, **more})  # type: ignore[arg-type]


def test_a_turn_holds_all_that_the_fact_tells() -> None:
    (turn,) = fold("c1", [spoke(1_000, pii=True, corrected="我的卡掉了"), Ended(9_000, "caller", "16")]).turns
    assert (turn.turn_id, turn.t_start, turn.t_end) == ("t1", 1_000, 1_800)
    assert (turn.asr_text, turn.asr_conf, turn.barge_in, turn.pii) == ("我的卡丢了", 0.8, True, True)
    assert turn.corrected == "我的卡掉了"
    assert (turn.intent, turn.intent_score, turn.action) == ("debit_loss", 0.9, "confirm:debit_loss")
    assert (turn.audio_ref, turn.annotations) == ("2026-11-21/c1-t1.wav", ())


def test_turns_are_in_order_and_each_is_there_once() -> None:
    facts: list[Fact] = [spoke(5_000, "t2"), spoke(1_000, "t1"), spoke(5_000, "t2"), spoke(6_000, "t2", action="again")]
    turns = fold("c1", facts).turns
    assert [(turn.turn_id, turn.t_start) for turn in turns] == [("t1", 1_000), ("t2", 5_000)]


def test_an_end_before_the_beginning_is_the_beginning() -> None:
    (turn,) = fold("c1", [spoke(1_000, t_end=400)]).turns
    assert (turn.t_start, turn.t_end) == (1_000, 1_000)


def test_what_is_written_is_no_telephone_call() -> None:
    offered = Offered(0, "t", "in", "", None, "withheld", channel="text")
    assert (fold("t", [offered]).channel, fold("v", [replace(offered, channel="voice")]).channel) == ("text", "voice")


def test_the_last_word_on_an_answer_counts_and_one_that_comes_late_too() -> None:
    asked = [spoke(1_000, "t1"), spoke(2_000, "t2"), ResolutionAsked(1_500, "t1"), ResolutionAsked(2_500, "t2")]
    said = [ResolutionGiven(3_000, "t1", True), ResolutionGiven(4_000, "t1", False), Ended(5_000, "caller", "said_all")]
    call = fold("t", [*asked, *said])
    assert [turn.resolution for turn in call.turns] == ["unresolved", "asked"]
    late = add_late(call, [ResolutionGiven(9_000, "t2", True), ResolutionGiven(9_000, "t7", True)])
    assert [turn.resolution for turn in late.turns] == ["unresolved", "resolved"]
