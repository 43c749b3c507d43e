"""`ivr label`: from the sample to the figures, as two trainers use it."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.care.privacy.sound_files import call_of
from ivr.cli.console.actions import identity
from ivr.people.roles import Role
from ivr.records.labels.utterances import Utterances
from ivr.records.model import Annotation, Turn
from tests.cli.conftest import Desk
from tests.cli.labelled import SAID, a_call, spoken, store_of
from tests.people.registered import register

PERIOD = ("--from", "2026-01-05", "--to", "2026-01-11")


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test that needs one leaves a copy of what its week left on the disk."""
    return tmp_path_factory.mktemp("sampled") / "run"


@pytest.fixture
def week(desk: Desk, sampled: Path) -> Desk:
    """A desk with a week of spoken calls, sampled."""
    if not sampled.exists():
        spoken(desk)
        assert desk.ivr("label", "sample", *PERIOD, "--n", "50").exit_code == 0
        shutil.copytree(desk.folder / "run", sampled)
    else:
        shutil.copytree(sampled, desk.folder / "run")
    return desk


def turns(desk: Desk) -> dict[str, Turn]:
    """Every turn in the desk's database."""
    with closing(store_of(desk)) as store:
        return {turn.turn_id: turn for call in store.all() for turn in call.turns}


def notes(desk: Desk, who: str) -> dict[str, Annotation]:
    """One person's annotations by turn."""
    return {id: note for id, turn in turns(desk).items() for note in turn.annotations if note.annotator == who}


def gold(number: int) -> str:
    """What the caller of a call wanted."""
    return "-" if number == 9 else "accounts" if number == 7 else "papers" if number == 8 else "opening"


def typed(desk: Desk, plan: str | None = None) -> str:
    """What an annotator types who hears everything right, for the whole sample in its order."""
    with closing(store_of(desk)) as store:
        drawn = next(one for one in store.plans() if plan in (None, one.id)).drawn
    lines = []
    for one in drawn:
        number = int(one.turn_id.split("-")[1])
        said, heard, intent, *_ = SAID[number]
        if not said:
            lines.append("-")  # nobody spoke: that is all
            continue
        right = intent == gold(number) or (intent is None and gold(number) == "-")
        # reference, valid, recognised rightly, intent, interaction
        lines += ["" if said == heard else said, "", "", gold(number), "y" if right else "n"]
    return "\n".join(lines) + "\n"


# ---- the whole way


