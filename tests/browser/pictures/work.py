"""What people of the pictures' day have to see to: complaints at every stage, messages, callbacks, an emergency with
what was told of it, holds, consents, requests that wait for a second person."""

from __future__ import annotations

from dataclasses import replace

from ivr.care.callbacks import Callbacks, Wish
from ivr.care.complaints.handling import Handling
from ivr.care.complaints.intake import Received, receive
from ivr.care.complaints.steps import CalledBack, Elements
from ivr.care.emergencies import lead
from ivr.care.messages import Left, keep
from ivr.care.privacy.exports import Export, leave
from ivr.flow.complaint_policy import Right
from ivr.people.actions import Action
from ivr.records.complaints.model import Case, Cause, Decision, Via
from ivr.records.deliveries.model import DeliveryState
from ivr.records.emergencies.model import DetectorId, EmergencyWarning
from ivr.records.emergency import EmergencyKind, EmergencyPhase, InForce
from ivr.records.privacy.model import Consent, HoldKind, Purpose
from ivr.records.work.model import Callback
from tests.browser.pictures.day import DAY, HOUR, MINUTE, NOW, TODAY, Day

_DECISION = Decision(
    "11 月 20 日的分期手续费重复入账一次，金额 36.00 元。",
    "信用卡章程第二十一条；收费公示第七项。",
    "系统升级时一批账单重复记账，已更正并退回费用。",
    "",
)


def complaints(day: Day) -> None:
    """One of every kind, the oldest first."""
    _closed(day)
    late = _taken(day, "late", 17 * DAY, "loans", "+8613800001618", "提前还款申请了三周没有回音", Right.KNOWING)
    soon = _taken(day, "soon", 14 * DAY, "staff", "+8613800006022", "柜台排队两小时，没有人解释", Right.RESPECT)
    longer = _taken(day, "longer", 9 * DAY, "cards", "+8613800007071", "卡被锁了，解锁要跑三次网点", Right.PROPERTY)
    decided = _decided(day)
    passed = _taken(day, "passed", 3 * DAY, "cards", "+8613800002236", "有一笔八万元的交易不是我做的，怀疑盗刷",
                    Right.PROPERTY, amount=80_000)  # fmt: skip
    _by(day, passed, 3 * DAY - 2 * HOUR).pass_on(passed.id, "cards")
    for case, ago in ((late, 16 * DAY), (soon, 12 * DAY), (longer, 8 * DAY)):
        _by(day, case, ago).assign(case.id, "赵敏")
    _by(day, longer, 2 * DAY).extend(longer.id, 25, "要调取分行凭证")
    _taken(
        day, "today", 3 * HOUR, "fees", "+8613800005770", "账户管理费为什么又扣了一次", Right.FAIRNESS, accepted=False
    )
    receive(
        day.store, day.flow, _received(day, "unsorted", 40 * MINUTE, None, "+8613800008842", None), NOW - 38 * MINUTE
    )
    day.sample.at |= {"complaint": passed.id, "decided": decided.id, "complaint_longer": longer.id}
    day.sample.at["complaint_late"] = late.id


def _received(day: Day, name: str, ago: int, kind: str | None, number: str, words: str | None) -> Received:
    audio = day.file(f"asterisk/complaints/{name}.wav", 19, len(name))
    return Received(
        f"complaint-{name}", f"n1-{name}", number, number, kind, audio, 19_000, words, Via.CALL, received_at=NOW - ago
    )


def _by(day: Day, case: Case, ago: int, action: Action = Action.COMPLAINTS_HANDLE, person: str = "zhao") -> Handling:
    at = NOW - ago
    return Handling(day.store, day.flow, day.permit(person, action, f"complaint:{case.id}", at, "办理投诉"), at)


