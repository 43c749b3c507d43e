"""One call as what happened in it: the prompts that were heard among the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from pathlib import Path

from ivr.flow.loader import load
from ivr.records.facts import PromptEnded
from ivr.records.model import Call, MenuVisit, PromptHeard
from ivr.report.fact_words import words
from ivr.report.record_text import describe
from ivr.report.time_line import MomentKind, names_of, time_line

T = 1_790_000_000_000
FLOW = load(Path(__file__).parents[2] / "flows").flow
CALL = Call(
    "c", "c", "in", "95000", "normal", T, T + 30_000, "caller",
    menu_visits=(MenuVisit("main", 1, T + 4_200, "choice", "3"),),
    prompts_heard=(
        PromptHeard("greeting", T + 1_000, T + 4_200),
        PromptHeard("main_menu", T + 4_250, T + 6_350, "key"),
        PromptHeard("goodbye", T + 28_000),
    ),
)  # fmt: skip


def test_prompts_stand_among_the_rest_by_their_time() -> None:
    found = time_line(CALL)
    assert [one.kind for one in found] == [MomentKind.PROMPT, MomentKind.MENU, MomentKind.PROMPT, MomentKind.PROMPT]
    assert [one.whole for one in found if one.kind is MomentKind.PROMPT] == [
        "播放 greeting，3.2 秒",
        "播放 main_menu，2.1 秒，按键打断",
        "播放 goodbye",
    ]
    assert [one.ms for one in found] == [3_200, None, 2_100, None]


def test_how_a_prompt_begins_is_shown_and_what_was_joined_into_it_never() -> None:
    assert FLOW is not None
    prompt = next(one for one in FLOW.prompts.values() if any("{" in text for text in one.texts.values()))
    spoken = replace(CALL, prompts_heard=(PromptHeard(prompt.id, T, T + 900, values=True),))
    (moment, _) = time_line(spoken, names_of(FLOW, "zh"))
    assert f"」（{prompt.id}）" in moment.whole and "（其中报的内容不记录）" in moment.whole and "{" not in moment.whole
    both = replace(prompt, texts={"zh": "您好。", "en": "Hello."})
    bilingual = replace(FLOW, prompts={**FLOW.prompts, prompt.id: both})
    found = [names_of(bilingual, language)[f"prompt:{prompt.id}"] for language in ("zh", "en", "yue", None)]
    assert found == ["「您好。」", "「Hello.」", "「您好。」", "「您好。」"]


def test_a_prompt_that_was_not_heard_is_trouble() -> None:
    failed = replace(CALL, prompts_heard=(PromptHeard("greeting", T, T + 1, "failed"),))
    assert time_line(failed)[0].trouble and not any(one.trouble for one in time_line(CALL))


def test_a_record_as_text_has_them_and_one_of_before_does_not() -> None:
    assert "   4.250s　播放 main_menu，2.1 秒，按键打断" in describe(CALL, None, UTC)
    assert "播放" not in describe(replace(CALL, prompts_heard=()), None, UTC)


def test_who_looks_on_is_told_of_what_was_cut_short() -> None:
    assert FLOW is not None
    said = [words(PromptEnded(T, T, how), FLOW) for how in ("whole", "key", "voice", "failed")]
    assert said == [None, "播放被按键打断", "播放被说话打断", "没有播放完：出错"]
