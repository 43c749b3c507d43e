"""CEL rows to facts: what happened on a call while the application was not there to see it (D11).

The dialplan's own words, as user events: `caller` (who calls, see `numbers.caller`), `fallback` (it apologises and will
queue the caller), `capacity` and `caller_lines` (notice, no service), `rate` (refused), `announced` (the caller has
heard the agent's number; extra names the call), `callback_answered` (the customer who is called back has answered;
extra names the agent), `supervision` and
`supervision_over` (a supervisor takes part in a talk, and no longer)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ivr.records.facts import (
    AgentAnnounced,
    Answered,
    Connected,
    Ended,
    Fact,
    HandoffLeft,
    HandoffRequested,
    Offered,
    PromptSpoken,
    Queued,
    Released,
    Ringing,
    SupervisionBegan,
    SupervisionEnded,
    Transferred,
)
from ivr.records.folding.fold import fold
from ivr.records.model import Call
from ivr.records.numbers import caller, e164
from ivr.telephony.channels import agent_of, flow_queue, is_try
from ivr.telephony.dialplan import CelEvent, Context
from ivr.telephony.events.cel import CelRow

#: A caller who is out of the queue for less than this before the end has hung up in it.
_STILL_QUEUED_MS = 50
#: The same moment as AMI and CEL saw it is so far apart at most.
_JITTER_MS = 50
#: A queue that lets the caller go so soon had nobody signed in.
_TURNED_AWAY_MS = 1000
#: Q.850 causes that are the network's doing: no route, out of order, temporary failure, congestion, no media.
_NETWORK = {"27", "34", "38", "41", "42", "44", "58"}
#: What the dialplan says of a call that it turned away, which is why that ended.
_NO_SERVICE = (CelEvent.CAPACITY, CelEvent.CALLER_LINES, CelEvent.RATE)
#: Where the dialplan says goodbye before it hangs up.
_GOODBYE = "bye"

Number = Callable[[str], str | None]


def trunk_row(story: Sequence[CelRow]) -> CelRow | None:
    """The arrival of a call from outside, or None where these rows tell of no such call."""
    for row in story:
        if row.event == "CHAN_START" and row.context == Context.FROM_TRUNK and row.uniqueid == row.linkedid:
            return row
    return None


def end_row(story: Sequence[CelRow]) -> CelRow | None:
    """The caller's hang-up, or None while the call goes on (or Asterisk died)."""
    start = trunk_row(story)
    uniqueid = start.uniqueid if start else story[0].call
    own = [row for row in story if row.event == "HANGUP" and row.uniqueid == uniqueid]
    return (
        own[0]
        if own
        else next((row for row in story if row.event == "LINKEDID_END" and row.linkedid == uniqueid), None)
    )


def refused(story: Sequence[CelRow]) -> bool:
    """A number that is not the bank's was dialled: such a call is none (requirements 2.3)."""
    start, end = trunk_row(story), end_row(story)
    return bool(start and end and end.context == Context.FROM_TRUNK and all(row.event != "ANSWER" for row in story))


def call_facts(story: Sequence[CelRow], number: Number = e164) -> list[Fact]:
    """Every fact that one call's rows tell, by time. `number` brings calling numbers into shape."""
    start = trunk_row(story)
    uniqueid = start.uniqueid if start else story[0].call
    own = [row for row in story if row.uniqueid == uniqueid]
    facts: list[Fact] = []
    if start:
        calling, withheld = _caller(start, own, number)
        kind = "withheld" if withheld else "normal"
        test = is_try(start.channel)
        facts.append(Offered(start.t, start.linkedid, "in", start.exten, calling, kind, drill=test))
    agents = [row for row in story if row.uniqueid != uniqueid and row.agent_id]
    if is_callback(story):
        facts += _callback(story, agents)
    else:
        facts += _dialplan(own)
        facts += _queue(own)
        facts += _agents(agents)
    facts += _announced(story)
    facts += _supervised(story)
    facts += _end(story)
    return sorted(facts, key=lambda fact: fact.t)


def rest(story: Sequence[CelRow], t: int) -> list[Fact]:
    """The facts of one call's rows after `t`, and its end whenever that was. The manager's stamps lie a little off
    CEL's, so this begins a little earlier: `fold` takes what is told twice for once."""
    early = t - _JITTER_MS
    return [fact for fact in call_facts(story) if fact.t > early or isinstance(fact, Ended)] if story else []


def is_call(story: Sequence[CelRow]) -> bool:
    """Whether the rows tell of a call to one of the bank's numbers, from its beginning."""
    return trunk_row(story) is not None and not refused(story)


def rebuild_one(call_id: str, story: Sequence[CelRow], number: Number = e164) -> Call:
    """One call's record, source rebuilt."""
    return fold(call_id, call_facts(story, number), source="rebuilt")


def _caller(start: CelRow, own: Sequence[CelRow], number: Number) -> tuple[str | None, bool]:
    """The number, and whether it is withheld, as the dialplan read it; a log from before it did so has the number in
    the row of the arrival."""
    for row in own:
        if row.event == CelEvent.CALLER and isinstance(said := row.extra.get("extra"), str):
            return caller(said)
    plain = number(start.number)
    return plain, plain is None


def _dialplan(own: Sequence[CelRow]) -> Iterator[Fact]:
    for row in own:
        match row.event:
            case "ANSWER":
                yield Answered(row.t)
            case CelEvent.FALLBACK:
                yield PromptSpoken(row.t, "app_down", "notice")
                yield HandoffRequested(row.t, "fallback", "")
            case CelEvent.CAPACITY | CelEvent.CALLER_LINES:
                yield PromptSpoken(row.t, "capacity", "notice")


