"""One call as what happened in it, moment by moment: for the text of a record, for the page that shows and plays it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ivr.flow.model import Flow, TargetKind
from ivr.records.model import AgentLeg, Call, Handoff, MenuVisit, PromptHeard, Turn
from ivr.records.numbers import plain
from ivr.records.vocabulary import TEXT, Action
from ivr.report import record_words as say
from ivr.text.template import Slot, parse

#: Of a prompt's text so many characters are shown.
_SHOWN = 30
_NOT_UNDERSTOOD = frozenset({Action.REPHRASE, Action.OFFER_AGENT, Action.HAND_OVER, Action.FALLBACK})


class MomentKind(StrEnum):
    """What a moment is of."""

    MENU = "menu"
    PROMPT = "prompt"
    WORDS = "words"
    WAIT = "wait"
    AGENT = "agent"
    IDENTITY = "identity"
    BANK = "bank"
    HEARD = "heard"
    RECORDING = "recording"


@dataclass(frozen=True, slots=True)
class Moment:
    """`t` is UTC epoch ms, `ms` how long it lasted where that is known. `whole` may quote the caller or name a
    transaction, `masked` never does. `place` is where in the menu it was (`menu:ID`, `leaf:ID`, `queue:ID`), "" where
    nowhere; `turn` the id of the turn whose sound may be kept; `trouble`: it went wrong for the caller."""

    t: int
    kind: MomentKind
    whole: str
    masked: str = ""
    ms: int | None = None
    place: str = ""
    turn: str | None = None
    trouble: bool = False

    def text(self, whole: bool) -> str:
        """As somebody may read it."""
        return self.whole if whole else self.masked or self.whole


def time_line(call: Call, names: Mapping[str, str] | None = None) -> tuple[Moment, ...]:
    """Every part of the record in the order it happened. `names` of places and prompts, as `names_of` gives them;
    without a name its id is shown."""
    named = _Named(names or {})
    found = [
        *(_visit(visit, named) for visit in call.menu_visits),
        *(_prompt(heard, named) for heard in call.prompts_heard),
        *(_turn(turn, named, written=call.channel == TEXT) for turn in call.turns),
        *(one for handoff in call.handoffs for one in _handoff(handoff, named)),
        *(one for leg in call.agent_legs for one in _leg(leg)),
        *_business(call),
    ]
    return tuple(sorted(found, key=lambda one: one.t))


def names_of(flow: Flow, language: str | None = None) -> Mapping[str, str]:
    """What the flow calls its places (a menu as the option that leads to it is called), and how its prompts begin in
    the call's language."""
    found = {f"leaf:{one.id}": one.label for one in flow.leaves.values()}
    for prompt in flow.prompts.values():
        texts = prompt.texts
        found[f"prompt:{prompt.id}"] = _beginning(texts.get(language or "") or next(iter(texts.values()), ""))
    found |= {f"queue:{one.id}": one.label for one in flow.queues.values()}
    found |= {f"intent:{one.id}": one.label or one.question for one in flow.knowledge.values()}
    return found | menu_names(flow)


def menu_names(flow: Flow) -> dict[str, str]:
    """`menu:ID` → what the flow calls it: as the option that leads to it is called, an entry's by its hours."""
    found = {f"menu:{entry.menu}": "非营业时间菜单" if entry.closed else "主菜单" for entry in reversed(flow.entries)}
    for menu in flow.menus.values():
        for option in menu.options:
            if option.target.kind is TargetKind.MENU:
                found.setdefault(f"menu:{option.target.id}", option.label)
    return found


class _Named:
    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def __call__(self, kind: str, id_: str) -> str:
        name = self._names.get(f"{kind}:{id_}")
        return f"{plain(name)}（{plain(id_)}）" if name else plain(id_)


def _visit(visit: MenuVisit, named: _Named) -> Moment:
    key = f"（按 {plain(visit.key)}）" if visit.key else ""
    name = named("menu", visit.menu_id)
    text = f"菜单 {name}（第 {visit.level} 层）→ {say.words(say.VISIT, visit.outcome)}{key}"
    missed = visit.outcome in ("invalid", "timeout")
    return Moment(visit.t_enter, MomentKind.MENU, text, place=f"menu:{visit.menu_id}", trouble=missed)


def _beginning(template: str) -> str:
    """A prompt's text, … where something is joined into it."""
    text = "".join("…" if isinstance(part, Slot) else part.text for part in parse(template))
    return f"「{text if len(text) <= _SHOWN else text[:_SHOWN] + '…'}」" if text else ""


def _prompt(heard: PromptHeard, named: _Named) -> Moment:
    """What was joined into a prompt is in no record."""
    ms = None if heard.t_end is None else heard.t_end - heard.t
    values = "（其中报的内容不记录）" if heard.values else ""
    long = "" if ms is None else f"，{ms / 1000:.1f} 秒"
    text = f"播放 {named('prompt', heard.prompt)}{values}{long}{f'，{say.CUT[heard.cut]}' if heard.cut else ''}"
    return Moment(heard.t, MomentKind.PROMPT, text, ms=ms, trouble=heard.cut == "failed")


