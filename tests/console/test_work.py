"""The work lists as pages: complaints from the receipt to the end, messages, emergencies, announcements."""

from __future__ import annotations

import re
import wave
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.care.complaints.intake import Received, receive
from ivr.flow.loader import require
from ivr.people.roles import Role
from ivr.records.complaints.model import State, Via
from ivr.records.emergency import EmergencyKind, EmergencyPhase, InForce
from ivr.records.work.model import WorkItem, WorkKind
from ivr.settings import Settings
from tests.console.rig import Browser, open_console, visitor
from tests.flow import small

FLOWS = Path(__file__).parents[2] / "flows"
NUMBER = "+8613800000001"
HOUR = 3_600_000


@pytest.fixture
def handler(tmp_path: Path) -> Browser:
    """Who handles complaints, at the shipped flow, which is served as it is."""
    settings = replace(Settings(), flows=FLOWS)
    settings = replace(settings, publishing=replace(settings.publishing, four_eyes=False))
    return visitor(tmp_path, Role.COMPLAINTS, console=open_console(tmp_path, settings=settings), person="zhao")


def other(browser: Browser, *roles: Role, person: str = "second") -> Browser:
    return visitor(Path(), *roles, console=browser.console, person=person)


def sound(browser: Browser, name: str) -> str:
    path = browser.console.settings.state / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(b"\x01\x00" * 8000)
    return name


def complaint(browser: Browser, **changes: object) -> str:
    audio = sound(browser, "asterisk/complaints/c-1.wav")
    left = Received("c-1", "n-1.1", NUMBER, NUMBER, "fees", audio, 1000, "多收了我一笔费", Via.CALL)
    left = replace(left, **changes)  # type: ignore[arg-type]
    return receive(browser.console.store, require(FLOWS), left, browser.console.clock()).id


def opened(browser: Browser, id_: str) -> None:
    """The reason is given, as on the page that asks for it."""
    action = {"action": "complaints.read", "target": f"complaint:{id_}", "reason": "办理", "next": "/complaints"}
    assert browser.post("/reason", action).status_code == 303


def step(browser: Browser, id_: str, name: str, **fields: str) -> str:
    done = browser.post(f"/complaints/{id_}/{name}", fields)
    assert done.status_code == 303, re.findall(r'role="alert">([^<]+)', done.text)
    return done.headers["location"]


def test_from_the_receipt_to_the_end(handler: Browser) -> None:
    id_ = complaint(handler)
    assert NUMBER not in handler.get("/complaints").text and id_ in handler.get("/complaints").text
    assert handler.get(f"/complaints/{id_}").status_code == 403  # a reason first
    opened(handler, id_)
    assert "多收了我一笔费" in handler.get(f"/complaints/{id_}").text
    step(handler, id_, "accept", right="property")
    step(handler, id_, "acknowledge", contact="投诉处理岗 95000")
    step(handler, id_, "assign", handler="赵敏")
    step(
        handler,
        id_,
        "decide",
        facts="重复收费",
        basis="办法第三条",
        because="系统重复",
        remedies="可以申请核查",
        cause="process",
    )
    step(handler, id_, "notify", how="电话")
    step(handler, id_, "call_back", reached="yes", satisfied="yes")
    step(handler, id_, "close")
    case = handler.console.store.complaints.get(id_)
    assert case is not None and case.state is State.CLOSED and case.satisfied
    shown = handler.get(f"/complaints/{id_}").text
    for word in ("已受理", "已答复受理", "作出决定", "告知决定", "回访", "结案"):
        assert word in shown
    for detail in (
        "等级 一般投诉，涉及权益 财产安全权",
        "处理人 赵敏",
        "联系方式 投诉处理岗 95000",
        "原因归类 ",
        "已接通，客户满意",
    ):
        assert f"<small>{detail}" in shown
    assert "一、核实情况" in handler.get(f"/complaints/{id_}/notice/decision").text


def test_a_decision_without_its_parts_is_refused_and_what_was_typed_stays(handler: Browser) -> None:
    id_ = complaint(handler)
    opened(handler, id_)
    step(handler, id_, "accept", right="property")
    step(handler, id_, "acknowledge", contact="投诉处理岗 95000")
    step(handler, id_, "assign", handler="赵敏")
    told = handler.post(f"/complaints/{id_}/decide", {"facts": "写了很久的核实情况", "cause": "process"})
    assert told.status_code == 409 and "四项缺一不可" in told.text and "写了很久的核实情况" in told.text


