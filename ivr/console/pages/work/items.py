"""Messages that callers left, customers whom callbacks did not reach, callbacks to come, calls to be looked at."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from ivr.care.complaints.from_message import from_message
from ivr.console.names import served_names
from ivr.console.page import Visit, act, page
from ivr.console.sound import sound_below
from ivr.errors import PrivacyError
from ivr.metrics.lists import PATTERN_WORDS
from ivr.people.actions import Action
from ivr.records.days import local_day
from ivr.records.work.model import WorkItem
from ivr.report.stored import flags_of
from ivr.serve.upkeep.flow_in_service import flow_in_service

#: Calls to be looked at are listed of so many days.
_DAYS = 31


@page("/work", Action.WORK_LIST, title="待办")
def work(visit: Visit) -> Response:
    """What somebody has to see to, the first due first."""
    everything = visit.query.get("all") == "1"
    found = visit.store.work.items(open_only=not everything, limit=500)
    return visit.render("work/list.html", items=found, everything=everything)


@page("/work/callbacks", Action.WORK_LIST, title="待回电", target="work")
def callbacks(visit: Visit) -> Response:
    """Promised, and still to be made."""
    return visit.render("work/callbacks.html", callbacks=visit.store.work.open_callbacks(), names=served_names(visit))


@page("/work/flagged", Action.RECORDS_LIST, title="须复核的来电", target="records")
def flagged(visit: Visit) -> Response:
    """Calls that look like fraud or trouble (CBA 十(5)), of the last month."""
    until = local_day(visit.now)
    found = flags_of(visit.store, until - timedelta(days=_DAYS - 1), until, frozenset())
    calls = visit.store.counts.calls({flag.call_id for flag in found})
    return visit.render("work/flagged.html", flags=found[::-1], calls=calls, words=PATTERN_WORDS, days=_DAYS)


@page("/work/{id}", Action.WORK_READ, title="待办", target="work:{id}")
def item(visit: Visit) -> Response:
    """One item whole, with the number to call."""
    flow = flow_in_service(visit.settings, visit.store)
    return visit.render("work/one.html", item=_item(visit), kinds=flow.complaints.kinds)


@page("/work/{id}/listen", Action.RECORDINGS_LISTEN, title="留言", target="work:{id}")
def listen(visit: Visit) -> Response:
    """A player; it asks for the reason first."""
    one = _item(visit)
    return visit.render("work/listen.html", back=f"/work/{one.id}", sound=f"/work/{one.id}/sound")


@page("/work/{id}/sound", Action.RECORDINGS_LISTEN, title="留言", target="work:{id}")
def recording(visit: Visit) -> Response:
    """The recording itself."""
    return sound_below(visit, _item(visit).audio)


@act("/work/{id}/done", Action.WORK_CLOSE, target="work:{id}", back=item)
def done(visit: Visit) -> Response:
    """It has been seen to; who was slower is told who did."""
    one, note = _item(visit), visit.field("note")
    if len(note) > 200 or not note.isprintable():
        raise PrivacyError("备注应为一行文字，最多 200 个字")
    entry = visit.permit.entry_with(done_by=visit.person)
    if visit.store.work.close_item(one.id, visit.person, note or None, entry, visit.now) is None:
        raise PrivacyError(f"待办 {one.id} 已由 {_item(visit).done_by} 办结")
    return visit.redirect("/work", f"已办结 {one.id}")


@act("/work/{id}/complaint", Action.COMPLAINTS_HANDLE, target="work:{id}", back=item)
def complaint(visit: Visit) -> Response:
    """The message is a complaint."""
    flow = flow_in_service(visit.settings, visit.store)
    case = from_message(visit.store, flow, _item(visit), visit.field("kind") or None, visit.permit, visit.now)
    return visit.redirect("/work", f"已登记投诉 {case.id}")


def _item(visit: Visit) -> WorkItem:
    given = str(visit.path["id"])
    found = visit.store.work.item(int(given)) if given.isdecimal() and len(given) < 12 else None
    if found is None:
        raise PrivacyError(f"没有待办 {given[:12]}")
    return found
