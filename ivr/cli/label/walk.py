"""`ivr label`: one turn of the sample after the other, heard and judged in the terminal; every answer is kept at once,
so one may stop at any time and go on another day."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

import click

from ivr.cli.console.actions import REASON, acts, allowed, ask, one_line
from ivr.cli.console.chinese import Command
from ivr.encryption.files import content, decrypted, plain_copy, write
from ivr.encryption.keys import KeyRing
from ivr.encryption.sealed import key_name
from ivr.errors import EncryptionError, LabelError
from ivr.flow import require
from ivr.metrics.indicators.recognition import NO_INTENT
from ivr.nlu import mask
from ivr.people.access import Permit
from ivr.people.actions import Action
from ivr.records.labels.utterances import Utterances
from ivr.records.model import Annotation, Call, Turn
from ivr.records.numbers import plain
from ivr.records.store import Store
from ivr.settings import Settings
from ivr.training.plans import find_plan
from ivr.training.session import LabellingSession, LabelStep, open_session, reasons, recognised_exactly
from ivr.training.turn_text import choose, describe_turn, intent_words, intents_of, names_of

_KEYS = "s 跳过，b 上一条，u 撤销上一次标注，p 再放一遍，q 停下（已标的都已保存）"
_MOVES = ("s", "b", "u", "q")
_MARKS = {"y": True, "Y": True, "是": True, "对": True, "n": False, "N": False, "否": False, "错": False}
_PLAYERS = (("aplay", "-q"), ("play", "-q"))


class _Moved(Exception):
    """The annotator goes elsewhere instead of answering: s, b, u or q."""


@dataclass(frozen=True, slots=True)
class _Sounds:
    """How the sound of turns reaches the annotator: copied into `folder`, played, or with `quiet` only named. What is
    encrypted is decrypted by `ring`, for programs into `copies`."""

    folder: Path | None
    quiet: bool
    ring: KeyRing
    copies: Path


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
@REASON
@click.pass_obj
@acts(Action.LABELS_WRITE)
def walk(
    settings: Settings,
    annotator: str,
    plan: str | None,
    disputed: bool,
    folder: Path | None,
    quiet: bool,
    reason: str | None,
) -> None:
    """按抽样方案逐条标注：听录音，写参考文本，判断是否有效、意图、交互是否正确。随时可停，下次接着标。

    登记人员之后，每次开始时写明一次为什么听（--reason，或在开始时输入），记入审计。
    """
    flow = require(settings.flows)
    intents, names = intents_of(flow), names_of(flow)
    with allowed(settings, "labels") as (store, permit):
        ask(settings, "labels", reason or _why(store), action=Action.LABELS_LISTEN)
        audio = Utterances(settings.utterances)
        session = open_session(store, audio, annotator, find_plan(store, plan), intents, names, disputed=disputed)
        click.echo(f"抽样方案 {session.plan.id}，{len(session.ids)} 条。任何时候可输入：{_KEYS}")
        sounds = _Sounds(folder, quiet, KeyRing(settings.encryption, settings.state), settings.listening)
        try:
            _all(session, sounds, permit)
        except click.Abort:
            click.echo("")
        click.echo(f"{plain(annotator)} 已标 {session.done}/{len(session.ids)} 条")


def _why(store: Store) -> str | None:
    """Why somebody listens to what callers said: asked once, where anybody is asked at all."""
    if not store.people.any():
        return None
    context = click.get_current_context()
    said: str = click.prompt("为什么收听（记入审计）", default="", show_default=False, prompt_suffix="： ")
    return one_line(context, context.command.params[0], said.strip())


def _all(session: LabellingSession, sounds: _Sounds, permit: Permit) -> None:
    """From the first turn that this annotator has not labelled, to the end or until told to stop."""
    at, steps = session.next(0), list[LabelStep]()
    while at < len(session.ids):
        call, turn = session.turn(at)
        head = f"第 {at + 1}/{len(session.ids)} 条　话轮 {plain(turn.turn_id)}"
        click.echo(f"\n{head}　{'、'.join(reasons(call, turn))}")
        try:
            note, typed = _label(session, sounds, call, turn)
        except _Moved as moved:
            match str(moved):
                case "q":
                    return
                case "u":
                    at = _undone(session, steps, permit, at)
                case "b":
                    at = max(0, at - 1)
                case _:
                    at += 1
            continue
        steps.append(session.save(note, typed))
        if steps[-1].dropped:
            click.echo("  参考文本里有号码：已隐藏，并删除了录音")
        at = session.next(at + 1)


def _undone(session: LabellingSession, steps: list[LabelStep], permit: Permit, at: int) -> int:
    """Take the last label of this walk back; the place of its turn, or `at` where there is none."""
    if not steps:
        click.echo("  这次还没有标过，没有可以撤销的")
        return at
    step = steps.pop()
    try:
        session.undo(step, permit, _now())
    except LabelError as wrong:
        click.echo(f"  {wrong}")
        return at
    click.echo(f"  已撤销上一条标注{'，恢复为先前的标注' if step.before is not None else ''}")
    if step.dropped:
        click.echo("  参考文本里有过号码，录音当时就删除了，现在只能凭文字标")
    return session.ids.index(step.said.turn_id)


def _now() -> int:
    return time.time_ns() // 1_000_000


def _label(session: LabellingSession, sounds: _Sounds, call: Call, turn: Turn) -> tuple[Annotation, str]:
    """One turn's annotation, and the reference text as it was typed. Raises _Moved."""
    click.echo(describe_turn(call, turn, session.intents, session.names))
    _sound(session, sounds, turn)
    typed = _reference(session, sounds, turn)
    text = mask(typed)
    valid = bool(text) and _yes_no("客户在对热线说话吗（噪声、旁人选 n）", True)
    if not valid:
        return session.noise(turn, text, _now()), typed
    heard = _yes_no("识别正确吗", recognised_exactly(turn, text))
    one = session.speech(call, turn, text, heard, _gold(session, sounds, turn), _now())
    click.echo(f"  意图理解{'正确' if one.intent_ok else '错误'}")
    fine = _yes_no("热线最后做得对吗（动作或回答有任何错误选 n）", one.interaction_ok)
    return replace(one, interaction_ok=fine), typed