def test_who_was_slower_is_told_what_the_other_did(handler: Browser) -> None:
    id_ = complaint(handler)
    opened(handler, id_)
    second = other(handler, Role.COMPLAINTS)
    opened(second, id_)
    seen = re.search(r'name="seen" value="(\d+)"', second.get(f"/complaints/{id_}").text)
    assert seen is not None
    step(handler, id_, "accept", right="property")
    told = second.post(f"/complaints/{id_}/accept", {"right": "property", "seen": seen[1]})
    assert told.status_code == 409 and "zhao" in told.text


def test_who_asked_for_a_longer_term_cannot_approve_it(handler: Browser) -> None:
    id_ = complaint(handler)
    opened(handler, id_)
    step(handler, id_, "accept", right="property")
    told = handler.post(f"/complaints/{id_}/extend", {"days": "x", "reason": "要调取凭证"})
    assert told.status_code == 409
    step(handler, id_, "extend", days="25", reason="要调取凭证")
    assert handler.post(f"/complaints/{id_}/approve", {"reason": "同意"}).status_code == 403
    boss = other(handler, Role.SUPERVISOR)
    step(boss, id_, "approve", reason="同意")


def test_a_recording_is_heard_with_a_reason_and_is_in_the_trail(handler: Browser) -> None:
    id_ = complaint(handler)
    assert handler.get(f"/complaints/{id_}/sound").status_code == 403
    fields = {"action": "recordings.listen", "target": f"complaint:{id_}", "reason": "核实", "next": "/"}
    handler.post("/reason", fields)
    found = handler.get(f"/complaints/{id_}/sound")
    assert found.headers["content-type"] == "audio/wav" and found.content.startswith(b"RIFF")
    (kept, *_) = handler.console.store.audit.list(action="recordings.listen")
    assert (kept.entry.person, kept.entry.reason, kept.entry.allowed) == ("zhao", "核实", True)


@pytest.mark.parametrize("audio", ["../../etc/passwd", "/etc/passwd", "asterisk/complaints/gone.wav"])
def test_no_file_outside_is_ever_played(handler: Browser, audio: str) -> None:
    id_ = complaint(handler, audio=audio)
    fields = {"action": "recordings.listen", "target": f"complaint:{id_}", "reason": "核实", "next": "/"}
    handler.post("/reason", fields)
    assert handler.get(f"/complaints/{id_}/sound").status_code == 409


def test_causes_of_a_month_hold_nobody_s_data(handler: Browser) -> None:
    complaint(handler)
    browser = other(handler, Role.ANALYST)
    text = browser.get("/complaints/causes").text
    assert "收到" in text and "多收了" not in text and "0001" not in text
    assert browser.get("/complaints/causes?month=x").status_code == 409


def message(browser: Browser, **changes: object) -> WorkItem:
    now = browser.console.clock()
    audio = sound(browser, "asterisk/messages/m-1.wav")
    one = WorkItem("m-1", WorkKind.MESSAGE, "n-1.1", "general", NUMBER, "综合业务", now, now + HOUR, audio, 4200, False)
    return browser.console.store.work.add(replace(one, **changes))  # type: ignore[arg-type]


def test_a_message_is_closed_once(handler: Browser) -> None:
    one = message(handler)
    listed = handler.get("/work").text
    assert "未确认" in listed and NUMBER not in listed
    assert handler.post(f"/work/{one.id}/done", {"note": "已回电"}).status_code == 303
    fields = {"action": "work.read", "target": f"work:{one.id}", "reason": "办理", "next": "/"}
    handler.post("/reason", fields)
    again = handler.post(f"/work/{one.id}/done", {"note": "又办了"})
    assert again.status_code == 409 and "已由 zhao 办结" in again.text
    assert "已回电" in handler.get(f"/work/{one.id}").text


def test_a_message_becomes_a_complaint(handler: Browser) -> None:
    one = message(handler)
    assert handler.post(f"/work/{one.id}/complaint", {"kind": "fees"}).status_code == 303
    (case,) = handler.console.store.complaints.list()
    assert (case.via, case.kind) == (Via.MESSAGE, "fees")
    assert handler.get("/work/999999").status_code in (403, 409)


@pytest.mark.parametrize("path", ["/work/callbacks", "/work/flagged", "/work?all=1", "/announcements", "/emergencies"])
def test_lists_that_are_empty_say_so(handler: Browser, path: str) -> None:
    assert handler.get(path).status_code == 200


def test_a_customer_who_is_called_back_has_one_word_on_the_pages(handler: Browser) -> None:
    for path in ("/work", "/work/callbacks"):
        text = handler.get(path).text
        assert "待回电" in text and "回呼" not in text