def _taken(
    day: Day, name: str, ago: int, kind: str, number: str, words: str, right: Right, *, amount: int | None = None,
    accepted: bool = True,
) -> Case:  # fmt: skip
    case = receive(day.store, day.flow, _received(day, name, ago, kind, number, words), NOW - ago + 2 * MINUTE)
    if accepted:
        _by(day, case, ago - HOUR // 2).accept(case.id, Elements(right=right, amount=amount))
        _by(day, case, ago - HOUR).acknowledge(case.id, "示例银行投诉处理岗 95000")
    return case


def _decided(day: Day) -> Case:
    case = _taken(day, "decided", 5 * DAY, "fees", "+8613800003359", "分期手续费收了两次", Right.FAIRNESS)
    _by(day, case, 4 * DAY).assign(case.id, "赵敏")
    _by(day, case, DAY, Action.COMPLAINTS_DECIDE).decide(case.id, _DECISION, Cause.PROCESS)
    return case


def _closed(day: Day) -> None:
    case = _taken(day, "closed", 20 * DAY, "products", "+8613800009043", "理财到期没有提醒", Right.KNOWING)
    _by(day, case, 19 * DAY).assign(case.id, "赵敏")
    _by(day, case, 15 * DAY, Action.COMPLAINTS_DECIDE).decide(case.id, _DECISION, Cause.SERVICE)
    _by(day, case, 15 * DAY - HOUR).notify(case.id, "电话告知")
    _by(day, case, 13 * DAY).call_back(case.id, CalledBack(True, True))
    _by(day, case, 13 * DAY - HOUR, Action.COMPLAINTS_CLOSE).close(case.id)


def items(day: Day) -> None:
    """Messages, one of them late and one closed; callbacks, one of them late."""
    store = day.store.work
    left = (
        ("m-1", 50 * HOUR, "+8613800007712", "general", "综合业务", 31_000, True),
        ("m-2", 26 * HOUR, "+8613800001144", "cards", "信用卡", 12_000, True),
        ("m-3", 55 * MINUTE, "+8613800006530", "loans", "贷款", 24_000, True),
        ("m-4", 17 * MINUTE, None, "general", "综合业务", 4_000, False),
    )
    for ref, ago, number, queue, about, ms, confirmed in left:
        audio = day.file(f"asterisk/messages/{ref}.wav", ms / 1000, len(ref) + ms)
        one = keep(store, day.flow, Left(ref, audio, ms, f"n1-{ref}", queue, number, about, confirmed), NOW - ago)
        if ref == "m-2":
            permit = day.permit("zhao", Action.WORK_CLOSE, f"work:{one.id}", NOW - 22 * HOUR)
            store.close_item(one.id, "zhao", "已回电，客户问的是账单日", permit.entry, NOW - 22 * HOUR)
        if ref == "m-3":
            day.sample.at["work"] = str(one.id)
    book = Callbacks(store)
    for call_id, queue, number, ago in (
        ("n1-1125-9101", "general", "+8613800004912", 48 * MINUTE),
        ("n1-1125-9102", "cards", "+8613800000365", 14 * MINUTE),
        ("n1-1125-9103", "general", "+8613800008128", 3 * MINUTE),
    ):
        made = book.promise(day.flow, Wish(call_id, queue, number, NOW - ago - MINUTE, 0, 2), NOW - ago)
        if ago > 40 * MINUTE and isinstance(made, Callback):  # rang in vain twice
            store.save_callback(replace(made, tries=2, t_next=NOW - 8 * MINUTE))


def emergencies(day: Day) -> None:
    """A drill of last month, an outage of the bank's systems that is over, and a surge that goes on."""
    store, flow = day.store.emergencies, day.flow

    def led(at: int, reason: str, action: Action = Action.EMERGENCY_LEAD):  # type: ignore[no-untyped-def]
        return day.permit("jiang", action, "emergency", at, reason)

    at = NOW - 34 * DAY
    drill = lead.start(
        store, flow, led(at, "半年演练", Action.EMERGENCY_DRILL),
        InForce(EmergencyKind.STAFF_LOST, "general", EmergencyPhase.RESPOND, drill=True), at,
    ).emergency  # fmt: skip
    lead.end(store, flow, led(at + 2 * HOUR, "演练结束", Action.EMERGENCY_DRILL), drill, at + 2 * HOUR)
    at = NOW - 8 * DAY
    outage = InForce(EmergencyKind.SYSTEMS_LOST, "major", EmergencyPhase.RESPOND)
    one = lead.start(store, flow, led(at, "核心系统查询连不上"), outage, at).emergency
    for after, phase, why in (
        (25 * MINUTE, EmergencyPhase.HANDLE, "改为只受理挂失和人工"),
        (95 * MINUTE, EmergencyPhase.RECOVER, "核心系统恢复，观察"),
    ):
        one = lead.change(store, flow, led(at + after, why), one, lead.Change(phase=phase), at + after).emergency
    lead.end(store, flow, led(at + 130 * MINUTE, "一切正常"), one, at + 130 * MINUTE)
    day.sample.at["emergency"] = str(one.id)
    at = NOW - 36 * MINUTE
    store.warn(EmergencyWarning("n1", DetectorId.SURGE, at, EmergencyKind.SURGE, "general", 31, 12))
    surge = InForce(EmergencyKind.SURGE, "general", EmergencyPhase.WARN)
    one = lead.start(store, flow, led(at + 4 * MINUTE, "来电是平时的两倍多"), surge, at + 4 * MINUTE).emergency
    change = lead.Change(phase=EmergencyPhase.RESPOND)
    lead.change(store, flow, led(at + 15 * MINUTE, "排队超过三分钟"), one, change, at + 15 * MINUTE)
    _sent(day)


def _sent(day: Day) -> None:
    """All but the last were taken; one receiver said no."""
    store = day.store.deliveries
    found = sorted(store.recent(undelivered=False), key=lambda one: (one.t_asked, one.key))
    for number, one in enumerate(found[:-2]):
        at = one.t_asked + 2_000
        held = store.hold(one.key, at, at + MINUTE)
        assert held is not None
        then = replace(held, state=DeliveryState.DELIVERED, receipt="250 2.0.0 Ok: queued", body=None)
        if number == 4:
            then = replace(held, state=DeliveryState.REFUSED, trouble="550 5.1.1 没有这个收件人")
        store.settle(held, replace(then, tries=1, t_done=at, t_held=0))


def privacy(day: Day) -> None:
    """Legal holds, and what customers agreed to."""
    store, at = day.store.privacy, NOW - 3 * DAY
    complaint = day.sample.at["complaint"]
    held = day.permit("qian", Action.PRIVACY_HOLD, "hold", at, "公安机关调查取证")
    store.hold(HoldKind.COMPLAINT, complaint, "公安机关调查取证", held.entry, at)
    store.hold(HoldKind.NUMBER, "+8613800004465", "疑似冒用身份，保全录音", held.entry, at + HOUR)
    for number, purpose, given in (
        ("+8613800007712", Purpose.MARKETING, False),
        ("+8613800002718", Purpose.RECORDING, True),
    ):
        permit = day.permit("zhao", Action.CONSENTS_NOTE, "consent", at, "客户来信")
        store.consents.note(Consent(number, purpose, given, at, "letter", "zhao"), permit.entry, at)


def approvals(day: Day) -> None:
    """An export that waits for a second person."""
    export = Export(TODAY.replace(day=1), TODAY, full=True)
    permit = day.permit("wu", Action.RECORDS_EXPORT, "records", NOW - 90 * MINUTE, "月度服务质量分析")
    leave(day.store, permit, export, "月度服务质量分析", NOW - 90 * MINUTE)