def test_from_the_sample_to_the_figures(week: Desk) -> None:
    first = week.ivr("label", "--annotator", "甲", typed=typed(week))
    assert first.exit_code == 0 and "甲 已标 10/10 条" in first.stdout
    # the second gets an empty form, fills it in with a spreadsheet, and differs once
    assert week.ivr("label", "export", "乙.csv", "--blank", "乙").exit_code == 0
    rows = list(csv.DictReader(io.StringIO((week.folder / "乙.csv").read_text(encoding="utf-8-sig"))))
    assert len(rows) == 10 and {row["标注员"] for row in rows} == {"乙"} and not any(row["正确意图"] for row in rows)
    mine = notes(week, "甲")
    for row in rows:
        note = mine[row["话轮编号"]]
        number = int(row["话轮编号"].split("-")[1])
        wanted = "无" if number == 8 else note.intent_gold or ""
        row |= {"参考文本": note.ref_text, "有效": "是" if note.valid else "否", "正确意图": wanted}
        row |= {"交互正确": {True: "是", False: "否", None: ""}[note.interaction_ok]}
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    (week.folder / "乙.csv").write_text(out.getvalue(), encoding="gb18030")
    taken = week.ivr("label", "import", "乙.csv")
    assert taken.exit_code == 0 and "新增 10 条" in taken.stdout
    assert "未变 10 条" in week.ivr("label", "import", "乙.csv").stdout

    agreed = json.loads(week.ivr("label", "agreement", "甲", "乙", "--format", "json").stdout)
    assert agreed["agreement"]["valid"] | {"kappa": 1.0, "turns": 10} == agreed["agreement"]["valid"]
    intent = agreed["agreement"]["intent"]
    # 甲: 7 opening, 1 accounts, 1 papers; 乙: 7, 1 and one "-": po = 8/9, pe = (49 + 1) / 81, κ = 22/31
    assert (intent["turns"], intent["agreed"], intent["verdict"]) == (9, 8, "未达标")
    assert intent["kappa"] == pytest.approx(22 / 31) and intent["expected"] == pytest.approx(50 / 81)
    assert agreed["disagreements"]["intent"] == [["n1-8-1", "papers", "-"]]

    # a third person has the last word about the one they differ on
    review = week.ivr("label", "--annotator", "复核", "--disputed", typed="\n\n\npapers\nn\n")
    assert "复核 已标 1/1 条" in review.stdout

    report = json.loads(week.ivr("report", *PERIOD, "--format", "json").stdout)
    (behind,) = report["sampling"]
    assert behind["plan"] == "2026-01-05_2026-01-11_n50_s1" and behind["method"] == "stratified_v1"
    assert (behind["labelled"], behind["drawn"], behind["n"], behind["seed"], behind["without_audio"]) == (
        10,
        10,
        50,
        1,
        0,
    )
    assert sum(layer["turns"] for layer in behind["strata"]) == 10
    assert "抽样方案 2026-01-05_2026-01-11_n50_s1（" in week.ivr("report", *PERIOD).stdout
    figures = report["indicators"]
    asr = figures["cba.asr_accuracy"]
    # 64 characters of nine references, one heard wrong (我账户的是); the noise turn counts beside them
    total = sum(len(said) for said, *_ in SAID)
    assert (asr["numerator"], asr["denominator"]) == (total - 1, total)
    assert asr["parts"] | {"n_turns": 9, "subs": 1, "false_speech_chars": 1} == asr["parts"]
    assert asr["interval"][0] <= asr["value"] <= asr["interval"][1]
    # recognised rightly 8; of these understood only 我想开个户
    pair = ("numerator", "denominator")
    assert [figures["cba.intent_accuracy"][name] for name in pair] == [1, 8]
    assert [figures["cba.interaction_accuracy"][name] for name in pair] == [2, 9]

    before = (week.folder / "flows" / "knowledge.yaml").read_text(encoding="utf-8")
    shown = week.ivr("label", "train")
    assert shown.exit_code == 0 and "+  opening:" in shown.stdout and "还没有写入" in shown.stdout
    assert (week.folder / "flows" / "knowledge.yaml").read_text(encoding="utf-8") == before
    done = week.ivr("label", "train", "--write", "--author", "训练师 丙")
    assert done.exit_code == 0 and "已写入" in done.stdout
    rates = [line for line in done.stdout.splitlines() if "意图准确率" in line]
    assert "加入前 意图准确率" in rates[0] and "加入后 意图准确率" in rates[1]
    share = [float(line.split("意图准确率 ")[1].split("%")[0]) for line in rates]
    assert share[1] > share[0]
    assert week.ivr("check").exit_code == 0
    changed = (week.folder / "flows" / "knowledge.yaml").read_text(encoding="utf-8")
    assert [line for line in before.splitlines() if "opening: {" not in line and "papers: {" not in line] == [
        line for line in changed.splitlines() if "opening: {" not in line and "papers: {" not in line
    ]
    hotline = (week.folder / "flows" / "hotline.yaml").read_text(encoding="utf-8")
    assert 'author: "训练师 丙"' in hotline and "留出意图准确率" in hotline
    again = week.ivr("label", "train")
    assert "知识库里已经有" in again.stdout or "没有可以加入的扩展问" in again.stdout


