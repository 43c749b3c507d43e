"""The day of the pictures: who works there, what was filed, proposed, labelled and scored by now, each through the
function that the page or the hotline itself uses. Names, numbers and words are made up."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from ivr.console.context import Console
from ivr.flow.loader import require
from ivr.flow.model import Flow
from ivr.nlu import Understanding
from ivr.people import secret
from ivr.people.access import Permit, access_of
from ivr.people.actions import Action
from ivr.people.roles import Role
from ivr.records.audit.model import AuditEntry
from ivr.records.labels.utterances import Utterances
from ivr.records.model import Call, Recording
from ivr.records.people.model import Grant, Person
from ivr.records.store import Store
from tests.browser.pictures.calls import Caller, states, walked, week
from tests.browser.pictures.sound import speech

#: Wednesday 2026-11-25, 10:42 in Shanghai.
TODAY = date(2026, 11, 25)
NOW = int(datetime(2026, 11, 25, 10, 42, tzinfo=timezone(timedelta(hours=8))).timestamp() * 1000)
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

#: Id, name, posts, number at the telephone.
PEOPLE: tuple[tuple[str, str, tuple[Role, ...], str | None], ...] = (
    ("fang", "方敏", (Role.ADMINISTRATOR,), None),
    ("lin", "林涛", (Role.SUPERVISOR, Role.ANALYST), "1007"),
    ("zhang", "张倩", (Role.OPERATOR,), None),
    ("li", "李航", (Role.OPERATOR, Role.KNOWLEDGE), None),
    ("zhou", "周宁", (Role.TRAINER,), None),
    ("he", "何佳", (Role.TRAINER,), None),
    ("sun", "孙悦", (Role.QA,), None),
    ("qian", "钱宇", (Role.QUALITY,), None),
    ("zhao", "赵敏", (Role.COMPLAINTS,), None),
    ("wu", "吴磊", (Role.ANALYST,), None),
    ("jiang", "蒋峰", (Role.EMERGENCY_LEAD, Role.SUPERVISOR), None),
    ("nobody", "陈曦", (Role.AGENT,), None),
    ("lijing", "李静", (Role.AGENT,), "1001"),
)

_ANNOUNCED = """\
announcements:
  mobile_bank_upgrade:
    {kind: maintenance, systems: [mobile], prompt: mobile_bank_upgrade_notice, publish_at: 2026-11-25 09:00,
     starts_at: 2026-11-28 00:00, ends_at: 2026-11-28 06:00, leaves: [transfer_limits], menu: true}
  false_points:
    {kind: warning, prompt: false_points_warning, publish_at: 2026-11-20 08:00, ends_at: 2026-12-20 00:00, queues: true}
  branch_moves:
    {kind: change, prompt: branch_moves_notice, publish_at: 2026-12-01 08:00, starts_at: 2026-12-07 08:30,
     ends_at: 2026-12-31 00:00, leaves: [branch_hours]}
  net_bank_upgrade:
    {kind: maintenance, systems: [net], prompt: net_bank_upgrade_notice, publish_at: 2026-11-10 09:00,
     starts_at: 2026-11-14 01:00, ends_at: 2026-11-14 05:00, menu: true}
"""
_PROMPTS = """
  mobile_bank_upgrade_notice: {kind: notice, text: 手机银行十一月二十八日零点到六点升级，期间不能转账，请您提前办理。}
  false_points_warning: {kind: notice, text: 近期有人冒充我行，以积分兑换为由索要验证码。请勿点击陌生链接。}
  branch_moves_notice: {kind: notice, text: 示例路支行十二月七日起迁至示例路八十八号，营业时间不变。}
  net_bank_upgrade_notice: {kind: notice, text: 网上银行十一月十四日一点到五点升级，期间暂停服务。}
"""


@dataclass(slots=True)
class Sample:
    """What of the day is shown: a part of an address by what it is called in `listed`."""

    at: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Day:
    """A console's database that is being filled, with the flow that is served."""

    store: Store
    console: Console
    flow: Flow
    sample: Sample

    def permit(self, person: str, action: Action, target: str, at: int, reason: str | None = None) -> Permit:
        """Leave, as a page gets it."""
        return access_of(self.store, person, at).permit(action, target, reason)

    def file(self, name: str, seconds: float, seed: int = 1) -> str:
        """A recording below the state folder; its name."""
        speech(self.console.settings.state / name, seconds, seed)
        return name