def _reference(session: LabellingSession, sounds: _Sounds, turn: Turn) -> str:
    """What was really said, as it is typed: its numbers are hidden in what is kept."""
    known = session.likely_reference(turn)
    if known is None:
        click.echo("  没有录音。有别的依据（如通话录音）才写得出参考文本；= 照抄识别文本，只适合训练，算不准识别准确率")
        said = _ask("参考文本（= 照抄，s 跳过）", session, sounds, turn)
        while not said:
            said = _ask("请写参考文本，或 = 照抄，或 s 跳过", session, sounds, turn)
        return turn.asr_text if said == "=" else said
    question = f"参考文本（直接回车就是「{plain(known)}」；没人说话输入 -）"
    said = _ask(question, session, sounds, turn) or known
    return "" if said == "-" else said


def _gold(session: LabellingSession, sounds: _Sounds, turn: Turn) -> str:
    """What the caller wanted: an intent of the knowledge base, or none."""
    intents, known = session.intents, session.likely_intent(turn)
    hint = f"；直接回车就是 {intent_words(known, intents)}" if known else ""
    while True:
        said = _ask(f"客户要办什么（编号或名称，? 列出，- 没有业务意图{hint}）", session, sounds, turn)
        if not said and known:
            return known
        if said == NO_INTENT:
            return NO_INTENT
        if said in ("?", "？"):
            for number, (id, label) in enumerate(intents.items(), 1):
                click.echo(f"  {number:3} {id}　{label}")
            continue
        found = choose(said, intents) if said else ()
        if len(found) == 1:
            click.echo(f"  → {intent_words(found[0], intents)}")
            return found[0]
        click.echo(f"  {'有几个：' + '、'.join(found[:8]) if found else '没有这个意图，输入 ? 看有哪些'}")


def _ask(question: str, session: LabellingSession, sounds: _Sounds, turn: Turn) -> str:
    """An answer, spaces around it gone. Raises _Moved for s, b, u and q, Abort at the end of the input."""
    while True:
        said: str = click.prompt(question, default="", show_default=False, prompt_suffix="： ").strip()
        if said in _MOVES:
            raise _Moved(said)
        if said != "p":
            return said
        _sound(session, sounds, turn)


def _yes_no(question: str, fine: bool | None) -> bool:
    """y or n; Enter means `fine`, where there is a most likely answer."""
    hint = {True: "Y/n", False: "y/N", None: "y/n"}[fine]
    while True:
        said: str = click.prompt(f"{question} [{hint}]", default="", show_default=False, prompt_suffix="： ").strip()
        if said in _MOVES:
            raise _Moved(said)
        if said in _MARKS:
            return _MARKS[said]
        if not said and fine is not None:
            return fine


def _sound(session: LabellingSession, sounds: _Sounds, turn: Turn) -> None:
    """Play or hand out the turn's sound, where there is one. What cannot be decrypted is told, and labelled without."""
    if (path := session.sound(turn)) is None:
        return
    try:
        _heard(path, sounds)
    except EncryptionError as wrong:
        click.echo(f"  录音听不了：{wrong}")


def _heard(path: Path, sounds: _Sounds) -> None:
    if sounds.folder is not None:
        sounds.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write(copied := sounds.folder / path.name, content(path, sounds.ring), None)
        click.echo(f"  录音：{copied}")
        return
    player = next(((found, flag) for name, flag in _PLAYERS if (found := shutil.which(name))), None)
    if sounds.quiet or player is None:
        shown = path if key_name(path) is None else decrypted(path, sounds.ring, sounds.copies)
        why = "" if sounds.quiet else "（没有播放器 aplay 或 play，可用 --audio 目录 导出）"
        click.echo(f"  录音：{shown}{why}")
        return
    with plain_copy(path, sounds.ring, sounds.copies) as heard:
        done = subprocess.run(  # noqa: S603 - a player of this machine, a file of ours
            [*player, str(heard)], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    click.echo("  录音放完了，p 再放一遍" if done.returncode == 0 else f"  播放失败，录音在 {path}")