def _turn(turn: Turn, named: _Named, *, written: bool) -> Moment:
    """What the caller said or wrote, masked as it was recorded, and what came of it."""
    said = (
        f"「{plain(turn.asr_text)}」" if turn.asr_text else "（个人信息，未记录）" if turn.pii else "（没有识别出文字）"
    )
    taken = f"，理解时当作「{plain(turn.corrected)}」" if turn.corrected else ""
    hidden = f"（{len(turn.asr_text)} 个字）" if turn.asr_text else said
    score = f" {turn.intent_score:.2f}" if turn.intent_score is not None else ""
    meant = f"，意图 {named('intent', turn.intent)}{score}" if turn.intent else ""
    kind, _, what = (turn.action or "").partition(":")
    did = plain(turn.action)
    if kind in say.ACTION:
        did = f"{say.ACTION[kind]}{f' {_aim(named, kind, what)}' if what else ''}"
    rated = say.RESOLUTION[turn.resolution] if turn.resolution else ""
    how, rest = "写" if written else "说", f"{meant} → {did}{'（打断播报）' if turn.barge_in else ''}{rated}"
    return Moment(
        turn.t_start,
        MomentKind.WORDS,
        f"客户{how}{said}{taken}{rest}",
        f"客户{how}{hidden}{rest}",
        ms=turn.t_end - turn.t_start,
        place=turn.action or "" if kind in (Action.LEAF, Action.MENU, Action.QUEUE) else "",
        turn=turn.turn_id,
        trouble=kind in _NOT_UNDERSTOOD or turn.resolution == "unresolved",
    )


def _aim(named: _Named, kind: str, what: str) -> str:
    """What an action was about: a place, or one or several intents."""
    if kind in (Action.ANSWER, Action.CONFIRM, Action.WHICH):
        return "、".join(named("intent", one) for one in what.split(","))
    return named(kind, what)


def _handoff(handoff: Handoff, named: _Named) -> Iterator[Moment]:
    place = f"queue:{handoff.queue}" if handoff.queue else ""
    where = f"，{named('queue', handoff.queue)}" if handoff.queue else ""
    refused = f"，未受理：{say.words(say.OUTCOME, handoff.why or '')}" if handoff.refused else ""
    asked = f"请求人工（{say.words(say.REASON, handoff.reason)}{where}）{refused}"
    yield Moment(handoff.t_requested, MomentKind.WAIT, asked, place=place, trouble=handoff.refused)
    if handoff.t_queued is not None:
        waited = handoff.t_left - handoff.t_queued
        yield Moment(handoff.t_queued, MomentKind.WAIT, "进入队列", ms=waited, place=place)
    if handoff.t_ring_first is not None:
        yield Moment(handoff.t_ring_first, MomentKind.WAIT, "座席振铃", place=place)
    if handoff.t_connected is not None:
        rang = f"（振铃 {handoff.ring_ms_answering / 1000:.1f} 秒）" if handoff.ring_ms_answering is not None else ""
        yield Moment(handoff.t_connected, MomentKind.AGENT, f"座席 {plain(handoff.agent_id)} 接听{rang}", place=place)
    if handoff.agent_id_announced_at is not None:
        yield Moment(handoff.agent_id_announced_at, MomentKind.AGENT, "已向客户报工号", place=place)
    if handoff.outcome != "answered" and not handoff.refused:
        left = f"离开队列：{say.words(say.OUTCOME, handoff.outcome)}"
        yield Moment(handoff.t_left, MomentKind.WAIT, left, place=place, trouble=handoff.outcome != "callback")


def _leg(leg: AgentLeg) -> Iterator[Moment]:
    for hold in leg.hold:
        ms = hold.t_end - hold.t_start
        text = f"座席 {plain(leg.agent_id)} 请客户稍候 {ms / 1000:.1f} 秒"
        yield Moment(hold.t_start, MomentKind.AGENT, text, ms=ms)
    if leg.transferred_to:
        text = f"座席 {plain(leg.agent_id)} 转接至 {plain(leg.transferred_to)}"
        yield Moment(leg.t_released, MomentKind.AGENT, text)
    yield Moment(leg.t_released, MomentKind.AGENT, f"与座席 {plain(leg.agent_id)} 的通话结束")


def _business(call: Call) -> Iterator[Moment]:
    for check in call.verifications:
        outcome = say.words(say.IDENTITY, check.outcome)
        text = f"核实身份（{say.words(say.METHOD, check.method)}，{check.attempts} 次）：{outcome}"
        yield Moment(check.t, MomentKind.IDENTITY, text)
    for one in call.transactions:
        masked = say.transaction_words(one, reference=False)
        yield Moment(one.t, MomentKind.BANK, f"办理 {say.transaction_words(one)}", f"办理 {masked}")
    for asked in call.recording_consents:
        text = f"{'同意' if asked.given else '不同意'}录音（{say.CONSENT_HOW[asked.how]}）"
        yield Moment(asked.t, MomentKind.RECORDING, text)
    for heard in call.announcements_heard:
        cut = "" if heard.whole else "，没有听完"
        text = f"{say.PLACE[heard.place]}听到公告 {plain(heard.announcement)}{cut}"
        yield Moment(heard.t, MomentKind.HEARD, text)
    for taken in call.supervisions:
        ms = taken.t_end - taken.t_start
        who = f"班长 {plain(taken.supervisor)} {say.HOW[taken.how]}座席 {plain(taken.agent_id)}"
        yield Moment(taken.t_start, MomentKind.AGENT, f"{who} 的通话（{ms / 1000:.1f} 秒）", ms=ms)
    for recording in call.recordings:
        gaps = f"，其中静音 {len(recording.muted)} 段" if recording.muted else ""
        ms = recording.t_end - recording.t_start
        text = f"开始录音 {plain(recording.ref)}（{ms / 1000:.1f} 秒{gaps}）"
        yield Moment(recording.t_start, MomentKind.RECORDING, text, ms=ms)