def test_an_emergency_from_start_to_evidence(handler: Browser) -> None:
    lead = other(handler, Role.EMERGENCY_LEAD)
    start = {"kind": "surge", "level": "general", "phase": "respond"}
    assert handler.post("/emergencies/start", {**start, "reason": "试"}).status_code == 403
    assert lead.post("/emergencies/start", start).status_code == 403  # why?
    assert lead.post("/emergencies/start", {**start, "reason": "来电是平时的四倍"}).status_code == 303
    store = handler.console.store
    assert store.emergencies.in_force() == InForce(EmergencyKind.SURGE, "general", EmergencyPhase.RESPOND)
    text = lead.get("/emergencies").text
    seen = re.search(r'name="seen" value="([\d.]+)"', text)
    assert seen is not None and "来电是平时的四倍" in text
    changed = {"seen": seen[1], "phase": "handle", "reason": "加派人手"}
    assert lead.post("/emergencies/change", changed).status_code == 303
    late = lead.post("/emergencies/change", {**changed, "phase": "recover"})
    assert late.status_code == 409 and "刚刚有人变更过" in late.text
    seen = re.search(r'name="seen" value="([\d.]+)"', lead.get("/emergencies").text)
    assert seen is not None
    assert (
        lead.post("/emergencies/end", {"seen": seen[1], "reason": "恢复正常"}).headers["location"] == "/emergencies/1"
    )
    names = re.findall(r"/emergencies/1/evidence/([\w.-]+)", lead.get("/emergencies/1").text)
    assert names and all(lead.get(f"/emergencies/1/evidence/{name}").status_code == 200 for name in names)
    for name in ("..%2f..%2fivr.sqlite", ".hidden", "nothing.txt"):
        assert lead.get(f"/emergencies/1/evidence/{name}").status_code in (404, 409)


def test_evidence_is_gathered_by_the_lead_and_taken_away_with_an_entry(handler: Browser) -> None:
    lead, store = other(handler, Role.EMERGENCY_LEAD), handler.console.store
    start = {"kind": "surge", "level": "general", "phase": "respond", "reason": "来电是平时的四倍"}
    assert lead.post("/emergencies/start", start).status_code == 303
    assert lead.post("/emergencies/1/evidence", {}).status_code == 403  # why?
    assert lead.post("/emergencies/1/evidence", {"reason": "补充数据"}).status_code == 303
    made = store.audit.list(action="emergency.lead", target="emergency:1")[0].entry
    assert (made.allowed, made.reason) == (True, "补充数据") and "evidence" in (made.detail or "")
    quality = other(handler, Role.QUALITY, person="quality")
    assert "整理证据" not in quality.get("/emergencies/1").text
    assert quality.get("/emergencies/1/evidence/index.html").status_code == 200
    (taken,) = store.audit.list(action="records.list", target="emergency:1")
    assert taken.entry.allowed and "index.html" in (taken.entry.detail or "")
    for role in (Role.AGENT, Role.ADMINISTRATOR):
        somebody = other(handler, role, person=role.value)
        assert somebody.post("/emergencies/1/evidence", {"reason": "看看"}).status_code == 403
        assert somebody.get("/emergencies/1/evidence/index.html").status_code == 403
        text = somebody.get("/emergencies/1").text
        assert "index.html" in text and "/evidence/index.html" not in text


def test_the_emergency_lead_gives_leave_for_a_notice_that_comes_too_late(tmp_path: Path) -> None:
    """The very notice that keeps the files from being served is on the page, with what to do about it."""
    flows = small.write(tmp_path / "flows")
    small.edit(flows, "announcements.yaml", "publish_at: 2098-11-30 00:00", "publish_at: 2098-11-30 23:30")
    settings = replace(Settings(), flows=flows)
    settings = replace(settings, publishing=replace(settings.publishing, four_eyes=False))
    lead = visitor(tmp_path, Role.EMERGENCY_LEAD, console=open_console(tmp_path, settings=settings), person="lin")
    seen = lead.get("/announcements").text
    assert "维护公告「net_bank」只提前了 0.5 小时" in seen and "标注为应急" in seen
    given = lead.post("/announcements/net_bank/emergency", {"reason": "机房漏水，须立即停机"})
    assert given.status_code == 303
    after = lead.get("/announcements").text
    assert "只提前了" not in after and "lin：机房漏水，须立即停机" in after


def test_announcements_say_what_is_heard_and_where(handler: Browser) -> None:
    flow = require(FLOWS)
    text = handler.get("/announcements").text
    for one in flow.announcements:
        assert one.id in text
    assert handler.post("/announcements/x/emergency", {"reason": "系统故障"}).status_code == 403
