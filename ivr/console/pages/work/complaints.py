"""Complaints: what is due, one complaint whole, and every step with its reason (CBA 五十一, HB 10)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from starlette.responses import PlainTextResponse, Response

from ivr.care.complaints import notices
from ivr.care.complaints.handling import Handling, complex_reason, found
from ivr.care.complaints.lifecycle import may
from ivr.care.complaints.steps import CalledBack, Elements
from ivr.care.complaints.terms import calendar_ends, standing, term_of
from ivr.care.complaints.words import facts_of, grade_words, kind_words, next_step, step_words
from ivr.care.complaints.work_orders import as_text, collect_receipts, last_order, of_order
from ivr.console.page import Visit, act, page
from ivr.console.sound import sound_below
from ivr.errors import ComplaintRefused
from ivr.flow.complaint_policy import Right
from ivr.people.actions import Action
from ivr.records.complaints.model import ELEMENTS, Case, Cause, Decision, StepKind
from ivr.records.days import day_start, local_day
from ivr.records.numbers import e164
from ivr.report import complaint_causes
from ivr.serve.upkeep.flow_in_service import flow_in_service

_WORDS: dict[str, Any] = {
    "next_step": next_step, "kind_words": kind_words, "grade_words": grade_words, "term_of": term_of, "Step": StepKind,
    "step_words": step_words,
}  # fmt: skip


@page("/complaints", Action.COMPLAINTS_LIST, title="投诉")
def complaints(visit: Visit) -> Response:
    """What is open, the first due first, with what is late on top."""
    flow = flow_in_service(visit.settings, visit.store)
    collect_receipts(visit.store, visit.now)
    now = standing(visit.store, flow, visit.now)
    everything = visit.query.get("all") == "1"
    cases = visit.store.complaints.list(open_only=not everything)
    return visit.render(
        "complaints/list.html", flow=flow, standing=now, cases=cases, everything=everything,
        calendar_ends=calendar_ends(flow, now), **_WORDS,
    )  # fmt: skip


@page("/complaints/causes", Action.REPORTS_READ, title="投诉原因分析", target="complaints")
def causes(visit: Visit) -> Response:
    """A month's causes, without anybody's data (CBA 五十二)."""
    first = _month(visit)
    after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    counted = complaint_causes.causes(visit.store.complaints.received(day_start(first), day_start(after)))
    flow = flow_in_service(visit.settings, visit.store)
    names = {
        **{one.value: one.label for one in (*Right, *Cause)},
        **{id_: one.label for id_, one in flow.complaints.kinds.items()},
        **{one.id: one.label for one in flow.complaints.grades},
        complaint_causes.UNKNOWN: "未写明",
    }
    return visit.render("complaints/causes.html", counted=counted, month=f"{first:%Y-%m}", names=names)


@page("/complaints/{id}", Action.COMPLAINTS_READ, title="投诉", target="complaint:{id}")
def complaint(visit: Visit) -> Response:
    """Everything about one, and what may be done now."""
    collect_receipts(visit.store, visit.now)
    case = found(visit.store, str(visit.path["id"]))
    flow = flow_in_service(visit.settings, visit.store)
    allowed = {kind for kind in StepKind if kind is not StepKind.RECEIVE and may(case, kind)}
    return visit.render(
        "complaints/one.html", case=case, flow=flow, facts=facts_of(case, flow), allowed=allowed,
        steps=visit.store.complaints.steps(case.id), orders=of_order(visit.store, case), rights=tuple(Right),
        cause_kinds=tuple(Cause), every_element=ELEMENTS, **_WORDS,
    )  # fmt: skip


@page("/complaints/{id}/notice/{kind}", Action.COMPLAINTS_READ, title="告知书", target="complaint:{id}")
def notice(visit: Visit) -> Response:
    """What the customer is told, to be printed."""
    case, flow = found(visit.store, str(visit.path["id"])), flow_in_service(visit.settings, visit.store)
    match str(visit.path["kind"]):
        case "acknowledgement":
            text = notices.acknowledgement(flow, case, complex_reason(visit.store, case))
        case "extension":
            text = notices.extension(flow, case)
        case "decision":
            text = notices.decision(flow, case)
        case _:
            raise ComplaintRefused("没有这种告知书")
    return visit.render("complaints/notice.html", case=case, text=text)


@page("/complaints/{id}/order", Action.COMPLAINTS_READ, title="工单", target="complaint:{id}")
def order(visit: Visit) -> Response:
    """The last work order as a file, with the customer's data."""
    case = found(visit.store, str(visit.path["id"]))
    text = as_text(last_order(visit.store, flow_in_service(visit.settings, visit.store), case))
    headers = {"content-disposition": f'attachment; filename="order-{case.id}.json"'}
    return PlainTextResponse(text, media_type="application/json", headers=headers)


