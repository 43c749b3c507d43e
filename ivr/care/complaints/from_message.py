"""A message that turns out to be a complaint becomes one (CBA 四十九): with its recording, and closed as a message."""

from __future__ import annotations

from ivr.care.complaints.intake import Received, receive
from ivr.errors import ComplaintRefused
from ivr.flow.model import Flow
from ivr.people.access import Permit
from ivr.records.complaints.model import Case, Via
from ivr.records.store import Store
from ivr.records.work.model import WorkItem, WorkKind


def from_message(store: Store, flow: Flow, item: WorkItem, kind: str | None, permit: Permit, now: int) -> Case:
    """The complaint of a message, which came in when the message did; asked twice, there is one. `kind`: an id of the
    policy's kinds, None where the message does not say. Raises ComplaintRefused, and StoreError: what was not done then
    is done the next time."""
    if item.kind is not WorkKind.MESSAGE:
        raise ComplaintRefused(f"待办 {item.id} 不是客户留言，不能转为投诉")
    if kind is not None and kind not in flow.complaints.kinds:
        raise ComplaintRefused(f"没有投诉类别「{kind}」，可以是：{'、'.join(flow.complaints.kinds)}")
    received = Received(
        ref=item.ref,
        call_id=item.call_id,
        number=item.number,
        call_back_number=item.number,
        kind=kind,
        audio=item.audio,
        ms=item.ms,
        transcript=None,
        via=Via.MESSAGE,
        by=permit.person,
        received_at=item.t_received,
    )
    case = receive(store, flow, received, now)
    note = f"转投诉 {case.id}"
    store.work.close_item(item.id, permit.person, note, permit.entry_with(complaint=case.id), now)
    return case
