"""`ivr label`: one turn of the sample after the other, heard and judged in the terminal; every answer is kept at once,
so one may stop at any time and go on another day."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from ivr.cli.call_text import plain
from ivr.cli.chinese import Command
from ivr.cli.label_files import find_plan
from ivr.cli.label_text import choose, describe_turn, intent_words, intents_of, names_of
from ivr.cli.records import opened
from ivr.metrics.accuracy import align
from ivr.metrics.agreement import JUDGEMENTS
from ivr.metrics.recognition import NO_INTENT, intent_right
from ivr.metrics.sampling import candidate
from ivr.nlu import mask
from ivr.records.model import Annotation, Call, Turn
from ivr.records.store import Store
from ivr.records.utterances import Utterances
from ivr.settings import Settings

_KEYS = "s 跳过，b 上一条，p 再放一遍，q 停下（已标的都已保存）"
_MARKS = {"y": True, "Y": True, "是": True, "对": True, "n": False, "N": False, "否": False, "错": False}
_PAGE = 50
_PLAYERS = (("aplay", "-q"), ("play", "-q"))


class _Moved(Exception):
    """The annotator goes elsewhere instead of answering: s, b or q."""


@dataclass(frozen=True, slots=True)
class _Desk:
    """What an annotator works with."""

    store: Store
    audio: Utterances
    folder: Path | None
    quiet: bool
    intents: Mapping[str, str]
    names: Mapping[str, str]
    annotator: str


def _named(_ctx: click.Context, _param: click.Parameter, name: str | None) -> str:
    if name is None or not name.strip() or not name.isprintable():
        raise click.BadParameter("请写明您的姓名或工号，如 --annotator 张三")
    return name.strip()


@click.command(cls=Command)
@click.option("--annotator", metavar="姓名", callback=_named, help="您的姓名或工号；同一话轮每人各标一次。")
@click.option("--plan", metavar="方案", help="抽样方案，默认最新的。")
@click.option("--disputed", is_flag=True, help="只复核别人判断不同的话轮；以最后一次标注为准。")
@click.option(
    "--audio",
    "folder",
    metavar="目录",
    type=click.Path(path_type=Path, file_okay=False),
    help="把录音复制到这个目录，不在这里播放。",
)
@click.option("--quiet", is_flag=True, help="不播放录音。")
@click.pass_obj
def walk(
    settings: Settings, annotator: str, plan: str | None, disputed: bool, folder: Path | None, quiet: bool
) -> None:
    """按抽样方案逐条标注：听录音，写参考文本，判断是否有效、意图、交互是否正确。随时可停，下次接着标。"""
    intents, names = intents_of(settings), names_of(settings)
    with opened(settings) as store:
        drawn = find_plan(store, plan)
        ids = [
            id
            for id, (_, turn) in store.turns(one.turn_id for one in drawn.drawn).items()
            if not disputed or _disputed(turn)
        ]
        desk = _Desk(store, Utterances(settings.utterances), folder, quiet, intents, names, annotator)
        click.echo(f"抽样方案 {drawn.id}，{len(ids)} 条。任何时候可输入：{_KEYS}")
        try:
            _all(desk, ids)
        except click.Abort:
            click.echo("")
        done = sum(_mine(turn, annotator) is not None for _, turn in store.turns(ids).values())
        click.echo(f"{plain(annotator)} 已标 {done}/{len(ids)} 条")


def _all(desk: _Desk, ids: Sequence[str]) -> None:
    """From the first turn that this annotator has not labelled, to the end or until told to stop."""
    at = _next(desk, ids, 0)
    while at < len(ids):
        call, turn = desk.store.turns([ids[at]])[ids[at]]
        click.echo(f"\n第 {at + 1}/{len(ids)} 条　话轮 {plain(turn.turn_id)}　{'、'.join(_reasons(call, turn))}")
        try:
            desk.store.annotate(turn.turn_id, _label(desk, call, turn))
        except _Moved as moved:
            if str(moved) == "q":
                return
            at = max(0, at - 1) if str(moved) == "b" else at + 1
            continue
        at = _next(desk, ids, at + 1)


def _next(desk: _Desk, ids: Sequence[str], at: int) -> int:
    """The place of the next turn that is not labelled by this annotator, at `at` or after it."""
    for start in range(at, len(ids), _PAGE):
        page = ids[start : start + _PAGE]
        there = desk.store.turns(page)
        for place, id in enumerate(page, start):
            if id in there and _mine(there[id][1], desk.annotator) is None:
                return place
    return len(ids)


def _label(desk: _Desk, call: Call, turn: Turn) -> Annotation:
    """One turn's annotation. Raises _Moved."""
    click.echo(describe_turn(call, turn, desk.intents, desk.names))
    sound = _sound(desk, turn)
    before = _mine(turn, desk.annotator)
    text = _reference(desk, turn, sound, before)
    valid = bool(text) and _yes_no("客户在对热线说话吗（噪声、旁人选 n）", True)
    now = time.time_ns() // 1_000_000
    if not valid:
        noise = "" if text == turn.asr_text else text  # nobody said to us what was recognised
        return Annotation(turn.turn_id, desk.annotator, noise, False, now)
    one = Annotation(turn.turn_id, desk.annotator, text, True, now)
    heard = _yes_no("识别正确吗", align(one.ref_text, turn.asr_text).errors == 0)
    one = replace(one, asr_ok=heard, intent_gold=_gold(desk, turn, before))
    understood = intent_right(turn, one)
    click.echo(f"  意图理解{'正确' if understood else '错误'}")
    fine = True if understood and heard and not candidate(call, call.turns.index(turn)).reasons else None
    return replace(
        one, intent_ok=understood, interaction_ok=_yes_no("热线最后做得对吗（动作或回答有任何错误选 n）", fine)
    )