def test_two_peoples_agreement_as_a_table(week: Desk) -> None:
    """Of three who labelled, the two who did most of the same turns."""
    with closing(store_of(week)) as store:
        for who, ids in (("甲", range(8)), ("乙", range(7)), ("丙", range(2))):
            for at in ids:
                intent = "papers" if (who, at) == ("乙", 6) else gold(at)
                note = Annotation("", who, "我想开户", True, 1, intent_gold=intent, interaction_ok=at > 3)
                store.annotate(f"n1-{at}-1", note)
    text = week.ivr("label", "agreement").stdout
    assert text.splitlines()[0].split() == ["甲", "与", "乙"]
    rows = {row.split()[0]: row.split()[1:] for row in text.splitlines()[2:5]}
    assert rows["是否有效"] == ["7", "7", "100.0%", "100.0%", "—", "无数据"]  # both only ever said 是
    assert rows["意图"] == ["7", "6", "85.7%", "85.7%", "0.000", "未达标"]
    assert rows["交互是否正确"] == ["7", "7", "100.0%", "51.0%", "1.000", "达标"]
    assert "意图不同：n1-6-1　甲 opening　乙 papers" in text and "--disputed" in text
    assert "意图不同" not in week.ivr("label", "agreement", "甲", "丙").stdout
    review = week.ivr("label", "--annotator", "复核", "--disputed", typed="q\n").stdout
    assert "1 条。" in review and "n1-6-1" in review


# ---- the sample


def test_the_sample_is_drawn_once_and_the_worst_stand_first(desk: Desk) -> None:
    spoken(desk)
    first = desk.ivr("label", "sample", *PERIOD, "--n", "6", "--name", "第一周")
    assert first.exit_code == 0 and "抽样方案 第一周" in first.stdout and "抽出 6 条" in first.stdout
    assert "没听懂" in first.stdout.splitlines()[2]
    assert desk.ivr("label", "sample", *PERIOD, "--n", "6", "--name", "第一周").stdout == first.stdout
    assert "换" not in desk.ivr("label", "sample", *PERIOD, "--n", "6", "--seed", "2").stdout
    assert "已有抽样方案 第一周" in desk.refused("label", "sample", *PERIOD, "--n", "7", "--name", "第一周")
    listed = desk.ivr("label", "plans").stdout
    assert "第一周" in listed and "2026-01-05_2026-01-11_n6_s2" in listed and "还没有人标" in listed


def test_where_there_is_nothing_to_draw(desk: Desk) -> None:
    assert "没有可抽的话轮" in desk.ivr("label", "sample", *PERIOD, "--n", "6").stderr
    with closing(store_of(desk)) as store:
        store.save([a_call(0, SAID[0])])
    told = desk.ivr("label", "sample", *PERIOD, "--n", "6", "--audio-only")
    assert told.exit_code == 1 and "keep_audio" in told.stderr
    assert "其中 1 条没有录音" in desk.ivr("label", "sample", *PERIOD, "--n", "6").stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["sample", *PERIOD, "--n", "0"], "--n：应在 1 到 100000 之间"),
        (["sample", *PERIOD, "--n", "3", "--seed", "-1"], "--seed：不能小于 0"),
        (["sample", "--n", "3"], "请用 --from、--to 和 --n"),
        (["sample", "--from", "2026-01-06", "--to", "2026-01-05", "--n", "3"], "早于起始日"),
        (["sample", *PERIOD, "--n", "3", "--name", "a/b"], "只能用汉字"),
        ([], "--annotator：请写明您的姓名"),
        (["--annotator", " "], "请写明您的姓名"),
        (["walk"], "请写明您的姓名"),
        (["agreement", "甲"], "请写两个姓名"),
        (["train", "--write"], "请用 --author"),
        (["import", "none.csv"], "没有 none.csv"),
        (["purge"], "请用 --before"),
        (["purge", "--before", "昨天"], "看不懂日期"),
    ],
)
def test_slips_are_told_in_one_line(desk: Desk, words: list[str], told: str) -> None:
    assert told in desk.refused("label", *words, status=2)


