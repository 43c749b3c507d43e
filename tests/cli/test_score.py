"""`ivr score`: what is counted, and which lines cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Desk
from tests.cli.test_transcribe import Script, hears, tone

__all__ = ["hears"]


def scored(desk: Desk, labels: str, status: int = 0) -> tuple[dict[str, Any], str]:
    """The figures of a label file, and what was told about it."""
    Path("labels.tsv").write_text(labels, encoding="utf-8")
    result = desk.ivr("score", "labels.tsv", "--format", "json")
    assert result.exit_code == status, result.output
    return json.loads(result.stdout), result.stderr


@pytest.fixture
def files(hears: Script) -> Script:
    """Recordings a.wav … h.wav, and the engine that is told what it hears in them."""
    for name in "abcdefgh":
        tone(f"{name}.wav")
    return hears


def test_what_is_counted(desk: Desk, files: Script) -> None:
    # what is no business of the bank is heard twice: as a wish, and as an answer
    files.texts += ["我要挂失银行卡吗", "我要投诉", "今天天气", "不对", "返回", "我的卡丢了", "对的", "喂喂", "喂喂"]
    told, errors = scored(
        desk,
        "# 说明\n"
        "a.wav\t我要挂失银行卡\tdebit_loss\n"
        "b.wav\t我要投诉\tcomplaint\n"
        "c.wav\t查余额\taccount_balance\n"
        "d.wav\t不对\t\n"
        "e.wav\t返回\t\n"
        "f.wav\t今天天气怎么样\t\n"
        "\n"
        "g.wav\t\t\n",
    )
    assert errors == "" and told["files"] == 7 and told["norm"] == "norm_v1" and told["engine"] == "whisper"
    counts = told["characters"]
    assert (
        counts["reference"] == counts["hits"] + counts["substitutions"] + counts["deletions"] == 7 + 4 + 3 + 2 + 2 + 7
    )
    assert counts["insertions"] >= 1
    errors_made = counts["substitutions"] + counts["deletions"] + counts["insertions"]
    assert told["cer"] == pytest.approx(errors_made / 25, abs=1e-4)
    assert told["accuracy"] == pytest.approx(1 - told["cer"], abs=1e-4)
    assert told["intent"] == {"count": 2, "of": 3, "share": 0.6667}
    assert told["yes_no"] == told["universal"] == {"count": 1, "of": 1, "share": 1.0}
    assert told["false_accepts"] == {"count": 1, "of": 2, "share": 0.5}  # 我的卡丢了 where 天气 was said
    assert told["false_answers"] == {"count": 1, "of": 2, "share": 0.5}
    assert told["false_speech_chars"] == 2 and told["took_ms"] == {"p50": 123, "p95": 123}
    assert told["exact"]["count"] == 3


def test_an_answer_to_yes_or_no_is_heard_as_one(desk: Desk, files: Script) -> None:
    files.texts += ["是的", "转人工"]
    scored(desk, "a.wav\t对\t\nb.wav\t转人工\tagent\n")
    assert [asked.closed for asked in files.asked] == [True, False]


def test_an_answer_that_was_hardly_heard_is_none(desk: Desk, files: Script) -> None:
    files.texts += ["是的", "我们去吃饭", "是的"]
    files.score = 0.34
    told, _ = scored(desk, "a.wav\t对\t\nb.wav\t我们去吃饭\t\n")
    assert told["yes_no"]["count"] == told["false_answers"]["count"] == 0


def test_what_was_heard_counts_and_what_it_is_corrected_to_apart(desk: Desk, files: Script) -> None:
    files.texts += ["新用卡丢了"]
    told, _ = scored(desk, "a.wav\t信用卡丢了\tcard_loss\n")
    assert (told["cer"], told["cer_corrected"]) == (0.2, 0.0)


def test_an_alternative_that_makes_sense_counts_as_a_correction(desk: Desk, files: Script) -> None:
    files.texts += ["窝滴咖丢了"]
    files.others = (("我的卡丢了", 0.95),)
    told, _ = scored(desk, "a.wav\t我的卡丢了\tdebit_loss\n")
    assert (told["cer"], told["cer_corrected"], told["intent"]["count"]) == (0.6, 0.0, 1)


def test_accuracy_may_be_below_zero(desk: Desk, files: Script) -> None:
    files.texts += ["我要挂失银行卡"] * 2
    told, _ = scored(desk, "a.wav\t喂\t\n")
    assert told["accuracy"] < 0


def test_bad_lines_are_told_with_their_number_and_the_others_count(desk: Desk, files: Script) -> None:
    files.texts += ["我要投诉"]
    told, errors = scored(
        desk,
        "a.wav\t我要投诉\tcomplaint\nb.wav 我要投诉 complaint\nc.wav\t二\n\t我要\t\nd.wav\t我要\tnowhere\n"
        "gone.wav\t我要\t\ne.wav\t1\t2\t3\n",
        status=1,
    )
    for number in (2, 3, 4, 5, 7):
        assert f"labels.tsv:{number}:" in errors
    assert "gone.wav" in errors and len(errors.splitlines()) == 6 == told["problems"]
    assert told["intent"] == {"count": 1, "of": 1, "share": 1.0}


def test_paths_are_relative_to_the_label_file(desk: Desk, files: Script) -> None:
    Path("there").mkdir()
    tone("there/x.wav")
    Path("there/l.tsv").write_text("x.wav\t我要投诉\tcomplaint\n", encoding="utf-8")
    files.texts += ["我要投诉"]
    assert desk.ivr("score", "there/l.tsv").exit_code == 0


def test_as_a_table(desk: Desk, files: Script) -> None:
    files.texts += ["我要投诉"]
    Path("l.tsv").write_text("\ufeffa.wav\t我要投诉\tcomplaint\n", encoding="utf-8")
    out = desk.ivr("score", "l.tsv").stdout
    assert "语音识别准确率" in out and "100.00 %" in out and "N=4 H=4 S=0 D=0 I=0" in out


def test_nothing_to_count_is_no_figure(desk: Desk, files: Script) -> None:
    told, _ = scored(desk, "# nothing\n")
    assert told["cer"] is told["accuracy"] is told["took_ms"] is None
    assert told["intent"] == {"count": 0, "of": 0, "share": None}
    assert "—" in desk.ivr("score", "labels.tsv").stdout


def test_slips(desk: Desk, files: Script) -> None:
    assert "gone.tsv" in desk.refused("score", "gone.tsv", status=2)
    Path("l.tsv").write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in desk.refused("score", "l.tsv")