def announced(flows: Path) -> None:
    """The shipped files with announcements in them."""
    head = (flows / "announcements.yaml").read_text("utf-8").partition("announcements: {}")[0]
    (flows / "announcements.yaml").write_text(head + _ANNOUNCED, "utf-8")
    with (flows / "prompts.yaml").open("a", encoding="utf-8") as prompts:
        prompts.write(_PROMPTS)


def people(store: Store) -> None:
    """Everybody, the administrator with a way in by the command line. Nobody has a password that signs in."""
    since = NOW - 60 * DAY
    for id_, name, roles, agent in PEOPLE:
        grants = tuple(Grant(id_, role.value, since, None, "fang" if id_ != "fang" else "system") for role in roles)
        known = secret.made(f"nobody-signs-in-as-{id_}")
        one = Person(id_, name, since, None, ("ivr",) if id_ == "fang" else (), agent, known, grants)
        store.people.add(one, AuditEntry("fang", "people.manage", f"person:{id_}"), since, lambda _people: None)


def opened(console: Console) -> Day:
    """The people and what was published first."""
    store, flow = console.store, require(console.settings.flows)
    people(store)
    store.publishing.adopt(flow.revision.files, flow.revision.personal, flow.revision.reason, NOW - 23 * DAY)
    store.save_revision(flow.revision, NOW - 23 * DAY)
    return Day(store, console, flow, Sample())


def calls(day: Day) -> None:
    """A week of calls, with some that are looked at closely; sound of some, and what the agents did today."""
    understanding, draw = Understanding(day.flow), random.Random(7)
    found = week(day.flow, understanding, NOW, TODAY)
    close = [walked(day.flow, understanding, one, draw) for one in _CLOSE]
    recorded = _recorded(day, close[0])
    everything = [_with_sound(day, call) for call in [*found, recorded, *close[1:]]]
    day.store.save(everything)
    day.store.save_other(states(everything, TODAY, NOW))
    day.sample.at |= {"call": recorded.call_id, "keyed": close[5].call_id}


def _recorded(day: Day, call: Call) -> Call:
    """The talk with the agent, kept."""
    leg = call.agent_legs[0]
    name = f"{call.call_id}-1.wav"
    lasted = leg.t_released - leg.t_connected
    speech(day.console.settings.recordings / name, lasted / 1000, 5)
    return replace(call, recordings=(Recording(name, leg.t_connected, leg.t_released),))


def _with_sound(day: Day, call: Call) -> Call:
    """What the caller said can be heard."""
    audio = Utterances(day.console.settings.utterances, least_free=0)
    turns = []
    for turn in call.turns:
        sound = speech(None, (turn.t_end - turn.t_start) / 1000, hash_of(turn.turn_id))
        turns.append(replace(turn, audio_ref=audio.keep(turn.turn_id, turn.t_start, sound)))
    return replace(call, turns=tuple(turns))


def hash_of(text: str) -> int:
    """The same number for the same text, each time."""
    return sum(place * ord(letter) for place, letter in enumerate(text, 1)) % 100_003


_CARD, _PIN = "6222021234567894#", "860713"
_WRONG = f"wrong wrong wrong 1 1 {_CARD} 111222 {_CARD} 222333 {_CARD} 333444 h"
_CLOSE: tuple[Caller, ...] = (
    Caller("n1-1125-9001", NOW - 52 * MINUTE, "+8613800002718", "呃我卡里钱好像不对 不是这个 0 a 2",
           talk_ms=184_000, wait_ms=13_000, agent="1001", hold_ms=26_000, result="2"),
    Caller("n1-1125-9002", NOW - 75 * MINUTE, "+8613800004465", _WRONG),
    Caller("n1-1125-9003", NOW - 70 * MINUTE, "+8613800004465", _WRONG),
    Caller("n1-1125-9004", NOW - 31 * MINUTE, "+8613800003141", "那个 我那个东西 嗯就是 t h"),
    Caller("n1-1125-9005", NOW - 20 * MINUTE, "+8613800009999", "0 a 1", drill=True),
    Caller("n1-1125-9006", NOW - 66 * MINUTE, "+8613800005129", "- 2 2 1 h"),
)  # fmt: skip


def words(day: Day) -> Mapping[str, str]:
    """What intents are called."""
    return {id_: one.label or one.question for id_, one in day.flow.knowledge.items()}