def test_plans_that_are_not_there(week: Desk, desk: Desk) -> None:
    told = desk.refused("label", "--annotator", "甲", "--plan", "没有")
    assert told.startswith("没有抽样方案 没有；已有：2026-01-05_2026-01-11_n50_s1")
    assert "先用 ivr label sample 抽样" in desk.refused("label", "--annotator", "甲", IVR_STATE="elsewhere")
    assert desk.ivr("label", "agreement", IVR_STATE="elsewhere").exit_code == 1


# ---- the walk


def test_one_may_stop_and_go_on_another_day(week: Desk) -> None:
    whole = typed(week).splitlines()
    first = week.ivr("label", "--annotator", "甲", typed="\n".join([*whole[:10], "q"]) + "\n")
    assert first.exit_code == 0 and "甲 已标 2/10 条" in first.stdout
    # the terminal is closed in the middle of an answer
    cut = week.ivr("label", "--annotator", "甲", typed="\n".join(whole[10:13]) + "\n")
    assert cut.exit_code == 0 and "甲 已标 2/10 条" in cut.stdout
    rest = week.ivr("label", "--annotator", "甲", typed="\n".join(whole[10:]) + "\n")
    assert "第 3/10 条" in rest.stdout and "甲 已标 10/10 条" in rest.stdout
    assert "甲 已标 10/10 条" in week.ivr("label", "--annotator", "甲", typed="").stdout
    assert "乙 已标 0/10 条" in week.ivr("label", "--annotator", "乙", typed="q\n").stdout


def test_going_back_and_skipping(week: Desk) -> None:
    with closing(store_of(week)) as store:
        ids = [one.turn_id for one in store.plans()[0].drawn]
    one = "{}\ny\ny\nopening\nn\n"
    week.ivr(
        "label",
        "--annotator",
        "甲",
        typed=one.format("一") + "b\n" + one.format("改了") + "s\n" + one.format("三") + "q\n",
    )
    found = notes(week, "甲")
    assert {id: note.ref_text for id, note in found.items()} == {ids[0]: "改了", ids[2]: "三"}
    assert found[ids[0]].intent_gold == "opening" and found[ids[0]].interaction_ok is False


def test_what_is_shown_and_what_is_filled_in(week: Desk) -> None:
    text = week.ivr("label", "--annotator", "甲", typed="\n\n\nq\n").stdout
    assert "识别为：" in text and "没有得出意图" in text and "没听懂，换个说法再问" in text and "识别分 0.80" in text
    assert "识别正确吗 [Y/n]" in text and "客户要办什么" in text
    assert "识别正确吗 [y/N]" in week.ivr("label", "--annotator", "甲", typed="完全是另一句\n\n\nq\n").stdout
    assert notes(week, "甲") == {}


def test_intents_are_chosen_by_number_name_or_part(week: Desk) -> None:
    answers = ["?", "", "没有这个", "户", "99", "2", "n"]
    result = week.ivr("label", "--annotator", "甲", typed="\n".join(["", "", "", *answers, "q"]) + "\n")
    assert "1 opening　" in result.stdout and "5 -　没有业务意图" in result.stdout
    assert "没有这个意图" in result.stdout and "有几个：opening、accounts" in result.stdout
    assert [note.intent_gold for note in notes(week, "甲").values()] == ["accounts"]


def test_what_is_none_of_the_banks_business(week: Desk) -> None:
    week.ivr("label", "--annotator", "甲", typed="今天天气不错\n\n\n-\ny\nq\n")
    (note,) = notes(week, "甲").values()
    assert note.intent_gold == "-" and note.intent_ok is True and note.interaction_ok is True