@page("/complaints/{id}/listen", Action.RECORDINGS_LISTEN, title="投诉录音", target="complaint:{id}")
def listen(visit: Visit) -> Response:
    """A player; it asks for the reason first."""
    case = found(visit.store, str(visit.path["id"]))
    return visit.render("work/listen.html", back=f"/complaints/{case.id}", sound=f"/complaints/{case.id}/sound")


@page("/complaints/{id}/sound", Action.RECORDINGS_LISTEN, title="投诉录音", target="complaint:{id}")
def recording(visit: Visit) -> Response:
    """The recording itself."""
    return sound_below(visit, found(visit.store, str(visit.path["id"])).audio)


# ---- steps


@act("/complaints/{id}/accept", Action.COMPLAINTS_HANDLE, target="complaint:{id}", back=complaint)
def accept(visit: Visit) -> Response:
    """Take it up."""
    complex_ = visit.field("complex") == "1"
    case = _handling(visit).accept(_id(visit), _elements(visit), complex=complex_, why=_why(visit))
    return _done(visit, case)


@act("/complaints/{id}/supplement", Action.COMPLAINTS_HANDLE, target="complaint:{id}", back=complaint)
def supplement(visit: Visit) -> Response:
    """Add what was missing."""
    return _done(visit, _handling(visit).supplement(_id(visit), _elements(visit), _why(visit)))


@act("/complaints/{id}/assign", Action.COMPLAINTS_HANDLE, target="complaint:{id}", back=complaint)
def assign(visit: Visit) -> Response:
    """Give it to somebody of our own."""
    return _done(visit, _handling(visit).assign(_id(visit), visit.field("handler"), _why(visit)))


@act("/complaints/{id}/acknowledge", Action.COMPLAINTS_HANDLE, target="complaint:{id}", back=complaint)
def acknowledge(visit: Visit) -> Response:
    """The customer was told that it was taken up."""
    return _done(visit, _handling(visit).acknowledge(_id(visit), visit.field("contact") or None, _why(visit)))


@act("/complaints/{id}/pass_on", Action.COMPLAINTS_HANDLE, target="complaint:{id}", back=complaint)
def pass_on(visit: Visit) -> Response:
    """By a work order, which the hotline sends."""
    case, sent = _handling(visit).pass_on(_id(visit), visit.field("department"), _why(visit))
    told = "这个部门没有写邮箱和网址：请把工单文件送去，再登记回执" if sent.by_hand else "热线马上发送工单"
    return _done(visit, case, told)


@act("/complaints/{id}/receipt", Action.COMPLAINTS_HANDLE, target="complaint:{id}", back=complaint)
def receipt(visit: Visit) -> Response:
    """The department has the work order."""
    return _done(visit, _handling(visit).receipt(_id(visit), visit.field("words")))


@act("/complaints/{id}/extend", Action.COMPLAINTS_HANDLE, target="complaint:{id}", back=complaint)
def extend(visit: Visit) -> Response:
    """Ask for a longer term."""
    days = visit.field("days")
    if not days.isdecimal() or not 1 <= int(days[:4]) <= 366:
        raise ComplaintRefused("延到收到投诉后第几天：1 到 366")
    return _done(visit, _handling(visit).extend(_id(visit), int(days), _why(visit)), "等待另一人批准")


@act("/complaints/{id}/approve", Action.COMPLAINTS_EXTEND_APPROVE, target="complaint:{id}", back=complaint)
def approve(visit: Visit) -> Response:
    """Approve what another person asked for."""
    return _done(visit, _handling(visit).approve(_id(visit), _why(visit)), "延期已批准，请告知客户")


@act("/complaints/{id}/tell_extension", Action.COMPLAINTS_HANDLE, target="complaint:{id}", back=complaint)
def tell_extension(visit: Visit) -> Response:
    """The customer was told of it."""
    return _done(visit, _handling(visit).tell_extension(_id(visit), visit.field("how")))