def _queue(own: Sequence[CelRow]) -> Iterator[Fact]:
    entered: CelRow | None = None
    last = own[-1].t if own else 0
    for row in own:
        if row.app != "Queue" or row.event not in ("APP_START", "APP_END"):
            continue
        if row.event == "APP_START":
            entered = row
            yield from _stood(row, own)
        elif entered:
            stayed = not any(r.event == "BRIDGE_ENTER" and entered.t <= r.t <= row.t for r in own)
            if stayed and last - row.t > _STILL_QUEUED_MS:
                yield HandoffLeft(row.t, _why_left(entered, row))
            entered = None


def _stood(entered: CelRow, own: Sequence[CelRow]) -> Iterator[Fact]:
    left = next((row for row in own if row.event == "APP_END" and row.app == "Queue" and row.t >= entered.t), None)
    if left is None or left.t - entered.t >= _TURNED_AWAY_MS or left.t >= own[-1].t - _STILL_QUEUED_MS:
        yield Queued(entered.t, flow_queue(entered.data.split(",")[0]))


def _why_left(entered: CelRow, left: CelRow) -> str:
    options = entered.data.split(",")
    limit = options[4] if len(options) > 4 else ""
    waited_out = (
        limit.isascii() and limit.isdigit() and len(limit) < 9 and left.t - entered.t >= int(limit) * 1000 - 1000
    )
    return "timeout" if waited_out else "no_agents"


def _agents(rows: Sequence[CelRow]) -> Iterator[Fact]:
    rang: dict[str, int] = {}
    answered = {row.uniqueid for row in rows if row.event == "ANSWER"}
    bridged = answered & {row.uniqueid for row in rows if row.event == "BRIDGE_ENTER"}
    # Of several telephones answered at once only one is put through.
    talked = bridged or set(list(dict.fromkeys(row.uniqueid for row in rows if row.event == "ANSWER"))[:1])
    for row in rows:
        agent = row.agent_id or ""
        match row.event:
            case "CHAN_START":
                rang[row.uniqueid] = row.t
                yield Ringing(row.t, agent)
            case "ANSWER" if row.uniqueid in talked:
                yield Connected(row.t, agent, row.t - rang.get(row.uniqueid, row.t))
            case "HANGUP" if row.uniqueid in talked:
                yield Released(row.t, agent)
            case "BLINDTRANSFER" | "ATTENDEDTRANSFER":
                yield Transferred(row.t, agent, _target(row))


def _target(row: CelRow) -> str:
    if row.event == "BLINDTRANSFER":
        return str(row.extra.get("extension", ""))
    names = (row.extra.get(name) for name in ("transfer_target_channel_name", "channel2_name"))
    return next((agent_of(name) or "" for name in names if isinstance(name, str)), "")


def is_callback(story: Sequence[CelRow]) -> bool:
    """Whether the rows tell of a call to a customer: who takes it is not connected before the customer answers."""
    return any(row.context == Context.CALLBACK_PLACE for row in story)


def _callback(story: Sequence[CelRow], agents: Sequence[CelRow]) -> Iterator[Fact]:
    answered = next((row for row in story if row.event == CelEvent.CALLBACK_ANSWERED), None)
    agent = "" if answered is None else str(answered.extra.get("extra", ""))
    for row in agents:
        if row.event == "CHAN_START":
            yield Ringing(row.t, row.agent_id or "")
        elif row.event == "HANGUP" and row.agent_id == agent:
            yield Released(row.t, agent)
    if answered is None:
        return
    rang = {row.event: row.t for row in reversed(agents) if row.agent_id == agent}
    yield Answered(answered.t)
    yield Connected(answered.t, agent, max(0, rang.get("ANSWER", 0) - rang.get("CHAN_START", 0)))


def _announced(story: Sequence[CelRow]) -> Iterator[Fact]:
    said = [row for row in story if row.event == CelEvent.ANNOUNCED]
    # Without that event the end of the announcement is the next best thing.
    for row in said or [r for r in story if r.event == "HANGUP" and r.context == Context.SAY_AGENT]:
        yield AgentAnnounced(row.t, row.exten)


def _supervised(story: Sequence[CelRow]) -> Iterator[Fact]:
    for row in story:
        if row.event not in (CelEvent.SUPERVISION, CelEvent.SUPERVISION_OVER):
            continue
        _, supervisor, agent, how = (str(row.extra.get("extra", "")).split("|") + [""] * 3)[:4]
        if row.event == CelEvent.SUPERVISION:
            yield SupervisionBegan(row.t, supervisor, agent, how)
        else:
            yield SupervisionEnded(row.t, supervisor)


def _end(story: Sequence[CelRow]) -> Iterator[Fact]:
    end = end_row(story)
    if end is None:
        return
    own = {row.event for row in story if row.uniqueid == end.uniqueid}
    if end.exten == _GOODBYE:
        yield PromptSpoken(end.t, "goodbye", "goodbye")
    cause = next((str(name) for name in _NO_SERVICE if name in own), str(end.extra.get("hangupcause", "")))
    yield Ended(end.t, _hangup_by(story, end, cause), cause)


def _hangup_by(story: Sequence[CelRow], end: CelRow, cause: str) -> str:
    source = str(end.extra.get("hangupsource", ""))
    if source == end.channel and end.event == "HANGUP":
        return "caller"
    if cause in _NETWORK and not source.startswith("dialplan/"):
        return "network"
    talked = {row.uniqueid for row in story if row.event == "BRIDGE_ENTER" and row.agent_id}
    for row in story:
        if row.event == "HANGUP" and row.uniqueid in talked and row.extra.get("hangupsource") == row.channel:
            return "agent"
    return "system"