def test_an_answer_that_is_none_is_asked_for_again_and_may_be_left(week: Desk) -> None:
    text = week.ivr("label", "--annotator", "甲", typed="\n也许\ns\n\ny\nq\n").stdout
    assert text.count("客户在对热线说话吗") == 3 and "第 2/10 条" in text
    assert notes(week, "甲") == {}


def test_the_intents_that_may_be_written_are_listed(desk: Desk) -> None:
    lines = desk.ivr("label", "intents").stdout.splitlines()
    assert lines[0] == "opening　开户须知　开户要带什么" and lines[2] == "agent　人工　转人工服务"
    assert lines[-1].startswith("-　没有业务意图")


def test_sound_on_hold_is_not_purged(week: Desk) -> None:
    held, other = sorted((week.folder / "run" / "utterances").rglob("*.wav"))[:2]
    call_id = call_of(held.name)
    assert call_id and week.ivr("privacy", "hold", "call", call_id, "--reason", "诉讼").exit_code == 0
    told = week.ivr("label", "purge", "--before", "2026-02-01").stdout
    left = list((week.folder / "run" / "utterances").rglob("*.wav"))
    assert held in left and {call_of(path.name) for path in left} == {call_id} and "法定保全" in told
    assert other not in left or call_of(other.name) == call_id
    assert week.ivr("privacy", "release", "1", "--reason", "结案").exit_code == 0
    week.ivr("label", "purge", "--before", "2026-02-01")
    assert not list((week.folder / "run" / "utterances").rglob("*.wav"))


def test_without_sound_nothing_is_filled_in(week: Desk) -> None:
    assert "删除了 2026-02-01 之前的 10 个录音" in week.ivr("label", "purge", "--before", "2026-02-01").stdout
    assert week.ivr("label", "purge", "--before", "2026-02-01").stdout.startswith("删除了 2026-02-01 之前的 0 个")
    result = week.ivr("label", "--annotator", "甲", typed="\n=\n\n\n1\nn\n听来的\n\n\n1\nn\nq\n")
    assert "没有录音" in result.stdout and "请写参考文本" in result.stdout
    found = {note.ref_text: turns(week)[id].asr_text for id, note in notes(week, "甲").items()}
    assert len(found) == 2 and found.pop("听来的") and all(text == heard for text, heard in found.items())
    assert len(turns(week)) == 10  # the records keep their text