def _reference(desk: _Desk, turn: Turn, sound: Path | None, before: Annotation | None) -> str:
    """What was really said, numbers hidden; the sound goes with them."""
    known = before.ref_text if before else (turn.asr_text if sound else None)
    if known is None:
        click.echo("  没有录音。有别的依据（如通话录音）才写得出参考文本；= 照抄识别文本，只适合训练，算不准识别准确率")
        said = _ask("参考文本（= 照抄，s 跳过）", turn, desk)
        while not said:
            said = _ask("请写参考文本，或 = 照抄，或 s 跳过", turn, desk)
        said = turn.asr_text if said == "=" else said
    else:
        said = _ask(f"参考文本（直接回车就是「{plain(known)}」；没人说话输入 -）", turn, desk) or known
        said = "" if said == "-" else said
    hidden = mask(said)
    if hidden != said and turn.audio_ref is not None and desk.audio.has(turn.audio_ref):
        desk.audio.drop(turn.audio_ref)
        click.echo("  参考文本里有号码：已隐藏，并删除了录音")
    return hidden


def _gold(desk: _Desk, turn: Turn, before: Annotation | None) -> str:
    """What the caller wanted: an intent of the knowledge base, or none."""
    known = before.intent_gold if before and before.intent_gold else turn.intent
    known = known if known in desk.intents else None
    hint = f"；直接回车就是 {intent_words(known, desk.intents)}" if known else ""
    while True:
        said = _ask(f"客户要办什么（编号或名称，? 列出，- 没有业务意图{hint}）", turn, desk)
        if not said and known:
            return known
        if said == NO_INTENT:
            return NO_INTENT
        if said in ("?", "？"):
            for number, (id, label) in enumerate(desk.intents.items(), 1):
                click.echo(f"  {number:3} {id}　{label}")
            continue
        found = choose(said, desk.intents) if said else ()
        if len(found) == 1:
            click.echo(f"  → {intent_words(found[0], desk.intents)}")
            return found[0]
        click.echo(f"  {'有几个：' + '、'.join(found[:8]) if found else '没有这个意图，输入 ? 看有哪些'}")


def _ask(question: str, turn: Turn, desk: _Desk) -> str:
    """An answer, spaces around it gone. Raises _Moved for s, b and q, Abort at the end of the input."""
    while True:
        said: str = click.prompt(question, default="", show_default=False, prompt_suffix="： ").strip()
        if said in ("s", "b", "q"):
            raise _Moved(said)
        if said != "p":
            return said
        _sound(desk, turn)


def _yes_no(question: str, fine: bool | None) -> bool:
    """y or n; Enter means `fine`, where there is a most likely answer."""
    hint = {True: "Y/n", False: "y/N", None: "y/n"}[fine]
    while True:
        said: str = click.prompt(f"{question} [{hint}]", default="", show_default=False, prompt_suffix="： ").strip()
        if said in ("s", "b", "q"):
            raise _Moved(said)
        if said in _MARKS:
            return _MARKS[said]
        if not said and fine is not None:
            return fine


def _sound(desk: _Desk, turn: Turn) -> Path | None:
    """Play or hand out the turn's sound; None where there is none."""
    if turn.audio_ref is None or not desk.audio.has(turn.audio_ref):
        return None
    path = desk.audio.path(turn.audio_ref)
    assert path is not None
    if desk.folder is not None:
        desk.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        copied = shutil.copyfile(path, desk.folder / path.name)
        copied.chmod(0o600)
        click.echo(f"  录音：{copied}")
        return path
    player = next(((found, flag) for name, flag in _PLAYERS if (found := shutil.which(name))), None)
    if desk.quiet or player is None:
        click.echo(f"  录音：{path}" + ("" if desk.quiet else "（没有播放器 aplay 或 play，可用 --audio 目录 导出）"))
        return path
    done = subprocess.run(  # noqa: S603 - a player of this machine, a file of ours
        [*player, str(path)], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    click.echo("  录音放完了，p 再放一遍" if done.returncode == 0 else f"  播放失败，录音在 {path}")
    return path


def _mine(turn: Turn, annotator: str) -> Annotation | None:
    return next((note for note in turn.annotations if note.annotator == annotator), None)


def _disputed(turn: Turn) -> bool:
    """Two people judged something differently."""
    said = [{judged(note) for note in turn.annotations} - {None} for _, judged in JUDGEMENTS]
    return any(len(one) > 1 for one in said)


def _reasons(call: Call, turn: Turn) -> Sequence[str]:
    return candidate(call, call.turns.index(turn)).reasons
