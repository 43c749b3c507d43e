"""`ivr complaints`: from the receipt to the end, what is refused in a line, numbers masked, and what is due."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.care.complaints.intake import Received, receive
from ivr.cli.console.actions import identity
from ivr.flow import load
from ivr.flow.model import Flow
from ivr.people.roles import Role
from ivr.records.complaints.model import Case, Via
from ivr.records.store import Store
from ivr.serve.upkeep.flow_source import FlowSource
from ivr.settings import Settings
from tests.cli.conftest import Desk
from tests.flow import small
from tests.people.registered import register

NUMBER = "+8613800000001"
LEFT = Received("c-1", "n-1.1", NUMBER, NUMBER, "fees", None, 0, "多收了我一笔费", Via.CALL)
NOW = time.time_ns() // 1_000_000
DAY = 86_400_000


def the_flow(desk: Desk) -> Flow:
    flow = load(desk.folder / "flows").flow
    assert flow is not None
    return flow


def kept(desk: Desk, left: Received = LEFT, at: int = NOW) -> Case:
    store = Store(f"sqlite:///{desk.folder / 'run' / 'ivr.sqlite'}")
    store.migrate()
    case = receive(store, the_flow(desk), left, at)
    store.close()
    return case


def said(desk: Desk, *words: str) -> str:
    result = desk.ivr("complaints", *words)
    assert result.exit_code == 0, result.stderr
    return result.stdout


@pytest.fixture
def id_(desk: Desk) -> str:
    return kept(desk).id


def test_a_command_leaves_what_is_published_to_the_node(desk: Desk, id_: str) -> None:
    """Where two people are needed: as if the node wrote its next publication in this instant."""
    settings = replace(Settings(), flows=desk.folder / "flows", state=desk.folder / "run")
    store = Store(f"sqlite:///{desk.folder / 'run' / 'ivr.sqlite'}")
    register(store, "zhao", Role.COMPLAINTS, os_user=identity().os_user)
    FlowSource(settings, store).poll()
    store.close()
    (settings.published / ".2-fresh.77").mkdir()
    (settings.published / "current" / "prompts.yaml").touch()
    before = {path: path.lstat().st_mtime_ns for path in settings.published.rglob("*")}
    assert len(before) > 5
    said(desk, "accept", id_)
    assert {path: path.lstat().st_mtime_ns for path in settings.published.rglob("*")} == before


def test_from_the_receipt_to_the_end(desk: Desk, id_: str) -> None:
    assert "主管" not in said(desk, "accept", id_) and "先致歉" in said(desk, "show", id_)
    assert "投诉处理岗 95000" in said(desk, "acknowledge", id_)
    said(desk, "assign", id_, "--to", "赵敏")
    told = said(
        desk, "decide", id_, "--facts", "重复收费", "--basis", "办法第三条", "--why", "系统重复", "--cause", "process"
    )
    for part in ("一、核实情况\n重复收费", "二、依据\n办法第三条", "三、理由\n系统重复", "四、救济途径\n可以申请核查"):
        assert part in told
    assert "消费者权益保护部" in told and id_ in told
    assert told.endswith(said(desk, "notice", id_))
    said(desk, "notify", id_, "--how", "电话")
    said(desk, "call-back", id_, "--satisfied")
    assert "已结案" in said(desk, "close", id_)
    assert id_ not in said(desk, "list") and id_ in said(desk, "list", "--all")
    shown = said(desk, "show", id_)
    assert "客户评价：满意" in shown and "多收了我一笔费" in shown and NUMBER in shown and "作出决定" in shown


def test_who_is_answered_is_told_why_his_complaint_takes_longer(desk: Desk, id_: str) -> None:
    said(desk, "accept", id_, "--complex", "--reason", "涉及三家机构")
    told = said(desk, "acknowledge", id_)
    assert "因情况复杂（涉及三家机构），我们将在" in told
    assert said(desk, "notice", id_, "--kind", "acknowledgement").strip() in told


def test_numbers_and_words_are_shown_by_show_alone(desk: Desk, id_: str) -> None:
    for listed in (said(desk, "list"), said(desk, "list", "--format", "json"), said(desk, "due")):
        assert NUMBER not in listed and "多收" not in listed
    row = json.loads(said(desk, "list", "--format", "json"))
    assert (row["id"], row["state"], row["version"], row["overdue"]) == (id_, "received", 1, False)


def test_an_illegal_step_is_refused_in_a_line_and_nothing_changes(desk: Desk, id_: str) -> None:
    assert "先受理（accept）" in desk.refused("complaints", "acknowledge", id_)
    assert "只有已回访的才可以" in desk.refused("complaints", "close", id_)
    said(desk, "accept", id_)
    said(desk, "acknowledge", id_)
    said(desk, "assign", id_, "--to", "赵敏")
    assert "缺核实情况、依据：" in desk.refused("complaints", "decide", id_, "--why", "系统重复", "--cause", "process")
    assert "没有编号为 123" in desk.refused("complaints", "close", "123")


def test_what_somebody_else_changed_is_told(desk: Desk, id_: str) -> None:
    said(desk, "accept", id_, "--seen", "1")
    assert "刚刚被" in desk.refused("complaints", "withdraw", id_, "--seen", "1", "--reason", "客户来电")


def test_an_extension_needs_a_second_person(desk: Desk, id_: str) -> None:
    said(desk, "accept", id_)
    assert "请写明延期的理由" in desk.refused("complaints", "extend", id_, "--days", "60")
    assert "等待批准" in said(desk, "extend", id_, "--days", "60", "--reason", "须向外地机构核实")
    assert "申请人以外的人" in desk.refused("complaints", "approve", id_, "--reason", "同意")
    assert "还没有批准" in desk.refused("complaints", "told", id_, "--how", "电话")
    small.edit(desk.folder / "flows", "complaints.yaml", "extension: 90天\n", "")
    assert "没有允许再延期" in desk.refused("complaints", "extend", id_, "--days", "60", "--reason", "须核实")


def test_what_is_overdue_comes_first_and_the_calendar_is_looked_at(desk: Desk) -> None:
    late = kept(desk, at=NOW - 40 * DAY)
    listed = said(desk, "due")
    assert "逾期 1 件" in listed and late.id in listed and "即将到期 0 件" in listed and "注意" not in listed
    small.edit(desk.folder / "flows", "hours.yaml", "until: 2099-12-31", "until: 2020-01-01")
    assert "节假日只写到 2020-01-01" in said(desk, "due")


def test_a_work_order_is_a_private_file_and_its_receipt_is_entered(desk: Desk, id_: str) -> None:
    small.edit(
        desk.folder / "flows", "complaints.yaml", "grades:\n", "departments:\n  cards: {label: 信用卡部}\ngrades:\n"
    )
    said(desk, "accept", id_)
    said(desk, "acknowledge", id_)
    path = Path("order.json")
    told = said(desk, "pass-on", id_, "--to", "cards", "--file", str(path), "--reason", "请三日内回复")
    assert "没有写邮箱和网址" in told and path.stat().st_mode & 0o777 == 0o600
    order = json.loads(path.read_text(encoding="utf-8"))
    assert (
        order["department"] == "信用卡部"
        and order["instructions"] == "请三日内回复"
        and order["call_back_number"] == NUMBER
    )
    assert json.loads(said(desk, "order", id_)) == order
    decision = ("decide", id_, "--facts", "甲", "--basis", "乙", "--why", "丙", "--cause", "product")
    assert "没有回执" in desk.refused("complaints", *decision)
    said(desk, "receipt", id_, "--words", "王五签收")
    assert "已作出决定" in said(desk, *decision)


def test_a_month_has_its_causes(desk: Desk, id_: str) -> None:
    month = time.strftime("%Y-%m", time.gmtime(NOW / 1000 + 8 * 3600))
    shown = said(desk, "causes", "--month", month)
    assert f"{month} 投诉原因分析" in shown and "收到 1 件" in shown and "按类别：收费 1" in shown
    assert json.loads(said(desk, "causes", "--month", month, "--format", "json"))["kinds"] == {"fees": 1}
    assert "收到 0 件" in said(desk, "causes", "--month", "2020-02")


def test_a_recording_that_is_not_there_is_said_so(desk: Desk, id_: str) -> None:
    none = desk.ivr("complaints", "play", id_)
    assert none.exit_code == 1 and "没有录音" in none.stderr
    gone = kept(desk, Received("c-2", "n-2.1", NUMBER, NUMBER, "fees", "complaints/c-2.wav", 9, None, Via.CALL))
    assert "不在了" in desk.ivr("complaints", "play", gone.id).stderr
    path = desk.folder / "run" / "complaints" / "c-2.wav"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"RIFF")
    assert desk.ivr("complaints", "play", gone.id).stdout.strip() == str(path)
