"""The list of calls: searched, filtered, a page at a time; by number for who may see numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from ivr.console.names import leaves_words, served_names
from ivr.console.page import Visit, act, page
from ivr.errors import RecordsError
from ivr.metrics import trouble
from ivr.people.actions import Action
from ivr.records.days import day_end, day_start, local_day
from ivr.records.model import Call
from ivr.records.numbers import e164, masked, shown
from ivr.records.search.model import CallFilter, Cursor, WorstCursor
from ivr.records.search.store import MOST_DAYS
from ivr.report import record_words as words

#: Fields of the form that are words of the record, as they are.
_WORDS = ("did", "channel", "entry", "hangup_by", "flow_revision", "menu", "leaf", "intent", "action", "queue")
_LONGEST = 200
#: Lists that may be chosen from; the others are written.
CHOICES: Mapping[str, Mapping[str, str]] = {
    "entry": words.ENTRY,
    "hangup_by": words.ENDED_BY,
    "outcome": {**words.OUTCOME, "refused": "未受理"},
    "action": words.ACTION,
    "channel": words.CHANNEL,
}


@page("/calls", Action.RECORDS_LIST, title="通话")
def calls(visit: Visit) -> Response:
    """Calls, the newest first. An id that is typed leads to its call."""
    given = {name: text.strip()[:_LONGEST] for name, text in visit.query.items() if text.strip()}
    wanted, wrong = _filter(given)
    found = visit.store.search.find(wanted, Cursor.parse(given.get("after", "")))
    if wanted.call_id and len(found.calls) == 1:
        return visit.redirect(f"/calls/{found.calls[0].call_id}")
    kept = {name: text for name, text in given.items() if name != "after"}
    following = None if found.next is None else f"/calls?{urlencode({**kept, 'after': str(found.next)})}"
    names = served_names(visit)
    rows = [_row(call, names) for call in found.calls]
    template = "calls/rows.html" if visit.request.headers.get("hx-request") else "calls/list.html"
    values: dict[str, Any] = {
        "rows": rows,
        "next": following,
        "found": found,
        "given": given,
        "choices": CHOICES,
        "names": _by_kind(names),
        "wrong": wrong,
    }
    return visit.fragment(template, **values) if template == "calls/rows.html" else visit.render(template, **values)


@page("/calls/worst", Action.RECORDS_LIST, title="最不顺的通话")
def worst(visit: Visit) -> Response:
    """The calls that went worst for their callers, each with what went wrong; the last week where no days are given."""
    today = local_day(visit.now)
    until = _day(visit.query.get("to", "")) or today
    since = _day(visit.query.get("from", "")) or until - timedelta(days=6)
    after = WorstCursor.parse(visit.query.get("after", ""))
    found = visit.store.search.worst(trouble.LIST, min(since, until), until, after)
    days = {"from": f"{since}", "to": f"{until}"}
    following = None if found.next is None else f"/calls/worst?{urlencode({**days, 'after': str(found.next)})}"
    names = served_names(visit)
    rows = [{**_row(call, names), "points": rank, "troubles": trouble.troubles(call)} for call, rank in found.calls]
    waiting = visit.store.counts.uncounted()
    return visit.render("calls/worst.html", rows=rows, next=following, days=days, waiting=waiting, most=MOST_DAYS)


@act("/calls/number", Action.RECORDS_LIST, title="按号码查找", back=calls)
def by_number(visit: Visit) -> Response:
    """The calls of one number or customer: the trail has whose, the list masks as every list does. Neither stands in
    an address, which browsers and logs would keep."""
    typed, customer = visit.field("number"), visit.field("customer")
    number = e164(typed) if typed else None
    if typed and number is None:
        raise RecordsError("看不懂这个号码，请写成 13800000001 或 01088886666")
    if number is None and not customer:
        raise RecordsError("请填写号码或客户编号")
    for sought in (number, customer[:_LONGEST]):
        if sought:
            visit.permit_for(Action.RECORDS_READ, f"customer:{masked(sought)}", visit.field("reason") or None)
    wanted = CallFilter(caller_number=number, customer_id=customer[:_LONGEST] or None)
    found = visit.store.search.find(wanted, Cursor.parse(visit.field("after")))
    names = served_names(visit)
    rows = [_row(call, names) for call in found.calls]
    values: dict[str, Any] = {"typed": typed, "customer": customer, "reason": visit.field("reason")}
    return visit.render("calls/of_number.html", rows=rows, found=found, **values)


def _filter(given: Mapping[str, str]) -> tuple[CallFilter, str]:
    """The filter that a form's fields say; a field that is wrong counts as empty, and what is wrong with it is said."""
    wrong = []
    since, until = _day(given.get("from", "")), _day(given.get("to", ""))
    if (given.get("from") and since is None) or (given.get("to") and until is None):
        wrong.append("日期请写成 2026-10-01")
    least = given.get("least", "")
    if least and not (least.isascii() and least.isdecimal() and len(least) < 7):
        wrong.append("时长请写秒数")
        least = ""
    texts: dict[str, Any] = {name: given[name] for name in (*_WORDS, "agent", "outcome", "call_id") if given.get(name)}
    return CallFilter(
        since=None if since is None else day_start(since),
        until=None if until is None else day_end(until),
        least_ms=int(least) * 1000 if least else None,
        drill=None if given.get("drill") else False,
        **texts,
        dissatisfied=bool(given.get("dissatisfied")),
        transactions=bool(given.get("transactions")),
        recorded=bool(given.get("recorded")),
    ), "；".join(wrong)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if timedelta(days=1) <= found - date(1970, 1, 1) and found.year < 9000 else None


def _by_kind(names: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """Kind → id → name, for the fields in which an id is typed."""
    found: dict[str, dict[str, str]] = {kind: {} for kind in ("menu", "leaf", "intent", "queue")}
    for key, name in names.items():
        kind, _, id_ = key.partition(":")
        if kind in found:
            found[kind][id_] = name
    return found


def _row(call: Call, names: Mapping[str, str]) -> dict[str, object]:
    missed = sum(visit.outcome in ("invalid", "timeout") for visit in call.menu_visits)
    return {
        "call": call,
        "number": masked(shown(call.caller_number, call.caller_kind)),
        "entry": words.entry_words(call),
        "ended": words.hangup_words(call),
        "handoffs": "、".join(words.handoff_words(one) for one in call.handoffs),
        "agents": "、".join(dict.fromkeys(leg.agent_id for leg in call.agent_legs)),
        "leaves": leaves_words(call, names),
        "intents": "、".join(
            dict.fromkeys(names.get(f"intent:{turn.intent}", turn.intent) for turn in call.turns if turn.intent)
        ),
        "missed": missed,
        "scores": [one.score for one in call.surveys if one.score],
    }