@act("/complaints/{id}/decide", Action.COMPLAINTS_DECIDE, target="complaint:{id}", back=complaint)
def decide(visit: Visit) -> Response:
    """The decision with its four parts."""
    cause = visit.field("cause")
    if cause not in set(Cause):
        raise ComplaintRefused("请选择问题出在哪里")
    made = Decision(*(visit.field(name) for name in ("facts", "basis", "because", "remedies")))
    return _done(visit, _handling(visit).decide(_id(visit), made, Cause(cause)))


@act("/complaints/{id}/notify", Action.COMPLAINTS_HANDLE, target="complaint:{id}", back=complaint)
def notify(visit: Visit) -> Response:
    """The customer was told the decision."""
    return _done(visit, _handling(visit).notify(_id(visit), visit.field("how")))


@act("/complaints/{id}/call_back", Action.COMPLAINTS_HANDLE, target="complaint:{id}", back=complaint)
def call_back(visit: Visit) -> Response:
    """How a call-back by hand went."""
    content = {"yes": True, "no": False}.get(visit.field("satisfied"))
    how = CalledBack(visit.field("reached") == "yes", content)
    return _done(visit, _handling(visit).call_back(_id(visit), how, _why(visit)))


@act("/complaints/{id}/close", Action.COMPLAINTS_CLOSE, target="complaint:{id}", back=complaint)
def close(visit: Visit) -> Response:
    """Nothing is left to be done."""
    return _done(visit, _handling(visit).close(_id(visit), _why(visit)))


@act("/complaints/{id}/reopen", Action.COMPLAINTS_HANDLE, target="complaint:{id}", back=complaint)
def reopen(visit: Visit) -> Response:
    """A new round."""
    return _done(visit, _handling(visit).reopen(_id(visit), _why(visit)))


@act("/complaints/{id}/withdraw", Action.COMPLAINTS_HANDLE, target="complaint:{id}", back=complaint)
def withdraw(visit: Visit) -> Response:
    """The customer takes it back."""
    return _done(visit, _handling(visit).withdraw(_id(visit), _why(visit)))


@act("/complaints/{id}/merge", Action.COMPLAINTS_HANDLE, target="complaint:{id}", back=complaint)
def merge(visit: Visit) -> Response:
    """It is the same as another one."""
    return _done(visit, _handling(visit).merge(_id(visit), visit.field("into"), _why(visit)), f"并入了 {_id(visit)}")


def _handling(visit: Visit) -> Handling:
    """Steps on the version that the visitor has seen: who was slower is told what the other one did."""
    seen = visit.field("seen")
    version = int(seen) if seen.isdecimal() and len(seen) < 9 else None
    return Handling(visit.store, flow_in_service(visit.settings, visit.store), visit.permit, visit.now, version)


def _done(visit: Visit, case: Case, more: str = "") -> Response:
    return visit.redirect(f"/complaints/{case.id}", f"投诉 {case.id} {case.state.label}{'，' + more if more else ''}")


def _id(visit: Visit) -> str:
    return str(visit.path["id"])


def _why(visit: Visit) -> str | None:
    return visit.field("reason") or None


def _elements(visit: Visit) -> Elements:
    right, amount, phone = visit.field("right"), visit.field("amount"), visit.field("phone")
    if right and right not in set(Right):
        raise ComplaintRefused("没有这项权益")
    if amount and (not amount.isdecimal() or len(amount) > 12):
        raise ComplaintRefused("涉及金额应为整数元")
    number = e164(phone) if phone else None
    if phone and number is None:
        raise ComplaintRefused("回复电话不是电话号码，例如 13800000001 或 010-88886666")
    waived = tuple(str(one) for one in visit.form.getlist("waive"))
    return Elements(
        visit.field("kind") or None, Right(right) if right else None, int(amount) if amount else None,
        visit.field("summary") or None, number, waived,
    )  # fmt: skip


def _month(visit: Visit) -> date:
    given = visit.query.get("month", "")
    try:
        return date.fromisoformat(f"{given}-01") if given else local_day(visit.now).replace(day=1)
    except ValueError:
        raise ComplaintRefused(f"{given[:10]} 不是月份，应写成 2026-11") from None
