"""A caller says a card, phone or ID number where nobody asked: it is followed from the dialogue through journal, store,
export, labelling and training, and is found nowhere (CBA 十三, 三十)."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path

import pytest

from ivr.flow import require
from ivr.nlu import Understanding
from ivr.records.facts import Answered, CallerSpoke, Ended, FlowChosen, Offered
from ivr.records.folding.fold import fold
from ivr.records.journal.journal import Journal
from ivr.records.journal.lines import fact_line
from ivr.records.journal.recorder import Recorder
from ivr.records.labels.utterances import Utterances
from ivr.settings import Settings
from tests.cli.conftest import Desk
from tests.cli.labelled import TEN, store_of
from tests.dialogue.talking import Talk

#: What is said → what must be nowhere, in any of these ways of writing it.
CANARIES = {
    "我的卡号是6222 0212 3456 7893帮我查一下": ("6222021234567893", "62220212", "34567893"),
    "六二二二，然后零二一二，再三四五六，嗯七八九三": ("六二二二", "零二一二", "三四五六", "七八九三"),
    "我电话幺三八四个零五六七八": ("幺三八四个零", "零五六七八"),
    "身份证是44030719860231775X": ("440307", "19860231", "775X"),
    "身份证四四零三零七，一九八六零二三一，七七五叉": ("四四零三零七", "一九八六零二三一", "七七五叉"),
    "六二二二 0212，三四五六-7893": ("0212", "7893"),
    "my card is six two two two oh two one two": ("two two", "oh two"),
}
PERIOD = ("--from", "2026-01-05", "--to", "2026-01-05")


def found(text: str, marks: tuple[str, ...]) -> list[str]:
    """Marks that the text holds, however it is spaced and punctuated."""
    bare = re.sub(r"[\s,，。、…\-'\"]+", "", text)
    return [mark for mark in marks if mark.replace(" ", "") in bare or mark in text]


@pytest.mark.parametrize(("said", "marks"), CANARIES.items(), ids=range(len(CANARIES)))
def test_the_number_is_nowhere(desk: Desk, said: str, marks: tuple[str, ...]) -> None:
    assert found(said, marks) == list(marks)  # the search finds it where it is
    settings = Settings(state=desk.folder / "run")
    audio = Utterances(settings.utterances, least_free=0)
    flow = require(desk.folder / "flows")
    talk = Talk(flow, TEN, "+8613800000001", Understanding(flow))
    ref = audio.keep("t1", TEN, b"\x01\x02" * 800)  # the line keeps the sound before it knows what was said
    talk.say(said, audio=ref)
    (spoke,) = [fact for fact in talk.facts if isinstance(fact, CallerSpoke)]
    assert spoke.pii and spoke.audio_ref is None
    audio.forget(spoke.turn_id)

    offered = Offered(TEN - 2000, "1.1", "in", "95000", "+8613800000001", "normal")
    facts = [
        offered,
        Answered(TEN - 1000),
        FlowChosen(TEN - 900, "r1", "menu", "zh"),
        *talk.facts,
        Ended(TEN + 9000, "caller", "16"),
    ]
    assert not found(b"".join(fact_line("n1-1", fact) for fact in facts).decode(), marks)
    with closing(store_of(desk)) as store:
        recorder = Recorder(Journal(settings.journal), store)
        try:
            for fact in facts:
                recorder.fact("n1-1", fact)
            recorder.finish("n1-1")
            assert recorder.drain(20)
        finally:
            recorder.close()
        assert store.get("n1-1") == fold("n1-1", facts)

    # who knows the number from elsewhere and writes it down has it hidden too
    typed = json.dumps({"turn_id": "t1", "annotator": "乙", "ref_text": said, "valid": True})
    told = [
        desk.ivr("records", "export"),
        desk.ivr("records", "list"),
        desk.ivr("records", "show", "n1-1"),
        desk.ivr("records", "show", "n1-1", "--json"),
        desk.ivr("label", "sample", *PERIOD, "--n", "9"),
        desk.ivr("label", "export", "--blank", "甲"),
        desk.ivr("label", "export", "--blank", "甲", "--format", "csv"),
        desk.ivr("label", "--annotator", "甲", typed="=\n\n\n1\nn\n"),
        desk.ivr("label", "import", typed=typed),
        desk.ivr("label", "export"),
        desk.ivr("label", "export", "--format", "csv"),
        desk.ivr("label", "agreement", "甲", "乙"),
        desk.ivr("label", "train", "--all"),
        desk.ivr("label", "plans"),
        desk.ivr("report", *PERIOD, "--format", "json"),
        desk.ivr("records", "export"),
    ]
    assert all(result.exit_code == 0 for result in told), [result.output for result in told if result.exit_code]
    assert "〔号码〕" in told[0].stdout and "已隐藏" in told[8].stdout
    for result in told:
        assert not found(result.output.replace("+8613800000001", ""), marks)
    for path in [path for path in desk.folder.rglob("*") if path.is_file()]:
        assert not found(path.read_bytes().decode("utf-8", "replace").replace("+8613800000001", ""), marks), path
    assert list(Path(settings.utterances).rglob("*.wav")) == []
