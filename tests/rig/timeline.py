"""A call as a reader sees it: one line for each thing that happened, in seconds after the INVITE."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tests.rig.calls import Call
from tests.rig.heard import MUSIC, UNKNOWN, Heard
from tests.rig.sound import silences
from tests.rig.speech import utterances

#: Silences shorter than this are pauses of speech.
SHORTEST_SILENCE_S = 1.0
#: What is told with its length.
_LASTING = ("music", "silence", "unknown", "voice", "says")
#: Parts of one sentence follow each other within this.
_SEAM_S = 0.25

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "invite": "来电", "ringing": "振铃", "answer": "应答", "caller": "来电者挂机", "callee": "热线挂机",
        "refused": "被拒绝", "heard": "听到", "music": "等待音乐", "unknown": "其他声音", "voice": "座席说话",
        "key": "按键", "says": "来电者说话",
        "silence": "无声", "record": "记录", "agent": "座席", "cut": "✂ 播放 {:.2f} 秒后被打断",
        "agent_ringing": "座席振铃", "agent_answer": "座席接听", "agent_end": "座席通话结束", "talk": "通话",
        "lane_caller": "来电者", "lane_hotline": "热线", "lane_agent": "座席", "seconds": "秒",
    },
    "en": {
        "invite": "call", "ringing": "ringing", "answer": "answered", "caller": "caller hangs up",
        "callee": "hotline hangs up", "refused": "refused", "heard": "hears", "music": "hold music",
        "unknown": "other sound", "voice": "agent speaks",
        "key": "key", "says": "caller speaks", "silence": "silence", "record": "record", "agent": "agent",
        "cut": "✂ cut after {:.2f} s", "agent_ringing": "agent rings",
        "agent_answer": "agent answers", "agent_end": "agent's call ends", "talk": "talk",
        "lane_caller": "caller", "lane_hotline": "hotline", "lane_agent": "agent", "seconds": "s",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing from `t` (to `t_end`, where it lasts), seconds after the INVITE. `kind` is a key of
    WORDS; `what` and `note` are what a reader sees."""

    t: float
    t_end: float | None
    kind: str
    what: str = ""
    note: str = ""
    cut: bool = False


def sentences(heard: Sequence[Heard]) -> list[Heard]:
    """Parts of one prompt and the pieces between them become one `Heard` with the whole text."""
    out: list[Heard] = []
    parts: list[Heard] = []
    for one in heard:
        if not one.part:
            out += _sentence(parts)
            parts = []
            out.append(one)
            continue
        if parts and not _goes_on(parts, one):
            out += _sentence(parts)
            parts = []
        parts.append(one)
    return sorted(out + _sentence(parts), key=lambda one: one.t_start)


def _goes_on(parts: Sequence[Heard], one: Heard) -> bool:
    if one.t_start - parts[-1].t_end > _SEAM_S:
        return False
    if one.prompt == "(piece)":
        return True
    named = [part for part in parts if part.prompt != "(piece)"]
    if not named:
        return True
    return one.prompt == named[-1].prompt and _number(one.part) > _number(named[-1].part)


def _number(part: str) -> int:
    return int(part) if part.isdecimal() else 0


def _sentence(parts: Sequence[Heard]) -> list[Heard]:
    if not parts:
        return []
    named = next((part for part in parts if part.prompt != "(piece)"), parts[0])
    cut = next((part for part in parts if part.cut_ms is not None), None)
    played = sum(part.cut_ms or round((part.t_end - part.t_start) * 1000) for part in parts)
    return [
        replace(
            named,
            part="",
            text="".join(part.text or part.part for part in parts),
            t_start=parts[0].t_start,
            t_end=parts[-1].t_end,
            whole=all(part.whole for part in parts),
            from_ms=parts[0].from_ms,
            cut_ms=None if cut is None else played,
            exact=all(part.exact for part in parts),
            score=min(part.score for part in parts),
        )
    ]


def entries(
    call: Call, heard: Sequence[Heard], agents: Mapping[str, Call] | None = None, texts: Mapping[str, str] | None = None
) -> list[Entry]:
    """Everything that happened, in order. `agents` maps an agent to the call its telephone got;
    `texts` gives the words of a prompt whose clips carry none."""
    found = [*_signalling(call), *_keys(call), *_says(call)]
    found += [_heard(one, call.t_invite, texts or {}, (agents or {}).values()) for one in sentences(heard)]
    if call.t_answered is not None and call.t_ended is not None:
        quiet = silences(call.heard, call.t_answered, call.t_ended, SHORTEST_SILENCE_S)
        found += [Entry(s.t_start - call.t_invite, s.t_end - call.t_invite, "silence") for s in quiet]
    for name, leg in (agents or {}).items():
        found += _leg(name, leg, call.t_invite)
    return sorted(found, key=lambda entry: entry.t)