def test_the_sound_is_played_or_handed_out(week: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    player = week.folder / "bin" / "aplay"
    player.parent.mkdir()
    player.write_text(f'#!/bin/sh\necho "$@" >> {week.folder}/played\n')
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{player.parent}:{os.environ['PATH']}")
    week.ivr("label", "--annotator", "甲", typed="p\nq\n")
    played = (week.folder / "played").read_text().splitlines()
    assert len(played) == 2 and len({*played}) == 1 and played[0].startswith("-q ") and played[0].endswith("-1.wav")
    player.write_text("#!/bin/sh\nexit 1\n")
    assert "播放失败" in week.ivr("label", "--annotator", "甲", typed="q\n").stdout
    player.unlink()
    monkeypatch.setenv("PATH", str(player.parent))
    assert "没有播放器" in week.ivr("label", "--annotator", "甲", typed="q\n").stdout
    week.ivr("label", "--annotator", "甲", "--audio", "听", typed="q\n")
    (copied,) = (week.folder / "听").iterdir()
    assert copied.stat().st_mode & 0o777 == 0o600 and copied.read_bytes()[:4] == b"RIFF"


def test_a_number_the_annotator_hears_is_hidden_and_its_sound_goes(week: Desk) -> None:
    before = list((week.folder / "run" / "utterances").rglob("*.wav"))
    result = week.ivr("label", "--annotator", "甲", typed="我卡号六二二二零二一二\n\n\n1\nn\nq\n")
    assert "已隐藏，并删除了录音" in result.stdout and "六二二二" not in result.stdout.replace(
        "我卡号六二二二零二一二", ""
    )
    assert [note.ref_text for note in notes(week, "甲").values()] == ["我卡号〔号码〕"]
    assert len(list((week.folder / "run" / "utterances").rglob("*.wav"))) == len(before) - 1


def test_a_number_in_a_file_is_hidden_and_its_sound_goes(week: Desk) -> None:
    kept = week.folder / "run" / "utterances"
    line = {"turn_id": "n1-3-1", "annotator": "甲", "ref_text": "卡号6222 0212", "valid": True}
    result = week.ivr("label", "import", typed=json.dumps(line))
    assert "1 条参考文本里有号码，已隐藏，并删除了录音" in result.stdout
    assert len(list(kept.rglob("*.wav"))) == 9 and not list(kept.rglob("n1-3-1.wav"))
    assert notes(week, "甲")["n1-3-1"].ref_text == "卡号〔号码〕"
    assert "未变 1 条" in week.ivr("label", "import", typed=json.dumps(line)).stdout


def test_a_turn_that_is_gone_is_left_out(week: Desk) -> None:
    with closing(store_of(week)) as store:
        call = store.get("n1-0")
        assert call is not None
        store.save([replace(call, turns=())])
    assert "9 条" in week.ivr("label", "--annotator", "甲", typed="q\n").stdout


# ---- files


def test_labels_go_out_and_come_in_elsewhere(week: Desk) -> None:
    week.ivr("label", "--annotator", "甲", typed=typed(week))
    for name in ("all.jsonl", "all.csv"):
        assert week.ivr("label", "export", name).exit_code == 0
        assert (week.folder / name).stat().st_mode & 0o777 == 0o600
        other = {"IVR_STATE": f"other-{name}"}
        assert week.ivr("label", "import", name, **other).stderr.count("没有话轮") == 10
        (week.folder / "calls.jsonl").write_text(week.ivr("records", "export").stdout, encoding="utf-8")
        for line in (lines := (week.folder / "calls.jsonl").read_text(encoding="utf-8").splitlines()):
            assert json.loads(line)["turns"][0]["annotations"]
        bare = [json.loads(line) for line in lines]
        for call in bare:
            call["turns"][0]["annotations"] = []
        text = "\n".join(json.dumps(call) for call in bare)
        assert week.ivr("records", "import", typed=text, **other).exit_code == 0
        assert "新增 10 条" in week.ivr("label", "import", name, **other).stdout
        assert "未变 10 条" in week.ivr("label", "import", name, **other).stdout
        assert week.ivr("label", "export", **other).stdout == week.ivr("label", "export").stdout
        assert week.ivr("records", "export", **other).stdout == week.ivr("records", "export").stdout


def test_bad_lines_are_told_and_the_others_taken(week: Desk) -> None:
    good = {"turn_id": "n1-0-1", "annotator": "甲", "ref_text": "我想开户", "valid": True, "intent_gold": "opening"}
    lines = [good, good | {"turn_id": "nobody"}, good | {"turn_id": "n1-1-1", "intent_gold": "openin"}, {"x": 1}]
    result = week.ivr("label", "import", typed="\n".join(json.dumps(line) for line in lines))
    assert result.exit_code == 1 and "新增 1 条" in result.stdout and "3 行有问题" in result.stdout
    told = result.stderr.splitlines()
    assert told[0] == "第 2 行：没有话轮 nobody（或编号不唯一）"
    assert told[1] == "第 3 行：没有意图「openin」，是不是 opening？" and told[2].startswith("第 4 行：")


def test_nothing_in_a_file_moves_the_cursor(week: Desk) -> None:
    line = {
        "turn_id": "n1\x1b[2J",
        "annotator": "甲\x1b[1A",
        "ref_text": "开户\x1b]0;x\x07",
        "valid": True,
        "intent_gold": "\x1b",
    }
    lines = [line, line | {"turn_id": "n1-0-1", "intent_gold": "opening"}, line | {"intent_gold": "opening"}]
    told = [week.ivr("label", "import", typed="\n".join(json.dumps(one) for one in lines))]
    told += [week.ivr("label", *words) for words in (["plans"], ["train"], ["--annotator", "甲"], ["agreement"])]
    told += [week.ivr("label", "agreement", "甲\x1b[1A", "乙"), week.ivr("label", "--annotator", "甲", typed="q\n")]
    for result in told:
        assert not {char for char in result.output if not char.isprintable() and char not in "\n\u3000"}


def test_only_what_was_asked_for_is_exported(week: Desk) -> None:
    week.ivr("label", "--annotator", "甲", typed=typed(week))
    week.ivr("label", "sample", *PERIOD, "--n", "2", "--name", "小")

    def count(*words: str) -> int:
        return len(week.ivr("label", "export", *words).stdout.splitlines())

    assert count() == 10 and count("--plan", "小") == 2 and count("--annotator", "乙") == 0
    assert count("--from", "2026-01-06") == 8 and count("--to", "2026-01-05") == 2
    assert count("--blank", "甲") == 0 and count("--blank", "乙") == 2  # the newest plan
    assert count("--blank", "乙", "--format", "csv") == 3


# ---- training


def test_what_is_not_learnt_is_told(week: Desk) -> None:
    with closing(store_of(week)) as store:
        wrong = {
            "n1-0-1": ("我卡号〔号码〕", "opening"),
            "n1-1-1": ("我想开个户", "accounts"),
            "n1-2-1": ("卡", "opening"),
            "n1-3-1": ("没有这个意图的话", "gone"),
            "n1-4-1": ("新开一个账户。", "opening"),
            "n1-5-1": ("叫客服", "agent"),
        }
        store.annotate_all(Annotation(id, "甲", text, True, 1, intent_gold=gold) for id, (text, gold) in wrong.items())
        held = a_call(30, SAID[6])
        store.save([held])
    found = {}
    for seed in range(12):  # each sentence is learnt from with some seed
        for line in week.ivr("label", "train", "--seed", str(seed)).stdout.splitlines():
            if line.startswith("不加入："):
                found[line.split("：", 2)[1].split(" → ")[0]] = line.split("：", 2)[2]
    assert found == {
        "我卡号〔号码〕": "含有隐藏的号码",
        "我想开个户": "与「开户须知」的问法「我想开个户」冲突",
        "卡": "应有 2 到 40 个字",
        "没有这个意图的话": "知识库里没有「gone」",
        "新开一个账户": "知识库里已经有",
        "叫客服": "知识库里已经有",
    }


def test_what_makes_it_worse_is_not_written(desk: Desk) -> None:
    """One caller's sentence has the wrong label; what another means, understood so far, would be lost to it."""
    with closing(store_of(desk)) as store:
        store.save([a_call(40, SAID[0]), a_call(41, SAID[0])])
        store.annotate("n1-40-1", Annotation("", "甲", "护照可行吗", True, 1, intent_gold="opening"))
        store.annotate("n1-41-1", Annotation("", "甲", "护照可行", True, 1, intent_gold="papers"))
    files = {path: path.read_bytes() for path in (desk.folder / "flows").iterdir()}
    learnt = [
        str(seed) for seed in range(9) if "加入 opening" in desk.ivr("label", "train", "--seed", str(seed)).stdout
    ]
    assert learnt
    result = desk.ivr("label", "train", "--seed", learnt[0], "--write", "--author", "丙")
    assert result.exit_code == 1 and "留出部分变差了，没有写入" in result.stderr
    assert "100.0%（1/1" in result.stdout and "0.0%（0/1" in result.stdout
    assert {path: path.read_bytes() for path in (desk.folder / "flows").iterdir()} == files


def test_one_caller_alone_measures_nothing(desk: Desk) -> None:
    with closing(store_of(desk)) as store:
        store.save([a_call(40, SAID[0])])
        store.annotate("n1-40-1", Annotation("", "甲", "没有卡想弄一张", True, 1, intent_gold="opening"))
    result = desk.ivr("label", "train")
    assert "留出 0 句" in result.stdout and "至少要有两位客户的标注" in result.stdout and "还没有写入" in result.stdout


def test_only_a_samples_labels_are_learnt_from(week: Desk) -> None:
    week.ivr("label", "--annotator", "甲", typed=typed(week))
    with closing(store_of(week)) as store:
        store.save_plan(replace(store.plans()[0], id="小", drawn=store.plans()[0].drawn[:3]))
    assert "标注过的有效句子 9 句" in week.ivr("label", "train").stdout
    assert "标注过的有效句子 3 句" in week.ivr("label", "train", "--plan", "小").stdout
    assert "标注过的有效句子 2 句" in week.ivr("label", "train", "--to", "2026-01-05").stdout


def test_broken_flows_are_told_and_nothing_is_lost(week: Desk) -> None:
    Path(week.folder / "flows" / "knowledge.yaml").write_text("intents: [", encoding="utf-8")
    for words in (["--annotator", "甲"], ["train"], ["import"]):
        result = week.ivr("label", *words)
        assert result.exit_code == 1 and "ivr check" in result.stderr


# ---- who listens to what callers said


def trail_of(desk: Desk) -> list[tuple[str, bool, str | None]]:
    """What was entered of listening while labelling: the first first."""
    with closing(store_of(desk)) as store:
        entries = [kept.entry for kept in store.audit.list(action="labels.listen")]
    return [(entry.person, entry.allowed, entry.reason) for entry in reversed(entries)]


def test_listening_while_labelling_needs_a_reason_once_a_session_and_is_in_the_trail(week: Desk) -> None:
    with closing(store_of(week)) as store:
        register(store, "trainer", Role.TRAINER, os_user=identity().os_user)
    refused = week.ivr("label", "--annotator", "甲", typed="\nq\n")
    assert refused.exit_code == 1 and "须写明原因" in refused.stderr
    assert "录音：" not in refused.stdout and "识别为" not in refused.stdout
    asked = week.ivr("label", "--annotator", "甲", "--quiet", typed="一月抽样标注\ns\ns\nq\n")
    assert asked.exit_code == 0, asked.output
    assert asked.stdout.count("为什么收听") == 1 and asked.stdout.count("录音：") == 3
    given = week.ivr("label", "--annotator", "甲", "--quiet", "--reason", "复核", typed="q\n")
    assert given.exit_code == 0 and "为什么收听" not in given.stdout
    assert trail_of(week) == [("trainer", False, None), ("trainer", True, "一月抽样标注"), ("trainer", True, "复核")]


def test_as_long_as_nobody_is_registered_nobody_is_asked_why(week: Desk) -> None:
    assert "为什么收听" not in week.ivr("label", "--annotator", "甲", "--quiet", typed="q\n").stdout


def test_a_walk_takes_labels_back_and_keeps_the_sound_of_what_is_not_done(week: Desk) -> None:
    number = "我的卡号 6222020200112233445"
    stopped = week.ivr("label", "--annotator", "甲", typed=f"u\n{number}\nq\n")
    assert "没有可以撤销的" in stopped.stdout and "删除了录音" not in stopped.stdout and notes(week, "甲") == {}
    audio = Utterances(week.folder / "run" / "utterances")
    refs = [turn.audio_ref for turn in turns(week).values()]
    assert len(refs) == 10 and all(audio.has(ref) for ref in refs)
    done = week.ivr("label", "--annotator", "甲", typed=f"{number}\n\n\nopening\nn\nu\nq\n")
    assert "删除了录音" in done.stdout and "已撤销上一条标注" in done.stdout and "只能凭文字标" in done.stdout
    assert notes(week, "甲") == {} and [audio.has(ref) for ref in refs].count(False) == 1