def _signalling(call: Call) -> Iterator[Entry]:
    first = call.messages[0] if call.messages else None
    who = _user(first.headers.get("from", "")) if first else ""
    yield Entry(0.0, None, "invite", f"{who} → {_user(first.headers.get('to', ''))}" if first else "")
    if call.t_ringing is not None:
        yield Entry(call.t_ringing - call.t_invite, None, "ringing")
    if call.t_answered is not None:
        yield Entry(call.t_answered - call.t_invite, None, "answer")
    if call.t_ended is not None:
        refused = call.t_answered is None and call.ended_by == "callee"
        kind = "refused" if refused else str(call.ended_by)
        yield Entry(call.t_ended - call.t_invite, None, kind, str(call.status) if refused else "")


def _user(header: str) -> str:
    """`"A" <sip:138@host>;tag=x` → `138`."""
    address = header.partition("<")[2].partition(">")[0] or header.partition(";")[0]
    return address.removeprefix("sip:").partition("@")[0]


def _keys(call: Call) -> Iterator[Entry]:
    for key in call.keys:
        yield Entry(key.t_start - call.t_invite, key.t_end - call.t_invite, "key", key.digit)


def _says(call: Call) -> Iterator[Entry]:
    for one in utterances(call):
        yield Entry(one.t_start - call.t_invite, one.t_end - call.t_invite, "says")


def _heard(one: Heard, origin: float, texts: Mapping[str, str], legs: Collection[Call]) -> Entry:
    span = (one.t_start - origin, one.t_end - origin)
    if one.prompt == MUSIC:
        return Entry(*span, "music", one.variant)
    if one.prompt == UNKNOWN:
        return Entry(*span, "voice" if any(_talks(leg, one) for leg in legs) else "unknown")
    name = one.prompt if one.variant in ("", "normal") else f"{one.prompt} ({one.variant})"
    if one.also:
        name += f" / {' / '.join(one.also)}"
    return Entry(*span, "heard", name, one.text or texts.get(one.prompt, ""), cut=one.cut_ms is not None)


def _talks(leg: Call, one: Heard) -> bool:
    """Whether the agent of this leg was connected in the middle of a sound."""
    middle = (one.t_start + one.t_end) / 2
    return leg.t_answered is not None and leg.t_answered <= middle <= (leg.t_ended or middle)


def _leg(name: str, leg: Call, origin: float) -> Iterator[Entry]:
    if leg.t_ringing is not None:
        yield Entry(leg.t_ringing - origin, None, "agent_ringing", name)
    if leg.t_answered is not None:
        yield Entry(leg.t_answered - origin, None, "agent_answer", name)
        if leg.t_ended is not None:
            yield Entry(leg.t_answered - origin, leg.t_ended - origin, "talk", name)
    if leg.t_ended is not None:
        yield Entry(leg.t_ended - origin, None, "agent_end", name)


def as_text(found: Sequence[Entry], record: Mapping[str, object] | None = None, language: str = "zh") -> str:
    """One line for each entry, then the call record's fields."""
    words = WORDS[language]
    wide = max((_columns(words[entry.kind]) for entry in found), default=0)
    lines = []
    for entry in found:
        if entry.kind == "talk":
            continue
        label = words[entry.kind] + " " * (wide - _columns(words[entry.kind]))
        seconds = (entry.t_end or entry.t) - entry.t
        lasts = f" {seconds:.2f} {words['seconds']}" if entry.kind in _LASTING else ""
        said = f"「{entry.note}」" if entry.note else ""
        cut = "  " + words["cut"].format(seconds) if entry.cut else ""
        lines.append(f"{entry.t:8.2f}  {label}  {entry.what}{said}{lasts}{cut}".rstrip())
    if record is not None:
        lines.append(f"{'':8}  {words['record']}")
        lines += [f"{'':12}{name} = {value}" for name, value in flat(record)]
    return "\n".join(lines) + "\n"


def _columns(text: str) -> int:
    """Terminal columns: Chinese characters take two."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def flat(record: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Fields of a nested record by dotted name, lists by index; empty ones are left out."""
    for name, value in record.items():
        yield from _flat(f"{prefix}{name}", value)


def _flat(name: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        yield from flat(value, f"{name}.")
    elif isinstance(value, list | tuple) and any(isinstance(one, Mapping | list | tuple) for one in value):
        for number, one in enumerate(value):
            yield from _flat(f"{name}.{number}", one)
    elif value is not None and value != [] and value != ():
        yield name, value
